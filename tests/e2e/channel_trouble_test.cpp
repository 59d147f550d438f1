// A peer that answers nothing but errors for a while: the admins are told once of each.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "peers/peers.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<peers::peers> desk_at(std::uint16_t port) {
  peers::peers_options o;
  o.qcontact_port = port;
  o.qcontact_cases = 1;
  o.rate_per_s = 0;
  o.case_rate_per_s = 0;
  auto out = std::make_unique<peers::peers>(o);
  out->start();
  return out;
}

TEST(ChannelTrouble, AdminsAreToldOnceOfAPeerThatFailsAndOnceThatItIsBack) {
  const fixtures::temporary_database db;
  db.ask(
      "INSERT INTO users (id, email, name, role) VALUES (1, 'ada@example.com', 'Ada', 'admin'),"
      " (2, 'mandla@example.com', 'Mandla', 'manager')");
  const std::uint16_t port = free_port();
  const auto desk = desk_at(port);
  hub_process hub(
      {.store_url = db.url(),
       .overrides = {"notifications.channel_trouble_after=8s"},
       .more_toml = fmt::format("\n[qcontact.velocity]\nbase_url = \"http://127.0.0.1:{}/api/v2\"\n"
                                "username = \"velocity@fibertimemaintenance.com\"\n"
                                "password = \"env:E2E_QCONTACT_PASSWORD\"\n"
                                "queue = \"Maintenance - Velocity\"\ninterval = \"5s\"\n"
                                "max_interval = \"5s\"\nallow_private_addresses = true\n",
                                port)});
  hub.start_ready();
  const std::string token = hub.make_token();
  const auto told = [&] {
    return db.ask(
        "SELECT user_id || ' ' || subject FROM notifications WHERE kind ="
        " 'channel_trouble' ORDER BY id");
  };
  const auto state_is = [&](const std::string& wanted) {
    return eventually(
        [&] {
          return get(hub.port(), "/api/v1/channels", token)
                     .body.find(R"("name":"velocity","state":")" + wanted) != std::string::npos;
        },
        30s);
  };
  ASSERT_TRUE(state_is("polling")) << get(hub.port(), "/api/v1/channels", token).body;

  const std::string gone = "1 Channel qcontact/velocity is in trouble";
  desk->call([&] { desk->faults().qcontact_error_percent = 100; });
  ASSERT_TRUE(state_is("backing_off"));
  EXPECT_TRUE(eventually([&] { return told() == gone; })) << told();
  EXPECT_THAT(db.ask("SELECT body FROM notifications WHERE kind = 'channel_trouble'"),
              HasSubstr("Nothing goes through since"));
  EXPECT_EQ(db.ask("SELECT count(*) FROM outbox WHERE channel = 'email' AND body->>'kind' ="
                   " 'channel_trouble' AND body->>'to' = 'ada@example.com'"),
            "1");

  desk->call([&] { desk->faults().qcontact_error_percent = 0; });
  ASSERT_TRUE(state_is("polling")) << get(hub.port(), "/api/v1/channels", token).body;
  const std::string back = gone + "\n1 Channel qcontact/velocity is well again";
  EXPECT_TRUE(eventually([&] { return told() == back; })) << told();
  EXPECT_EQ(db.ask("SELECT count(*) FROM alarms"), "0");

  // A hub that is started anew has nothing to tell while all is well.
  EXPECT_EQ(hub.terminate(), 0);
  hub.start_ready();
  ASSERT_TRUE(state_is("polling"));
  EXPECT_EQ(told(), back);
  EXPECT_EQ(hub.terminate(), 0);
}

}  // namespace
}  // namespace fibrehub::e2e
