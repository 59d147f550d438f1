// What the ends of sends have in common. For .cpp files of this folder only.
#pragma once

#include <string>

#include "store/pq.hpp"
#include "store/sends/take.hpp"

namespace fibrehub::store {

/// The end of a delivery nobody goes on with, said to the admins; hints and alarms die unsung.
void tell_of_dead_send(connection& db, pqxx::transaction_base& tx, const taken_send& send,
                       const std::string& why, change_context& context);

}  // namespace fibrehub::store
