#include "channels/qcontact/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.hpp"

namespace fibrehub::channels::qcontact {
namespace {

using namespace std::chrono_literals;

tl::expected<config::values, config::errors> load(std::vector<std::string> more) {
  config::config_source source;
  source.overrides = {"qcontact.main.base_url=https://desk.example.com/api/v2",
                      "qcontact.main.username=velocity", "qcontact.main.password=env:QC_PASSWORD",
                      "qcontact.main.queue=Maintenance - Velocity"};
  source.overrides.insert(source.overrides.end(), more.begin(), more.end());
  return config::load_and_resolve({section()}, source, {{"QC_PASSWORD", "open sesame"}});
}

TEST(QcontactSettings, AreDeclaredWithoutFault) {
  EXPECT_THAT(config::faults_of({section()}), testing::IsEmpty());
}

TEST(QcontactSettings, HaveTheDocumentedDefaults) {
  auto loaded = load({});
  ASSERT_TRUE(loaded) << loaded.error().front();
  auto s = settings_from(loaded->section("qcontact", "main"));
  EXPECT_EQ(s.name, "main");
  EXPECT_EQ(s.base_url, "https://desk.example.com/api/v2");
  EXPECT_EQ(s.username, "velocity");
  EXPECT_EQ(s.password, "open sesame");
  EXPECT_EQ(s.queue, "Maintenance - Velocity");
  EXPECT_THAT(s.statuses, testing::ElementsAre("Open", "In Progress", "Pending"));
  EXPECT_EQ(s.plan.interval, 60s);
  EXPECT_EQ(s.plan.max_interval, 15min);
  EXPECT_EQ(s.plan.overlap, 120s);
  EXPECT_EQ(s.plan.lookback, 7 * 24h);
  EXPECT_EQ(s.plan.page_size, 50u);
  EXPECT_EQ(s.plan.full_reconcile_hour, 2u);
  EXPECT_EQ(s.request_timeout, 20s);
  EXPECT_FALSE(client_options(s).allow_private_addresses);
}

TEST(QcontactSettings, RefuseWhatCannotWork) {
  for (const char* wrong :
       {"interval=4s", "interval=16m", "page_size=0", "page_size=201", "full_reconcile_hour=24",
        "max_interval=10s", "base_url=http://desk.example.com/api/v2", "base_url=ftp://desk",
        "queue= ", "username=", "statuses=", "request_timeout=0s"}) {
    auto loaded = load({std::string("qcontact.main.") + wrong});
    EXPECT_FALSE(loaded.has_value()) << wrong;
  }
}

TEST(QcontactSettings, LetAllQueuesBelongToOneDesk) {
  const auto second = [](const std::string& url) {
    return load({"qcontact.other.base_url=" + url, "qcontact.other.username=velocity",
                 "qcontact.other.password=env:QC_PASSWORD", "qcontact.other.queue=Hosting"});
  };
  EXPECT_TRUE(second("https://desk.example.com/api/v2"));
  const auto refused = second("https://elsewhere.example.com/api/v2");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(),
              testing::ElementsAre(testing::HasSubstr("must be that of [qcontact.main]")));
}

TEST(QcontactSettings, AllowPlainHttpOnlyTowardsAllowedPrivateAddresses) {
  auto loaded = load({"qcontact.main.base_url=http://127.0.0.1:9/api/v2",
                      "qcontact.main.allow_private_addresses=true"});
  ASSERT_TRUE(loaded) << loaded.error().front();
  EXPECT_TRUE(
      client_options(settings_from(loaded->section("qcontact", "main"))).allow_private_addresses);
}

}  // namespace
}  // namespace fibrehub::channels::qcontact
