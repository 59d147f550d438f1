// Digests whose time has come: all that waits for a person becomes one e-mail in the outbox, in one
// transaction, so that a restart in between neither loses nor repeats anything.
#pragma once

#include <memory>

#include "store/change.hpp"

namespace fibrehub::store {

/// What one run came to.
struct digest_run {
  std::size_t people = 0;  // whose digest is on its way
  bool more = false;       // others wait: run again
};

/// Releases what is due at the origin's time. Items of people who cannot be reached any more are
/// laid aside.
struct release_digests {
  std::size_t people_limit = 100;
  std::shared_ptr<digest_run> result{};  // filled in before the answer
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const release_digests& request,
                  change_context& context);

/// Who releases: nobody asked for it.
domain::principal digest_principal();

}  // namespace fibrehub::store
