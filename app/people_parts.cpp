#include "app/people_parts.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "protocols/auth/aead.hpp"
#include "protocols/auth/encoding.hpp"
#include "protocols/auth/password.hpp"
#include "store/people/access.hpp"
#include "store/people/api_tokens.hpp"
#include "store/people/users.hpp"
#include "store/queries/tokens.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::app {

namespace asio = boost::asio;
namespace auth = protocols::auth;

namespace {

constexpr std::size_t password_threads = 2;
constexpr std::size_t password_queue = 32;
constexpr std::chrono::seconds first_admin_retry{2};
constexpr std::chrono::seconds token_use_every{5};

/// Base64 with or without padding, in either alphabet; empty when there is none.
tl::expected<std::string, std::string> secrets_key_from(const config::values& values) {
  std::string text = values.secret("web", "secrets_key");
  while (!text.empty() && (text.back() == '=' || text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  if (text.empty()) return std::string();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  auto key = auth::from_base64url(text);
  if (key && key->size() == auth::aead_key_bytes) return std::move(*key);
  return tl::unexpected<std::string>(
      "web.secrets_key: must be 32 bytes in base64, as `openssl rand -base64 32` makes them");
}

store::write_origin by_the_hub() {
  store::write_origin out;
  out.by.id = "system";
  out.by.name = "hub";
  out.at =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  return out;
}

bool passes(store::errc code) {
  using enum store::errc;
  return code == unavailable || code == standby || code == overloaded || code == timeout ||
         code == abandoned;
}

}  // namespace

tl::expected<std::unique_ptr<people_parts>, std::string> people_parts::make(
    const config::values& values, asio::io_context& io, web::api::backend& backend) {
  auto key = secrets_key_from(values);
  if (!key) return tl::unexpected(key.error());
  return std::unique_ptr<people_parts>(new people_parts(values, io, backend, std::move(*key)));
}

people_parts::people_parts(const config::values& values, asio::io_context& io,
                           web::api::backend& backend, std::string secrets_key)
    : io_(io),
      backend_(backend),
      first_admin_(values.text("people", "first_admin_email")),
      passwords_(password_threads, password_threads + password_queue) {
  const bool tls = !values.path("web", "tls_certificate").empty();
  if (!values.text("oidc", "issuer").empty()) know_provider(values.section("oidc"));
  web::auth_options options;
  options.tls = tls;
  options.allowed_origins = values.list("web", "allowed_origins");
  auth_ = std::make_shared<web::authenticator>(
      [&backend](std::string id) { return backend.read(store::find_token{std::move(id)}); },
      std::move(options));
  auth_->know_people(source());
  desk_ = std::make_unique<web::api::people_desk>(
      web::api::people_desk{backend, *auth_, passwords_, std::move(secrets_key), tls});
}

void people_parts::know_provider(const config::section_values& oidc) {
  protocols::transport::http_client_options options;
  options.ca_file = oidc.path("ca_file");
  options.allow_private_addresses = oidc.boolean("allow_private_addresses");
  client_ = std::make_unique<protocols::transport::http_client>(io_, std::move(options));
  provider_ = std::make_shared<web::identity_provider>(
      auth::jwt_policy{oidc.text("issuer"), oidc.list("audiences")}, oidc.url("jwks_url"),
      [client = client_.get()](protocols::transport::http_request request,
                               std::function<void(web::identity_provider::http_outcome)> done) {
        client->fetch(std::move(request), std::move(done));
      });
}

web::people_source people_parts::source() {
  web::people_source out;
  out.session = [this](std::string id) {
    return backend_.read(store::find_session{std::move(id)});
  };
  out.person = [this](std::string subject, std::string email) {
    return backend_.read(store::find_person{std::move(subject), std::move(email)});
  };
  out.touch = [this](const std::string& id) {
    backend_.writer.send(store::change_of(store::touch_session{id}, by_the_hub(), {}));
  };
  out.adopt = [this](std::int64_t user, const std::string& subject) {
    backend_.writer.send(store::change_of(store::adopt_subject{user, subject}, by_the_hub(), {}));
  };
  out.provider = provider_;
  return out;
}

std::vector<web::route> people_parts::routes() {
  std::vector<web::route> all;
  for (auto* part : {web::api::sign_in_routes, web::api::second_factor_routes,
                     web::api::session_routes, web::api::people_routes, web::api::team_routes,
                     web::api::token_routes, web::api::audit_routes})
    for (web::route& r : part(*desk_))
      all.push_back(std::move(r));
  return all;
}

asio::awaitable<void> people_parts::make_first_admin() {
  const auto password = auth::make_one_time_password();
  if (!password) co_return;
  const auto hash = [text = *password] { return auth::hash_password(text).value_or(""); };
  asio::steady_timer pause(io_);
  while (true) {
    store::ensure_admin request;
    request.email = first_admin_;
    request.hash = hash;
    auto done = co_await backend_.write(by_the_hub(), std::move(request));
    if (done && done->data_json != "0")
      spdlog::warn(
          "first start: sign in as {} with the one-time password {} and choose your own; it is "
          "shown only here",
          first_admin_, *password);
    if (done) co_return;
    if (!passes(done.error().code)) {
      spdlog::error("people: {}", done.error().message);
      co_return;
    }
    pause.expires_after(first_admin_retry);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

/// All at once, off the path of the requests.
asio::awaitable<void> people_parts::write_down_used_tokens() {
  asio::steady_timer pause(io_);
  while (true) {
    pause.expires_after(token_use_every);
    co_await pause.async_wait(asio::use_awaitable);
    store::touch_api_tokens request;
    request.used = auth_->take_used_tokens();
    if (!request.used.empty())
      backend_.writer.send(store::change_of(std::move(request), by_the_hub(), {}));
  }
}

void people_parts::start() {
  asio::co_spawn(
      io_, [this] { return write_down_used_tokens(); }, asio::detached);
  asio::co_spawn(
      io_, [this] { return make_first_admin(); }, asio::detached);
}

void people_parts::stop_requests() {
  if (client_) client_->stop();
}

void people_parts::stop() {
  passwords_.stop();
}

}  // namespace fibrehub::app
