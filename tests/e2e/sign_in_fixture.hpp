// Somebody who signs in to the real program, and an identity provider that the test plays.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "peers/http_server.hpp"
#include "protocols/auth/password.hpp"
#include "protocols/auth/totp.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"
#include "tests/protocols/auth/jwt_support.hpp"

namespace fibrehub::e2e::signing_in {

namespace json = protocols::json;
namespace auth = protocols::auth;

inline constexpr const char* password = "correct horse battery";
inline constexpr const char* issuer = "https://idp.example.com";

/// An identity provider as far as the hub sees one: its keys.
class key_server {
 public:
  key_server() : work_(io_.get_executor()) {
    port_ = peers::serve_http(io_, {},
                              [](peers::http_request) -> boost::asio::awaitable<peers::http_reply> {
                                peers::http_reply out;
                                out.body = auth::jwks_of(auth::jwk("k1", auth::provider_key()));
                                co_return out;
                              });
    thread_ = std::thread([this] { io_.run(); });
  }
  ~key_server() {
    io_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return port_; }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

struct answer {
  unsigned status = 0;
  std::map<std::string, std::string> headers;
  json::document body;
  std::string text;

  const json::value* data() const { return json::find(body, "data"); }
  std::string data(std::string_view key) const {
    const auto* d = data();
    return d ? json::text_or_number(*d, key) : "";
  }
  std::string code() const {
    const auto* e = json::find(body, "error");
    return e ? std::string(json::text(*e, "code")) : "";
  }
};

class SignIn : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("E2E_SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 1);
    db = new fixtures::temporary_database;
    keys = new key_server;
    hub = new hub_process(
        {.store_url = db->url(),
         .overrides = {"web.trusted_proxies=127.0.0.1", "web.secrets_key=env:E2E_SECRETS_KEY",
                       "people.first_admin_email=first@example.com"},
         .more_toml = fmt::format("\n[oidc]\nissuer = \"{}\"\njwks_url = "
                                  "\"http://127.0.0.1:{}/jwks\"\naudiences = [\"fibrehub\"]\n"
                                  "allow_private_addresses = true\n",
                                  issuer, keys->port())});
    hub->start_ready();
    hash = auth::hash_password(password).value();
  }
  static void TearDownTestSuite() {
    delete hub;
    delete keys;
    delete db;
  }

  /// Somebody whose password is `password`.
  static std::int64_t make_user(const std::string& email, const std::string& role) {
    return std::stoll(
        db->ask(fmt::format("INSERT INTO users (email, name, role, password_hash) VALUES "
                            "('{}', 'Lerato', '{}', '{}') RETURNING id",
                            email, role, hash)));
  }
  static answer call(std::string_view method, const std::string& target, const std::string& body,
                     http_headers headers) {
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    const http_answer raw = fetch(hub->port(), method, target, body, headers);
    answer out;
    out.status = raw.status;
    out.headers = raw.headers;
    out.text = raw.body;
    if (auto parsed = json::parse(raw.body)) out.body = std::move(*parsed);
    return out;
  }
  /// Each from an address of its own, unless one is given: twenty a minute are allowed to one.
  static answer try_sign_in(const std::string& email, const std::string& pass,
                            const std::string& more = "", std::string address = "") {
    static int next = 0;
    if (address.empty()) address = fmt::format("198.51.100.{}", ++next % 250 + 1);
    return call("POST", "/api/v1/auth/sign-in",
                fmt::format(R"({{"email":"{}","password":"{}"{}}})", email, pass, more),
                {{"X-Forwarded-For", address}});
  }
  static std::string session_of(const std::string& email) {
    const answer in = try_sign_in(email, password);
    EXPECT_EQ(in.status, 200u) << in.text;
    return in.data("session_token");
  }
  static answer as(const std::string& token, std::string_view method, const std::string& target,
                   const std::string& body = "") {
    return call(method, target, body, {{"Authorization", "Bearer " + token}});
  }
  static std::string jwt(const std::string& claims,
                         const auth::test_key& key = auth::provider_key(),
                         const std::string& header = R"({"alg":"RS256","kid":"k1"})") {
    const auto exp = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count() +
                     300;
    return auth::signed_token(
        header, fmt::format(R"({{"iss":"{}","aud":"fibrehub","exp":{},{}}})", issuer, exp, claims),
        key);
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline key_server* keys = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string hash;
};

}  // namespace fibrehub::e2e::signing_in
