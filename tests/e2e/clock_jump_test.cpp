// SLA clocks of a running hub whose wall clock jumps by two hours, forward and back, while the
// database keeps the true time: nobody is told anything wrong meanwhile, and what is truly due is
// told once when the time can be believed again. The jumps are made by libfaketime.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "protocols/json/parse.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

namespace fs = std::filesystem;
namespace json = protocols::json;
using ::testing::HasSubstr;

/// Empty when the package faketime is not installed.
std::string faketime_library() {
  for (const auto& folder : fs::directory_iterator("/usr/lib"))
    if (const fs::path found = folder.path() / "faketime/libfaketimeMT.so.1"; fs::exists(found))
      return found.string();
  return {};
}

class ClockJump : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string library = faketime_library();
    if (library.empty()) GTEST_SKIP() << "libfaketimeMT.so.1 is not there: package faketime";
    db_ = std::make_unique<fixtures::temporary_database>();
    db_->ask(
        "INSERT INTO users (id, email, name, role) VALUES (501, 'thabo@x.example', 'Thabo',"
        " 'technician') RETURNING 1");
    jump("+0");
    hub_settings s;
    s.store_url = db_->url();
    s.environment = {"LD_PRELOAD=" + library,
                     "FAKETIME_TIMESTAMP_FILE=" + (folder_ / "time").string(),
                     "FAKETIME_NO_CACHE=1",
                     // The clock that does not jump is what the hub measures waits by.
                     "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1"};
    hub_ = std::make_unique<hub_process>(s);
    hub_->start_ready();
    admin_ = hub_->make_token("admin");
  }
  /// From now on the hub's wall clock differs by so much.
  void jump(const std::string& offset) const {
    write_file(folder_ / "next", offset + "\n");
    fs::rename(folder_ / "next", folder_ / "time");
  }

  http_answer send(const char* verb, const std::string& path, const std::string& body = "") {
    http_headers headers{{"Authorization", "Bearer " + admin_}};
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return fetch(hub_->port(), verb, "/api/v1" + path, body, headers);
  }
  /// A fault of Thabo's that has been answered and has to be resolved within so many seconds.
  std::string make_ticket(const char* priority, int seconds) {
    EXPECT_EQ(send("POST", "/sla-configs",
                   fmt::format(R"({{"configs":[{{"type":"fault","priority":"{}",)"
                               R"("resolution_seconds":{}}}]}})",
                               priority, seconds))
                  .status,
              200U);
    const http_answer made =
        send("POST", "/tickets",
             fmt::format(R"({{"title":"No light","type":"fault","priority":"{}"}})", priority));
    EXPECT_EQ(made.status, 201U) << made.body;
    auto document = json::parse(made.body);
    const json::value* data = document ? json::find(*document, "data") : nullptr;
    std::string uid = data ? std::string(json::text(*data, "ticket_uid")) : "";
    EXPECT_EQ(send("POST", "/tickets/" + uid + "/assign", R"({"assigned_to":501})").status, 200U);
    EXPECT_EQ(
        send("POST", "/tickets/" + uid + "/notes", R"({"body":"We are on it","internal":false})")
            .status,
        201U);
    return uid;
  }
  std::string events(const std::string& uid) {
    return db_->ask(
        "SELECT string_agg(level_bp || ' ' || disposition, ', ' ORDER BY level_bp, epoch) FROM"
        " sla_events e JOIN tickets t ON t.id = e.ticket_id WHERE t.uid = '" +
        uid + "'");
  }
  /// Clock notices of the ticket, each with how often Thabo got it.
  std::string told(const std::string& uid) {
    return db_->ask(
        "SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind) FROM (SELECT kind, count(*) AS n"
        " FROM notifications WHERE kind LIKE 'clock%' AND user_id = 501 AND ticket_uid = '" +
        uid + "' GROUP BY kind) k");
  }
  /// The true time has passed what is due, by a second.
  bool is_truly_over(const std::string& uid) {
    return db_->ask(
               "SELECT clock_timestamp() > due_at + interval '1 second' FROM tickets WHERE"
               " uid = '" +
               uid + "'") == "t";
  }
  std::string metrics() { return get(hub_->port(), "/metrics", admin_).body; }
  bool is_held() { return metrics().find("\nfibrehub_clocks_held 1\n") != std::string::npos; }

  temporary_folder folder_;
  std::unique_ptr<fixtures::temporary_database> db_;
  std::unique_ptr<hub_process> hub_;
  std::string admin_;
};

TEST_F(ClockJump, ForwardTellsNobodyOfWhatIsNotDueAndOnceOfWhatIs) {
  const std::string hour = make_ticket("low", 3'600), soon = make_ticket("critical", 6);
  EXPECT_FALSE(is_held());
  jump("+2h");
  EXPECT_TRUE(eventually([&] { return is_held(); })) << metrics();
  EXPECT_TRUE(eventually([&] { return is_truly_over(soon); }));
  EXPECT_THAT(hub_->log(), HasSubstr("the hub and the database differ about the time"));
  EXPECT_TRUE(is_held());
  EXPECT_EQ(events(hour), "") << "two hours have not passed";
  EXPECT_EQ(told(hour), "");
  EXPECT_THAT(events(soon), ::testing::Not(HasSubstr("10000"))) << "held, although it is due";
  jump("+0");
  EXPECT_TRUE(eventually([&] { return told(soon) != ""; }));
  EXPECT_TRUE(eventually([&] { return !is_held(); }));
  EXPECT_EQ(events(soon), "7500 superseded, 9000 superseded, 10000 send");
  EXPECT_EQ(told(soon), "clock_breached 1");
  EXPECT_EQ(db_->ask("SELECT count(*) FROM sla_events e JOIN tickets t ON t.id = e.ticket_id WHERE"
                     " level_bp = 10000 AND e.at IS DISTINCT FROM t.due_at"),
            "0")
      << "dated at the true instant";
  EXPECT_EQ(events(hour), "");
  EXPECT_EQ(told(hour), "");
}

TEST_F(ClockJump, BackwardLosesNothingAndTellsOnce) {
  const std::string hour = make_ticket("low", 3'600), first = make_ticket("critical", 2);
  EXPECT_TRUE(
      eventually([&] { return told(first).find("clock_breached 1") != std::string::npos; }));
  const std::string of_first = events(first), told_of_first = told(first);
  const std::string soon = make_ticket("high", 5);
  jump("-2h");
  EXPECT_TRUE(eventually([&] { return is_truly_over(soon); }));
  EXPECT_THAT(events(soon), ::testing::Not(HasSubstr("10000")))
      << "two hours too early for the hub";
  jump("+0");
  EXPECT_TRUE(eventually([&] { return told(soon).find("clock_breached 1") != std::string::npos; }));
  EXPECT_THAT(events(soon), HasSubstr("10000 send"));
  EXPECT_EQ(told(soon).find("clock_breached 2"), std::string::npos);
  EXPECT_EQ(events(first), of_first) << "nothing is taken back, nothing is repeated";
  EXPECT_EQ(told(first), told_of_first);
  EXPECT_EQ(events(hour), "");
  EXPECT_EQ(told(hour), "");
}

}  // namespace
}  // namespace fibrehub::e2e
