// Messages that staff send out of a ticket: the message, what is owed to its chat, and the ticket's
// history are written together. What becomes of it is told later (store/sends).
#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/commands/batch.hpp"
#include "store/sends/json.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"
#include "store/wa/staff_chat.hpp"

namespace fibrehub::store {
namespace {

// The author's id is part of a message's full name in groups.
constexpr sql select_quoted{
    "command_quoted",
    "SELECT m.outbound, m.ext_id, coalesce((SELECT a.ext_id FROM contact_aliases a WHERE "
    "a.contact_id"
    " = m.contact_id ORDER BY a.ext_id LIKE '%@lid', a.ext_id LIMIT 1), '') FROM messages m WHERE"
    " m.chat_id = $2::bigint AND m.ext_id = $3 AND (m.ticket_id = $1::bigint OR m.id IN (SELECT"
    " l.message_id FROM message_links l WHERE l.ticket_id = $1::bigint)) ORDER BY m.id LIMIT 1"};

// What a person sends is an answer of staff ($14: it was none), as what is typed on the phone.
constexpr sql insert_message{
    "command_message",
    "WITH owed AS (INSERT INTO outbox (key, channel, peer, lane, seq, user_id, ticket_id, body,"
    " next_at, created_at) VALUES ($5, 'whatsapp', $6, $7, $1::bigint, NULL, $2::bigint, $8::jsonb, "
    FIBREHUB_SQL_INSTANT("$4::bigint") ", " FIBREHUB_SQL_INSTANT("$4::bigint")
    ") RETURNING id), said AS (INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound,"
    " by_api, internal, ext_id, author_name, type, body, reply_to, sent_at, received_at) VALUES ($1::bigint,"
    " $2::bigint, $3::bigint, 0, true, $14::bool, $15::bool, $5, $9, 'text', $10, nullif($11, ''), "
    FIBREHUB_SQL_INSTANT("$4::bigint") ", " FIBREHUB_SQL_INSTANT("$4::bigint")
    ")) INSERT INTO wa_sends (id, outbox_id, message_id, ticket_id, kind, channel, session, chat,"
    " author, text_digest, queued_at) SELECT $1::bigint, owed.id, $1::bigint, $2::bigint, 'message',"
    " $6, $12, $13, $9, md5($10), " FIBREHUB_SQL_INSTANT("$4::bigint") " FROM owed"};

constexpr sql count_message{
    "command_count_message",
    "UPDATE tickets SET message_count = message_count + 1, last_message_at ="
    " greatest(last_message_at, " FIBREHUB_SQL_INSTANT("$2::bigint") ") WHERE id = $1::bigint"};

error wrong_quote(std::string why) {
  error out{errc::invalid, "reply_to " + why, "invalid_field"};
  out.fields.emplace_back("reply_to", std::move(why));
  return out;
}

}  // namespace

/// The full name of the message that is answered, or empty.
tl::expected<std::string, error> command_batch::quote_of(const working& w, const chat_address& chat,
                                                         const std::string& reply_to) {
  if (reply_to.empty()) return std::string();
  const pqxx::result found =
      db_.run(tx_, select_quoted,
              {{std::to_string(w.record.id), std::to_string(chat.id), reply_to}, nullptr});
  if (found.empty())
    return tl::unexpected(wrong_quote("is no message of this ticket's conversation"));
  const std::string name = found[0][1].c_str();
  if (name.starts_with("wa/")) return tl::unexpected(wrong_quote("has not been sent yet"));
  return full_message_name(found[0][0].as<bool>(), chat, name, found[0][2].c_str());
}

command_batch::command_outcome command_batch::send_message(working& w,
                                                           const domain::message_ticket& command,
                                                           const write_origin& origin) {
  const auto chat =
      chat_for_message(db_, tx_, w.record, command.to, rules_.line, next_id_, origin.at);
  if (!chat) return tl::unexpected(chat.error());
  // What is said in another chat than the customer's is said among staff.
  const bool internal = chat->id != w.record.chat_id;
  const auto quoted = quote_of(w, *chat, command.reply_to);
  if (!quoted) return tl::unexpected(quoted.error());
  const std::int64_t id = next_id_();
  const std::string key = fmt::format("wa/{}", id);
  // A group talks about many tickets: by its UID answers find back to this one.
  const std::string said =
      internal && chat->group ? fmt::format("{}\n{}", w.record.uid, command.text) : command.text;
  const std::string text = domain::storable(said, domain::max_message_bytes);
  const std::string lane = fmt::format("{}/{}/{}", chat->channel, chat->session, chat->ext_id);
  const std::string body = fmt::format(
      R"({{"kind":"message","message":"{}","session":{},"chat":{},"text":{},"reply_to":{}}})", id,
      json_string(chat->session), json_string(chat->ext_id), json_string(text),
      quoted->empty() ? "null" : json_string(*quoted));
  const std::string at = std::to_string(domain::to_us(origin.at));
  const std::string ticket = std::to_string(w.record.id);
  db_.run(tx_, insert_message,
          {{std::to_string(id), ticket, std::to_string(chat->id), at, key, chat->channel, lane,
            body, origin.by.name, text, command.reply_to, chat->session, chat->ext_id,
            origin.by.what == domain::principal::kind::system ? "t" : "f", internal ? "t" : "f"},
           nullptr});
  db_.run(tx_, count_message, {{ticket, at}, nullptr});
  ++w.record.message_count;
  record_entries(w, {{"message", internal ? "staff" : "outbound", {}, key}}, origin);
  announce_message(events_, w.record, {chat->ext_id, text, internal}, origin);
  send_progress progress;
  progress.queued_at = origin.at;
  return write_answer{
      201,
      fmt::format(
          R"({{"id":"{}","ticket_uid":{},"version":{},"message_id":{},"direction":"outbound","internal":{},"author":{},)"
          R"("phone":null,"chat":{},"session":{},"type":"text","text":{},"media":null,"reply_to":{},)"
          R"("delivery":{{{}}},"sent_at":"{}","received_at":"{}"}})",
          id, json_string(w.record.uid), w.record.version, json_string(key), internal,
          json_string(origin.by.name), json_string(chat->ext_id), json_string(chat->session),
          json_string(text), command.reply_to.empty() ? "null" : json_string(command.reply_to),
          send_progress_members(progress), domain::to_rfc3339(origin.at),
          domain::to_rfc3339(origin.at))};
}

}  // namespace fibrehub::store
