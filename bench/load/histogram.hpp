// Latencies without keeping each one: logarithmic ranges cut into 128 equal steps, so a percentile
// is within 0.8 % of the truth however long the run was, and recording one is a few instructions.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace fibrehub::bench {

class histogram {
 public:
  void record(std::int64_t latency_ns) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(latency_ns, 0));
    ++counts_[index_of(ns)];
    ++total_;
    max_ns_ = std::max(max_ns_, ns);
  }

  /// The latency that `share` (0..1) of all recorded ones do not exceed.
  double percentile_ms(double share) const {
    if (total_ == 0) return 0;
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= std::max<std::uint64_t>(rank, 1)) {
        return static_cast<double>(std::min(upper_bound_of(i), max_ns_)) / 1e6;
      }
    }
    return max_ms();
  }

  double max_ms() const { return static_cast<double>(max_ns_) / 1e6; }
  std::uint64_t total() const { return total_; }

 private:
  static constexpr unsigned step_bits = 7;
  static constexpr std::size_t steps = std::size_t{1} << step_bits;

  // Below `steps` every value has its own cell; above, the top 8 bits choose the cell.
  static std::size_t index_of(std::uint64_t ns) {
    if (ns < steps) return ns;
    const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - step_bits - 1;
    return (std::size_t{shift} + 1) * steps + ((ns >> shift) - steps);
  }
  static std::uint64_t upper_bound_of(std::size_t index) {
    if (index < steps) return index;
    const std::size_t shift = index / steps - 1;
    const std::uint64_t lowest = (steps + index % steps) << shift;
    return lowest + ((std::uint64_t{1} << shift) - 1);
  }

  std::array<std::uint64_t, (64 - step_bits + 1) * steps> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace fibrehub::bench
