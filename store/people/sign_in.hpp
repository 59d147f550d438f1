// Signing in: what is asked before, and what becomes of it. Passwords are checked elsewhere; what
// has to hold at the very moment of the sign-in (not locked, not disabled, the second factor not
// used before) is checked again here, in the transaction that opens the session.
#pragma once

#include <optional>
#include <string>

#include "store/change.hpp"
#include "store/people/records.hpp"

namespace fibrehub::store {

/// By e-mail address in any case, or by id when that is not 0.
struct find_credentials {
  using result = credentials;
  std::string email;
  std::int64_t user_id = 0;
};
std::optional<credentials> run(connection& db, const find_credentials& request);

/// Counts a failure of somebody (`user_id` 0: of nobody known, which costs the same time) and locks
/// the account when it was one too many.
struct note_failed_sign_in {
  std::int64_t user_id = 0;
  std::string email;  // as it was typed
  std::string why;    // "password", "totp", "recovery_code", "disabled", "locked", "expired"
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const note_failed_sign_in& request,
                  change_context& context);

/// Opens a session after the password was found right. Error forbidden `sign_in_failed` when
/// something changed meanwhile, `second_factor_used` when code or recovery code were used before.
/// Answers {"session_id"}, the public id.
struct open_session {
  std::int64_t user_id = 0;
  std::string verified_hash;  // the password hash that was checked; another one by now: refused
  std::string new_hash;       // made with today's parameters, or empty
  std::string public_id;
  std::string sha256;  // 32 bytes each
  std::string csrf_sha256;
  std::string agent;
  std::int64_t totp_step = 0;   // of the code that was shown, or 0
  std::string recovery_sha256;  // of the recovery code that was shown, or empty
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const open_session& request,
                  change_context& context);

/// Ends every other session of this person. Error not_found.
struct set_password {
  std::int64_t user_id = 0;
  std::string hash;
  bool must_change = false;
  std::string keep_session;  // public id of the one that goes on, or empty
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const set_password& request,
                  change_context& context);

}  // namespace fibrehub::store
