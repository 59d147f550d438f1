// Whether a peer that keeps failing is to be left alone: after some failures in a row nothing is
// sent for a while, then one probe decides. Pure: time and randomness are parameters.
#pragma once

#include <chrono>
#include <cstdint>

#include "protocols/backoff.hpp"

namespace fibrehub::protocols {

struct breaker_policy {
  std::uint32_t failures = 5;  // in a row that open it
  backoff_policy rest{std::chrono::milliseconds(5'000), std::chrono::milliseconds(300'000)};
};

class circuit_breaker {
 public:
  using time = std::chrono::steady_clock::time_point;
  enum class state {
    closed,     // everything may be sent
    open,       // nothing
    half_open,  // one probe
  };

  explicit circuit_breaker(breaker_policy policy = {}) : policy_(policy) {}

  state at(time now) const {
    if (failures_ < policy_.failures) return state::closed;
    return now < open_until_ ? state::open : state::half_open;
  }
  /// When it may be probed; of an open one.
  time open_until() const { return open_until_; }

  void succeeded() { failures_ = 0; }
  /// `random_01` spreads the rests of several hubs: between half of the ceiling and all of it.
  void failed(time now, double random_01) {
    if (failures_ < policy_.failures + 64) ++failures_;
    if (failures_ < policy_.failures) return;
    const std::uint32_t rests = failures_ - policy_.failures;
    const auto half = backoff_ceiling(policy_.rest, rests) / 2;
    open_until_ = now + half + full_jitter({half, half}, 0, random_01);
  }

 private:
  breaker_policy policy_;
  std::uint32_t failures_ = 0;
  time open_until_{};
};

}  // namespace fibrehub::protocols
