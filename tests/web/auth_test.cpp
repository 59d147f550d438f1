#include "web/auth.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/web/live_server.hpp"
#include "web/peer_address.hpp"
#include "web/token.hpp"

namespace fibrehub::web {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using ::testing::HasSubstr;

TEST(Token, IsMadeFromRandomnessAndTakenApartAgain) {
  const auto a = mint_token("ci", {"read", "inbound:billing"});
  const auto b = mint_token("ci", {"read"});
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->text.size(), 59u);
  EXPECT_NE(a->text, b->text);
  const auto parts = parse_token(a->text);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->id, a->record.id);
  EXPECT_EQ(sha256(parts->secret), a->record.sha256);
  EXPECT_EQ(a->record.sha256.size(), 32u);
  EXPECT_EQ(a->record.sha256.find(parts->secret), std::string::npos);
}

TEST(Token, HasAnIdThatNoCommandLineTakesForAnOption) {
  // One in 64 would begin with a dash.
  for (int i = 0; i < 2000; ++i)
    ASSERT_NE(mint_token("t", {"read"})->record.id.front(), '-');
}

TEST(Token, MayHaveAnUnderscoreInItsId) {
  const std::string text = "fh_a_b-C_d-e_f0_" + std::string(43, '_');
  const auto parts = parse_token(text);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->id, "a_b-C_d-e_f0");
}

TEST(Token, IsRefusedWhenMalformed) {
  const std::string good = mint_token("x", {"read"})->text;
  EXPECT_TRUE(parse_token(good));
  for (const std::string& bad :
       {std::string{}, std::string{"fh_"}, good + "x", good.substr(1), good.substr(0, 58),
        "xx" + good.substr(2), good.substr(0, 15) + "." + good.substr(16), good.substr(0, 58) + "=",
        good.substr(0, 5) + "+" + good.substr(6)})
    EXPECT_FALSE(parse_token(bad)) << bad;
}

TEST(Token, IsMadeWithKnownScopesOnly) {
  EXPECT_FALSE(mint_token("x", {}));
  EXPECT_THAT(mint_token("x", {"root"}).error(), HasSubstr("known are read, write, admin"));
  EXPECT_FALSE(mint_token("x", {"inbound:"}));
  EXPECT_FALSE(mint_token("x", {"inbound:a b"}));
}

TEST(Token, ScopesGrantThemselvesAndWhatTheyInclude) {
  EXPECT_TRUE(grants({"read"}, "read"));
  EXPECT_FALSE(grants({"read"}, "write"));
  EXPECT_FALSE(grants({"write"}, "read"));
  EXPECT_TRUE(grants({"admin"}, "write"));
  EXPECT_TRUE(grants({"inbound:*"}, "inbound:billing"));
  EXPECT_TRUE(grants({"inbound:billing"}, "inbound:billing"));
  EXPECT_FALSE(grants({"inbound:billing"}, "inbound:bill"));
  EXPECT_FALSE(grants({"inbound:*"}, "read"));
  EXPECT_FALSE(grants({}, "read"));
}

TEST(Sha256, AgreesWithTheStandard) {
  std::string hex;
  for (const char c : sha256("abc"))
    hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  EXPECT_EQ(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/// An authenticator on a store that is a map, with clocks the test moves.
class Auth : public ::testing::Test {
 protected:
  Auth() {
    auth_options o;
    o.steady_now = [this] { return steady_; };
    o.now = [this] { return wall_; };
    auth_.emplace(
        [this](std::string id) -> asio::awaitable<tl::expected<store::token_record, store::error>> {
          ++lookups_;
          if (store_down_) co_return tl::unexpected(store::error{store::errc::unavailable, "away"});
          const auto found = records_.find(id);
          if (found == records_.end())
            co_return tl::unexpected(store::error{store::errc::not_found, "no such token"});
          co_return found->second;
        },
        std::move(o));
    ctx_.peer_address = "192.0.2.1";
  }

  std::string make(std::vector<std::string> scopes) {
    const auto made = *mint_token("robot", std::move(scopes));
    store::token_record r;
    r.id = made.record.id;
    r.name = made.record.name;
    r.sha256 = made.record.sha256;
    r.scopes = made.record.scopes;
    records_[r.id] = r;
    return made.text;
  }
  store::token_record& record(const std::string& text) {
    return records_.at(std::string{parse_token(text)->id});
  }

  /// The status answered, 200 when let in.
  unsigned ask(const std::string& header, const std::string& scope = "read") {
    header_ = header;
    ctx_.headers.clear();
    if (!header.empty()) ctx_.headers.push_back({"Authorization", header_});
    const auth_requirement wanted = bearer(scope);
    asio::io_context io;
    unsigned status = 0;
    asio::co_spawn(io, auth_->check(ctx_, wanted),
                   [&](std::exception_ptr e, authenticator::verdict v) {
                     ASSERT_FALSE(e);
                     status = v ? 200 : v.error().status;
                     last_ = v ? response{} : v.error();
                     caller_ = v ? *v : nullptr;
                   });
    io.run();
    return status;
  }
  std::string last_header(std::string_view name) const {
    for (const auto& [key, value] : last_.headers)
      if (key == name) return value;
    return {};
  }

  protocols::steady_time steady_{1h};
  domain::instant wall_ = domain::from_us(1'800'000'000'000'000);
  std::map<std::string, store::token_record> records_;
  bool store_down_ = false;
  int lookups_ = 0;
  std::string header_;
  request_context ctx_;
  std::optional<authenticator> auth_;
  response last_;
  std::shared_ptr<const principal> caller_;
};

TEST_F(Auth, LetsAGoodTokenIn) {
  EXPECT_EQ(ask("Bearer " + make({"read"})), 200u);
  ASSERT_TRUE(caller_);
  EXPECT_EQ(caller_->name, "robot");
  EXPECT_EQ(ask("bearer  " + make({"admin"})), 200u);
}

TEST_F(Auth, NotesTheUseOfATokenOnceAMinute) {
  const std::string good = make({"read"});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ask("Bearer " + good), 200u);
  auto used = auth_->take_used_tokens();
  ASSERT_EQ(used.size(), 1u);
  EXPECT_EQ(used[0], std::pair(record(good).id, wall_));
  steady_ += 59s;
  EXPECT_EQ(ask("Bearer " + good), 200u);
  EXPECT_TRUE(auth_->take_used_tokens().empty());
  steady_ += 1s;
  wall_ += 60s;
  EXPECT_EQ(ask("Bearer " + good), 200u);
  EXPECT_EQ(auth_->take_used_tokens().size(), 1u);
  EXPECT_EQ(ask("Bearer " + make({"inbound:x"})), 403u);
  EXPECT_TRUE(auth_->take_used_tokens().empty()) << "refused";
}

TEST_F(Auth, ExplainsAMissingHeaderWithoutCountingIt) {
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(ask(""), 401u);
  EXPECT_EQ(last_header("WWW-Authenticate"), R"(Bearer realm="fibrehub")");
  EXPECT_THAT(last_.body, HasSubstr("Authorization: Bearer fh_"));
}

TEST_F(Auth, RefusesMalformedUnknownAndWrongTokens) {
  const std::string good = make({"read"});
  EXPECT_EQ(ask("Basic dTpw"), 401u);
  EXPECT_THAT(last_.body, HasSubstr("token_malformed"));
  EXPECT_EQ(ask("Bearer nonsense"), 401u);
  EXPECT_EQ(ask("Bearer " + mint_token("x", {"read"})->text), 401u);
  EXPECT_THAT(last_.body, HasSubstr("token_unknown"));
  EXPECT_EQ(ask("Bearer " + good.substr(0, 16) + std::string(43, 'A')), 401u);
  EXPECT_THAT(last_.body, HasSubstr("token_wrong"));
  EXPECT_THAT(last_header("WWW-Authenticate"), HasSubstr(R"(error="invalid_token")"));
  EXPECT_EQ(ask("Bearer " + good), 200u);
}

TEST_F(Auth, RefusesExpiredAndRevokedTokens) {
  const std::string expiring = make({"read"});
  record(expiring).expires_at = wall_ + 10s;
  EXPECT_EQ(ask("Bearer " + expiring), 200u);
  wall_ += 10s;
  EXPECT_EQ(ask("Bearer " + expiring), 401u);  // from the cache, too
  EXPECT_THAT(last_.body, HasSubstr("token_expired"));
  const std::string revoked = make({"read"});
  record(revoked).revoked = true;
  EXPECT_EQ(ask("Bearer " + revoked), 401u);
  EXPECT_THAT(last_.body, HasSubstr("token_revoked"));
}

TEST_F(Auth, NamesTheScopeThatIsMissing) {
  const std::string reader = make({"read"});
  EXPECT_EQ(ask("Bearer " + reader, "write"), 403u);
  EXPECT_THAT(last_.body, HasSubstr(R"(lacks the scope \"write\")"));
  EXPECT_THAT(last_header("WWW-Authenticate"), HasSubstr(R"(scope="write")"));
  ctx_.path_values = {{"source", "billing"}};
  EXPECT_EQ(ask("Bearer " + make({"inbound:billing"}), "inbound:{source}"), 200u);
  EXPECT_EQ(ask("Bearer " + make({"inbound:other"}), "inbound:{source}"), 403u);
}

TEST_F(Auth, AsksTheStoreOnceWhileTheCacheIsFresh) {
  const std::string good = make({"read"});
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(ask("Bearer " + good), 200u);
  EXPECT_EQ(lookups_, 1);
  steady_ += 30s;
  EXPECT_EQ(ask("Bearer " + good), 200u);
  EXPECT_EQ(lookups_, 2);
  const std::string unknown = "Bearer " + mint_token("x", {"read"})->text;
  EXPECT_EQ(ask(unknown), 401u);
  EXPECT_EQ(ask(unknown), 401u);
  EXPECT_EQ(lookups_, 3);
  steady_ += 5s;
  EXPECT_EQ(ask(unknown), 401u);
  EXPECT_EQ(lookups_, 4);
}

TEST_F(Auth, ForgetsARevokedTokenWhenTold) {
  const std::string good = make({"read"});
  EXPECT_EQ(ask("Bearer " + good), 200u);
  record(good).revoked = true;
  EXPECT_EQ(ask("Bearer " + good), 200u);
  auth_->forget(parse_token(good)->id);
  EXPECT_EQ(ask("Bearer " + good), 401u);
}

TEST_F(Auth, AnswersUnavailableWhenTheStoreCannotSay) {
  const std::string good = make({"read"});
  store_down_ = true;
  EXPECT_EQ(ask("Bearer " + good), 503u);
  EXPECT_EQ(last_header("Retry-After"), "5");
  store_down_ = false;
  EXPECT_EQ(ask("Bearer " + good), 200u);  // the failure was not remembered
}

TEST_F(Auth, SlowsDownAnAddressThatKeepsFailing) {
  const std::string used = make({"read"});
  const std::string unused = make({"read"});
  EXPECT_EQ(ask("Bearer " + used), 200u);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(ask("Bearer nonsense"), 401u) << i;
  EXPECT_EQ(ask("Bearer nonsense"), 429u);
  EXPECT_EQ(last_header("Retry-After"), "3");
  EXPECT_EQ(last_header("RateLimit-Limit"), "20");
  EXPECT_EQ(ask("Bearer " + used), 200u);    // known good: its neighbours do not matter
  EXPECT_EQ(ask("Bearer " + unused), 429u);  // not known yet
  ctx_.peer_address = "192.0.2.2";
  EXPECT_EQ(ask("Bearer nonsense"), 401u);
  ctx_.peer_address = "192.0.2.1";
  steady_ += 3s;
  EXPECT_EQ(ask("Bearer " + unused), 200u);
}

TEST(AuthOnTheWire, GuardsARouteBeforeItsBodyIsRead) {
  const auto token = *mint_token("robot", {"write"});
  auto auth = std::make_shared<authenticator>(
      [record = token.record](
          std::string) -> asio::awaitable<tl::expected<store::token_record, store::error>> {
        store::token_record r;
        r.id = record.id;
        r.sha256 = record.sha256;
        r.scopes = record.scopes;
        co_return r;
      });
  std::vector<route> routes;
  routes.push_back(testing::post_route("/w", "w"));
  routes.back().auth = bearer("write");
  testing::live_server s{std::move(routes), testing::quick_options(), auth};
  testing::raw_client c{s.port()};
  c.send(testing::post("/w", "hello"));
  EXPECT_EQ(c.read_answer().status, 401u);
  c.send(testing::post("/w", "hello", "Authorization: Bearer " + token.text + "\r\n"));
  EXPECT_EQ(c.read_answer().body, "hello");
  c.send("POST /w HTTP/1.1\r\nHost: t\r\nContent-Length: 900000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(c.read_answer().status, 401u);
  EXPECT_TRUE(c.closed());
}

TEST(PeerAddress, BelievesForwardedHeadersFromTrustedProxiesOnly) {
  const auto trusted = *network_list::parse({"10.0.0.0/8", "fd00::/8", "127.0.0.1"});
  const auto client = [&](const char* connection, const char* forwarded) {
    return client_address(asio::ip::make_address(connection), forwarded, trusted).to_string();
  };
  EXPECT_EQ(client("203.0.113.9", "1.2.3.4"), "203.0.113.9");
  EXPECT_EQ(client("10.1.1.1", "1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(client("10.1.1.1", "6.6.6.6, 1.2.3.4, 10.2.2.2"), "1.2.3.4");
  EXPECT_EQ(client("::ffff:10.1.1.1", "1.2.3.4:5678"), "1.2.3.4");
  EXPECT_EQ(client("fd00::1", "[2001:db8::1]:443"), "2001:db8::1");
  EXPECT_EQ(client("10.1.1.1", "rubbish"), "10.1.1.1");
  EXPECT_EQ(client("10.1.1.1", "1.2.3.4, rubbish"), "10.1.1.1");
  EXPECT_EQ(client("127.0.0.1", ""), "127.0.0.1");
}

TEST(PeerAddress, CountsIpv6ByItsNetwork) {
  EXPECT_EQ(limit_key("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(limit_key("2001:db8:1:2:3:4:5:6"), limit_key("2001:db8:1:2::1"));
  EXPECT_NE(limit_key("2001:db8:1:2::1"), limit_key("2001:db8:1:3::1"));
}

}  // namespace
}  // namespace fibrehub::web
