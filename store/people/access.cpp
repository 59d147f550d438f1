#include "store/people/access.hpp"

#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

// Archived teams decide nothing.
#define FIBREHUB_ACCESS                                                                          \
  "u.id, u.name, u.role, coalesce(u.client_id, 0), u.email, u.disabled_at IS NOT NULL,"          \
  " u.must_change_password, u.subject IS NOT NULL,"                                              \
  " array_to_string(ARRAY(SELECT m.team_id FROM team_members m JOIN teams t ON t.id = m.team_id" \
  " WHERE m.user_id = u.id AND t.archived_at IS NULL), ' '),"                                    \
  " array_to_string(ARRAY(SELECT t.id FROM teams t WHERE t.lead_id = u.id AND t.archived_at IS"  \
  " NULL), ' '),"                                                                                \
  " array_to_string(ARRAY(SELECT DISTINCT m.user_id FROM team_members m JOIN teams t ON t.id ="  \
  " m.team_id WHERE t.lead_id = u.id AND t.archived_at IS NULL), ' ')"
constexpr int access_columns = 11;

constexpr sql select_session{
    "find_session",
    "SELECT " FIBREHUB_ACCESS ", s.public_id, encode(s.sha256, 'hex'), encode(s.csrf_sha256,"
    " 'hex'), " FIBREHUB_SQL_US("s.created_at") ", " FIBREHUB_SQL_US("s.last_seen_at") ", "
    FIBREHUB_SQL_US("s.expires_at") ", s.revoked_at IS NOT NULL FROM sessions s"
    " JOIN users u ON u.id = s.user_id WHERE s.public_id = $1"};
constexpr sql select_person{
    "find_person", "SELECT " FIBREHUB_ACCESS
                   " FROM users u WHERE u.subject = $1 OR (u.subject IS NULL AND"
                   " $2 <> '' AND lower(u.email) = lower($2)) ORDER BY u.subject IS NULL LIMIT 1"};
constexpr sql select_by_id{"find_person_by_id",
                           "SELECT " FIBREHUB_ACCESS " FROM users u WHERE u.id = $1::bigint"};
constexpr sql select_sessions{
    "list_sessions",
    "SELECT public_id, user_id, " FIBREHUB_SQL_US("created_at") ", "
    FIBREHUB_SQL_US("last_seen_at") ", " FIBREHUB_SQL_US("expires_at") ", address, agent"
    " FROM sessions WHERE user_id = $1::bigint AND revoked_at IS NULL AND expires_at > "
    FIBREHUB_SQL_INSTANT("$2::bigint") " AND last_seen_at > " FIBREHUB_SQL_INSTANT("$3::bigint")
    " ORDER BY last_seen_at DESC, public_id LIMIT 200"};
constexpr sql update_seen{
    "touch_session",
    "UPDATE sessions SET last_seen_at = greatest(last_seen_at, " FIBREHUB_SQL_INSTANT(
        "$2::bigint") ") WHERE public_id = $1 AND revoked_at IS NULL"};
constexpr sql update_revoked{
    "revoke_session",
    "UPDATE sessions SET revoked_at = " FIBREHUB_SQL_INSTANT("$3::bigint")
    " WHERE public_id = $1 AND ($2 = '0' OR user_id = $2::bigint) AND revoked_at IS NULL"
    " RETURNING user_id"};
constexpr sql update_subject{
    "adopt_subject", "UPDATE users SET subject = $2 WHERE id = $1::bigint AND subject IS NULL"};

person_access to_person(const pqxx::row& r) {
  person_access p;
  p.who.what = domain::principal::kind::user;
  p.who.user_id = r[0].as<std::int64_t>();
  p.who.id = "user:" + std::to_string(p.who.user_id);
  p.who.name = r[1].c_str();
  p.who.as = domain::role_from(r[2].c_str()).value_or(domain::role::viewer);
  p.who.client_id = r[3].as<std::int64_t>();
  p.email = r[4].c_str();
  p.disabled = r[5].as<bool>();
  p.must_change_password = r[6].as<bool>();
  p.has_subject = r[7].as<bool>();
  p.who.teams = ids_of(r[8]);
  p.who.led = ids_of(r[9]);
  p.who.crew = ids_of(r[10]);
  return p;
}

session_record to_session(const pqxx::row& r) {
  session_record s;
  s.person = to_person(r);
  s.public_id = r[access_columns].c_str();
  s.sha256 = from_hex(r[access_columns + 1].c_str());
  s.csrf_sha256 = from_hex(r[access_columns + 2].c_str());
  s.created_at = instant_of(r[access_columns + 3]);
  s.last_seen_at = instant_of(r[access_columns + 4]);
  s.expires_at = instant_of(r[access_columns + 5]);
  s.revoked = r[access_columns + 6].as<bool>();
  return s;
}

}  // namespace

std::optional<session_record> run(connection& db, const find_session& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<session_record> {
    const pqxx::result rows = db.run(tx, select_session, {{request.public_id}, nullptr});
    if (rows.empty()) return std::nullopt;
    return to_session(rows[0]);
  });
}

std::optional<person_access> run(connection& db, const find_person& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<person_access> {
    const pqxx::result rows =
        db.run(tx, select_person, {{request.subject, request.email}, nullptr});
    if (rows.empty()) return std::nullopt;
    return to_person(rows[0]);
  });
}

std::optional<person_access> load_person(connection& db, pqxx::transaction_base& tx,
                                         std::int64_t user_id) {
  const pqxx::result rows = db.run(tx, select_by_id, {{std::to_string(user_id)}, nullptr});
  if (rows.empty()) return std::nullopt;
  return to_person(rows[0]);
}

std::optional<std::vector<session_view>> run(connection& db, const list_sessions& request) {
  return db.transact([&](pqxx::work& tx) {
    std::vector<session_view> out;
    const pqxx::result rows = db.run(
        tx, select_sessions,
        {{std::to_string(request.user_id), us(request.now), us(request.now - domain::session_idle)},
         nullptr});
    for (const auto& r : rows)
      out.push_back({r[0].c_str(), r[1].as<std::int64_t>(), instant_of(r[2]), instant_of(r[3]),
                     instant_of(r[4]), r[5].c_str(), r[6].c_str()});
    return std::optional(std::move(out));
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const touch_session& request,
                  change_context& context) {
  db.run(tx, update_seen, {{request.public_id, us(context.origin.at)}, nullptr});
  return write_answer{200, "null"};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const revoke_session& request,
                  change_context& context) {
  const pqxx::result rows = db.run(
      tx, update_revoked,
      {{request.public_id, std::to_string(request.user_id), us(context.origin.at)}, nullptr});
  if (rows.empty()) return tl::unexpected(error{errc::not_found, "there is no such session"});
  append_audit(db, tx, context.origin, request.signed_out ? "session.ended" : "session.revoked",
               "session:" + request.public_id,
               fmt::format(R"({{"user_id":{}}})", rows[0][0].c_str()));
  return write_answer{200, "null"};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const adopt_subject& request,
                  change_context& context) {
  const std::string id = std::to_string(request.user_id);
  if (db.run(tx, update_subject, {{id, request.subject}, nullptr}).affected_rows() == 1)
    append_audit(db, tx, context.origin, "user.identity_adopted", "user:" + id);
  return write_answer{200, "null"};
}

}  // namespace fibrehub::store
