// What is asked about a hidden id, and what the answers mean.
#include "channels/waha/hidden_ids.hpp"

#include <gtest/gtest.h>

namespace fibrehub::channels::waha {
namespace {

using protocols::transport::http_errc;
using protocols::transport::http_error;
using protocols::transport::http_response;
using standing = store::answer_hidden_id::standing;

const store::hidden_id about{"my session", "555@lid"};

store::answer_hidden_id told(unsigned status, const char* body) {
  http_response r;
  r.status = status;
  r.body = body;
  return judge_lid(r, about).value();
}

TEST(WahaHiddenIds, AreAskedAboutByTheirNumber) {
  send_settings s;
  s.base_url = "http://waha.internal:3000";
  const auto request = lid_request(s, about);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url, "http://waha.internal:3000/api/my%20session/lids/555");
}

TEST(WahaHiddenIds, AreKnownByThePhoneNumberOfTheSameId) {
  const auto known = told(200, R"({"lid":"555@lid","pn":"27831112222@c.us"})");
  EXPECT_EQ(known.what, standing::known);
  EXPECT_EQ(known.person, "27831112222@c.us");
  EXPECT_EQ(told(200, R"({"lid":"555@lid","pn":"27831112222@s.whatsapp.net"})").person,
            "27831112222@c.us");
  EXPECT_EQ(told(200, R"({"lid":"556@lid","pn":"27831112222@c.us"})").what, standing::unknown);
}

TEST(WahaHiddenIds, MayBeUnknownOrNothingMayBeSaid) {
  EXPECT_EQ(told(200, R"({"lid":"555@lid","pn":null})").what, standing::unknown);
  EXPECT_EQ(told(200, "").what, standing::unknown);
  EXPECT_EQ(told(404, R"({"message":"Cannot GET /api","error":"Not Found","statusCode":404})").what,
            standing::unknown);
  EXPECT_EQ(
      told(422, R"({"error":"Session status is not as expected","session":"s","status":"STOPPED"})")
          .what,
      standing::said_nothing);
  EXPECT_EQ(told(500, R"({"statusCode":500,"exception":{"message":"rate-overlimit"}})").what,
            standing::said_nothing);
  EXPECT_EQ(told(200, "<html>").what, standing::said_nothing);
  EXPECT_FALSE(judge_lid(tl::unexpected(http_error{http_errc::connect_failed, "refused"}), about));
}

}  // namespace
}  // namespace fibrehub::channels::waha
