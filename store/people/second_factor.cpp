#include "store/people/second_factor.hpp"

#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr sql update_enrolled{
    "enrol_totp",
    "UPDATE users SET totp_secret = $2, totp_last_step = 0 WHERE id = $1::bigint AND"
    " totp_confirmed_at IS NULL"};
constexpr sql update_confirmed{
    "confirm_totp",
    "UPDATE users SET totp_confirmed_at = " FIBREHUB_SQL_INSTANT("$4::bigint")
    ", totp_last_step = $3::bigint WHERE id = $1::bigint AND totp_secret = $2 AND"
    " totp_confirmed_at IS NULL"};
constexpr sql update_removed{
    "remove_totp",
    "UPDATE users SET totp_secret = NULL, totp_confirmed_at = NULL, totp_last_step = 0"
    " WHERE id = $1::bigint AND totp_secret IS NOT NULL"};
constexpr sql delete_codes{"forget_recovery_codes",
                           "DELETE FROM recovery_codes WHERE user_id = $1::bigint"};
constexpr sql insert_code{
    "add_recovery_code",
    "INSERT INTO recovery_codes (user_id, sha256) VALUES ($1::bigint, decode($2, 'hex'))"};

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const enrol_totp& request,
                  change_context&) {
  const std::string id = std::to_string(request.user_id);
  if (db.run(tx, update_enrolled, {{id, request.sealed_secret}, nullptr}).affected_rows() == 1)
    return write_answer{200, "null"};
  return tl::unexpected(error{errc::conflict,
                              "there is a second factor already; remove it before you set up "
                              "another",
                              "totp_enabled"});
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const confirm_totp& request,
                  change_context& context) {
  const std::string id = std::to_string(request.user_id);
  const bool done =
      db.run(tx, update_confirmed,
             {{id, request.sealed_secret, std::to_string(request.step), us(context.origin.at)},
              nullptr})
          .affected_rows() == 1;
  if (!done)
    return tl::unexpected(error{errc::conflict,
                                "there is no second factor waiting to be confirmed; enrol first",
                                "totp_not_enrolled"});
  db.run(tx, delete_codes, {{id}, nullptr});
  for (const std::string& hash : request.recovery_sha256s)
    db.run(tx, insert_code, {{id, hex(hash)}, nullptr});
  append_audit(db, tx, context.origin, "user.totp_enabled", "user:" + id);
  return write_answer{200, "null"};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const remove_totp& request,
                  change_context& context) {
  const std::string id = std::to_string(request.user_id);
  const bool was_there = db.run(tx, update_removed, {{id}, nullptr}).affected_rows() == 1;
  db.run(tx, delete_codes, {{id}, nullptr});
  if (was_there) append_audit(db, tx, context.origin, "user.totp_removed", "user:" + id);
  return write_answer{200, "null"};
}

}  // namespace fibrehub::store
