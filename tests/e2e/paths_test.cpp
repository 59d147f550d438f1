// The paths that the requirements name answer, with and without the version.
#include <gtest/gtest.h>

#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

constexpr std::pair<const char*, const char*> paths[] = {
    {"GET", "/api/tickets"},
    {"POST", "/api/tickets"},
    {"GET", "/api/tickets/DR1-01"},
    {"PATCH", "/api/tickets/DR1-01"},
    {"DELETE", "/api/tickets/DR1-01"},
    {"POST", "/api/tickets/DR1-01/assign"},
    {"POST", "/api/tickets/DR1-01/status"},
    {"GET", "/api/tickets/DR1-01/notes"},
    {"POST", "/api/tickets/DR1-01/notes"},
    {"POST", "/api/tickets/DR1-01/attachments"},
    {"GET", "/api/tickets/DR1-01/history"},
    {"GET", "/api/tickets/lookup/drop/1730654"},
    {"GET", "/api/tickets/stats"},
    {"GET", "/api/tickets/sla-configs"},
    {"POST", "/api/tickets/sla-configs"},
    {"GET", "/api/ticketing/contracts"},
    {"POST", "/api/ticketing/contracts"},
    {"GET", "/api/ticketing/contracts/1"},
    {"PATCH", "/api/ticketing/contracts/1"},
    {"DELETE", "/api/ticketing/contracts/1"},
    {"GET", "/api/ticketing/guarantees"},
    {"POST", "/api/ticketing/guarantees"},
    {"GET", "/api/ticketing/guarantees/1"},
    {"GET", "/api/v1/tickets/stats"},
    {"GET", "/api/v1/contracts"},
    {"GET", "/api/v1/guarantees"},
};

TEST(Paths, OfTheRequirementsAskWhoIsThere) {
  const fixtures::temporary_database db;
  hub_process hub({.store_url = db.url(), .port = free_port()});
  hub.start_ready();
  for (const auto& [verb, path] : paths)
    EXPECT_EQ(fetch(hub.port(), verb, path, "", {}).status, 401U) << verb << ' ' << path;
  EXPECT_EQ(fetch(hub.port(), "GET", "/api/ticketing/nothing", "", {}).status, 404U);
}

}  // namespace
}  // namespace fibrehub::e2e
