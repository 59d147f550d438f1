#include "protocols/auth/jwks_refresh_plan.hpp"

#include <algorithm>

namespace fibrehub::protocols::auth {

bool jwks_refresh_plan::paused(time_point now) const {
  return last_start_ && now < *last_start_ + shortest_pause;
}

bool jwks_refresh_plan::due(time_point now) const {
  const auto when = next_due();
  return !when || now >= *when;
}

bool jwks_refresh_plan::may_fetch_for_unknown_key(time_point now) const {
  return !paused(now);
}

std::optional<jwks_refresh_plan::time_point> jwks_refresh_plan::next_due() const {
  if (!last_start_) return std::nullopt;
  const time_point after_pause = *last_start_ + shortest_pause;
  return keys_from_ ? std::max(*keys_from_ + kept_for, after_pause) : after_pause;
}

void jwks_refresh_plan::started(time_point now) {
  last_start_ = now;
}

void jwks_refresh_plan::arrived(key_set keys, time_point started_at) {
  failures_ = 0;
  // An answer that was overtaken by a later one holds older keys.
  if (keys_from_ && started_at < *keys_from_) return;
  keys_ = std::make_shared<const key_set>(std::move(keys));
  keys_from_ = started_at;
}

void jwks_refresh_plan::failed() {
  ++failures_;
}

std::optional<std::chrono::steady_clock::duration> jwks_refresh_plan::age(time_point now) const {
  if (!keys_from_) return std::nullopt;
  return now - *keys_from_;
}

}  // namespace fibrehub::protocols::auth
