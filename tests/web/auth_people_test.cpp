// People at the authenticator: sessions as bearer and as cookie, and tokens of an identity
// provider; the store is a map, the provider's keys come when the test says so.
#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>

#include "domain/sign_in.hpp"
#include "tests/protocols/auth/jwt_support.hpp"
#include "web/auth.hpp"
#include "web/session_token.hpp"

namespace fibrehub::web {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace pauth = protocols::auth;
using ::testing::HasSubstr;

TEST(SessionToken, IsMadeFromRandomnessAndTakenApartAgain) {
  const auto a = mint_session(), b = mint_session();
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->text, b->text);
  const auto parts = parse_session_token(a->text);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->id, a->public_id);
  EXPECT_EQ(sha256(parts->secret), a->sha256);
  EXPECT_EQ(sha256(a->csrf), a->csrf_sha256);
  EXPECT_FALSE(parse_token(a->text));
  for (const std::string& bad : {std::string(), a->text + "x", a->text.substr(1),
                                 "fh__" + a->text.substr(4), a->text.substr(0, 59) + "."})
    EXPECT_FALSE(parse_session_token(bad)) << bad;
}

/// A request with headers that live as long as it does.
class Request {
 public:
  explicit Request(method verb = method::get, std::string path = "/api/v1/tickets")
      : path_(std::move(path)) {
    ctx.verb = verb;
    ctx.path = path_;
    ctx.peer_address = "192.0.2.1";
  }
  Request& with(std::string name, std::string value) {
    texts_.push_back(std::move(name));
    texts_.push_back(std::move(value));
    ctx.headers.push_back({texts_[texts_.size() - 2], texts_.back()});
    return *this;
  }
  request_context ctx;

 private:
  std::string path_;
  std::deque<std::string> texts_;
};

TEST(SessionCookie, IsThePrefixedOneExceptOnThisMachineWithoutTls) {
  Request r;
  r.with("Cookie", "theme=dark; fibrehub=plain; __Host-fibrehub=secure");
  EXPECT_EQ(session_cookie(r.ctx, false), "secure");
  EXPECT_EQ(session_cookie(r.ctx, true), "plain");
  EXPECT_FALSE(needs_plain_cookie(r.ctx, false));
  r.ctx.peer_is_loopback = true;
  EXPECT_TRUE(needs_plain_cookie(r.ctx, false));
  EXPECT_FALSE(needs_plain_cookie(r.ctx, true));
  r.ctx.forwarded = true;
  EXPECT_FALSE(needs_plain_cookie(r.ctx, false));
  const auto lines = session_cookies("t", "c", false);
  EXPECT_EQ(lines[0].second, "__Host-fibrehub=t; Path=/; HttpOnly; SameSite=Lax; Secure");
  EXPECT_EQ(lines[1].second, "__Host-fibrehub-csrf=c; Path=/; SameSite=Lax; Secure");
  EXPECT_THAT(session_cookies("", "", true)[0].second, HasSubstr("Max-Age=0"));
}

TEST(SameOrigin, ComparesTheWholeHostAndTheScheme) {
  const auto same = [](const char* origin, const char* host, bool plain) {
    Request r;
    r.with("Origin", origin).with("Host", host);
    return is_same_origin(r.ctx, plain);
  };
  EXPECT_TRUE(same("https://hub.example.com", "hub.example.com", false));
  EXPECT_TRUE(same("https://hub.example.com:443", "HUB.example.com", false));
  EXPECT_TRUE(same("http://127.0.0.1:8080", "127.0.0.1:8080", true));
  EXPECT_FALSE(same("http://hub.example.com", "hub.example.com", false));
  EXPECT_FALSE(same("https://hub.example.com.evil.org", "hub.example.com", false));
  EXPECT_FALSE(same("https://evil.org", "hub.example.com", false));
  EXPECT_FALSE(same("https://hub.example.com:8443", "hub.example.com", false));
  EXPECT_FALSE(same("null", "hub.example.com", false));
  EXPECT_FALSE(is_same_origin(Request().ctx, true));
}

class AuthPeople : public ::testing::Test {
 protected:
  AuthPeople() {
    auth_options o;
    o.steady_now = [this] { return steady_; };
    o.now = [this] { return wall_; };
    auth_.emplace(
        [](std::string) -> asio::awaitable<tl::expected<store::token_record, store::error>> {
          co_return tl::unexpected(store::error{store::errc::not_found, "no such token"});
        },
        std::move(o));
    people_source source;
    source.session =
        [this](
            std::string id) -> asio::awaitable<tl::expected<store::session_record, store::error>> {
      ++lookups_;
      const auto found = sessions_.find(id);
      if (found == sessions_.end())
        co_return tl::unexpected(store::error{store::errc::not_found, "no such session"});
      co_return found->second;
    };
    source.person = [this](std::string subject, std::string email)
        -> asio::awaitable<tl::expected<store::person_access, store::error>> {
      ++lookups_;
      for (const auto& [known, person] : people_)
        if (known == subject || (!email.empty() && person.email == email && !person.has_subject))
          co_return person;
      co_return tl::unexpected(store::error{store::errc::not_found, "nobody"});
    };
    source.touch = [this](const std::string& id) { touched_.push_back(id); };
    source.adopt = [this](std::int64_t, const std::string& subject) { adopted_ = subject; };
    source.provider = std::make_shared<identity_provider>(
        pauth::jwt_policy{"https://idp.example.com", {"fibrehub"}},
        "https://idp.example.com/jwks.json",
        [this](protocols::transport::http_request,
               std::function<void(identity_provider::http_outcome)> done) {
          ++fetches_;
          if (!jwks_) {
            done(tl::unexpected(protocols::transport::http_error{
                protocols::transport::http_errc::timeout, "no answer", false}));
            return;
          }
          protocols::transport::http_response answer;
          answer.status = 200;
          answer.body = *jwks_;
          done(std::move(answer));
        },
        [this] { return steady_; });
    auth_->know_people(std::move(source));
  }

  static store::person_access lerato(domain::role role = domain::role::technician) {
    store::person_access p;
    p.who.what = domain::principal::kind::user;
    p.who.user_id = 12;
    p.who.id = "user:12";
    p.who.name = "Lerato";
    p.who.as = role;
    p.who.teams = {3};
    p.email = "lerato@example.com";
    return p;
  }
  store::session_record& open(domain::role role = domain::role::technician) {
    token_ = *mint_session();
    store::session_record s;
    s.public_id = token_.public_id;
    s.sha256 = token_.sha256;
    s.csrf_sha256 = token_.csrf_sha256;
    s.created_at = s.last_seen_at = wall_;
    s.expires_at = wall_ + domain::session_absolute;
    s.person = lerato(role);
    return sessions_[s.public_id] = s;
  }
  /// The status answered, 200 when let in.
  unsigned ask(const request_context& ctx, const auth_requirement& wanted = signed_in()) {
    asio::io_context io;
    unsigned status = 0;
    asio::co_spawn(io, auth_->check(ctx, wanted),
                   [&](std::exception_ptr e, authenticator::verdict v) {
                     ASSERT_FALSE(e);
                     status = v ? 200 : v.error().status;
                     last_ = v ? response{} : v.error();
                     caller_ = v ? *v : nullptr;
                   });
    io.run();
    return status;
  }
  unsigned bearer_of(const std::string& text, const auth_requirement& wanted = signed_in()) {
    return ask(Request().with("Authorization", "Bearer " + text).ctx, wanted);
  }
  std::string jwt(const std::string& more = R"("aud":"fibrehub","sub":"idp|12")",
                  const std::string& header = R"({"alg":"RS256","kid":"k1"})") {
    const auto exp = std::chrono::floor<std::chrono::seconds>(wall_ + 5min);
    return pauth::signed_token(header,
                               fmt::format(R"({{"iss":"https://idp.example.com","exp":{},{}}})",
                                           exp.time_since_epoch().count(), more));
  }
  void publish_keys() { jwks_ = pauth::jwks_of(pauth::jwk("k1", pauth::provider_key())); }

  protocols::steady_time steady_{1h};
  domain::instant wall_ = domain::from_us(1'800'000'000'000'000);
  std::map<std::string, store::session_record> sessions_;
  std::map<std::string, store::person_access> people_;
  std::vector<std::string> touched_;
  std::string adopted_;
  std::optional<std::string> jwks_;
  int lookups_ = 0, fetches_ = 0;
  minted_session token_;
  std::optional<authenticator> auth_;
  response last_;
  std::shared_ptr<const principal> caller_;
};

TEST_F(AuthPeople, LetsASessionInWithItsPerson) {
  open();
  EXPECT_EQ(bearer_of(token_.text), 200u);
  ASSERT_TRUE(caller_);
  EXPECT_EQ(caller_->who.id, "user:12");
  EXPECT_EQ(caller_->session_id, token_.public_id);
  EXPECT_FALSE(caller_->by_cookie);
  EXPECT_EQ(bearer_of(token_.text), 200u);
  EXPECT_EQ(lookups_, 1);
}

TEST_F(AuthPeople, RefusesUnknownWrongAndMalformedSessions) {
  open();
  EXPECT_EQ(bearer_of(mint_session()->text), 401u);
  EXPECT_THAT(last_.body, HasSubstr("session_unknown"));
  EXPECT_EQ(bearer_of(token_.text.substr(0, 17) + std::string(43, 'A')), 401u);
  EXPECT_THAT(last_.body, HasSubstr("session_wrong"));
  EXPECT_EQ(bearer_of("fhs_short"), 401u);
  EXPECT_THAT(last_.body, HasSubstr("session_malformed"));
  EXPECT_EQ(bearer_of(token_.text), 200u);
}

TEST_F(AuthPeople, SessionsEndHalfAnHourAfterTheLastRequestAndTwelveHoursAfterTheFirst) {
  open();
  for (int minutes = 0; minutes < 12 * 60; minutes += 20) {
    EXPECT_EQ(bearer_of(token_.text), 200u) << minutes;
    steady_ += 20min;
    wall_ += 20min;
    if (!touched_.empty()) sessions_[token_.public_id].last_seen_at = wall_ - 20min;
  }
  EXPECT_EQ(bearer_of(token_.text), 401u);
  EXPECT_THAT(last_.body, HasSubstr("twelve hours"));
  open();
  EXPECT_EQ(bearer_of(token_.text), 200u);
  steady_ += 30min;
  wall_ += 30min;
  EXPECT_EQ(bearer_of(token_.text), 401u);
  EXPECT_THAT(last_.body, HasSubstr("session_expired"));
}

TEST_F(AuthPeople, AUsedSessionIsWrittenDownOnceAMinute) {
  open();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(bearer_of(token_.text), 200u);
    wall_ += 20s;
  }
  EXPECT_EQ(touched_.size(), 3u);
}

TEST_F(AuthPeople, RefusesEndedSessionsAndDisabledPeopleOnceItIsTold) {
  open();
  EXPECT_EQ(bearer_of(token_.text), 200u);
  sessions_[token_.public_id].revoked = true;
  EXPECT_EQ(bearer_of(token_.text), 200u);  // remembered
  auth_->forget_people();
  EXPECT_EQ(bearer_of(token_.text), 401u);
  EXPECT_THAT(last_.body, HasSubstr("session_revoked"));
  open().person.disabled = true;
  EXPECT_EQ(bearer_of(token_.text), 401u);
  EXPECT_THAT(last_.body, HasSubstr("account_disabled"));
}

TEST_F(AuthPeople, NamesTheRoleThatDoesNotAllowIt) {
  open(domain::role::viewer);
  EXPECT_EQ(bearer_of(token_.text, allowed_to(domain::permission::read_tickets)), 200u);
  EXPECT_EQ(bearer_of(token_.text, allowed_to(domain::permission::create_ticket)), 403u);
  EXPECT_THAT(last_.body, HasSubstr("\"forbidden\""));
  EXPECT_THAT(last_.body, HasSubstr("your role (viewer)"));
  EXPECT_EQ(bearer_of(token_.text, bearer("inbound:billing")), 403u);
  EXPECT_EQ(bearer_of(token_.text, bearer("read")), 200u);
}

TEST_F(AuthPeople, AOneTimePasswordIsGoodForChoosingAnotherOnly) {
  open().person.must_change_password = true;
  EXPECT_EQ(bearer_of(token_.text), 403u);
  EXPECT_THAT(last_.body, HasSubstr("password_change_required"));
  EXPECT_EQ(ask(Request(method::post, "/api/v1/auth/password")
                    .with("Authorization", "Bearer " + token_.text)
                    .ctx),
            200u);
}

TEST_F(AuthPeople, ACookieReadsFreelyAndWritesFromThisHostWithTheTokenOnly) {
  open();
  const auto request = [&](method verb, const std::string& origin, const std::string& csrf) {
    Request r(verb);
    r.with("Host", "hub.example.com").with("Cookie", "__Host-fibrehub=" + token_.text);
    if (!origin.empty()) r.with("Origin", origin);
    if (!csrf.empty()) r.with("X-CSRF-Token", csrf);
    return ask(r.ctx);
  };
  EXPECT_EQ(request(method::get, "", ""), 200u);
  EXPECT_TRUE(caller_->by_cookie);
  const std::string here = "https://hub.example.com";
  EXPECT_EQ(request(method::post, here, token_.csrf), 200u);
  for (const auto& [origin, csrf] :
       std::vector<std::pair<std::string, std::string>>{{"", token_.csrf},
                                                        {"https://evil.example.com", token_.csrf},
                                                        {"http://hub.example.com", token_.csrf},
                                                        {here, ""},
                                                        {here, mint_session()->csrf}}) {
    EXPECT_EQ(request(method::delete_, origin, csrf), 403u) << origin << csrf;
    EXPECT_THAT(last_.body, HasSubstr("csrf_refused"));
  }
}

TEST_F(AuthPeople, APlainCookieCountsOnThisMachineOnly) {
  open();
  Request r;
  r.with("Cookie", "fibrehub=" + token_.text);
  EXPECT_EQ(ask(r.ctx), 401u);
  EXPECT_THAT(last_.body, HasSubstr("token_missing"));
  r.ctx.peer_is_loopback = true;
  EXPECT_EQ(ask(r.ctx), 200u);
}

TEST_F(AuthPeople, ABearerNeedsNoCsrfToken) {
  open();
  EXPECT_EQ(ask(Request(method::post).with("Authorization", "Bearer " + token_.text).ctx), 200u);
}

TEST_F(AuthPeople, SlowsDownAnAddressThatGuessesSessionsButNotOneWhoseSessionsAreOver) {
  open().revoked = true;
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(bearer_of(token_.text), 401u);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(bearer_of(mint_session()->text), 401u) << i;
  EXPECT_EQ(bearer_of(mint_session()->text), 429u);
}

TEST_F(AuthPeople, BelievesTheIdentityProviderAboutSomebodyKnown) {
  publish_keys();
  people_["idp|12"] = lerato(domain::role::manager);
  people_["idp|12"].has_subject = true;
  EXPECT_EQ(bearer_of(jwt()), 200u);
  EXPECT_EQ(caller_->who.id, "user:12");
  EXPECT_EQ(bearer_of(jwt()), 200u);
  EXPECT_EQ(fetches_, 1);
  EXPECT_EQ(lookups_, 1);
  EXPECT_EQ(adopted_, "");
}

TEST_F(AuthPeople, FindsSomebodyByAVerifiedAddressOnlyAndKeepsTheirSubject) {
  publish_keys();
  people_["?"] = lerato();
  EXPECT_EQ(bearer_of(jwt(R"("aud":"fibrehub","sub":"idp|9","email":"lerato@example.com")")), 403u);
  EXPECT_THAT(last_.body, HasSubstr("no_account"));
  EXPECT_EQ(bearer_of(jwt(R"("aud":"fibrehub","sub":"idp|8","email":"lerato@example.com",)"
                          R"("email_verified":true)")),
            200u);
  EXPECT_EQ(adopted_, "idp|8");
}

TEST_F(AuthPeople, AsksAnAdminForThoseWithoutAnAccount) {
  publish_keys();
  EXPECT_EQ(bearer_of(jwt()), 403u);
  EXPECT_THAT(last_.body, HasSubstr("ask an admin"));
}

TEST_F(AuthPeople, RefusesForgedTokens) {
  publish_keys();
  people_["idp|12"] = lerato();
  const std::string good = jwt();
  const std::string payload = good.substr(0, good.rfind('.'));
  const std::string none =
      pauth::to_base64url(R"({"alg":"none","kid":"k1"})") + payload.substr(payload.find('.')) + ".";
  const std::string hmac_key = pauth::public_pem(pauth::provider_key());
  const std::string hs =
      pauth::to_base64url(R"({"alg":"HS256","kid":"k1"})") + payload.substr(payload.find('.'));
  EXPECT_EQ(bearer_of(none), 401u);
  EXPECT_EQ(bearer_of(none + "AAAA"), 401u);
  EXPECT_EQ(bearer_of(hs + "." + pauth::to_base64url(pauth::hmac_sha256(hmac_key, hs))), 401u);
  EXPECT_EQ(
      bearer_of(pauth::signed_token(R"({"alg":"RS256","kid":"k1"})", "{}", pauth::other_key())),
      401u);
  EXPECT_EQ(bearer_of(jwt(R"("aud":"other","sub":"idp|12")")), 401u);
  EXPECT_EQ(bearer_of(good), 200u);
}

TEST_F(AuthPeople, AsksForTheKeysAgainWhenOneIsUnknownButNotMoreThanOnceAMinute) {
  jwks_ = pauth::jwks_of(pauth::jwk("old", pauth::other_key()));
  people_["idp|12"] = lerato();
  EXPECT_EQ(bearer_of(jwt()), 401u);
  EXPECT_EQ(fetches_, 1);
  publish_keys();
  EXPECT_EQ(bearer_of(jwt()), 401u);
  EXPECT_EQ(fetches_, 1);
  steady_ += 1min;
  EXPECT_EQ(bearer_of(jwt()), 200u);
  EXPECT_EQ(fetches_, 2);
}

TEST_F(AuthPeople, SaysThatTheProviderIsAwayWhenThereAreNoKeys) {
  EXPECT_EQ(bearer_of(jwt()), 503u);
  EXPECT_THAT(last_.body, HasSubstr("identity_provider_away"));
  publish_keys();
  EXPECT_EQ(bearer_of(jwt()), 503u);  // asked within the last minute
  steady_ += 1min;
  people_["idp|12"] = lerato();
  EXPECT_EQ(bearer_of(jwt()), 200u);
  jwks_.reset();
  steady_ += 1h;
  EXPECT_EQ(bearer_of(jwt()), 200u);  // old keys are better than none
}

}  // namespace
}  // namespace fibrehub::web
