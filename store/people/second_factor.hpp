// One-time codes as a second factor: a secret is enrolled, counts once a code of it was shown, and
// comes with recovery codes. The store sees the secret sealed and the recovery codes hashed.
#pragma once

#include <string>
#include <vector>

#include "store/change.hpp"

namespace fibrehub::store {

/// Keeps a new secret that does not count yet; one that waits to be confirmed is replaced. Error
/// conflict `totp_enabled`.
struct enrol_totp {
  std::int64_t user_id = 0;
  std::string sealed_secret;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const enrol_totp& request,
                  change_context& context);

/// From now on every sign-in needs a code. `sealed_secret` is the one the code was checked with.
/// Error conflict `totp_not_enrolled` when it is another by now.
struct confirm_totp {
  std::int64_t user_id = 0;
  std::string sealed_secret;
  std::int64_t step = 0;                      // of the code that was shown
  std::vector<std::string> recovery_sha256s;  // replace those there were
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const confirm_totp& request,
                  change_context& context);

/// The password alone is enough again. Not an error when there was no second factor.
struct remove_totp {
  std::int64_t user_id = 0;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const remove_totp& request,
                  change_context& context);

}  // namespace fibrehub::store
