// When to fetch an identity provider's keys again. Pure: the time is a parameter, the fetching is
// somebody else's. Keys are kept for an hour; a token with an unknown kid may ask for them earlier
// (providers change keys without notice), but never more than once a minute, because everybody can
// send such a token. When a fetch fails, the keys there are stay in use.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "protocols/auth/jwks.hpp"

namespace fibrehub::protocols::auth {

class jwks_refresh_plan {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::hours kept_for{1};
  /// Between two fetches, measured from start to start. A fetch must not take longer.
  static constexpr std::chrono::minutes shortest_pause{1};

  /// True when the keys should be fetched: there are none, or they are an hour old.
  bool due(time_point now) const;
  /// True when a token with an unknown kid may have them fetched now.
  bool may_fetch_for_unknown_key(time_point now) const;
  /// When `due` becomes true if nothing happens before; nothing when it is true already because no
  /// fetch ever began.
  std::optional<time_point> next_due() const;

  /// Call when a fetch begins.
  void started(time_point now);
  /// Call when it brought a set; `started_at` is the time given to `started`.
  void arrived(key_set keys, time_point started_at);
  /// Call when it brought none.
  void failed();

  /// Never null; empty before the first set arrived.
  const std::shared_ptr<const key_set>& keys() const { return keys_; }
  /// How old they are; nothing before the first set arrived.
  std::optional<std::chrono::steady_clock::duration> age(time_point now) const;
  /// Fetches that failed since the last that did not.
  std::uint32_t failures_in_a_row() const { return failures_; }

 private:
  bool paused(time_point now) const;

  std::shared_ptr<const key_set> keys_ = std::make_shared<const key_set>();
  std::optional<time_point> keys_from_;
  std::optional<time_point> last_start_;
  std::uint32_t failures_ = 0;
};

}  // namespace fibrehub::protocols::auth
