// What a person found out about a message of which the hub does not know whether it left.
#pragma once

#include "store/change.hpp"

namespace fibrehub::store {

enum class settled_as {
  sent,      // it is there
  not_sent,  // it is not, and shall not be sent any more
  resend     // it is not, and shall be
};

/// 409 `not_uncertain` for every other state. Leaves a row in the audit log; answers the send's id
/// and state.
struct settle_send {
  std::int64_t id = 0;
  settled_as outcome = settled_as::sent;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const settle_send& request,
                  change_context& context);

}  // namespace fibrehub::store
