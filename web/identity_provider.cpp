#include "web/identity_provider.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fibrehub::web {

namespace asio = boost::asio;
namespace auth = protocols::auth;

identity_provider::identity_provider(auth::jwt_policy policy, std::string jwks_url, fetcher fetch,
                                     std::function<steady_clock::time_point()> steady_now)
    : policy_(std::move(policy)),
      url_(std::move(jwks_url)),
      fetch_(std::move(fetch)),
      now_(std::move(steady_now)) {}

bool identity_provider::looks_like_jwt(std::string_view text) {
  return std::count(text.begin(), text.end(), '.') == 2;
}

void identity_provider::begin_fetch() {
  if (fetching_) return;
  const auto started_at = now_();
  plan_.started(started_at);
  fetching_ = true;
  protocols::transport::http_request request;
  request.url = url_;
  request.headers = {{"Accept", "application/json"}};
  request.timeout = std::chrono::seconds{10};
  request.body_limit_bytes = auth::max_jwks_bytes;
  fetch_(std::move(request), [weak = weak_from_this(), started_at](http_outcome outcome) {
    if (const auto self = weak.lock()) self->take(std::move(outcome), started_at);
  });
}

void identity_provider::take(http_outcome outcome, steady_clock::time_point started_at) {
  fetching_ = false;
  std::string why;
  if (!outcome) {
    why = outcome.error().message;
  } else if (outcome->status != 200) {
    why = fmt::format("it answered {}", outcome->status);
  } else if (auto keys = auth::parse_jwks(outcome->body)) {
    spdlog::info("oidc: {} keys of the identity provider", keys->size());
    plan_.arrived(std::move(*keys), started_at);
  } else {
    why = auth::sentence(keys.error());
  }
  if (!why.empty()) {
    plan_.failed();
    spdlog::warn("oidc: the keys could not be fetched from {}: {}", url_, why);
  }
  for (auto& go_on : std::exchange(waiting_, {}))
    go_on();
}

asio::awaitable<void> identity_provider::fetched() {
  if (!fetching_) co_return;
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [this](auto handler) {
        auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        waiting_.emplace_back([kept] {
          const auto executor = asio::get_associated_executor(*kept);
          asio::post(executor, [kept] { std::move (*kept)(); });
        });
      },
      asio::use_awaitable);
}

asio::awaitable<identity_provider::verdict> identity_provider::check(std::string token,
                                                                     std::chrono::sys_seconds now) {
  const auto self = shared_from_this();
  if (plan_.due(now_())) begin_fetch();
  if (plan_.keys()->size() == 0) co_await fetched();
  if (plan_.keys()->size() == 0)
    co_return tl::unexpected(
        refusal{true, false, "the identity provider's keys cannot be had at the moment"});
  auto claims = auth::verify_jwt(token, *plan_.keys(), policy_, now);
  if (!claims && claims.error() == auth::jwt_error::unknown_key) {
    if (plan_.may_fetch_for_unknown_key(now_())) begin_fetch();
    co_await fetched();
    claims = auth::verify_jwt(token, *plan_.keys(), policy_, now);
  }
  if (claims) co_return std::move(*claims);
  const std::string sentence{auth::sentence(claims.error())};
  spdlog::info("oidc: a token was refused: {}", sentence);
  co_return tl::unexpected(refusal{false, claims.error() == auth::jwt_error::expired, sentence});
}

}  // namespace fibrehub::web
