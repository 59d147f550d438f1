#include "store/wa/media.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/attachments/attach.hpp"
#include "store/commands/history_writer.hpp"
#include "store/people/sql.hpp"
#include "store/row_security.hpp"
#include "store/sql_time.hpp"
#include "store/ticket_events.hpp"
#include "store/visibility.hpp"
#include "store/wa/session_works.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr std::int64_t attached_at_a_time = 16;
constexpr std::size_t max_reason_bytes = 300;

constexpr sql lose_fetches{
    "media_lost",
    "UPDATE wa_media SET state = 'due' WHERE channel = $1 AND state = 'fetching' AND message_id <>"
    " ALL ($2::bigint[])"};

#define FIBREHUB_DUE_FILES \
  "SELECT w.message_id, c.session, c.ext_id, m.ext_id, m.outbound, m.type,"                     \
  " coalesce(m.media::jsonb->>'id', ''), coalesce(m.media::jsonb->>'url', ''),"                 \
  " coalesce(m.media::jsonb->>'filename', ''), " FIBREHUB_SQL_US("m.sent_at") ", "              \
  FIBREHUB_SQL_US("w.first_at") " FROM wa_media w JOIN messages m ON m.id = w.message_id JOIN"  \
  " chats c ON c.id = m.chat_id"
#define FIBREHUB_IS_DUE \
  " WHERE w.channel = $1 AND w.state = 'due' AND w.next_at <= " FIBREHUB_SQL_INSTANT("$2::bigint")

constexpr sql select_new{
    "media_take", FIBREHUB_DUE_FILES FIBREHUB_IS_DUE
    " AND least(w.attempts, 1) = 0 ORDER BY w.next_at, w.message_id LIMIT $3::bigint"};
// Only a session that works can be asked for a file again.
constexpr sql select_again{
    "media_take_again", FIBREHUB_DUE_FILES
    " LEFT JOIN wa_sessions s ON s.channel = w.channel AND s.name = c.session" FIBREHUB_IS_DUE
    " AND least(w.attempts, 1) = 1 AND " FIBREHUB_SESSION_MAY_WORK(
        "s", "$2::bigint") " ORDER BY w.next_at, w.message_id LIMIT $3::bigint"};

constexpr sql begin_fetch{
    "media_begin",
    "UPDATE wa_media SET state = 'fetching', attempts = attempts + 1, incarnation = (SELECT"
    " incarnation FROM hub_state) WHERE message_id = $1::bigint RETURNING attempts, incarnation"};

// What is due and was left waits for room, or for its session: both are looked for again in time.
constexpr sql select_next{
    "media_next",
    "SELECT " FIBREHUB_SQL_US("min(x.next_at)") ", (SELECT count(*) FROM wa_media w WHERE w.channel ="
    " $1 AND w.state = 'due') + (SELECT count(*) FROM wa_media w WHERE w.channel = $1 AND w.state ="
    " 'fetching') FROM (VALUES (0), (1)) AS k(tried) CROSS JOIN LATERAL (SELECT w.next_at FROM"
    " wa_media w WHERE w.channel = $1 AND w.state = 'due' AND least(w.attempts, 1) = k.tried AND"
    " w.next_at > " FIBREHUB_SQL_INSTANT("$2::bigint") " ORDER BY w.next_at LIMIT 1) x"};

constexpr sql lock_fetch{
    "media_finish_lock",
    "SELECT 1 FROM wa_media WHERE message_id = $1::bigint AND state = 'fetching' AND incarnation ="
    " $2::bigint AND attempts = $3::integer FOR UPDATE"};

constexpr sql put_off{
    "media_again",
    "UPDATE wa_media SET state = 'due', reason = $2, next_at = " FIBREHUB_SQL_INSTANT(
        "$3::bigint") ", attempts = attempts - CASE WHEN $4::bool THEN 0 ELSE 1 END WHERE"
                      " message_id = $1::bigint"};
constexpr sql end_fetch{
    "media_end", "UPDATE wa_media SET state = $2, reason = $3, ended_at = " FIBREHUB_SQL_INSTANT(
                     "$4::bigint") " WHERE message_id = $1::bigint"};
constexpr sql keep_file{
    "media_keep",
    "UPDATE wa_media SET state = 'kept', reason = '', ended_at = " FIBREHUB_SQL_INSTANT(
        "$2::bigint") ", sha256 = decode($3, 'hex'), size_bytes = $4::bigint, content_type = $5,"
                      " name = $6 WHERE message_id = $1::bigint"};

// Who is named as the file's author: the person, not the program that fetched it.
#define FIBREHUB_MEDIA_TICKET                                                                      \
  "SELECT w.message_id, coalesce(t.uid, ''), coalesce(nullif(p.name, ''), nullif(m.author_name, "  \
  "''), nullif(p.phone, ''), 'WhatsApp'), coalesce(encode(w.sha256, 'hex'), ''), coalesce(w.name," \
  " ''), coalesce(w.content_type, ''), coalesce(w.size_bytes, 0), coalesce((SELECT a.id FROM"      \
  " attachments a WHERE a.message_id = w.message_id AND a.ticket_id = m.ticket_id), 0), m.type,"   \
  " coalesce(m.media::jsonb->>'filename', ''), m.internal FROM wa_media w JOIN messages m ON "     \
  "m.id ="                                                                                         \
  " w.message_id LEFT JOIN contacts p ON p.id = m.contact_id LEFT JOIN tickets t ON t.id ="        \
  " m.ticket_id WHERE "

constexpr sql select_whose{"media_whose", FIBREHUB_MEDIA_TICKET "w.message_id = $1::bigint"};
constexpr sql select_moved{"media_moved", FIBREHUB_MEDIA_TICKET
                           "w.channel = $1 AND w.attach ORDER BY w.message_id LIMIT $2::bigint"};
constexpr sql note_attached{
    "media_attached",
    "UPDATE wa_media SET attach = false, attachment_id = coalesce(nullif($2::bigint, 0),"
    " attachment_id), reason = $3 WHERE message_id = $1::bigint"};

/// One row of FIBREHUB_MEDIA_TICKET.
struct owned_file {
  std::int64_t message_id = 0, attachment_id = 0;
  std::string ticket_uid, author, type, filename;
  new_attachment file;
};

owned_file to_owned(const pqxx::row& r) {
  owned_file out;
  out.message_id = r[0].as<std::int64_t>();
  out.ticket_uid = r[1].c_str();
  out.author = r[2].c_str();
  out.file = {r[3].c_str(),   r[4].c_str(),    r[5].c_str(), r[6].as<std::int64_t>(),
              out.message_id, r[10].as<bool>()};
  out.attachment_id = r[7].as<std::int64_t>();
  out.type = r[8].c_str();
  out.filename = r[9].c_str();
  return out;
}

/// Attaches a kept file to its message's ticket, if it has one and is not there yet. One that finds
/// no room stays with its message.
void attach(connection& db, pqxx::transaction_base& tx, const owned_file& f,
            change_context& context) {
  std::int64_t id = f.attachment_id;
  std::string reason;
  if (id == 0 && !f.ticket_uid.empty()) {
    auto ticket = lock_ticket(db, tx, f.ticket_uid, context.origin.by);
    auto no = ticket ? overfull(db, tx, *ticket, {f.file}) : std::nullopt;
    if (no) {
      reason = "not attached: " + no->message;
    } else if (ticket) {
      id = attach_files(db, tx, *ticket, {f.file}, f.author, context).ids.front();
    }
  }
  db.run(tx, note_attached,
         {{std::to_string(f.message_id), std::to_string(id),
           domain::storable(reason, max_reason_bytes)},
          nullptr});
}

/// A line in the ticket, so that nobody waits for the file.
void tell_ticket(connection& db, pqxx::transaction_base& tx, const owned_file& f,
                 media_outcome outcome, const std::string& why, change_context& context) {
  if (f.ticket_uid.empty()) return;
  auto ticket = lock_ticket(db, tx, f.ticket_uid, context.origin.by);
  if (!ticket) return;
  const std::string what = f.filename.empty() ? f.type : f.filename;
  const std::string line =
      domain::storable(fmt::format("{} of {}: {}", what, f.author, why), max_reason_bytes);
  const std::vector<domain::change_entry> entries{
      {"attachment_missing", std::string(name_of(outcome)), {}, line}};
  append_history(db, tx, *ticket, entries, context);
  write_head(db, tx, *ticket);
  announce_ticket(context.events, "ticket.updated", *ticket, standing_of(*ticket), entries,
                  context.origin);
}

owned_file whose(connection& db, pqxx::transaction_base& tx, std::int64_t message_id) {
  const pqxx::result rows = db.run(tx, select_whose, {{std::to_string(message_id)}, nullptr});
  return rows.empty() ? owned_file{} : to_owned(rows[0]);
}

taken_media to_taken(const pqxx::row& r) {
  taken_media m;
  m.message_id = r[0].as<std::int64_t>();
  m.session = r[1].c_str();
  m.chat = r[2].c_str();
  m.stanza = r[3].c_str();
  m.from_me = r[4].as<bool>();
  m.type = r[5].c_str();
  m.full_id = r[6].c_str();
  m.url = r[7].c_str();
  m.filename = r[8].c_str();
  m.sent_at = domain::from_us(r[9].as<std::int64_t>());
  m.first_at = domain::from_us(r[10].as<std::int64_t>());
  return m;
}

void take_due(connection& db, pqxx::transaction_base& tx, const sql& statement,
              const take_media& request, domain::instant now, std::vector<taken_media>& items) {
  if (items.size() >= request.limit) return;
  const std::size_t room = request.limit - items.size();
  const pqxx::result due =
      db.run(tx, statement, {{request.channel, us(now), std::to_string(room)}, nullptr});
  for (const auto& row : due) {
    taken_media m = to_taken(row);
    const pqxx::result begun = db.run(tx, begin_fetch, {{std::to_string(m.message_id)}, nullptr});
    m.attempts = begun[0][0].as<std::uint32_t>();
    m.incarnation = begun[0][1].as<std::int64_t>();
    items.push_back(std::move(m));
  }
}

}  // namespace

std::string_view name_of(media_outcome what) {
  switch (what) {
    case media_outcome::kept:
      return "kept";
    case media_outcome::again:
      return "due";
    case media_outcome::too_large:
      return "too_large";
    case media_outcome::refused:
      return "refused";
    case media_outcome::gone:
      return "gone";
  }
  return "due";
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const take_media& request,
                  change_context& context) {
  if (request.somebody_was_lost)
    db.run(tx, lose_fetches, {{request.channel, id_array(request.held)}, nullptr});
  const pqxx::result moved =
      db.run(tx, select_moved, {{request.channel, std::to_string(attached_at_a_time)}, nullptr});
  for (const auto& row : moved)
    attach(db, tx, to_owned(row), context);
  taken_files out;
  for (const sql* statement : {&select_new, &select_again})
    take_due(db, tx, *statement, request, context.origin.at, out.items);
  const pqxx::result left =
      db.run(tx, select_next, {{request.channel, us(context.origin.at)}, nullptr});
  out.next_at = instant_or_none(left[0][0]);
  out.waiting = left[0][1].as<std::int64_t>();
  const std::size_t count = out.items.size();
  if (request.result) *request.result = std::move(out);
  return write_answer{200, fmt::format(R"({{"taken":{}}})", count)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const finish_media& request,
                  change_context& context) {
  const taken_media& m = request.what;
  const std::string id = std::to_string(m.message_id);
  const std::string now = us(context.origin.at);
  const pqxx::result held = db.run(
      tx, lock_fetch, {{id, std::to_string(m.incarnation), std::to_string(m.attempts)}, nullptr});
  if (held.empty()) return write_answer{200, R"({"settled":false})"};
  const std::string reason = domain::storable(request.reason, max_reason_bytes);
  switch (request.outcome) {
    case media_outcome::again:
      db.run(tx, put_off, {{id, reason, us(request.next_at), request.spent ? "t" : "f"}, nullptr});
      break;
    case media_outcome::kept: {
      const new_attachment& f = request.file;
      db.run(
          tx, keep_file,
          {{id, now, f.sha256_hex, std::to_string(f.size_bytes), f.content_type, f.name}, nullptr});
      attach(db, tx, whose(db, tx, m.message_id), context);
      break;
    }
    case media_outcome::too_large:
    case media_outcome::refused:
    case media_outcome::gone:
      db.run(tx, end_fetch, {{id, std::string(name_of(request.outcome)), reason, now}, nullptr});
      tell_ticket(db, tx, whose(db, tx, m.message_id), request.outcome, reason, context);
      break;
  }
  return write_answer{200, R"({"settled":true})"};
}

std::optional<kept_attachment> run(connection& db, const find_media& request) {
  return transact_as(db, request.by, [&](pqxx::work& tx) -> std::optional<kept_attachment> {
    sql_params params{{std::to_string(request.message_id)}, nullptr};
    const std::string visible = visibility_condition(request.by, params);
    const pqxx::result rows = db.run_text(
        tx,
        fmt::format(
            "SELECT w.message_id, w.name, w.content_type, encode(w.sha256, 'hex'), w.size_bytes "
            "FROM"
            " wa_media w JOIN messages m ON m.id = w.message_id WHERE w.message_id = $1::bigint AND"
            " w.state = 'kept' AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.id ="
            " w.attachment_id AND a.deleted_at IS NOT NULL) AND ({} EXISTS (SELECT 1 FROM tickets t"
            " WHERE t.deleted_at IS NULL AND (t.id = m.ticket_id OR t.id IN (SELECT l.ticket_id "
            "FROM"
            " message_links l WHERE l.message_id = m.id)){}))",
            sees_everything(request.by.as) ? "m.ticket_id IS NULL OR" : "",
            visible.empty() ? "" : " AND " + visible),
        params);
    if (rows.empty()) return std::nullopt;
    const auto& r = rows[0];
    kept_attachment out;
    out.id = r[0].as<std::int64_t>();
    out.name = r[1].c_str();
    out.content_type = r[2].c_str();
    out.sha256_hex = r[3].c_str();
    out.size_bytes = r[4].as<std::int64_t>();
    return out;
  });
}

}  // namespace fibrehub::store
