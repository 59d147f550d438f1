// Messages that staff send out of a ticket: the message, what is owed to its chat, and the ticket's
// history are written together. What becomes of it is told later (store/sends).
#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/commands/sending.hpp"
#include "store/sends/json.hpp"
#include "store/sends/templates.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"
#include "store/wa/staff_chat.hpp"

namespace fibrehub::store {
namespace {

using domain::send_kind;

// The author's id is part of a message's full name in groups; ours too, but on NOWEB.
constexpr sql select_quoted{
    "command_quoted",
    "SELECT m.outbound, m.ext_id, CASE WHEN NOT m.outbound THEN coalesce((SELECT a.ext_id FROM"
    " contacts o JOIN contact_aliases a ON a.contact_id = coalesce(o.merged_into, o.id) WHERE o.id "
    "="
    " m.contact_id ORDER BY a.ext_id LIKE '%@lid', a.ext_id LIMIT 1), '') WHEN w.engine <> 'NOWEB'"
    " THEN w.me ELSE '' END FROM messages m JOIN chats c ON c.id = m.chat_id LEFT JOIN wa_sessions "
    "w"
    " ON w.channel = c.channel AND w.name = c.session WHERE (m.chat_id = $2::bigint OR"
    " c.merged_into = $2::bigint) AND (m.ext_id = $3 OR m.id::text = $3) AND (m.ticket_id ="
    " $1::bigint OR m.id IN (SELECT"
    " l.message_id FROM message_links l WHERE l.ticket_id = $1::bigint)) ORDER BY m.id LIMIT 1"};

constexpr sql select_file{
    "command_file",
    "SELECT encode(sha256, 'hex'), name, content_type, size_bytes FROM attachments WHERE id ="
    " $1::bigint AND ticket_id = $2::bigint AND deleted_at IS NULL"};

constexpr sql insert_owed{
    "command_owed",
    "WITH owed AS (INSERT INTO outbox (key, channel, peer, lane, seq, user_id, ticket_id, body,"
    " next_at, created_at) VALUES ($2, 'whatsapp', $3, $4, $1::bigint, NULL, $5::bigint, $6::jsonb, "
    FIBREHUB_SQL_INSTANT("$7::bigint") ", " FIBREHUB_SQL_INSTANT("$7::bigint")
    ") RETURNING id) INSERT INTO wa_sends (id, outbox_id, message_id, ticket_id, kind, channel,"
    " session, chat, author, text_digest, queued_at, what, echo_type, target_id) SELECT $1::bigint,"
    " owed.id, nullif($8::bigint, 0), $5::bigint, 'message', $3, $9, $10, $11, CASE $13 WHEN ''"
    " THEN '' WHEN 'location' THEN 'location' ELSE md5($14) END, " FIBREHUB_SQL_INSTANT("$7::bigint")
    ", $12, $13, nullif($15::bigint, 0) FROM owed"};

// What a person sends is an answer of staff ($11: it was none), as what is typed on the phone.
constexpr sql insert_message{
    "command_message",
    "INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound, by_api, internal, ext_id,"
    " author_name, type, body, media, reply_to, sent_at, received_at) VALUES ($1::bigint,"
    " $2::bigint, $3::bigint, 0, true, $11::bool, $12::bool, $5, $6, $7, $8, nullif($9, ''),"
    " nullif($10, ''), " FIBREHUB_SQL_INSTANT("$4::bigint") ", " FIBREHUB_SQL_INSTANT(
        "$4::bigint") ")"};

constexpr sql count_message{
    "command_count_message",
    "UPDATE tickets SET message_count = message_count + 1, last_message_at ="
    " greatest(last_message_at, " FIBREHUB_SQL_INSTANT("$2::bigint") ") WHERE id = $1::bigint"};

error wrong_quote(std::string why) {
  return field_error("reply_to", std::move(why));
}

std::string text_or_null(const std::string& text) {
  return text.empty() ? "null" : json_string(text);
}

/// What the bridge needs to send it.
std::string body_of(const owed_send& s, const std::string& session, const std::string& chat) {
  std::string out = fmt::format(
      R"({{"kind":"message","message":"{}","session":{},"chat":{},"text":{},"reply_to":{})", s.id,
      json_string(session), json_string(chat), json_string(s.text), text_or_null(s.reply_to));
  if (s.what != send_kind::text) out += fmt::format(R"(,"what":"{}")", name_of(s.what));
  if (!s.target.empty()) out += fmt::format(R"(,"target":{})", json_string(s.target));
  if (s.what == send_kind::typing) out += fmt::format(R"(,"on":{})", s.typing_on);
  if (!s.file.sha256_hex.empty())
    out +=
        fmt::format(R"(,"file":{{"sha256":"{}","name":{},"type":{},"size":{}}})", s.file.sha256_hex,
                    json_string(s.file.name), json_string(s.file.content_type), s.file.size_bytes);
  if (!s.place.latitude.empty())
    out += fmt::format(R"(,"place":{{"latitude":"{}","longitude":"{}","title":{}}})",
                       s.place.latitude, s.place.longitude, json_string(s.place.title));
  return out + "}";
}

}  // namespace

error field_error(const char* field, std::string why) {
  error out{errc::invalid, fmt::format("{} {}", field, why), "invalid_field"};
  out.fields.emplace_back(field, std::move(why));
  return out;
}

std::string full_name(const message_name& n) {
  return fmt::format("{}_{}_{}{}", n.ours, n.chat, n.stanza,
                     n.group && !n.author.empty() ? "_" + n.author : "");
}

tl::expected<command_batch::quoted_message, error> command_batch::quote_of(
    const working& w, const chat_address& chat, const std::string& reply_to) {
  if (reply_to.empty()) return quoted_message{};
  const pqxx::result found =
      db_.run(tx_, select_quoted,
              {{std::to_string(w.record.id), std::to_string(chat.id), reply_to}, nullptr});
  if (found.empty())
    return tl::unexpected(wrong_quote("is no message of this ticket's conversation"));
  const std::string name = found[0][1].c_str();
  if (name.starts_with("wa/")) return tl::unexpected(wrong_quote("has not been sent yet"));
  return quoted_message{
      full_name({found[0][0].as<bool>(), chat.ext_id, name, chat.group, found[0][2].c_str()}),
      name};
}

tl::expected<void, error> command_batch::add_file(const working& w,
                                                  const domain::message_ticket& command,
                                                  message_content& out) {
  const pqxx::result found =
      db_.run(tx_, select_file,
              {{std::to_string(command.attachment_id), std::to_string(w.record.id)}, nullptr});
  if (found.empty())
    return tl::unexpected(field_error("attachment_id", "is no attachment of this ticket"));
  out.file = {found[0][0].c_str(), found[0][1].c_str(), found[0][2].c_str(),
              found[0][3].as<std::int64_t>()};
  out.kind = command.kind.value_or(domain::kind_for_file(out.file.content_type));
  if (const auto why = domain::file_objection(out.kind, out.file.content_type))
    return tl::unexpected(field_error("attachment_id", *why));
  out.media_json =
      fmt::format(R"({{"mime":{},"filename":{},"attachment_id":"{}","size_bytes":{}}})",
                  json_string(out.file.content_type), json_string(out.file.name),
                  command.attachment_id, out.file.size_bytes);
  return {};
}

tl::expected<message_content, error> command_batch::content_of(
    const working& w, const domain::message_ticket& command, const write_origin& origin) {
  message_content out;
  out.text = domain::storable(command.text, domain::max_message_bytes);
  if (!command.template_name.empty()) {
    auto filled = fill_template(db_, tx_, w.record, command, origin);
    if (!filled) return tl::unexpected(std::move(filled.error()));
    out.text = std::move(*filled);
  }
  if (command.attachment_id != 0) {
    if (auto added = add_file(w, command, out); !added) return tl::unexpected(added.error());
  } else if (command.location) {
    const domain::sent_location& l = *command.location;
    out.kind = send_kind::location;
    out.place = {fmt::format("{}", l.latitude), fmt::format("{}", l.longitude),
                 domain::storable(l.title, 1000)};
    out.shown = fmt::format("Location {}{}, {}{}", l.title.empty() ? "" : out.place.title + " (",
                            out.place.latitude, out.place.longitude, l.title.empty() ? "" : ")");
  } else if (out.text.empty()) {
    return tl::unexpected(field_error("text", "is required"));
  }
  if (out.shown.empty()) out.shown = out.text;
  return out;
}

void command_batch::owe(const working& w, const chat_address& chat, const owed_send& s,
                        const write_origin& origin) {
  grows_outbox_ = true;
  db_.run(tx_, insert_owed,
          {{std::to_string(s.id), fmt::format("wa/{}", s.id), chat.channel, lane_of(chat),
            std::to_string(w.record.id), body_of(s, chat.session, chat.ext_id),
            std::to_string(domain::to_us(origin.at)), std::to_string(s.message_id), chat.session,
            chat.ext_id, origin.by.name, std::string(name_of(s.what)), s.echo_type, s.text,
            std::to_string(s.target_id)},
           nullptr});
}

command_batch::command_outcome command_batch::send_message(working& w,
                                                           const domain::message_ticket& command,
                                                           const write_origin& origin) {
  const auto found =
      chat_for_message(db_, tx_, w.record, command.to, rules_.line, next_id_, origin.at);
  if (!found) return tl::unexpected(found.error());
  const chat_address* const chat = &found->chat;
  if (!command.chat.empty() && command.chat != chat->ext_id)
    return tl::unexpected(field_error("chatId", "is not the chat of this ticket's conversation"));
  const auto quoted = quote_of(w, *chat, command.reply_to);
  if (!quoted) return tl::unexpected(quoted.error());
  auto content = content_of(w, command, origin);
  if (!content) return tl::unexpected(content.error());
  // What is said in another chat than the customer's is said among staff.
  const bool internal = !found->of_customer;
  // A group talks about many tickets: by its UID answers find back to this one.
  if (internal && chat->group && content->kind != send_kind::location) {
    content->text = w.record.uid + (content->text.empty() ? "" : "\n" + content->text);
    content->shown = content->text;
  }
  owed_send owed;
  owed.id = owed.message_id = next_id_();
  owed.what = content->kind;
  owed.text = content->text;
  owed.reply_to = quoted->full;
  owed.file = content->file;
  owed.place = content->place;
  owed.echo_type = domain::type_of_echo(content->kind, content->file.content_type);
  owe(w, *chat, owed, origin);
  const std::string key = fmt::format("wa/{}", owed.id);
  const std::string at = std::to_string(domain::to_us(origin.at));
  const std::string ticket = std::to_string(w.record.id);
  db_.run(tx_, insert_message,
          {{std::to_string(owed.id), ticket, std::to_string(chat->id), at, key, origin.by.name,
            owed.echo_type, content->shown, content->media_json, quoted->name,
            origin.by.what == domain::principal::kind::system ? "t" : "f", internal ? "t" : "f"},
           nullptr});
  db_.run(tx_, count_message, {{ticket, at}, nullptr});
  ++w.record.message_count;
  record_entries(w, {{"message", internal ? "staff" : "outbound", {}, key}}, origin);
  announce_message(events_, w.record, {chat->ext_id, content->shown, owed.echo_type, internal},
                   origin);
  if (command.answer_briefly)
    return write_answer{201, fmt::format(R"({{"messageId":"{}","status":"pending"}})", owed.id)};
  send_progress progress;
  progress.queued_at = origin.at;
  return write_answer{
      201,
      fmt::format(
          R"({{"id":"{}","ticket_uid":{},"version":{},"message_id":{},"direction":"outbound","internal":{},"author":{},)"
          R"("phone":null,"chat":{},"session":{},"type":{},"text":{},"media":{},"reply_to":{},)"
          R"("delivery":{{{}}},"sent_at":"{}","received_at":"{}"}})",
          owed.id, json_string(w.record.uid), w.record.version, json_string(key), internal,
          json_string(origin.by.name), json_string(chat->ext_id), json_string(chat->session),
          json_string(owed.echo_type), json_string(content->shown),
          content->media_json.empty() ? "null" : content->media_json, text_or_null(quoted->name),
          send_progress_members(progress), domain::to_rfc3339(origin.at),
          domain::to_rfc3339(origin.at))};
}

}  // namespace fibrehub::store
