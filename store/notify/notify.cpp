#include "store/notify/notify.hpp"

#include <fmt/format.h>

#include <array>

#include "domain/gathered_notices.hpp"
#include "store/notify/directory.hpp"
#include "store/pq_array.hpp"
#include "store/sends/templates.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using domain::owed_notice;
using domain::ticket_news;

constexpr sql insert_notifications{
    "notify_write",
    "INSERT INTO notifications (key, user_id, kind, ticket_id, ticket_uid, actor, subject, body,"
    " created_at) SELECT r.key, r.user_id, r.kind, nullif(r.ticket_id, 0), r.uid, r.actor, r.subject, r.body, "
    FIBREHUB_SQL_INSTANT("r.at_us")
    " FROM (SELECT unnest($1::text[]) AS key, unnest($2::bigint[]) AS user_id, unnest($3::text[])"
    " AS kind, unnest($4::bigint[]) AS ticket_id, unnest($5::text[]) AS uid, unnest($6::text[]) AS"
    " actor, unnest($7::text[]) AS subject, unnest($8::text[]) AS body, unnest($9::bigint[]) AS"
    " at_us) AS r ON CONFLICT (key) DO NOTHING RETURNING id, user_id, kind, ticket_uid"};

// Rows for a client go to the chat the ticket came by, if that is a conversation with one person: a
// group is no place for them. They queue behind what is to be said in that chat already.
constexpr sql insert_outbox{
    "notify_outbox",
    "INSERT INTO outbox (key, channel, peer, lane, seq, user_id, ticket_id, body, next_at, created_at)"
    " SELECT r.key, r.channel, r.peer, CASE WHEN r.chat_id = 0 THEN r.lane ELSE c.channel || '/' ||"
    " c.session || '/' || c.name END, CASE WHEN r.chat_id = 0 THEN 0 ELSE (SELECT coalesce(max(w.seq),"
    " 0) FROM outbox w WHERE w.channel = r.channel AND w.lane = c.channel || '/' || c.session || '/' ||"
    " c.name AND w.state IN ('ready', 'inflight')) END, nullif(r.user_id, 0), nullif(r.ticket_id, 0), CASE WHEN"
    " r.chat_id = 0 THEN r.body ELSE r.body || jsonb_build_object('chat', c.ext_id, 'session',"
    " c.session) END, " FIBREHUB_SQL_INSTANT("r.next_us") ", " FIBREHUB_SQL_INSTANT("r.at_us")
    " FROM (SELECT unnest($1::text[]) AS key, unnest($2::text[]) AS channel, unnest($3::text[]) AS"
    " peer, unnest($4::text[]) AS lane, unnest($5::bigint[]) AS user_id, unnest($6::bigint[]) AS"
    " ticket_id, unnest($7::jsonb[]) AS body, unnest($8::bigint[]) AS chat_id, unnest($9::bigint[])"
    " AS next_us, unnest($10::bigint[]) AS at_us) AS r LEFT JOIN LATERAL (SELECT k.channel, k.session,"
    " coalesce(k.address, k.ext_id) AS ext_id, k.ext_id AS name, k.kind FROM chats f JOIN chats k ON k.id ="
    " coalesce(f.merged_into, f.id) WHERE f.id = r.chat_id) c ON true"
    " WHERE r.chat_id = 0 OR c.kind = 'direct' ON CONFLICT (key) DO NOTHING"};

constexpr sql insert_digest{
    "notify_digest",
    "INSERT INTO digest_items (key, user_id, ticket_uid, subject, created_at, due_at) SELECT r.key,"
    " r.user_id, r.uid, r.subject, " FIBREHUB_SQL_INSTANT("r.at_us") ", " FIBREHUB_SQL_INSTANT(
        "r.due_us")
    " FROM (SELECT unnest($1::text[]) AS key, unnest($2::bigint[]) AS user_id, unnest($3::text[])"
    " AS uid, unnest($4::text[]) AS subject, unnest($5::bigint[]) AS at_us, unnest($6::bigint[]) AS"
    " due_us) AS r ON CONFLICT (key) DO NOTHING"};

constexpr sql upsert_requests{
    "notify_write_approval_requests",
    "INSERT INTO approval_requests (ticket_id, requested_by, requested_at) SELECT"
    " r.ticket_id, r.user_id, " FIBREHUB_SQL_INSTANT("r.at_us")
    " FROM (SELECT DISTINCT ON (a.ticket_id) * FROM unnest($1::bigint[], $2::bigint[],"
    " $3::bigint[]) WITH ORDINALITY AS a(ticket_id, user_id, at_us, n) ORDER BY a.ticket_id, a.n"
    " DESC) AS r ON CONFLICT (ticket_id) DO UPDATE SET requested_by = excluded.requested_by,"
    " requested_at = excluded.requested_at"};

/// Rows of one statement, column by column.
template <std::size_t N>
class rows_of {
 public:
  std::array<pq_array, N>& next() {
    ++count_;
    return columns_;
  }
  bool empty() const { return count_ == 0; }
  sql_params take() {
    sql_params out;
    for (pq_array& c : columns_)
      out.texts.push_back(c.take());
    return out;
  }

 private:
  std::array<pq_array, N> columns_;
  std::size_t count_ = 0;
};

class notice_writer {
 public:
  notice_writer(connection& db, pqxx::transaction_base& tx) : db_(db), tx_(tx) {}

  void add(const ticket_news& news, const owed_notice& n, const domain::notice_person& to) {
    add(domain::notice_key(news.ticket.id, n), news, n, to);
  }
  /// News without a ticket have one without a number.
  void add(const std::string& key, const ticket_news& news, const owed_notice& n,
           const domain::notice_person& to) {
    if (n.plan.in_app) add_in_app(key, news, n);
    if (n.plan.email_at && n.plan.email_in_digest) add_to_digest(key, news, n);
    if (n.plan.email_at && !n.plan.email_in_digest)
      add_outbox(key + ":email", "email", news, n, to.email, to.who.name, *n.plan.email_at);
    if (n.plan.whatsapp_at)
      add_outbox(key + ":whatsapp", "whatsapp", news, n, to.phone, to.who.name,
                 *n.plan.whatsapp_at);
  }

  void add(const ticket_news& news, const domain::owed_client_notice& n) {
    const bool by_chat = n.channel == "whatsapp";
    auto& c = outbox_.next();
    c[0].add(std::string_view(domain::client_notice_key(news.ticket.id, n)));
    c[1].add(std::string_view(n.channel));
    c[2].add(std::string_view(news.ticket.channel));
    c[3].add(std::string_view(by_chat ? fmt::format("chat:{}", news.ticket.chat_id)
                                      : "to:" + n.address));
    c[4].add(std::int64_t{0});
    c[5].add(news.ticket.id);
    c[6].add(std::string_view(
        fmt::format(R"({{"kind":"client_{}","to":{},"subject":{},"text":{},"ticket":{}}})",
                    name_of(n.what), json_string(n.address), json_string(n.subject),
                    json_string(n.text), json_string(news.ticket.uid))));
    c[7].add(by_chat ? news.ticket.chat_id : 0);
    c[8].add(domain::to_us(news.at));
    c[9].add(domain::to_us(news.at));
  }

  void add_request(const ticket_news& news) {
    auto& c = requests_.next();
    c[0].add(news.ticket.id);
    c[1].add(news.by_user);
    c[2].add(domain::to_us(news.at));
  }

  /// Whether the outbox got something.
  bool write(std::vector<committed_event>& events, domain::instant at) {
    const bool owes = !outbox_.empty();
    if (!requests_.empty()) db_.run(tx_, upsert_requests, requests_.take());
    if (!outbox_.empty()) db_.run(tx_, insert_outbox, outbox_.take());
    if (!digest_.empty()) db_.run(tx_, insert_digest, digest_.take());
    if (in_app_.empty()) return owes;
    const pqxx::result made = db_.run(tx_, insert_notifications, in_app_.take());
    for (const auto& r : made) {
      committed_event& e = events.emplace_back();
      e.kind = "notification.created";
      e.ticket_uid = r[3].c_str();
      e.at = at;
      e.access.who = domain::event_access::circle::person;
      e.access.user_id = r[1].template as<std::int64_t>();
      e.data_json =
          fmt::format(R"({{"id":{},"user_id":{},"kind":{},"ticket_uid":{}}})", r[0].c_str(),
                      r[1].c_str(), json_string(r[2].c_str()), json_string(r[3].c_str()));
    }
    return owes;
  }

 private:
  void add_in_app(const std::string& key, const ticket_news& news, const owed_notice& n) {
    auto& c = in_app_.next();
    c[0].add(std::string_view(key));
    c[1].add(n.user_id);
    c[2].add(name_of(n.kind));
    c[3].add(news.ticket.id);
    c[4].add(std::string_view(news.ticket.uid));
    c[5].add(std::string_view(news.by_name));
    c[6].add(std::string_view(n.subject));
    c[7].add(std::string_view(n.text));
    c[8].add(domain::to_us(news.at));
  }
  void add_to_digest(const std::string& key, const ticket_news& news, const owed_notice& n) {
    auto& c = digest_.next();
    c[0].add(std::string_view(key));
    c[1].add(n.user_id);
    c[2].add(std::string_view(news.ticket.uid));
    c[3].add(std::string_view(n.subject));
    c[4].add(domain::to_us(news.at));
    c[5].add(domain::to_us(*n.plan.email_at));
  }
  void add_outbox(const std::string& key, std::string_view channel, const ticket_news& news,
                  const owed_notice& n, const std::string& address, const std::string& name,
                  domain::instant next_at) {
    auto& c = outbox_.next();
    c[0].add(std::string_view(key));
    c[1].add(channel);
    c[2].add(std::string_view());
    // What waits for the morning keeps nothing waiting that may leave now.
    c[3].add(
        std::string_view(fmt::format("user:{}{}", n.user_id, next_at > news.at ? "/quiet" : "")));
    c[4].add(n.user_id);
    c[5].add(news.ticket.id);
    c[6].add(std::string_view(fmt::format(
        R"({{"kind":"{}","to":{},"name":{},"subject":{},"text":{},"ticket":{}}})", name_of(n.kind),
        json_string(address), json_string(name), json_string(n.subject), json_string(n.text),
        news.ticket.uid.empty() ? "null" : json_string(news.ticket.uid))));
    c[7].add(std::int64_t{0});
    c[8].add(domain::to_us(next_at));
    c[9].add(domain::to_us(news.at));
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  rows_of<9> in_app_;
  rows_of<10> outbox_;
  rows_of<6> digest_;
  rows_of<3> requests_;
};

bool asks_for_approval(const ticket_news& news) {
  return news.by_user != 0 &&
         std::any_of(news.notices.begin(), news.notices.end(),
                     [](const auto& n) { return n.kind == domain::notice_kind::approval_wanted; });
}

}  // namespace

bool notify(connection& db, pqxx::transaction_base& tx, std::vector<ticket_news> news,
            std::vector<committed_event>& events) {
  if (news.empty()) return false;
  // Requests of this batch count for its own decisions, so they are kept in order with them.
  domain::notice_directory directory = load_directory(db, tx, news);
  notice_writer out(db, tx);
  notice_texts texts(db, tx);
  std::vector<domain::owed_news> all;
  for (const ticket_news& n : news) {
    for (owed_notice& owed : domain::owed_notices(n, directory))
      all.push_back({&n, std::move(owed)});
    auto for_client = domain::owed_client_notices(n);
    for (domain::owed_client_notice& owed : for_client) {
      if (owed.channel == "whatsapp")
        if (auto text = texts.text_for(fmt::format("client_{}", name_of(owed.what)), n.ticket.id))
          owed.text = std::move(*text);
      out.add(n, owed);
    }
    if (asks_for_approval(n)) {
      out.add_request(n);
      directory.approval_wanted_by[n.ticket.id] = n.by_user;
    }
  }
  const domain::gathered_news told = domain::gather(std::move(all));
  for (const domain::owed_news& o : told.apart)
    out.add(*o.news, o.notice, directory.people.at(o.notice.user_id));
  for (const domain::gathered_notice& g : told.together)
    out.add(g.key, g.news, g.notice, directory.people.at(g.notice.user_id));
  return out.write(events, news.back().at);
}

bool notify_role(connection& db, pqxx::transaction_base& tx, domain::role role,
                 const hub_notice& what, std::vector<committed_event>& events) {
  ticket_news news;
  news.by_name = "the hub";
  news.at = what.at;
  notice_writer out(db, tx);
  for (const domain::notice_person& p : load_people_with_role(db, tx, role)) {
    const domain::reachable how{!p.email.empty(), !p.phone.empty()};
    const owed_notice owed{
        p.who.user_id,
        what.kind,
        0,
        domain::plan_notice(what.kind, news.ticket.priority, p.preferences, how, what.at),
        what.subject,
        what.text};
    out.add(fmt::format("{}:{}", what.key, p.who.user_id), news, owed, p);
  }
  return out.write(events, what.at);
}

}  // namespace fibrehub::store
