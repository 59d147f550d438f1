// Whether the time can be believed: a wall clock that jumps against the monotonic one, or differs
// from the database's, must not make a thousand tickets late.
#pragma once

#include <chrono>
#include <optional>

#include "domain/time.hpp"

namespace fibrehub::actors {

class time_gate {
 public:
  using steady = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds max_jump{120};
  static constexpr int sane_looks = 3;

  /// Looks at both clocks. True when they have gone together for the last three looks, counted from
  /// the last jump.
  bool is_open(domain::instant wall, steady monotonic) {
    const auto offset = std::chrono::duration_cast<std::chrono::microseconds>(
        wall.time_since_epoch() - monotonic.time_since_epoch());
    const auto jump = offset_ ? std::chrono::abs(offset - *offset_) : std::chrono::microseconds{0};
    offset_ = offset;
    if (jump > max_jump) {
      close();
    } else if (held_ > 0) {
      --held_;
    }
    return held_ == 0;
  }
  /// The database disagrees about the time.
  void close() { held_ = sane_looks; }
  bool is_closed() const { return held_ > 0; }

 private:
  std::optional<std::chrono::microseconds> offset_;
  int held_ = 0;
};

}  // namespace fibrehub::actors
