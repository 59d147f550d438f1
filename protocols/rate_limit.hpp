// Token buckets: how often somebody may do something. Pure: the time is a parameter, so that a test
// can spend an hour in a microsecond.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fibrehub::protocols {

using steady_time = std::chrono::steady_clock::time_point;

/// `burst` at once, refilled evenly so that `burst` come back in `period`.
struct rate {
  double burst = 20;
  std::chrono::milliseconds period{60'000};
};

class token_bucket {
 public:
  token_bucket(const rate& limit, steady_time now);

  /// Spends `n` tokens; false (and nothing is spent) when there are fewer.
  bool take(steady_time now, double n = 1);
  /// Whole and partial tokens there are at `now`.
  double available(steady_time now) const;
  /// How long until `n` tokens are there; zero when they are.
  std::chrono::milliseconds wait_for(steady_time now, double n = 1) const;

 private:
  double burst_;
  double per_ms_;
  double tokens_;
  steady_time at_;
};

/// One bucket per key (an address, a token). Bounded: the key unused for longest is forgotten.
class keyed_rate_limiter {
 public:
  keyed_rate_limiter(const rate& limit, std::size_t max_keys);

  bool take(std::string_view key, steady_time now);
  /// True when `take` would succeed; an unknown key has its full burst.
  bool allows(std::string_view key, steady_time now) const;
  std::chrono::milliseconds wait_for(std::string_view key, steady_time now) const;
  std::size_t size() const { return buckets_.size(); }
  const rate& limit() const { return limit_; }

 private:
  struct entry {
    std::string key;
    token_bucket bucket;
  };
  rate limit_;
  std::size_t max_keys_;
  std::list<entry> by_use_;  // the most recent first
  std::unordered_map<std::string_view, std::list<entry>::iterator> buckets_;
};

}  // namespace fibrehub::protocols
