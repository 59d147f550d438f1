#include "protocols/rate_limit.hpp"

#include <cmath>

namespace fibrehub::protocols {

token_bucket::token_bucket(const rate& limit, steady_time now)
    : burst_(limit.burst),
      per_ms_(limit.burst / static_cast<double>(std::max<std::int64_t>(1, limit.period.count()))),
      tokens_(limit.burst),
      at_(now) {}

double token_bucket::available(steady_time now) const {
  if (now <= at_) return tokens_;
  const double passed_ms = std::chrono::duration<double, std::milli>(now - at_).count();
  return std::min(burst_, tokens_ + passed_ms * per_ms_);
}

bool token_bucket::take(steady_time now, double n) {
  // A hair of tolerance, so that waiting exactly wait_for() is enough despite rounding.
  const double there = available(now);
  if (there + 1e-9 < n) return false;
  tokens_ = std::max(0.0, there - n);
  at_ = std::max(at_, now);
  return true;
}

std::chrono::milliseconds token_bucket::wait_for(steady_time now, double n) const {
  const double missing = n - available(now);
  if (missing <= 1e-9) return std::chrono::milliseconds{0};
  return std::chrono::milliseconds{static_cast<std::int64_t>(std::ceil(missing / per_ms_))};
}

keyed_rate_limiter::keyed_rate_limiter(const rate& limit, std::size_t max_keys)
    : limit_(limit), max_keys_(std::max<std::size_t>(1, max_keys)) {}

bool keyed_rate_limiter::take(std::string_view key, steady_time now) {
  if (const auto known = buckets_.find(key); known != buckets_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, known->second);
    return known->second->bucket.take(now);
  }
  if (buckets_.size() >= max_keys_) {
    buckets_.erase(by_use_.back().key);
    by_use_.pop_back();
  }
  by_use_.push_front({std::string{key}, token_bucket{limit_, now}});
  buckets_.emplace(by_use_.front().key, by_use_.begin());
  return by_use_.front().bucket.take(now);
}

bool keyed_rate_limiter::allows(std::string_view key, steady_time now) const {
  const auto known = buckets_.find(key);
  return known == buckets_.end() || known->second->bucket.available(now) + 1e-9 >= 1;
}

std::chrono::milliseconds keyed_rate_limiter::wait_for(std::string_view key,
                                                       steady_time now) const {
  const auto known = buckets_.find(key);
  return known == buckets_.end() ? std::chrono::milliseconds{0}
                                 : known->second->bucket.wait_for(now);
}

}  // namespace fibrehub::protocols
