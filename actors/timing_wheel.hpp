// When to look at which of a million things: a hierarchical timing wheel. Arming, cancelling and
// firing cost the same however many there are. It never reads the time; whoever turns it says what
// time it is, and takes as many of those that are due as it can deal with.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "domain/time.hpp"

namespace fibrehub::actors {

/// Fires in the order of ticks, never early; within a tick in no order. Not thread-safe.
class timing_wheel {
 public:
  using key = std::uint64_t;

  timing_wheel(domain::instant now, std::chrono::microseconds tick);

  /// In place of what was armed under this key. What lies in the past fires at the next turn.
  void arm(key what, domain::instant at);
  /// False when nothing was armed.
  bool cancel(key what);
  std::optional<domain::instant> armed_for(key what) const {
    const auto it = nodes_by_key_.find(what);
    if (it == nodes_by_key_.end()) return std::nullopt;
    return domain::from_us(nodes_[it->second].at_us);
  }

  struct fired {
    key what = 0;
    domain::instant at;  // it was armed for
    bool operator==(const fired&) const = default;
  };
  /// Those due at `now`, at most `limit`; the others stay due. A time before the last turn fires
  /// nothing new; after a step back of more than a second everything is laid out anew.
  std::vector<fired> turn(domain::instant now, std::size_t limit);

  std::size_t size() const { return nodes_by_key_.size(); }

 private:
  using index = std::uint32_t;
  static constexpr index none = 0xffff'ffff;
  static constexpr unsigned slot_bits = 8;
  static constexpr std::size_t slots_per_level = std::size_t{1} << slot_bits;
  static constexpr std::size_t levels = 4;
  static constexpr std::size_t due_slot = levels * slots_per_level;

  struct node {
    key what = 0;
    std::int64_t at_us = 0;
    index previous = none, next = none;
    std::uint32_t slot = 0;
  };

  std::int64_t tick_of(std::int64_t us) const;
  void place(index n);
  void link(index n, std::size_t slot);
  void unlink(index n);
  void move_on();
  void scatter(std::size_t slot);
  void lay_out_anew(std::int64_t now_tick);
  index take_node();

  std::int64_t tick_us_;
  std::int64_t current_;  // ticks up to here have been turned
  std::vector<node> nodes_;
  std::vector<index> free_;
  std::array<index, levels * slots_per_level + 1> first_;
  std::array<index, levels * slots_per_level + 1> last_;
  std::unordered_map<key, index> nodes_by_key_;
};

}  // namespace fibrehub::actors
