// What an operator sees when something is wrong at the start: one line that says what to mend.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

using ::testing::HasSubstr;

/// The lines of standard error that are no log lines; of a failed start there must be just one.
std::string only_complaint(const run_result& r) {
  std::string found;
  int count = 0;
  std::istringstream in(r.err);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("fibrehub: ")) continue;
    found = line;
    ++count;
  }
  EXPECT_EQ(count, 1) << r.err;
  return found;
}

/// Starts a hub with a configuration file of this text, which must fail.
std::string complaint_about(const std::string& toml) {
  const temporary_folder folder;
  const std::string file = (folder / "hub.toml").string();
  write_file(file, toml);
  const run_result r = run_fibrehub({"serve", "--config", file});
  EXPECT_EQ(r.exit_code, 2) << r.err;
  return only_complaint(r);
}

std::string complaint_about_database(const std::string& url) {
  hub_process hub({.store_url = url});
  const run_result r = hub.run({"serve"});
  EXPECT_EQ(r.exit_code, 2) << r.err;
  return only_complaint(r);
}

TEST(Start, NamesThePortThatIsInUse) {
  const fixtures::temporary_database db;
  hub_process first({.store_url = db.url()});
  first.start_ready();
  hub_process second({.store_url = db.url(), .port = first.port()});
  const run_result r = second.run({"serve"});
  EXPECT_EQ(r.exit_code, 2) << r.err;
  EXPECT_THAT(only_complaint(r), HasSubstr(std::to_string(first.port())));
  EXPECT_EQ(fetch(first.port(), "GET", "/health/ready").status, 200U) << "the first one suffered";
}

TEST(Start, NamesFileAndLineOfABadValue) {
  const std::string line = complaint_about("[web]\n# the port\nport = 99999\n");
  EXPECT_THAT(line, HasSubstr("hub.toml:3"));
  EXPECT_THAT(line, HasSubstr("port"));
}

TEST(Start, GuessesWhichKeyWasMeant) {
  const std::string line = complaint_about("[web]\nprot = 8080\n");
  EXPECT_THAT(line, HasSubstr("hub.toml:2"));
  EXPECT_THAT(line, HasSubstr("prot"));
  EXPECT_THAT(line, HasSubstr("port"));
}

TEST(Start, NamesTheVariableOfASecretThatIsNotSet) {
  const std::string line = complaint_about("[waha.main]\nhmac_keys = [\"env:E2E_NOT_SET\"]\n");
  EXPECT_THAT(line, HasSubstr("E2E_NOT_SET"));
}

TEST(Start, RefusesADatabaseThatDoesNotExist) {
  std::string url = fixtures::cluster_url();
  url.replace(url.find("dbname=postgres"), 15, "dbname=nowhere");
  EXPECT_THAT(complaint_about_database(url), HasSubstr("nowhere"));
}

TEST(Start, RefusesADatabaseThatBelongsToSomethingElse) {
  const fixtures::temporary_database db(fixtures::temporary_database::schema::empty);
  db.ask("CREATE TABLE invoices (id int)");
  EXPECT_THAT(complaint_about_database(db.url()), HasSubstr("empty database"));
  EXPECT_EQ(db.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "1");
}

TEST(Start, FillsAnEmptyDatabase) {
  const fixtures::temporary_database db(fixtures::temporary_database::schema::empty);
  hub_process hub({.store_url = db.url()});
  hub.start_ready();
  EXPECT_EQ(db.ask("SELECT incarnation FROM hub_state"), "1");
}

TEST(Start, GoesOnWithoutADatabaseServerAndSaysSo) {
  hub_process hub({.store_url = fmt::format("host=127.0.0.1 port={} dbname=x", free_port()),
                   .overrides = {"store.wait_limit=1s"}});
  hub.start();
  const http_answer ready = fetch(hub.port(), "GET", "/health/ready");
  EXPECT_EQ(ready.status, 503U);
  EXPECT_EQ(fetch(hub.port(), "GET", "/health/live").status, 200U);
  EXPECT_EQ(deliver(hub.port(), message_delivery("X1", "27830000001", "DR1730001")).status, 503U);
  EXPECT_THAT(hub.log(), HasSubstr("cannot be reached"));
  EXPECT_EQ(hub.terminate(), 0);
}

}  // namespace
}  // namespace fibrehub::e2e
