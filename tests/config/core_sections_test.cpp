#include "config/core_sections.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace fibrehub::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

errors refused(const std::vector<std::string>& overrides) {
  const auto loaded = load(core_sections(), {{}, overrides}, {});
  return loaded ? errors{} : loaded.error();
}

TEST(CoreSections, DefaultsAreTheLimitsOfTheSpecification) {
  const auto all = load_and_resolve(core_sections(), {}, {});
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->duration("hub", "shutdown_timeout"), 10s);
  EXPECT_EQ(all->text("web", "address"), "127.0.0.1");
  EXPECT_EQ(all->integer("web", "port"), 8080);
  EXPECT_EQ(all->bytes("web", "header_limit"), 16 * 1024);
  EXPECT_EQ(all->bytes("web", "body_limit"), 1024 * 1024);
  EXPECT_EQ(all->bytes("web", "webhook_body_limit"), 5 * 1024 * 1024);
  EXPECT_EQ(all->duration("web", "request_timeout"), 30s);
  EXPECT_EQ(all->integer("web", "max_connections"), 1024);
  EXPECT_EQ(all->secret("store", "url"), "");
  EXPECT_EQ(all->integer("store", "batch_max"), 256);
  EXPECT_EQ(all->duration("store", "statement_timeout"), 5s);
  EXPECT_EQ(all->duration("store", "wait_limit"), 8s);
  EXPECT_EQ(all->integer("store", "waiting_room_requests"), 2000);
  EXPECT_EQ(all->bytes("store", "waiting_room_bytes"), 64 * 1024 * 1024);
  EXPECT_EQ(all->duration("outbox", "give_up_after"), 72h);
  EXPECT_EQ(all->choice("log", "level"), "info");
}

TEST(CoreSections, TlsNeedsTheCertificateAndTheKey) {
  EXPECT_THAT(refused({"web.tls_key=/k"}),
              ElementsAre("command line: web.tls_key: TLS needs both files, tls_certificate is not "
                          "set"));
  EXPECT_THAT(refused({"web.tls_certificate=/c"}),
              ElementsAre("command line: web.tls_certificate: TLS needs both files, tls_key is not "
                          "set"));
  EXPECT_THAT(refused({"web.tls_certificate=/c", "web.tls_key=/k"}), ElementsAre());
}

TEST(CoreSections, WaitingForALockMustEndBeforeTheStatementDoes) {
  EXPECT_THAT(refused({"store.lock_timeout=6s"}),
              ElementsAre("command line: store.lock_timeout: must not be longer than "
                          "statement_timeout, it would never take effect"));
}

TEST(CoreSections, AnIdentityProviderIsDescribedAsAWholeAndCalledOverHttps) {
  EXPECT_EQ(refused({"oidc.issuer=https://idp"}).size(), 2U);
  EXPECT_THAT(refused({"oidc.issuer=https://idp", "oidc.jwks_url=https://idp/jwks",
                       "oidc.audiences=fibrehub"}),
              ElementsAre());
  EXPECT_EQ(refused({"oidc.issuer=https://idp", "oidc.jwks_url=http://idp/jwks",
                     "oidc.audiences=fibrehub"})
                .size(),
            1U);
  EXPECT_EQ(refused({"people.first_admin_email=admin"}).size(), 1U);
}

TEST(CoreSections, ValuesOutsideTheBoundsAreRefused) {
  for (const auto* text :
       {"web.port=65536", "web.address=localhost", "hub.shutdown_timeout=61s", "store.readers=13",
        "store.readers=0", "web.trusted_proxies=10.0.0.0/40", "log.level=loud", "log.format=xml",
        "outbox.give_up_after=59m", "outbox.keep_finished=23h", "notifications.keep_read=0s"}) {
    EXPECT_EQ(refused({text}).size(), 1U) << text;
  }
  EXPECT_THAT(refused({"web.port=0"}), ElementsAre());
}

}  // namespace
}  // namespace fibrehub::config
