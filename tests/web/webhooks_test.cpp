#include "web/webhooks.hpp"

#include <gmock/gmock.h>

#include "tests/web/live_server.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;
namespace asio = boost::asio;
using submitted = tl::expected<store::ingest_result, store::error>;

/// A server with one webhook whose receiver maps the body and whose store answers `outcome`.
struct webhook_server {
  explicit webhook_server(submitted outcome) {
    actors::webhook_endpoint e;
    e.path = "/api/v1/hook";
    e.aliases = {"/hook"};
    e.body_limit_bytes = 100;
    e.retry_after_s = 60;
    e.receive = [this](actors::webhook_request&& request)
        -> std::variant<actors::webhook_rejection, store::ingest> {
      if (request.header("x-signature") != "good")
        return actors::webhook_rejection{401, "invalid_signature", "sign the body"};
      store::ingest in;
      in.body = std::move(request.body);
      in.channel = request.peer_address;
      return in;
    };
    server.emplace(
        webhook_routes({e}, [this, outcome](store::ingest in) -> asio::awaitable<submitted> {
          taken.push_back(std::move(in));
          co_return outcome;
        }));
  }
  answer deliver(std::string_view more = "X-Signature: good\r\n") {
    raw_client c{server->port()};
    c.send(post("/api/v1/hook?from=elsewhere", "payload", more));
    return c.read_answer();
  }
  std::vector<store::ingest> taken;
  std::optional<live_server> server;
};

store::ingest_result outcome(store::disposition d, std::string uid = {}) {
  store::ingest_result r;
  r.outcome = d;
  r.ticket_uid = std::move(uid);
  return r;
}

TEST(Webhooks, HandTheRawBodyToTheStoreAndAnswerWhatBecameOfIt) {
  webhook_server s{outcome(store::disposition::stored, "DR1234-01")};
  const auto a = s.deliver();
  EXPECT_EQ(a.status, 200u);
  EXPECT_EQ(
      a.body,
      R"({"success":true,"data":{"outcome":"stored","ticket_uid":"DR1234-01","created":false}})");
  ASSERT_EQ(s.taken.size(), 1u);
  EXPECT_EQ(s.taken[0].body, "payload");
  EXPECT_EQ(s.taken[0].channel, "127.0.0.1");
}

TEST(Webhooks, AnswerEachOutcomeWithItsStatus) {
  using store::disposition;
  for (const auto& [d, status] :
       {std::pair{disposition::stored, 200u}, std::pair{disposition::kept, 200u},
        std::pair{disposition::duplicate, 200u}, std::pair{disposition::review, 202u},
        std::pair{disposition::conflict, 202u}}) {
    webhook_server s{outcome(d)};
    const auto a = s.deliver();
    EXPECT_EQ(a.status, status);
    EXPECT_NE(a.body.find(fmt::format(R"("outcome":"{}")", store::name_of(d))), std::string::npos);
  }
}

TEST(Webhooks, AskForAnotherDeliveryWhenTheStoreIsAway) {
  using store::errc;
  for (const auto code :
       {errc::unavailable, errc::standby, errc::overloaded, errc::timeout, errc::abandoned}) {
    webhook_server s{tl::unexpected(store::error{code, "inner detail"})};
    const auto a = s.deliver();
    EXPECT_EQ(a.status, 503u) << store::name_of(code);
    EXPECT_EQ(a.header("Retry-After"), "60");
    EXPECT_EQ(a.body.find("inner detail"), std::string::npos);
  }
}

TEST(Webhooks, RejectWithoutTouchingTheStore) {
  webhook_server s{outcome(store::disposition::stored)};
  const auto a = s.deliver("");
  EXPECT_EQ(a.status, 401u);
  EXPECT_EQ(a.error_code(), "invalid_signature");
  EXPECT_TRUE(s.taken.empty());
}

TEST(Webhooks, HaveTheirOwnBodyLimitAndAliases) {
  webhook_server s{outcome(store::disposition::kept)};
  raw_client c{s.server->port()};
  c.send(post("/hook", std::string(100, 'x'), "X-Signature: good\r\n"));
  EXPECT_EQ(c.read_answer().status, 200u);
  c.send(post("/hook", std::string(101, 'x'), "X-Signature: good\r\n"));
  EXPECT_EQ(c.read_answer().status, 413u);
}

TEST(StoreErrors, BecomeStatusCodes) {
  using store::errc;
  request_context ctx;
  const auto status = [&](errc code) { return from_store_error(ctx, {code, "why"}).status; };
  EXPECT_EQ(status(errc::unavailable), 503u);
  EXPECT_EQ(status(errc::standby), 503u);
  EXPECT_EQ(status(errc::overloaded), 503u);
  EXPECT_EQ(status(errc::timeout), 503u);
  EXPECT_EQ(status(errc::not_found), 404u);
  EXPECT_EQ(status(errc::invalid), 400u);
  EXPECT_EQ(status(errc::conflict), 409u);
  EXPECT_EQ(status(errc::abandoned), 500u);
  EXPECT_EQ(status(errc::internal), 500u);
  EXPECT_EQ(from_store_error(ctx, {errc::internal, "table x"}).body.find("table x"),
            std::string::npos);
}

}  // namespace
}  // namespace fibrehub::web
