#include "protocols/backoff.hpp"

#include <algorithm>

namespace fibrehub::protocols {

std::chrono::milliseconds backoff_ceiling(const backoff_policy& policy, std::uint32_t attempt) {
  const auto zero = std::chrono::milliseconds::zero();
  const auto cap = std::max(policy.cap, zero);
  auto ceiling = std::clamp(policy.base, zero, cap);
  // Doubling stops at the cap, hence after at most 63 rounds whatever the attempt's number.
  for (; attempt > 0 && ceiling > zero && ceiling < cap; --attempt)
    ceiling = ceiling > cap / 2 ? cap : ceiling * 2;
  return ceiling;
}

std::chrono::milliseconds full_jitter(const backoff_policy& policy, std::uint32_t attempt,
                                      double random_01) {
  const auto ceiling = backoff_ceiling(policy, attempt);
  if (!(random_01 > 0.0)) return std::chrono::milliseconds::zero();  // also not-a-number
  if (random_01 >= 1.0) return ceiling;
  const auto ms = static_cast<std::int64_t>(static_cast<double>(ceiling.count()) * random_01);
  return std::min(ceiling, std::chrono::milliseconds{ms});
}

}  // namespace fibrehub::protocols
