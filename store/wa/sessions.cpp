#include "store/wa/sessions.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/notify/channel_alarm.hpp"
#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"
#include "store/wa/session_event.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr std::size_t max_name_bytes = 255;
constexpr std::size_t max_status_bytes = 100;
constexpr std::size_t max_detail_bytes = 500;

// Both parts see the table as it was: what differs is remembered before it is overwritten. A state
// told for a later time than the look is newer than what was seen.
constexpr sql upsert_seen{
    "wa_sessions_seen",
    "WITH seen AS (SELECT $1::text AS channel, r.name, r.status, r.me, r.me_name, r.lid, "
    FIBREHUB_SQL_INSTANT("$7::bigint") " AS at FROM unnest($2::text[], $3::text[], $4::text[],"
    " $5::text[], $6::text[]) AS r(name, status, me, me_name, lid)), stepped AS ("
    "INSERT INTO wa_session_history (channel, session, at, kind, value) SELECT r.channel, r.name,"
    " r.at, 'seen', r.status FROM seen r LEFT JOIN wa_sessions s ON s.channel = r.channel AND s.name"
    " = r.name WHERE s.name IS NULL OR (s.status <> r.status AND s.status_at < r.at)"
    " ON CONFLICT DO NOTHING RETURNING session, value), kept AS ("
    "INSERT INTO wa_sessions AS s (channel, name, status, status_at, me, me_name, engine, version,"
    " updated_at, lid, tier, first_seen_at) SELECT r.channel, r.name, r.status, r.at, r.me,"
    " r.me_name, $8::text, $9::text, r.at, r.lid, $10::text, r.at FROM seen r"
    " ON CONFLICT (channel, name) DO UPDATE SET"
    " status = CASE WHEN s.status_at < excluded.status_at THEN excluded.status ELSE s.status END,"
    " status_at = CASE WHEN s.status_at < excluded.status_at AND s.status <> excluded.status"
    " THEN excluded.status_at ELSE s.status_at END,"
    " me = CASE WHEN excluded.me = '' AND excluded.status <> 'SCAN_QR_CODE' THEN s.me"
    " ELSE excluded.me END,"
    " me_name = CASE WHEN excluded.me = '' AND excluded.status <> 'SCAN_QR_CODE' THEN s.me_name"
    " ELSE excluded.me_name END,"
    " lid = CASE WHEN excluded.lid = '' AND excluded.status <> 'SCAN_QR_CODE' THEN s.lid"
    " ELSE excluded.lid END,"
    " engine = CASE WHEN excluded.engine = '' THEN s.engine ELSE excluded.engine END,"
    " version = CASE WHEN excluded.version = '' THEN s.version ELSE excluded.version END,"
    " tier = CASE WHEN excluded.tier = '' THEN s.tier ELSE excluded.tier END,"
    " updated_at = greatest(s.updated_at, excluded.updated_at), gone_at = NULL) SELECT session, value"
    " FROM stepped"};
constexpr sql mark_gone{"wa_sessions_gone",
                        "UPDATE wa_sessions SET gone_at = " FIBREHUB_SQL_INSTANT(
                            "$3::bigint") ", silent_since = NULL WHERE channel = $1 AND name = ANY"
                                          " ($2::text[]) AND gone_at IS NULL"};
constexpr sql select_silent{"wa_sessions_gone_silent",
                            "SELECT name FROM wa_sessions WHERE channel = $1 AND name = ANY"
                            " ($2::text[]) AND silent_since IS NOT NULL"};
constexpr sql update_heard{
    "wa_sessions_heard",
    "UPDATE wa_sessions s SET last_heard_at = greatest(s.last_heard_at, CASE WHEN r.heard_us = 0 THEN"
    " NULL ELSE " FIBREHUB_SQL_INSTANT("r.heard_us") " END), last_inbound_at ="
    " greatest(s.last_inbound_at, CASE WHEN r.inbound_us = 0 THEN NULL ELSE " FIBREHUB_SQL_INSTANT(
        "r.inbound_us") " END) FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS r(name,"
    " heard_us, inbound_us) WHERE s.channel = $1 AND s.name = r.name"};
constexpr sql set_silence{"wa_sessions_silent",
                          "UPDATE wa_sessions SET silent_since = CASE WHEN $3::bigint = 0 THEN NULL"
                          " ELSE " FIBREHUB_SQL_INSTANT("$3::bigint") " END WHERE channel = $1 AND"
                          " name = $2"};
constexpr sql set_trouble{
    "wa_sessions_trouble",
    "UPDATE wa_sessions SET trouble = $3 WHERE channel = $1 AND name = $2 AND trouble <> $3"};
constexpr sql insert_asked{
    "wa_session_asked",
    "INSERT INTO wa_session_history (channel, session, at, kind, value, asked_by, asked_by_name,"
    " outcome) VALUES ($1, $2, " FIBREHUB_SQL_INSTANT("$3::bigint") ", 'asked', $4, $5, $6, $7)"};
constexpr sql delete_old{
    "wa_session_history_forget",
    "DELETE FROM wa_session_history WHERE id IN (SELECT id FROM wa_session_history WHERE at "
    "< " FIBREHUB_SQL_INSTANT("$1::bigint") " ORDER BY at LIMIT $2::bigint)"};

/// The name of its alarm.
std::string silence_of(const std::string& channel, const std::string& session) {
  return fmt::format("waha/{} session {}", channel, session);
}

std::string text_of(const std::string& given, std::size_t limit) {
  return domain::storable(given, limit);
}

void write_seen(connection& db, pqxx::transaction_base& tx, const note_sessions& request,
                std::vector<committed_event>& events) {
  if (request.seen.empty()) return;
  std::array<pq_array, 5> columns;
  for (const seen_session& s : request.seen) {
    columns[0].add(std::string_view(text_of(s.name, max_name_bytes)));
    columns[1].add(std::string_view(text_of(s.status, max_status_bytes)));
    columns[2].add(std::string_view(text_of(s.me, max_name_bytes)));
    columns[3].add(std::string_view(text_of(s.me_name, max_name_bytes)));
    columns[4].add(std::string_view(text_of(s.lid, max_name_bytes)));
  }
  sql_params params;
  params.texts.push_back(request.channel);
  for (pq_array& column : columns)
    params.texts.push_back(column.take());
  params.texts.push_back(us(request.asked_at));
  for (const std::string* what : {&request.engine, &request.version, &request.tier})
    params.texts.push_back(text_of(*what, max_status_bytes));
  for (const auto& row : db.run(tx, upsert_seen, params))
    events.push_back(
        session_state_event(request.channel, row[0].c_str(), row[1].c_str(), request.asked_at));
}

void write_heard(connection& db, pqxx::transaction_base& tx, const note_sessions& request) {
  if (request.heard.empty()) return;
  pq_array names, heard, inbound;
  for (const heard_session& s : request.heard) {
    names.add(std::string_view(text_of(s.name, max_name_bytes)));
    heard.add(s.heard_at ? domain::to_us(*s.heard_at) : std::int64_t{0});
    inbound.add(s.inbound_at ? domain::to_us(*s.inbound_at) : std::int64_t{0});
  }
  db.run(tx, update_heard,
         {{request.channel, names.take(), heard.take(), inbound.take()}, nullptr});
}

constexpr const char* columns =
    "SELECT s.id, s.channel, s.name, s.status, s.me, s.me_name, s.lid, s.engine, s.version, s.tier,"
    " s.trouble, " FIBREHUB_SQL_US("s.status_at") ", " FIBREHUB_SQL_US(
        "s.first_seen_at") ", " FIBREHUB_SQL_US("s.last_heard_at") ", " FIBREHUB_SQL_US(
        "s.last_inbound_at") ", " FIBREHUB_SQL_US("s.silent_since") ", " FIBREHUB_SQL_US("s.gone_at")
    ", x.channel IS NOT NULL, " FIBREHUB_SQL_US("x.since") ", " FIBREHUB_SQL_US("x.until")
    ", coalesce(x.reason, ''), u.channel IS NOT NULL, coalesce(u.state, ''), coalesce(u.reason, ''),"
    " coalesce(u.failure, ''), " FIBREHUB_SQL_US("u.caught_up_to") ", " FIBREHUB_SQL_US(
        "u.ended_at") ", " FIBREHUB_SQL_US("u.failed_at") ", " FIBREHUB_SQL_US("u.found_at")
    ", coalesce(u.looked_at, 0), coalesce(u.found, 0) FROM wa_sessions s LEFT JOIN wa_restrictions x"
    " ON x.channel = s.channel AND x.session = s.name AND x.until > " FIBREHUB_SQL_INSTANT(
        "$1::bigint") " LEFT JOIN wa_catch_ups u ON u.channel = s.channel AND u.session = s.name";

wa_session_view to_view(const pqxx::row& r) {
  wa_session_view v;
  v.id = r[0].as<std::int64_t>();
  pqxx::row::size_type at = 1;
  for (std::string* text : {&v.channel, &v.name, &v.status, &v.me, &v.me_name, &v.lid, &v.engine,
                            &v.version, &v.tier, &v.trouble})
    *text = r[at++].c_str();
  v.status_at = instant_of(r[at++]);
  v.first_seen_at = instant_of(r[at++]);
  for (auto* t : {&v.last_heard_at, &v.last_inbound_at, &v.silent_since, &v.gone_at})
    *t = instant_or_none(r[at++]);
  if (r[at++].as<bool>())
    v.restriction = {instant_of(r[at]), instant_of(r[at + 1]), r[at + 2].c_str()};
  at += 3;
  if (!r[at++].as<bool>()) return v;
  session_catch_up& u = v.catch_up.emplace();
  for (std::string* text : {&u.state, &u.reason, &u.failure})
    *text = r[at++].c_str();
  for (auto* t : {&u.caught_up_to, &u.ended_at, &u.failed_at, &u.found_at})
    *t = instant_or_none(r[at++]);
  u.looked_at = r[at].as<std::int64_t>();
  u.found = r[at + 1].as<std::int64_t>();
  return v;
}

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const note_sessions& request,
                  change_context& context) {
  write_seen(db, tx, request, context.events);
  write_heard(db, tx, request);
  if (request.gone.empty()) return write_answer{200, "{}"};
  const std::string names = text_array(request.gone);
  tell_channel_trouble over;
  for (const auto& row : db.run(tx, select_silent, {{request.channel, names}, nullptr}))
    over.channels.emplace_back().name = silence_of(request.channel, row[0].c_str());
  db.run(tx, mark_gone, {{request.channel, names, us(request.asked_at)}, nullptr});
  // It is no trouble any more; one of the same name that is made later begins anew.
  return run(db, tx, over, context);
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const note_silence& request,
                  change_context& context) {
  db.run(tx, set_silence, {{request.channel, request.session, us(request.since)}, nullptr});
  tell_channel_trouble alarm;
  channel_condition& c = alarm.channels.emplace_back();
  c.name = silence_of(request.channel, request.session);
  c.in_trouble = request.since.has_value();
  c.detail = request.detail;
  c.since = request.since.value_or(context.origin.at);
  return run(db, tx, alarm, context);
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const note_session_trouble& request,
                  change_context& /*context*/) {
  db.run(tx, set_trouble,
         {{request.channel, request.session, text_of(request.trouble, max_detail_bytes)}, nullptr});
  return write_answer{200, "{}"};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const note_session_call& request,
                  change_context& context) {
  const write_origin& o = context.origin;
  db.run(tx, insert_asked,
         {{request.channel, text_of(request.session, max_name_bytes), us(o.at), request.action,
           o.by.id, o.by.name, request.outcome},
          nullptr});
  const std::string detail = fmt::format(
      R"({{"outcome":{},"detail":{},"status":{}}})", json_string(request.outcome),
      json_string(text_of(request.detail, max_detail_bytes)), json_string(request.status));
  append_audit(
      db, tx, o, "wa_session." + request.action,
      fmt::format("wa_session:{}/{}", request.channel, text_of(request.session, max_name_bytes)),
      detail);
  return write_answer{request.answer_status, request.answer_json};
}

std::size_t forget_session_history(connection& db, pqxx::transaction_base& tx,
                                   domain::instant before, std::size_t limit) {
  return db.run(tx, delete_old, {{us(before), std::to_string(limit)}, nullptr}).affected_rows();
}

std::optional<wa_session_page> run(connection& db, const list_wa_sessions& request) {
  sql_params params;
  params.texts.push_back(us(request.now));
  std::string where = request.gone ? "s.gone_at IS NOT NULL" : "s.gone_at IS NULL";
  const auto also = [&](const char* form, std::string value) {
    params.texts.push_back(std::move(value));
    where += fmt::format(fmt::runtime(form), params.texts.size());
  };
  if (!request.channel.empty()) also(" AND s.channel = ${}", request.channel);
  if (!request.status.empty()) also(" AND s.status = ${}", request.status);
  if (!request.name.empty()) also(" AND s.name = ${}", request.name);
  if (request.before_id) also(" AND s.id < ${}::bigint", std::to_string(*request.before_id));
  std::string text = fmt::format("{} WHERE {} ORDER BY s.id DESC", columns, where);
  if (request.limit > 0) text += fmt::format(" LIMIT {}", request.limit + 1);
  const pqxx::result rows =
      db.autocommit([&](pqxx::transaction_base& tx) { return db.run_text(tx, text, params); });
  wa_session_page out;
  for (const auto& r : rows)
    out.items.push_back(to_view(r));
  if (request.limit > 0 && static_cast<std::int64_t>(out.items.size()) > request.limit) {
    out.items.pop_back();
    out.next_before = out.items.back().id;
  }
  return out;
}

std::optional<wa_session_step_page> run(connection& db, const list_session_steps& request) {
  constexpr const char* text =
      "SELECT h.id, " FIBREHUB_SQL_US(
          "h.at") ", h.kind, h.value, h.asked_by, h.asked_by_name, h.outcome FROM wa_session_history"
      " h WHERE h.channel = $1 AND h.session = $2 AND ($3::bigint = 0 OR (h.at, h.id) < (SELECT b.at,"
      " b.id FROM wa_session_history b WHERE b.id = $3::bigint)) ORDER BY h.at DESC, h.id DESC LIMIT"
      " $4::bigint";
  const sql_params params{
      {request.channel, request.session, std::to_string(request.before_id.value_or(0)),
       std::to_string(request.limit + 1)},
      nullptr};
  const pqxx::result rows =
      db.autocommit([&](pqxx::transaction_base& tx) { return db.run_text(tx, text, params); });
  wa_session_step_page out;
  for (const auto& r : rows)
    out.items.push_back({r[0].as<std::int64_t>(), instant_of(r[1]), r[2].c_str(), r[3].c_str(),
                         r[4].c_str(), r[5].c_str(), r[6].c_str()});
  if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
    out.items.pop_back();
    out.next_before = out.items.back().id;
  }
  return out;
}

}  // namespace fibrehub::store
