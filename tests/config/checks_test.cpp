#include "config/checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

TEST(Checks, UrlsNeedASchemeAndAHost) {
  for (const auto* good : {"http://a", "https://a.example.com", "http://127.0.0.1:3000/base/",
                           "https://[::1]:8443/x?y=1", "http://[::1]", "http://waha_1:1"}) {
    EXPECT_EQ(check_url(good), std::nullopt) << good;
  }
  for (const auto* bad : {"ftp://a", "a.example.com", "http://", "http:///x", "http://a:0",
                          "http://a:70000", "http://a:", "http://a b", "http://a/\nX: y",
                          "http://[::g]", "http://::1", "https://a#b", "HTTP", ""}) {
    EXPECT_NE(check_url(bad), std::nullopt) << bad;
  }
}

TEST(Checks, UrlsMustNotCarryPasswords) {
  EXPECT_THAT(check_url("https://user:pw@a.example.com/"), Optional(HasSubstr("secret")));
}

TEST(Checks, AddressesAreNotNames) {
  for (const auto* good : {"127.0.0.1", "0.0.0.0", "::", "::1"}) {
    EXPECT_EQ(check_ip_address(good), std::nullopt) << good;
  }
  for (const auto* bad : {"localhost", "127.0.0", "1.2.3.4:80", "[::1]", ""}) {
    EXPECT_THAT(check_ip_address(bad), Optional(HasSubstr("127.0.0.1"))) << bad;
  }
}

TEST(Checks, AddressRangesHaveAPrefixThatFits) {
  for (const auto* good : {"10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32", "::1/128"}) {
    EXPECT_EQ(check_cidr(good), std::nullopt) << good;
  }
  for (const auto* bad : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
                          "10.0.0/8", "example.com/8", "", "/8"}) {
    EXPECT_NE(check_cidr(bad), std::nullopt) << bad;
  }
}

TEST(Checks, OriginsAreSchemeAndHost) {
  for (const auto* good :
       {"https://desk.example.com", "http://localhost:3000", "https://[::1]:8443"})
    EXPECT_EQ(check_origin(good), std::nullopt) << good;
  for (const auto* bad : {"desk.example.com", "https://", "https://a.example.com/", "*", "",
                          "https://*.example.com", "ws://a.example.com", "https://u@a.example.com"})
    EXPECT_NE(check_origin(bad), std::nullopt) << bad;
}

TEST(Checks, TimeZonesAreIanaNames) {
  for (const auto* good : {"Africa/Johannesburg", "UTC"}) {
    EXPECT_EQ(check_time_zone(good), std::nullopt) << good;
  }
  for (const auto* bad : {"", "SAST +2", "../etc/passwd", "/etc/localtime", "Africa/", "A//B"}) {
    EXPECT_THAT(check_time_zone(bad), Optional(HasSubstr("Africa/Johannesburg"))) << bad;
  }
}

}  // namespace
}  // namespace fibrehub::config
