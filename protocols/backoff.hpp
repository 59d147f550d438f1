// How long to wait before the next attempt: exponential with full jitter, so that a crowd that
// failed together does not come back together. Pure arithmetic; the randomness is the caller's.
#pragma once

#include <chrono>
#include <cstdint>

namespace fibrehub::protocols {

struct backoff_policy {
  std::chrono::milliseconds base{500};    // ceiling of the first wait
  std::chrono::milliseconds cap{60'000};  // ceiling of every wait
};

/// The longest wait before attempt number `attempt` (0 is the first retry): base · 2^attempt, at
/// most the cap. Never overflows; a policy with a base or cap below zero counts as zero.
std::chrono::milliseconds backoff_ceiling(const backoff_policy& policy, std::uint32_t attempt);

/// The wait itself: `random_01` (from [0, 1], what lies outside is clamped) times the ceiling.
std::chrono::milliseconds full_jitter(const backoff_policy& policy, std::uint32_t attempt,
                                      double random_01);

}  // namespace fibrehub::protocols
