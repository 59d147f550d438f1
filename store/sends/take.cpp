#include "store/sends/take.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/text.hpp"
#include "store/people/sql.hpp"
#include "store/sends/due.hpp"
#include "store/sends/endings.hpp"
#include "store/sends/steps.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

// What was lost in flight without a name is known by its echo alone, which may be on its way still.
#define FIBREHUB_TIME_OF_AN_ECHO "interval '1 minute'"
// As domain::is_repeatable.
#define FIBREHUB_REPEATABLE "('reaction', 'edit', 'delete', 'typing', 'seen')"
#define FIBREHUB_OF_BRIDGE(row) \
  row ".channel = 'whatsapp' AND (" row ".peer = $1 OR (" row ".peer = '' AND $2::bool))"

constexpr sql lose_flights{
    "sends_lost",
    "UPDATE outbox o SET state = 'ready', next_at = CASE WHEN EXISTS (SELECT 1 FROM wa_sends s WHERE"
    " s.outbox_id = o.id AND s.stanza IS NULL AND s.what NOT IN " FIBREHUB_REPEATABLE
    ") THEN " FIBREHUB_SQL_INSTANT(
        "$3::bigint") " + " FIBREHUB_TIME_OF_AN_ECHO " ELSE o.next_at END WHERE "
    FIBREHUB_OF_BRIDGE("o") " AND o.state = 'inflight' AND o.id <> ALL ($4::bigint[]) RETURNING o.id"};
// Taken by the one who asks, who never heard of it.
constexpr sql give_back{
    "sends_give_back",
    "UPDATE outbox o SET state = 'ready', attempts = greatest(o.attempts - 1, 0) "
    "WHERE " FIBREHUB_OF_BRIDGE(
        "o") " AND o.state = 'inflight' AND o.id <> ALL ($3::bigint[]) RETURNING o.id"};
constexpr sql doubt_lost{
    "sends_doubt_lost",
    "UPDATE wa_sends SET in_doubt = true WHERE outbox_id = ANY ($1::bigint[]) AND state = "
    "'queued'"};
constexpr sql finish_seen{
    "sends_lost_seen",
    "UPDATE outbox o SET state = 'done', last_status = 'seen as an echo', finished_at "
    "= " FIBREHUB_SQL_INSTANT("$2::bigint")
    " FROM wa_sends s WHERE s.outbox_id = o.id AND o.id = ANY ($1::bigint[]) AND s.state IN"
    " ('accepted', 'sent', 'delivered', 'read')"};
// WhatsApp refused what the bridge had taken: to send it again would be another message.
constexpr sql end_refused{
    "sends_lost_refused",
    "UPDATE outbox o SET state = 'dead', last_status = s.reason, finished_at "
    "= " FIBREHUB_SQL_INSTANT("$2::bigint")
    " FROM wa_sends s WHERE s.outbox_id = o.id AND o.id = ANY ($1::bigint[]) AND s.state = "
    "'failed'"};

// A lane whose first row waits behind nothing goes on, whatever became of the row before it.
constexpr sql repair_lanes{
    "sends_repair_lanes",
    "UPDATE outbox SET behind = false WHERE behind AND id IN (SELECT DISTINCT ON (e.lane) e.id FROM"
    " outbox e WHERE e.channel = 'whatsapp' AND e.state IN ('ready', 'inflight') ORDER BY e.lane,"
    " e.seq, e.id)"};

constexpr sql insert_notice{
    "sends_notice",
    "INSERT INTO wa_sends (id, outbox_id, ticket_id, kind, channel, session, chat, author,"
    " text_digest, echo_type, queued_at) VALUES ($1::bigint, $2::bigint, nullif($3::bigint, 0), "
    "$4, $5, $6, "
    "$7,"
    " 'the hub', md5($8), 'text', " FIBREHUB_SQL_INSTANT("$9::bigint") ")"};

constexpr sql begin_flights{
    "sends_begin",
    "UPDATE outbox SET state = 'inflight', attempts = attempts + 1, incarnation = (SELECT"
    " incarnation FROM hub_state) WHERE id = ANY ($1::bigint[]) RETURNING id, attempts, "
    "incarnation"};
constexpr sql note_handing{
    "sends_handed",
    "UPDATE wa_sends s SET handed_at = " FIBREHUB_SQL_INSTANT(
        "$3::bigint") ", stanza = coalesce(nullif(r.name, ''), s.stanza) FROM unnest($1::bigint[],"
                      " $2::text[]) AS r(id, name) WHERE s.id = r.id"};
constexpr sql name_messages{
    "sends_handed_names",
    "UPDATE messages m SET ext_id = r.name FROM unnest($1::bigint[], $2::text[]) AS r(id, name) "
    "JOIN"
    " wa_sends s ON s.id = r.id WHERE m.id = s.message_id AND r.name <> '' AND m.ext_id <> r.name"};

// What they wrote in this ticket since the chat was last shown as read.
constexpr sql mark_seen{
    "sends_mark_seen",
    "INSERT INTO wa_seen AS w (channel, session, chat, up_to) SELECT $1, r.session, r.chat, m.id "
    "FROM"
    " unnest($2::text[], $3::text[], $4::bigint[]) AS r(session, chat, ticket_id) CROSS JOIN "
    "LATERAL"
    " (SELECT id FROM messages WHERE ticket_id = r.ticket_id AND NOT outbound ORDER BY id DESC "
    "LIMIT 1)"
    " m ON CONFLICT (channel, session, chat) DO UPDATE SET up_to = excluded.up_to WHERE w.up_to <"
    " excluded.up_to RETURNING w.session"};

constexpr sql end_unsent{
    "sends_end_unsent",
    "UPDATE outbox SET state = $2, last_status = $3, finished_at = " FIBREHUB_SQL_INSTANT(
        "$4::bigint") " WHERE id = $1::bigint"};

constexpr sql select_given_up{"sends_given_up",
                              "SELECT id, state, in_doubt, what, outbox_id FROM wa_sends WHERE "
                              "outbox_id = ANY ($1::bigint[])"};
constexpr sql select_wanted{
    "sends_wanted",
    "SELECT state, stanza IS NOT NULL FROM wa_sends WHERE outbox_id = $1::bigint FOR UPDATE"};
// What is uncertain may have left: it is asked about by its name before it is sent again.
constexpr sql want_again{
    "sends_wanted_again",
    "UPDATE wa_sends SET in_doubt = state = 'uncertain', state = 'queued', reason = '', "
    "accepted_at ="
    " NULL, ended_at = NULL, ask_at = NULL, asked = 0 WHERE outbox_id = $1::bigint AND state IN"
    " ('failed', 'uncertain')"};

// Whose echo did not come in its time, whether or not its session works.
constexpr std::size_t doubts_at_once = 100;
constexpr sql select_nameless_doubts{
    "sends_nameless_doubts",
    "SELECT s.id, s.outbox_id, s.kind, s.session, s.what FROM wa_sends s JOIN outbox o ON o.id ="
    " s.outbox_id WHERE s.channel = $1 AND s.in_doubt AND s.stanza IS NULL AND s.state = 'queued' "
    "AND"
    " s.what NOT IN " FIBREHUB_REPEATABLE
    " AND o.state = 'ready' AND o.next_at <= " FIBREHUB_SQL_INSTANT(
        "$2::bigint") " ORDER BY s.id LIMIT $3::bigint"};

// A hint that comes late is none.
constexpr std::chrono::seconds hint_lasts{30};

class taking {
 public:
  taking(connection& db, pqxx::transaction_base& tx, const take_sends& request,
         change_context& context)
      : db_(db), tx_(tx), request_(request), context_(context), now_(context.origin.at) {}

  taken_sends run() {
    if (request_.somebody_was_lost) pick_up_lost();
    give_up_nameless();
    due_sends due = find_due(db_, tx_, request_, now_);
    out_.last_session = std::move(due.last_session);
    for (due_send& d : due.items)
      take(std::move(d));
    begin();
    out_.next_at = next_due(db_, tx_, request_, now_);
    return std::move(out_);
  }

 private:
  std::string bridge_flag() const { return request_.takes_unaddressed ? "t" : "f"; }

  void pick_up_lost() {
    db_.run(tx_, repair_lanes, {});
    const std::vector<std::int64_t> lost = request_.never_begun ? never_begun() : lost_flights();
    if (lost.empty()) return;
    if (!request_.never_begun) db_.run(tx_, doubt_lost, {{id_array(lost)}, nullptr});
    db_.run(tx_, finish_seen, {{id_array(lost), us(now_)}, nullptr});
    db_.run(tx_, end_refused, {{id_array(lost), us(now_)}, nullptr});
  }

  std::vector<std::int64_t> lost_flights() {
    return ids_of(
        db_.run(tx_, lose_flights,
                {{request_.channel, bridge_flag(), us(now_), id_array(request_.held)}, nullptr}));
  }
  std::vector<std::int64_t> never_begun() {
    return ids_of(db_.run(tx_, give_back,
                          {{request_.channel, bridge_flag(), id_array(request_.held)}, nullptr}));
  }
  static std::vector<std::int64_t> ids_of(const pqxx::result& rows) {
    std::vector<std::int64_t> out;
    for (const auto& row : rows)
      out.push_back(row[0].as<std::int64_t>());
    return out;
  }

  void take(due_send d) {
    taken_send& s = d.send;
    if (!address(d)) return;
    if (domain::is_hint(s.what) && now_ - d.created_at > hint_lasts) return drop(d);
    if (s.in_doubt && s.stanza.empty() && !domain::is_repeatable(s.what)) return give_up_asking(s);
    if (d.never_wrote && !meet(d)) return;
    const std::string named = s.stanza;
    if (s.stanza.empty() && request_.new_name && domain::may_be_named(s.what))
      s.stanza = request_.new_name(d.engine, d.version);
    if (s.stanza != named) names_[s.send_id] = s.stanza;
    tickets_.push_back(d.ticket_id);
    out_.items.push_back(std::move(s));
  }

  /// A notification gets its chat and its row with the first attempt; false: it has no address.
  bool address(due_send& d) {
    taken_send& s = d.send;
    if (s.chat.empty()) {
      const std::string digits = whatsapp_digits(d.to, request_.country_code);
      s.chat = digits.empty() ? "" : digits + "@c.us";
    }
    if (s.send_id == 0) {
      s.send_id = context_.next_id();
      db_.run(tx_, insert_notice,
              {{std::to_string(s.send_id), std::to_string(s.outbox_id), std::to_string(d.ticket_id),
                s.kind, request_.channel, s.session, s.chat, s.text, us(d.created_at)},
               nullptr});
    }
    if (!s.chat.empty()) return true;
    refuse(d, "there is no phone number to send it to");
    return false;
  }

  /// Whoever never wrote has a number of which something must be known, however often they were
  /// written to; false: there is nobody to write to.
  bool meet(due_send& d) {
    taken_send& s = d.send;
    const bool checked = request_.strangers.check_numbers && s.chat.ends_with("@c.us");
    if (checked && d.number && !d.number->registered) {
      refuse(d, "not on WhatsApp");
      return false;
    }
    if (d.to_stranger) note_first_contact(db_, tx_, request_, s, now_);
    s.check_number = checked && !d.number;
    if (checked && d.number && !d.number->canonical.empty() && d.number->canonical != s.chat) {
      s.chat = d.number->canonical;
      move_send(db_, tx_, s.send_id, s.chat);
    }
    return true;
  }

  void give_up_nameless() {
    const pqxx::result rows =
        db_.run(tx_, select_nameless_doubts,
                {{request_.channel, us(now_), std::to_string(doubts_at_once)}, nullptr});
    for (const auto& r : rows) {
      taken_send s;
      s.send_id = r[0].as<std::int64_t>();
      s.outbox_id = r[1].as<std::int64_t>();
      s.kind = r[2].c_str();
      s.session = r[3].c_str();
      s.what = domain::send_kind_from(r[4].c_str()).value_or(domain::send_kind::text);
      give_up_asking(s);
    }
  }

  /// It may have left, nobody can be asked, and no echo came.
  void give_up_asking(const taken_send& s) {
    settle(s, domain::send_state::uncertain,
           "it may have left: no answer, no echo, and no name to ask by");
    ++out_.uncertain;
  }

  void refuse(const due_send& d, const std::string& why) {
    settle(d.send, domain::send_state::failed, why);
    ++out_.refused;
  }

  void drop(const due_send& d) {
    db_.run(tx_, end_unsent,
            {{std::to_string(d.send.outbox_id), "done", "dropped: too late for a hint", us(now_)},
             nullptr});
    const send_step step{d.send.send_id, domain::send_state::cancelled, "too late for a hint",
                         now_};
    write_steps(db_, tx_, {&step, 1}, context_.events);
  }

  void settle(const taken_send& s, domain::send_state to, const std::string& why) {
    const std::string status = to == domain::send_state::uncertain ? "uncertain: " + why : why;
    db_.run(tx_, end_unsent, {{std::to_string(s.outbox_id), "dead", status, us(now_)}, nullptr});
    const send_step step{s.send_id, to, why, now_};
    write_steps(db_, tx_, {&step, 1}, context_.events);
    tell_of_dead_send(db_, tx_, s, status, context_);
  }

  void begin() {
    if (out_.items.empty()) return;
    pq_array outbox, sends, names, sessions, chats, tickets;
    for (std::size_t i = 0; i < out_.items.size(); ++i) {
      const taken_send& s = out_.items[i];
      outbox.add(s.outbox_id);
      sends.add(s.send_id);
      const auto name = names_.find(s.send_id);
      names.add(std::string_view(name == names_.end() ? std::string() : name->second));
      sessions.add(std::string_view(s.session));
      chats.add(std::string_view(s.chat));
      tickets.add(domain::is_message(s.what) ? tickets_[i] : 0);
    }
    const std::string send_ids = sends.take(), name_texts = names.take();
    std::unordered_map<std::int64_t, std::pair<std::uint32_t, std::int64_t>> begun;
    for (const auto& row : db_.run(tx_, begin_flights, {{outbox.take()}, nullptr}))
      begun[row[0].as<std::int64_t>()] = {row[1].as<std::uint32_t>(), row[2].as<std::int64_t>()};
    for (taken_send& s : out_.items)
      std::tie(s.attempts, s.incarnation) = begun.at(s.outbox_id);
    db_.run(tx_, note_handing, {{send_ids, name_texts, us(now_)}, nullptr});
    if (!names_.empty()) db_.run(tx_, name_messages, {{send_ids, name_texts}, nullptr});
    if (!request_.mark_seen) return;
    const pqxx::result unseen =
        db_.run(tx_, mark_seen,
                {{request_.channel, sessions.take(), chats.take(), tickets.take()}, nullptr});
    for (const auto& row : unseen)
      for (taken_send& s : out_.items)
        if (s.session == row[0].c_str()) s.mark_seen = true;
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  const take_sends& request_;
  change_context& context_;
  domain::instant now_;
  std::unordered_map<std::int64_t, std::string> names_;  // by send, of those named now
  std::vector<std::int64_t> tickets_;                    // of the items
  taken_sends out_;
};

}  // namespace

std::string whatsapp_digits(const std::string& phone, const std::string& country_code) {
  std::string digits;
  for (const char c : phone)
    if (c >= '0' && c <= '9') digits += c;
  if (digits.starts_with("00")) {
    digits.erase(0, 2);
  } else if (digits.starts_with('0')) {
    digits.replace(0, 1, country_code);
  }
  if (digits.size() < 8 || digits.size() > 15 || digits.front() == '0') return {};
  return digits;
}

domain::principal sender_principal(const std::string& channel) {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:waha/" + channel;
  p.name = "waha/" + channel;
  p.as = domain::role::admin;
  return p;
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const take_sends& request,
                  change_context& context) {
  context.moves_sends = true;
  taken_sends taken = taking(db, tx, request, context).run();
  const std::size_t count = taken.items.size();
  if (request.result) *request.result = std::move(taken);
  return write_answer{200, fmt::format(R"({{"taken":{}}})", count)};
}

std::vector<std::int64_t> sends_given_up(connection& db, pqxx::transaction_base& tx,
                                         const std::vector<std::int64_t>& outbox_ids,
                                         const std::string& reason, domain::instant at,
                                         std::vector<committed_event>& events) {
  std::vector<std::int64_t> in_the_dark;
  if (outbox_ids.empty()) return in_the_dark;
  std::vector<send_step> steps;
  const pqxx::result rows = db.run(tx, select_given_up, {{id_array(outbox_ids)}, nullptr});
  for (const auto& r : rows) {
    const auto known = domain::send_state_from(r[1].c_str()).value_or(domain::send_state::queued);
    const auto what = domain::send_kind_from(r[3].c_str()).value_or(domain::send_kind::text);
    const bool may_have_left = r[2].as<bool>() && !domain::is_repeatable(what);
    const domain::send_state then = domain::after_end(
        known, may_have_left ? domain::send_end::in_the_dark : domain::send_end::given_up);
    if (then == known) continue;
    if (then == domain::send_state::uncertain) in_the_dark.push_back(r[4].as<std::int64_t>());
    steps.push_back({r[0].as<std::int64_t>(), then,
                     then == domain::send_state::uncertain ? "it may have left: " + reason : reason,
                     at});
  }
  write_steps(db, tx, steps, events);
  return in_the_dark;
}

tl::expected<void, error> send_wanted_again(connection& db, pqxx::transaction_base& tx,
                                            std::int64_t outbox_id) {
  const std::string row = std::to_string(outbox_id);
  const pqxx::result held = db.run(tx, select_wanted, {{row}, nullptr});
  if (held.empty()) return {};
  const auto known =
      domain::send_state_from(held[0][0].c_str()).value_or(domain::send_state::queued);
  const auto conflict = [](const char* why, const char* code) {
    return tl::unexpected(error{errc::conflict, why, code});
  };
  if (known == domain::send_state::cancelled)
    return conflict("it was taken back before it was sent", "cancelled");
  if (domain::has_left(known)) return conflict("it was delivered already", "done");
  if (known == domain::send_state::uncertain && !held[0][1].as<bool>())
    return conflict(
        "it may have left, and there is no name to ask by: look into the chat and settle it",
        "uncertain");
  db.run(tx, want_again, {{row}, nullptr});
  return {};
}

}  // namespace fibrehub::store
