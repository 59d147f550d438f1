// What staff do to messages that are written already: change them, take them back, react to them;
// and the hints they give. What has not left yet is changed where it waits.
#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/commands/sending.hpp"
#include "store/sends/json.hpp"
#include "store/sends/steps.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"
#include "store/wa/staff_chat.hpp"

namespace fibrehub::store {

struct found_message {
  std::string id;
  domain::written_message as;
  std::string text;
  message_name name;
  std::string channel, session, lane_name;
};

namespace {

using domain::message_act;
using domain::send_kind;

constexpr std::size_t max_history_bytes = 500;

constexpr sql select_message{
    "command_message_to_change",
    "SELECT m.outbound, m.type, m.ext_id, m.body, coalesce(s.state, ''), coalesce(o.state = 'inflight'"
    " OR s.in_doubt, false), " FIBREHUB_SQL_US("coalesce(s.sent_at, s.accepted_at, m.sent_at)")
    ", c.channel, c.session, c.ext_id, c.kind, CASE WHEN NOT m.outbound THEN coalesce((SELECT a.ext_id"
    " FROM contacts b JOIN contact_aliases a ON a.contact_id = coalesce(b.merged_into, b.id) WHERE"
    " b.id = m.contact_id ORDER BY a.ext_id LIKE '%@lid',"
    " a.ext_id LIMIT 1), '') WHEN w.engine <> 'NOWEB' THEN w.me ELSE '' END, k.ext_id FROM messages m"
    " JOIN chats c ON c.id = m.chat_id JOIN chats k ON k.id = coalesce(c.merged_into, c.id) LEFT"
    " JOIN wa_sends s ON s.id = m.id LEFT JOIN outbox o ON o.id ="
    " s.outbox_id LEFT JOIN wa_sessions w ON w.channel = c.channel AND w.name = c.session WHERE m.id ="
    " $2::bigint AND c.kind <> 'broadcast' AND (m.ticket_id = $1::bigint OR m.id IN (SELECT"
    " l.message_id FROM message_links l WHERE l.ticket_id = $1::bigint))"};

constexpr sql change_text{
    "command_change_waiting",
    "WITH said AS (UPDATE messages SET body = $2 WHERE id = $1::bigint), owed AS (UPDATE wa_sends "
    "SET"
    " text_digest = md5($2) WHERE id = $1::bigint RETURNING outbox_id) UPDATE outbox SET body ="
    " jsonb_set(body, '{text}', to_jsonb($2::text)) WHERE id = (SELECT outbox_id FROM owed)"};
constexpr sql take_back{
    "command_take_back",
    "UPDATE outbox SET state = 'dead', last_status = 'cancelled', finished_at "
    "= " FIBREHUB_SQL_INSTANT(
        "$2::bigint") " WHERE id = (SELECT outbox_id FROM wa_sends WHERE id = $1::bigint)"};

std::optional<found_message> find_message(connection& db, pqxx::transaction_base& tx,
                                          std::int64_t ticket_id, std::int64_t message_id) {
  const pqxx::result found = db.run(
      tx, select_message, {{std::to_string(ticket_id), std::to_string(message_id)}, nullptr});
  if (found.empty()) return std::nullopt;
  const auto& r = found[0];
  found_message m;
  m.id = std::to_string(message_id);
  m.as.ours = r[0].as<bool>();
  m.as.is_text = r[1].c_str() == std::string_view("text");
  const std::string stanza = r[2].c_str();
  m.as.is_named = !stanza.starts_with("wa/");
  m.text = r[3].c_str();
  m.as.state = domain::send_state_from(r[4].c_str());
  m.as.under_way = r[5].as<bool>();
  m.as.left_at = domain::from_us(r[6].as<std::int64_t>());
  m.channel = r[7].c_str();
  m.session = r[8].c_str();
  m.name = {m.as.ours, r[9].c_str(), stanza, r[10].c_str() == std::string_view("group"),
            r[11].c_str()};
  m.lane_name = r[12].c_str();
  return m;
}

send_kind kind_of(message_act act) {
  return act == message_act::edit    ? send_kind::edit
         : act == message_act::erase ? send_kind::erase
                                     : send_kind::reaction;
}

std::string shortened(const std::string& text) {
  return domain::storable(text, max_history_bytes);
}

/// The row of the ticket's history.
domain::change_entry entry_for(const domain::act_on_message& command, const found_message& m) {
  switch (command.act) {
    case message_act::edit:
      return {"message", "edited", shortened(m.text), shortened(command.text)};
    case message_act::erase:
      return {"message", "deleted", shortened(m.text), m.name.stanza};
    case message_act::react:
      break;
  }
  return {"message", "reaction", m.name.stanza, shortened(command.text)};
}

write_answer answer_of(const domain::ticket_record& ticket, const std::string& send_id,
                       const domain::act_on_message& command, const found_message& m,
                       const send_progress& progress) {
  return {200, fmt::format(
                   R"({{"id":{},"ticket_uid":{},"version":{},"send_id":"{}","kind":"{}","text":{},)"
                   R"("delivery":{{{}}}}})",
                   json_string(m.id), json_string(ticket.uid), ticket.version, send_id,
                   name_of(kind_of(command.act)),
                   command.act == message_act::erase ? "null" : json_string(command.text),
                   send_progress_members(progress))};
}

}  // namespace

command_batch::command_outcome command_batch::change_waiting(working& w,
                                                             const domain::act_on_message& command,
                                                             const found_message& m,
                                                             const write_origin& origin) {
  const std::string at = std::to_string(domain::to_us(origin.at));
  send_progress progress;
  if (command.act == message_act::edit) {
    db_.run(tx_, change_text,
            {{m.id, domain::storable(command.text, domain::max_message_bytes)}, nullptr});
  } else {
    const send_step step{command.message_id, domain::send_state::cancelled,
                         "taken back before it was sent", origin.at};
    db_.run(tx_, take_back, {{m.id, at}, nullptr});
    write_steps(db_, tx_, {&step, 1}, events_);
    progress.state = name_of(step.to);
    progress.reason = step.reason;
    progress.ended_at = origin.at;
  }
  record_entries(w, {entry_for(command, m)}, origin);
  announce("ticket.updated", w, origin, {});
  return answer_of(w.record, m.id, command, m, progress);
}

command_batch::command_outcome command_batch::act_on_message(working& w,
                                                             const domain::act_on_message& command,
                                                             const write_origin& origin) {
  const auto found = find_message(db_, tx_, w.record.id, command.message_id);
  if (!found)
    return tl::unexpected(
        error{errc::not_found, "the ticket's conversation has no such message", "not_found"});
  const domain::act_verdict may = domain::may_act(command.act, found->as, origin.at);
  if (may.what == domain::act_verdict::kind::refused)
    return tl::unexpected(error{errc::conflict, may.message, may.reason});
  if (may.what == domain::act_verdict::kind::change_waiting)
    return change_waiting(w, command, *found, origin);
  owed_send owed;
  owed.id = next_id_();
  owed.what = kind_of(command.act);
  owed.target_id = command.message_id;
  owed.target = full_name(found->name);
  owed.text = domain::storable(command.text, domain::max_message_bytes);
  owe(w, {0, found->channel, found->session, found->name.chat, found->name.group, found->lane_name},
      owed, origin);
  record_entries(w, {entry_for(command, *found)}, origin);
  announce("ticket.updated", w, origin, {});
  send_progress progress;
  progress.queued_at = origin.at;
  return answer_of(w.record, std::to_string(owed.id), command, *found, progress);
}

command_batch::command_outcome command_batch::signal_chat(const working& w,
                                                          const domain::signal_chat& command,
                                                          const write_origin& origin) {
  const auto chat = chat_for_message(db_, tx_, w.record, {}, rules_.line, next_id_, origin.at);
  if (!chat) return tl::unexpected(chat.error());
  owed_send owed;
  owed.id = next_id_();
  owed.what = command.what;
  owed.typing_on = command.on;
  owe(w, chat->chat, owed, origin);
  return write_answer{
      202, fmt::format(R"({{"ticket_uid":{},"chat":{},"kind":"{}"}})", json_string(w.record.uid),
                       json_string(chat->chat.ext_id), name_of(command.what))};
}

}  // namespace fibrehub::store
