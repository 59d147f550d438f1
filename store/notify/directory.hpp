// Whom news may concern, loaded for a whole batch of it. For .cpp files of this folder only.
#pragma once

#include <span>
#include <vector>

#include "domain/notices.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// Also fills in the zone of tickets that do not know theirs, when a team has one.
domain::notice_directory load_directory(connection& db, pqxx::transaction_base& tx,
                                        std::span<domain::ticket_news> news);

/// Everybody with this role who may work, by id.
std::vector<domain::notice_person> load_people_with_role(connection& db, pqxx::transaction_base& tx,
                                                         domain::role role);

}  // namespace fibrehub::store
