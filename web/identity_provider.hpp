// Tokens of an identity provider (Clerk, any OpenID Connect): whether to believe them, with the
// provider's keys fetched when they are needed and kept while they are good. Lives on the io
// thread and never blocks it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "protocols/auth/jwks_refresh_plan.hpp"
#include "protocols/auth/jwt.hpp"
#include "protocols/transport/http_types.hpp"

namespace fibrehub::web {

class identity_provider : public std::enable_shared_from_this<identity_provider> {
 public:
  using http_outcome =
      tl::expected<protocols::transport::http_response, protocols::transport::http_error>;
  /// Calls back exactly once, on the io thread.
  using fetcher =
      std::function<void(protocols::transport::http_request, std::function<void(http_outcome)>)>;
  using steady_clock = std::chrono::steady_clock;

  struct refusal {
    bool unavailable = false;  // there are no keys to check it with: not the token's fault
    bool stale = false;        // rightly signed, but its time is over
    std::string sentence;
  };
  using verdict = tl::expected<protocols::auth::jwt_claims, refusal>;

  identity_provider(protocols::auth::jwt_policy policy, std::string jwks_url, fetcher fetch,
                    std::function<steady_clock::time_point()> steady_now = steady_clock::now);

  /// Waits for the keys when there are none, or when the token names one that is not known and the
  /// plan allows to look again.
  boost::asio::awaitable<verdict> check(std::string token, std::chrono::sys_seconds now);

  /// True for the compact form: three parts of base64url between dots.
  static bool looks_like_jwt(std::string_view text);

 private:
  void begin_fetch();
  void take(http_outcome outcome, steady_clock::time_point started_at);
  boost::asio::awaitable<void> fetched();

  protocols::auth::jwt_policy policy_;
  std::string url_;
  fetcher fetch_;
  std::function<steady_clock::time_point()> now_;
  protocols::auth::jwks_refresh_plan plan_;
  bool fetching_ = false;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace fibrehub::web
