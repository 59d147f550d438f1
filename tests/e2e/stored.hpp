// What must be true of a database whatever happened to the hub that wrote it.
#pragma once

#include <set>
#include <string>

#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {

/// Every one of these messages is in the inbox and among the messages, exactly once.
void expect_stored_once(const fixtures::temporary_database& db,
                        const std::set<std::string>& stanzas);
/// Histories are 1..n with an unbroken chain, counts agree with rows, and no ticket number is
/// missing.
void expect_sound_tickets(const fixtures::temporary_database& db);

}  // namespace fibrehub::e2e
