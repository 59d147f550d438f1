// How often one caller, and one address, may ask anything at all. Token buckets on the io thread.
// Who must not be throttled is not: a route says so itself (health, metrics, signed webhooks, whose
// senders are known and give up when they are refused).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocols/rate_limit.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace fibrehub::web {

/// Requests a minute, as many of them at once; 0: as often as they like.
struct request_rates {
  std::uint32_t per_caller = 0;
  std::uint32_t per_address = 0;
};

class request_limits {
 public:
  explicit request_limits(const request_rates& rates);

  /// Counts a request of this address, an IPv6 one by its /64; the answer to give when it is one
  /// too many.
  std::optional<response> from_address(const request_context& ctx, protocols::steady_time now);
  /// The same for a caller who has signed in, whatever addresses they come from.
  std::optional<response> by_caller(const request_context& ctx, protocols::steady_time now);

 private:
  std::optional<protocols::keyed_rate_limiter> callers_, addresses_;
};

/// 429 with Retry-After and RateLimit-*; `message` is followed by when to try again.
response too_often(const request_context& ctx, std::string_view code, std::string_view message,
                   const protocols::keyed_rate_limiter& limiter, std::string_view key,
                   protocols::steady_time now);

}  // namespace fibrehub::web
