#include "store/wa/triage.hpp"

#include <fmt/format.h>

#include "domain/chat_routing.hpp"
#include "domain/text.hpp"
#include "store/chat_family.hpp"
#include "store/commands/history_writer.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using namespace people;
using domain::field;

constexpr sql select_waiting{
    "triage_waiting",
    "SELECT w.message_id, w.chat_id, w.reason, c.channel, c.session, c.ext_id, c.kind, c.name,"
    " coalesce(j.code, ''), coalesce(p.name, m.author_name), coalesce(p.phone, ''), m.type, m.body,"
    " coalesce(m.media, ''), m.ext_id, coalesce(m.reply_to, ''), (SELECT count(*) FROM wa_triage o"
    " WHERE o.chat_id = ANY (ARRAY(" FIBREHUB_CHAT_FAMILY("coalesce(c.merged_into, c.id)")
    ")) AND o.state = 'waiting'), " FIBREHUB_SQL_US("m.sent_at") ", "
    FIBREHUB_SQL_US("w.since") " FROM wa_triage w JOIN messages m ON m.id = w.message_id JOIN chats c"
    " ON c.id = w.chat_id LEFT JOIN contacts b ON b.id = m.contact_id LEFT JOIN contacts p ON p.id ="
    " coalesce(b.merged_into, b.id) LEFT JOIN projects j ON j.id ="
    " c.project_id WHERE w.state = 'waiting' AND w.message_id > $1::bigint AND ($2::bigint = 0 OR"
    " w.chat_id IN (" FIBREHUB_CHAT_FAMILY("$2::bigint") ")) ORDER BY w.message_id LIMIT $3::bigint"};
constexpr sql count_waiting{
    "triage_count",
    "SELECT count(*) FROM wa_triage WHERE state = 'waiting' AND ($1::bigint = 0 OR chat_id IN "
    "(" FIBREHUB_CHAT_FAMILY("$1::bigint") "))"};

// The one asked for, and with $2 the others of its chat, in the order they were sent.
constexpr sql select_chosen{
    "triage_chosen",
    "SELECT w.message_id, coalesce(c.merged_into, c.id), c.channel, c.kind = 'group', m.ext_id, "
    "m.type, m.body,"
    " coalesce(p.name, m.author_name), coalesce(p.phone, ''), m.inbox_id FROM wa_triage w JOIN"
    " messages m ON m.id = w.message_id JOIN chats c ON c.id = w.chat_id LEFT JOIN contacts p ON "
    "p.id"
    " = m.contact_id WHERE w.state = 'waiting' AND (w.message_id = $1::bigint OR ($2::bool AND"
    " coalesce(c.merged_into, c.id) = (SELECT coalesce(d.merged_into, d.id) FROM wa_triage o JOIN"
    " chats d ON d.id = o.chat_id WHERE o.message_id = $1::bigint))) ORDER BY"
    " w.message_id <> $1::bigint, m.sent_at, m.id FOR UPDATE OF w"};
constexpr sql end_triage{"triage_end",
                         "UPDATE wa_triage SET state = $2, ticket_id = nullif($3::bigint, 0), "
                         "ended_at = " FIBREHUB_SQL_INSTANT(
                             "$4::bigint") ", ended_by = $5 WHERE message_id = ANY ($1::bigint[])"};
constexpr sql give_messages{
    "triage_give",
    "WITH given AS (UPDATE messages SET ticket_id = $2::bigint, internal = $3::bool WHERE id = ANY"
    " ($1::bigint[]) RETURNING inbox_id, sent_at), raw AS (UPDATE inbox SET ticket_id = $2::bigint"
    " WHERE id IN (SELECT inbox_id FROM given)) UPDATE tickets SET message_count = message_count +"
    " (SELECT count(*) FROM given), last_message_at = greatest(last_message_at, (SELECT "
    "max(sent_at)"
    " FROM given)) WHERE id = $2::bigint"};
constexpr sql select_kept{"triage_kept_chat", "SELECT " FIBREHUB_CHAT_KEPT("$1::bigint")};
constexpr sql adopt_chat{"triage_adopt_chat",
                         "UPDATE tickets SET chat_id = $2::bigint, channel = "
                         "coalesce(nullif(channel, ''), $3) WHERE id ="
                         " $1::bigint AND chat_id IS NULL RETURNING id"};

struct chosen_message {
  std::int64_t id = 0, chat_id = 0;
  std::string channel, stanza, type, body, author, phone;
  bool group = false;
};

error not_waiting() {
  return {errc::not_found, "no such message waits", "not_found"};
}

error wrong(const char* name, std::string why) {
  error out{errc::invalid, fmt::format("{} {}", name, why), "invalid_field"};
  out.fields.emplace_back(name, std::move(why));
  return out;
}

class placing {
 public:
  placing(connection& db, pqxx::transaction_base& tx, const place_message& request,
          change_context& context)
      : db_(db), tx_(tx), request_(request), context_(context) {}

  write_outcome run() {
    const pqxx::result rows =
        db_.run(tx_, select_chosen,
                {{std::to_string(request_.message_id), request_.with_chat ? "t" : "f"}, nullptr});
    for (const auto& r : rows)
      chosen_.push_back({r[0].as<std::int64_t>(), r[1].as<std::int64_t>(), r[2].c_str(),
                         r[4].c_str(), r[5].c_str(), r[6].c_str(), r[7].c_str(), r[8].c_str(),
                         r[3].as<bool>()});
    if (chosen_.empty() || chosen_.front().id != request_.message_id)
      return tl::unexpected(not_waiting());
    if (request_.dismiss) {
      end("dismissed", 0);
      return write_answer{200, answer("dismissed", {})};
    }
    std::string uid = request_.ticket_uid;
    if (request_.make) {
      auto made = make_ticket();
      if (!made) return tl::unexpected(made.error());
      uid = *made;
    }
    return put_into(uid);
  }

 private:
  std::vector<std::int64_t> ids() const {
    std::vector<std::int64_t> out;
    for (const chosen_message& m : chosen_)
      out.push_back(m.id);
    return out;
  }

  std::string answer(const char* state, const std::string& uid) const {
    std::string list;
    for (const chosen_message& m : chosen_)
      list += fmt::format(R"({}"{}")", list.empty() ? "" : ",", m.id);
    return fmt::format(R"({{"state":"{}","ticket_uid":{},"messages":[{}]}})", state,
                       uid.empty() ? "null" : json_string(uid), list);
  }

  void end(const char* state, std::int64_t ticket_id) {
    db_.run(tx_, end_triage,
            {{id_array(ids()), state, std::to_string(ticket_id), us(context_.origin.at),
              context_.origin.by.name},
             nullptr});
  }

  /// As the intake would have made one of the message.
  tl::expected<std::string, error> make_ticket() {
    const chosen_message& m = chosen_.front();
    domain::create_ticket wanted;
    wanted.fields = *request_.make;
    wanted.chat_id = m.chat_id;
    wanted.channel = m.channel;
    const auto set_default = [&](field f, const std::string& text) {
      for (const auto& item : wanted.fields.items)
        if (item.first == f) return;
      if (!text.empty())
        wanted.fields.items.emplace_back(
            f, domain::field_input{domain::field_input::kind::text, text, {}});
    };
    domain::chat_message said;
    said.text = m.body;
    said.type = m.type;
    said.author_name = m.author;
    set_default(field::title, domain::title_for(said));
    set_default(field::description, domain::storable(m.body, 20'000));
    std::vector<submit_commands> units(1);
    units[0].items.push_back({{}, {}, std::move(wanted)});
    units[0].origin.by = context_.origin.by;
    units[0].origin.at = context_.origin.at;
    command_batch work(request_.rules, db_, tx_, context_.next_id);
    write_outcome outcome = std::move(work.run(units).front());
    if (!outcome) return tl::unexpected(std::move(outcome.error()));
    const auto add = [](auto& to, auto more) {
      to.insert(to.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
    };
    add(context_.events, work.events());
    add(context_.clocks, work.wakes());
    context_.grows_outbox |= work.grows_outbox();
    return work.first_made();
  }

  /// What a chat has become; 0 for none.
  std::int64_t kept_chat(std::int64_t id) {
    if (id == 0) return 0;
    return db_.run(tx_, select_kept, {{std::to_string(id)}, nullptr})[0][0].as<std::int64_t>();
  }

  write_outcome put_into(const std::string& uid) {
    auto ticket = lock_ticket(db_, tx_, uid, context_.origin.by);
    // Who made it may not see it any more: nobody has it yet.
    if (!ticket && request_.make) {
      domain::principal hub = context_.origin.by;
      hub.as = domain::role::admin;
      ticket = lock_ticket(db_, tx_, uid, hub);
    }
    if (!ticket) return tl::unexpected(wrong("ticket_uid", "is no ticket you can see"));
    if (domain::status_of(*ticket) == domain::ticket_status::closed)
      return tl::unexpected(
          error{errc::conflict, "the ticket is closed; reopen it first", "closed"});
    const chosen_message& first = chosen_.front();
    const std::string id = std::to_string(ticket->id);
    std::int64_t own_chat = kept_chat(ticket->chat_id);
    // A person's messages make their chat the ticket's; a group talks about many.
    if (request_.make || (own_chat == 0 && !first.group)) {
      db_.run(tx_, adopt_chat, {{id, std::to_string(first.chat_id), first.channel}, nullptr});
      if (own_chat == 0) own_chat = first.chat_id;
      context_.moves_chats = true;
    }
    db_.run(tx_, give_messages,
            {{id_array(ids()), id, own_chat == first.chat_id ? "f" : "t"}, nullptr});
    end("placed", ticket->id);
    const ticket_standing before = standing_of(*ticket);
    std::vector<domain::change_entry> entries;
    for (const chosen_message& m : chosen_)
      entries.push_back({"message", "placed", {}, m.stanza});
    append_history(db_, tx_, *ticket, entries, context_);
    write_head(db_, tx_, *ticket);
    context_.tickets.push_back(ticket->id);
    announce_ticket(context_.events, "ticket.updated", *ticket, before, entries, context_.origin);
    return write_answer{200, answer("placed", uid)};
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  const place_message& request_;
  change_context& context_;
  std::vector<chosen_message> chosen_;
};

}  // namespace

std::optional<triage_page> run(connection& db, const list_triage& request) {
  return db.transact([&](pqxx::work& tx) {
    triage_page out;
    const std::string chat = std::to_string(request.chat_id.value_or(0));
    out.waiting = db.run(tx, count_waiting, {{chat}, nullptr})[0][0].as<std::int64_t>();
    const pqxx::result rows = db.run(
        tx, select_waiting,
        {{std::to_string(request.after_id.value_or(0)), chat, std::to_string(request.limit + 1)},
         nullptr});
    for (const auto& r : rows) {
      triage_view& v = out.items.emplace_back();
      v.message_id = r[0].as<std::int64_t>();
      v.chat_id = r[1].as<std::int64_t>();
      pqxx::row::size_type at = 2;
      for (std::string* text :
           {&v.reason, &v.channel, &v.session, &v.chat, &v.chat_kind, &v.chat_name, &v.project,
            &v.author, &v.phone, &v.type, &v.text, &v.media_json, &v.stanza, &v.reply_to})
        *text = r[at++].c_str();
      v.waiting_in_chat = r[at++].as<std::int64_t>();
      v.sent_at = instant_of(r[at]);
      v.since = instant_of(r[at + 1]);
    }
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_after = out.items.back().message_id;
    }
    return std::optional(std::move(out));
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const place_message& request,
                  change_context& context) {
  return placing(db, tx, request, context).run();
}

}  // namespace fibrehub::store
