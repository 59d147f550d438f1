#include "store/wa/catch_up.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr std::size_t max_name_bytes = 255;
constexpr std::size_t max_why_bytes = 500;

constexpr sql insert_wanted{
    "wa_catch_up_want",
    "INSERT INTO wa_catch_ups AS u (channel, session, state, reason, wanted_at) SELECT $1::text, w.session,"
    " 'owed', $3::text, " FIBREHUB_SQL_INSTANT("$4::bigint") " FROM unnest($2::text[]) AS w(session)"
    " ON CONFLICT (channel, session) DO UPDATE SET state = 'owed', reason = excluded.reason,"
    " wanted_at = excluded.wanted_at"};
// What was pulled before goes on from there. What never was begins when the hub came to know the
// session: the past before that is not its own. A session that was cut off without knowing it gets
// messages that are older than the last pull: whatever came since it was heard is looked at again.
constexpr sql begin_round{
    "wa_catch_up_begin",
    "UPDATE wa_catch_ups u SET round_at = coalesce(u.round_at, " FIBREHUB_SQL_INSTANT(
        "$3::bigint") ") WHERE u.channel = $1 AND u.session = $2 AND u.state = 'owed'"
    " RETURNING " FIBREHUB_SQL_US("round_at") ", " FIBREHUB_SQL_US(
        "least(coalesce(u.caught_up_to, (SELECT s.first_seen_at FROM wa_sessions s WHERE s.channel ="
        " $1 AND s.name = $2), u.wanted_at), CASE WHEN u.reason <> 'activity' THEN (SELECT"
        " s.last_heard_at FROM wa_sessions s WHERE s.channel = $1 AND s.name = $2) END)")};
constexpr sql select_finished{"wa_catch_up_finished",
                              "SELECT chat FROM wa_catch_up_chats WHERE channel = $1 AND session = "
                              "$2 AND seen_to = " FIBREHUB_SQL_INSTANT("$3::bigint")};
constexpr sql insert_chat{
    "wa_catch_up_chat",
    "INSERT INTO wa_catch_up_chats (channel, session, chat, seen_to, left_out) VALUES ($1, $2, $3, "
    FIBREHUB_SQL_INSTANT("$4::bigint") ", $5::boolean) ON CONFLICT (channel, session, chat) DO UPDATE"
    " SET seen_to = excluded.seen_to, left_out = excluded.left_out"};
constexpr sql count_messages{
    "wa_catch_up_count",
    "UPDATE wa_catch_ups SET looked_at = looked_at + $3::bigint, found = found + $4::bigint, "
    "found_at"
    " = CASE WHEN $4::bigint > 0 THEN " FIBREHUB_SQL_INSTANT(
        "$5::bigint") " ELSE found_at END WHERE channel = $1 AND session = $2"};
constexpr sql end_round{
    "wa_catch_up_end",
    "UPDATE wa_catch_ups SET caught_up_to = greatest(caught_up_to, round_at), round_at = NULL,"
    " ended_at = " FIBREHUB_SQL_INSTANT("$4::bigint") ", failed_at = NULL, failure = '', state = CASE"
    " WHEN wanted_at > round_at THEN 'owed' ELSE 'idle' END WHERE channel = $1 AND session = $2 AND"
    " round_at = " FIBREHUB_SQL_INSTANT("$3::bigint")};
constexpr sql select_left_out{"wa_catch_up_left_out",
                              "SELECT string_agg(c.chat, ', ') FROM (SELECT chat FROM "
                              "wa_catch_up_chats WHERE channel = $1 AND"
                              " session = $2 AND left_out ORDER BY chat LIMIT 5) c"};
constexpr sql delete_chats{"wa_catch_up_chats_over",
                           "DELETE FROM wa_catch_up_chats WHERE channel = $1 AND session = $2"};
constexpr sql set_failed{
    "wa_catch_up_failed",
    "UPDATE wa_catch_ups SET failed_at = " FIBREHUB_SQL_INSTANT(
        "$4::bigint") ", failure = $3, state = CASE WHEN $5::boolean THEN 'idle' ELSE state END,"
    " round_at = CASE WHEN $5::boolean THEN NULL ELSE round_at END WHERE channel = $1 AND session ="
    " $2"};
constexpr sql set_trouble{"wa_catch_up_trouble",
                          "UPDATE wa_sessions SET trouble = $3 WHERE channel = $1 AND name = $2 AND"
                          " trouble <> $3"};
constexpr sql select_known{
    "wa_catch_up_known",
    "SELECT ext_id FROM inbox WHERE ext_id = ANY ($1::text[]) AND source = 'waha'"};

write_answer done() {
  return {200, "{}"};
}

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const want_catch_up& request,
                  change_context& context) {
  db.run(tx, insert_wanted,
         {{request.channel, text_array(request.sessions), request.reason, us(context.origin.at)},
          nullptr});
  return done();
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const begin_catch_up& request,
                  change_context& context) {
  const domain::instant now = context.origin.at;
  const pqxx::result row =
      db.run(tx, begin_round, {{request.channel, request.session, us(now)}, nullptr});
  if (row.empty())
    return tl::unexpected(error{errc::not_found, "no pull is owed to this session", "not_owed"});
  catch_up_round round;
  round.round_at = instant_of(row[0][0]);
  round.from = std::max(instant_of(row[0][1]) - request.overlap, now - request.at_most);
  const pqxx::result finished = db.run(
      tx, select_finished, {{request.channel, request.session, us(round.round_at)}, nullptr});
  for (const auto& r : finished)
    round.finished.insert(r[0].c_str());
  if (request.result) *request.result = std::move(round);
  return done();
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const chat_caught_up& request,
                  change_context& context) {
  db.run(tx, insert_chat,
         {{request.channel, request.session, domain::storable(request.chat, max_name_bytes),
           us(request.round_at), request.left_out ? "t" : "f"},
          nullptr});
  if (request.looked_at > 0)
    db.run(tx, count_messages,
           {{request.channel, request.session, std::to_string(request.looked_at),
             std::to_string(request.found), us(context.origin.at)},
            nullptr});
  return done();
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const end_catch_up& request,
                  change_context& context) {
  db.run(
      tx, end_round,
      {{request.channel, request.session, us(request.round_at), us(context.origin.at)}, nullptr});
  const pqxx::result left_out =
      db.run(tx, select_left_out, {{request.channel, request.session}, nullptr});
  const std::string chats = left_out[0][0].is_null() ? "" : left_out[0][0].c_str();
  const std::string trouble =
      chats.empty() ? ""
                    : "Chats could not be read again and again and were left out: " + chats +
                          ". What no webhook told of them is not here.";
  db.run(tx, delete_chats, {{request.channel, request.session}, nullptr});
  db.run(tx, set_trouble,
         {{request.channel, request.session, domain::storable(trouble, max_why_bytes)}, nullptr});
  return done();
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const catch_up_failed& request,
                  change_context& context) {
  const std::string why = domain::storable(request.why, max_why_bytes);
  db.run(tx, set_failed,
         {{request.channel, request.session, why, us(context.origin.at),
           request.trouble ? "true" : "false"},
          nullptr});
  if (request.trouble) db.run(tx, set_trouble, {{request.channel, request.session, why}, nullptr});
  return done();
}

std::optional<std::set<std::string>> run(connection& db, const find_known_messages& request) {
  const pqxx::result rows = db.autocommit([&](pqxx::transaction_base& tx) {
    return db.run(tx, select_known, {{text_array(request.ext_ids)}, nullptr});
  });
  std::set<std::string> out;
  for (const auto& r : rows)
    out.insert(r[0].c_str());
  return out;
}

}  // namespace fibrehub::store
