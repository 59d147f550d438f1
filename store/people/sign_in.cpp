#include "store/people/sign_in.hpp"

#include "domain/text.hpp"
#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr std::size_t max_agent_bytes = 300;
constexpr std::size_t max_email_bytes = 254;

#define FIBREHUB_CREDENTIALS \
  "id, email, coalesce(password_hash, ''), disabled_at IS NOT NULL, must_change_password,"   \
  " failed_sign_ins, " FIBREHUB_SQL_US("locked_until") ", coalesce(totp_secret, ''),"        \
                                                       " totp_confirmed_at IS NOT NULL,"     \
                                                       " totp_last_step, " FIBREHUB_SQL_US("password_changed_at")

constexpr sql by_email{"credentials_by_email",
                       "SELECT " FIBREHUB_CREDENTIALS " FROM users WHERE lower(email) = lower($1)"};
constexpr sql by_id{"credentials_by_id",
                    "SELECT " FIBREHUB_CREDENTIALS " FROM users WHERE id = $1::bigint"};
constexpr sql lock_by_id{"credentials_lock", "SELECT " FIBREHUB_CREDENTIALS
                                             " FROM users WHERE id = $1::bigint FOR UPDATE"};
constexpr sql update_failures{
    "note_failed_sign_in",
    "UPDATE users SET failed_sign_ins = $2::integer, locked_until = " FIBREHUB_SQL_INSTANT_OR_NULL(
        "$3::bigint") " WHERE id = $1::bigint"};
constexpr sql use_recovery_code{
    "use_recovery_code",
    "UPDATE recovery_codes SET used_at = " FIBREHUB_SQL_INSTANT("$3::bigint")
    " WHERE user_id = $1::bigint AND sha256 = decode($2, 'hex') AND used_at IS NULL"};
constexpr sql update_signed_in{
    "note_sign_in",
    "UPDATE users SET failed_sign_ins = 0, locked_until = NULL, totp_last_step ="
    " greatest(totp_last_step, $2::bigint), password_hash = coalesce(nullif($3, ''),"
    " password_hash), last_sign_in_at = " FIBREHUB_SQL_INSTANT(
        "$4::bigint") " WHERE id = $1::bigint"};
constexpr sql insert_session{
    "open_session",
    "INSERT INTO sessions (sha256, public_id, user_id, csrf_sha256, created_at, last_seen_at,"
    " expires_at, address, agent) VALUES (decode($1, 'hex'), $2, $3::bigint, decode($4, "
    "'hex'), " FIBREHUB_SQL_INSTANT("$5::bigint") ", " FIBREHUB_SQL_INSTANT(
        "$5::bigint") ", " FIBREHUB_SQL_INSTANT("$6::bigint") ", $7, $8)"};
constexpr sql delete_old_sessions{
    "forget_old_sessions",
    "DELETE FROM sessions WHERE user_id = $1::bigint AND expires_at < " FIBREHUB_SQL_INSTANT(
        "$2::bigint") " - interval '30 days'"};
constexpr sql update_password{
    "set_password",
    "UPDATE users SET password_hash = $2, password_changed_at = " FIBREHUB_SQL_INSTANT("$4::bigint")
    ", must_change_password = $3::boolean, failed_sign_ins = 0, locked_until = NULL, updated_at = "
    FIBREHUB_SQL_INSTANT("$4::bigint") " WHERE id = $1::bigint"};
constexpr sql end_other_sessions{
    "end_other_sessions",
    "UPDATE sessions SET revoked_at = " FIBREHUB_SQL_INSTANT(
        "$3::bigint") " WHERE user_id = $1::bigint AND public_id <> $2 AND revoked_at IS NULL"};

credentials to_credentials(const pqxx::row& r) {
  credentials c;
  c.user_id = r[0].as<std::int64_t>();
  c.email = r[1].c_str();
  c.password_hash = r[2].c_str();
  c.disabled = r[3].as<bool>();
  c.must_change_password = r[4].as<bool>();
  c.record = {r[5].as<int>(), instant_or_none(r[6])};
  c.totp_secret = r[7].c_str();
  c.totp_confirmed = r[8].as<bool>();
  c.totp_last_step = r[9].as<std::int64_t>();
  c.password_changed_at = instant_or_none(r[10]);
  return c;
}

error sign_in_failed(const char* reason = "sign_in_failed") {
  return {errc::forbidden, "the sign-in was refused", reason};
}

/// Whether the second factor, if there is one, is good; a recovery code is used up by this.
bool second_factor_holds(connection& db, pqxx::transaction_base& tx, const credentials& c,
                         const open_session& request, const std::string& id, domain::instant at) {
  if (!c.totp_confirmed) return true;
  if (!request.recovery_sha256.empty())
    return db.run(tx, use_recovery_code, {{id, hex(request.recovery_sha256), us(at)}, nullptr})
               .affected_rows() == 1;
  return request.totp_step > c.totp_last_step;
}

}  // namespace

std::optional<credentials> run(connection& db, const find_credentials& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<credentials> {
    const pqxx::result rows = request.user_id != 0
                                  ? db.run(tx, by_id, {{std::to_string(request.user_id)}, nullptr})
                                  : db.run(tx, by_email, {{request.email}, nullptr});
    if (rows.empty()) return std::nullopt;
    return to_credentials(rows[0]);
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const note_failed_sign_in& request,
                  change_context& context) {
  const std::string id = std::to_string(request.user_id);
  const pqxx::result rows = db.run(tx, lock_by_id, {{id}, nullptr});
  const domain::sign_in_record was =
      rows.empty() ? domain::sign_in_record{} : to_credentials(rows[0]).record;
  const domain::sign_in_record is = domain::after_failure(was, context.origin.at);
  db.run(tx, update_failures, {{id, std::to_string(is.failures), us(is.locked_until)}, nullptr});
  const bool locked = !rows.empty() && is.locked_until != was.locked_until && is.locked_until;
  append_audit(db, tx, context.origin, locked ? "sign_in.locked" : "sign_in.failed",
               rows.empty() ? "user:unknown" : "user:" + id,
               fmt::format(R"({{"email":{},"why":{}}})",
                           json_string(domain::storable(request.email, max_email_bytes)),
                           json_string(request.why)));
  return write_answer{200, "null"};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const open_session& request,
                  change_context& context) {
  const domain::instant at = context.origin.at;
  const std::string id = std::to_string(request.user_id);
  const pqxx::result rows = db.run(tx, lock_by_id, {{id}, nullptr});
  if (rows.empty()) return tl::unexpected(sign_in_failed());
  const credentials c = to_credentials(rows[0]);
  if (c.disabled || domain::is_locked(c.record, at) || c.password_hash != request.verified_hash)
    return tl::unexpected(sign_in_failed());
  if (!second_factor_holds(db, tx, c, request, id, at))
    return tl::unexpected(sign_in_failed("second_factor_used"));
  db.run(tx, update_signed_in,
         {{id, std::to_string(request.totp_step), request.new_hash, us(at)}, nullptr});
  db.run(tx, delete_old_sessions, {{id, us(at)}, nullptr});
  db.run(tx, insert_session,
         {{hex(request.sha256), request.public_id, id, hex(request.csrf_sha256), us(at),
           us(at + domain::session_absolute), context.origin.by.address,
           domain::storable(request.agent, max_agent_bytes)},
          nullptr});
  write_origin by = context.origin;
  by.by.what = domain::principal::kind::user;
  by.by.id = "user:" + id;
  append_audit(db, tx, by, "sign_in.succeeded", "session:" + request.public_id,
               fmt::format(R"({{"second_factor":{}}})", !c.totp_confirmed ? "null"
                                                        : request.recovery_sha256.empty()
                                                            ? R"("totp")"
                                                            : R"("recovery_code")"));
  return write_answer{200, fmt::format(R"({{"session_id":"{}"}})", request.public_id)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const set_password& request,
                  change_context& context) {
  const std::string id = std::to_string(request.user_id), at = us(context.origin.at);
  const bool there =
      db.run(tx, update_password,
             {{id, request.hash, request.must_change ? "true" : "false", at}, nullptr})
          .affected_rows() == 1;
  if (!there) return tl::unexpected(error{errc::not_found, "there is no such person"});
  db.run(tx, end_other_sessions, {{id, request.keep_session, at}, nullptr});
  append_audit(db, tx, context.origin, "user.password_changed", "user:" + id,
               request.must_change ? R"({"one_time":true})" : "{}");
  return write_answer{200, id};
}

}  // namespace fibrehub::store
