#include "store/wa/chat_post.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"
#include "domain/ticket_commands.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

// What the hub says by itself is no answer of staff: by_api.
constexpr sql insert_post{
    "wa_chat_post",
    "WITH owed AS (INSERT INTO outbox (key, channel, peer, lane, seq, user_id, ticket_id, body,"
    " next_at, created_at) VALUES ($5, 'whatsapp', $6, $7, $1::bigint, NULL, nullif($2::bigint, 0),"
    " $8::jsonb, " FIBREHUB_SQL_INSTANT("$4::bigint") ", " FIBREHUB_SQL_INSTANT("$4::bigint")
    ") RETURNING id), said AS (INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound,"
    " by_api, ext_id, author_name, type, body, reply_to, sent_at, received_at) VALUES ($1::bigint,"
    " NULL, $3::bigint, 0, true, true, $5, $9, 'text', $10, nullif($11, ''), "
    FIBREHUB_SQL_INSTANT("$4::bigint") ", " FIBREHUB_SQL_INSTANT("$4::bigint")
    ")) INSERT INTO wa_sends (id, outbox_id, message_id, ticket_id, kind, channel, session, chat,"
    " author, text_digest, echo_type, queued_at) SELECT $1::bigint, owed.id, $1::bigint, nullif($2::bigint, 0),"
    " 'message', $6, $12, $13, $9, md5($10), 'text', " FIBREHUB_SQL_INSTANT("$4::bigint") " FROM owed"};

}  // namespace

std::string lane_of(const chat_address& chat) {
  return fmt::format("{}/{}/{}", chat.channel, chat.session,
                     chat.name.empty() ? chat.ext_id : chat.name);
}

std::string full_message_name(bool ours, const chat_address& chat, const std::string& id,
                              const std::string& author) {
  return fmt::format("{}_{}_{}{}", ours, chat.ext_id, id,
                     chat.group && !ours && !author.empty() ? "_" + author : "");
}

void write_chat_post(connection& db, pqxx::transaction_base& tx, const chat_post& post,
                     domain::instant at) {
  const chat_address& chat = post.chat;
  const std::string text = domain::storable(post.text, domain::max_message_bytes);
  const std::string body = fmt::format(
      R"({{"kind":"message","message":"{}","session":{},"chat":{},"text":{},"reply_to":{}}})",
      post.id, json_string(chat.session), json_string(chat.ext_id), json_string(text),
      post.quoted_name.empty() ? "null" : json_string(post.quoted_name));
  db.run(tx, insert_post,
         {{std::to_string(post.id), std::to_string(post.ticket_id), std::to_string(chat.id),
           std::to_string(domain::to_us(at)), fmt::format("wa/{}", post.id), chat.channel,
           lane_of(chat), body, post.author, text, post.reply_to, chat.session, chat.ext_id},
          nullptr});
}

}  // namespace fibrehub::store
