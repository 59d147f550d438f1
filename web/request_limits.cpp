#include "web/request_limits.hpp"

#include <fmt/format.h>

#include "web/peer_address.hpp"

namespace fibrehub::web {
namespace {

constexpr std::size_t watched = 10'000;  // callers, addresses

std::optional<protocols::keyed_rate_limiter> limiter_of(std::uint32_t a_minute) {
  if (a_minute == 0) return std::nullopt;
  return protocols::keyed_rate_limiter({static_cast<double>(a_minute), std::chrono::minutes(1)},
                                       watched);
}

}  // namespace

request_limits::request_limits(const request_rates& rates)
    : callers_(limiter_of(rates.per_caller)), addresses_(limiter_of(rates.per_address)) {}

std::optional<response> request_limits::from_address(const request_context& ctx,
                                                     protocols::steady_time now) {
  if (!addresses_) return std::nullopt;
  const std::string key = limit_key(ctx.peer_address);
  if (addresses_->take(key, now)) return std::nullopt;
  return too_often(ctx, "too_many_requests", "too many requests from this address", *addresses_,
                   key, now);
}

std::optional<response> request_limits::by_caller(const request_context& ctx,
                                                  protocols::steady_time now) {
  if (!callers_ || !ctx.caller) return std::nullopt;
  const std::string& key = ctx.caller->who.id;
  if (callers_->take(key, now)) return std::nullopt;
  return too_often(ctx, "too_many_requests", "you send too many requests", *callers_, key, now);
}

response too_often(const request_context& ctx, std::string_view code, std::string_view message,
                   const protocols::keyed_rate_limiter& limiter, std::string_view key,
                   protocols::steady_time now) {
  const auto wait = limiter.wait_for(key, now);
  const auto seconds = std::to_string((wait.count() + 999) / 1000);
  response out = failure(ctx, 429, code, fmt::format("{}; try again in {} s", message, seconds));
  out.headers.emplace_back("Retry-After", seconds);
  out.headers.emplace_back("RateLimit-Limit", fmt::format("{:.0f}", limiter.limit().burst));
  out.headers.emplace_back("RateLimit-Remaining", "0");
  out.headers.emplace_back("RateLimit-Reset", seconds);
  return out;
}

}  // namespace fibrehub::web
