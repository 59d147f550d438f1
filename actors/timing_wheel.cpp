#include "actors/timing_wheel.hpp"

#include <algorithm>

namespace fibrehub::actors {

timing_wheel::timing_wheel(domain::instant now, std::chrono::microseconds tick)
    : tick_us_(tick.count()), current_(domain::to_us(now) / tick.count()) {
  first_.fill(none);
  last_.fill(none);
}

/// The first tick that is not before the instant: nothing fires early.
std::int64_t timing_wheel::tick_of(std::int64_t us) const {
  return us / tick_us_ + (us % tick_us_ > 0 ? 1 : 0);
}

void timing_wheel::link(index n, std::size_t slot) {
  node& it = nodes_[n];
  it.slot = static_cast<std::uint32_t>(slot);
  it.previous = last_[slot];
  it.next = none;
  (it.previous == none ? first_[slot] : nodes_[it.previous].next) = n;
  last_[slot] = n;
}

void timing_wheel::unlink(index n) {
  const node& it = nodes_[n];
  (it.previous == none ? first_[it.slot] : nodes_[it.previous].next) = it.next;
  (it.next == none ? last_[it.slot] : nodes_[it.next].previous) = it.previous;
}

/// Into the finest level whose turn still holds its tick; what lies beyond the coarsest one waits
/// in its last slot and is placed again from there.
void timing_wheel::place(index n) {
  const std::int64_t tick = tick_of(nodes_[n].at_us);
  if (tick <= current_) return link(n, due_slot);
  for (std::size_t level = 0; level < levels; ++level) {
    const unsigned shift = slot_bits * static_cast<unsigned>(level);
    const std::int64_t distance = (tick >> shift) - (current_ >> shift);
    if (distance < static_cast<std::int64_t>(slots_per_level))
      return link(n, level * slots_per_level +
                         (static_cast<std::size_t>(tick >> shift) & (slots_per_level - 1)));
  }
  constexpr unsigned top = slot_bits * (levels - 1);
  link(n, (levels - 1) * slots_per_level +
              (static_cast<std::size_t>((current_ >> top) - 1) & (slots_per_level - 1)));
}

void timing_wheel::scatter(std::size_t slot) {
  index n = first_[slot];
  first_[slot] = last_[slot] = none;
  while (n != none) {
    const index next = nodes_[n].next;
    place(n);
    n = next;
  }
}

void timing_wheel::move_on() {
  ++current_;
  for (std::size_t level = levels - 1; level > 0; --level) {
    const unsigned shift = slot_bits * static_cast<unsigned>(level);
    if ((current_ & ((std::int64_t{1} << shift) - 1)) != 0) continue;
    scatter(level * slots_per_level +
            (static_cast<std::size_t>(current_ >> shift) & (slots_per_level - 1)));
  }
  scatter(static_cast<std::size_t>(current_) & (slots_per_level - 1));
}

void timing_wheel::lay_out_anew(std::int64_t now_tick) {
  current_ = now_tick;
  first_.fill(none);
  last_.fill(none);
  for (const auto& [what, n] : nodes_by_key_)
    place(n);
}

timing_wheel::index timing_wheel::take_node() {
  if (free_.empty()) {
    nodes_.emplace_back();
    return static_cast<index>(nodes_.size() - 1);
  }
  const index n = free_.back();
  free_.pop_back();
  return n;
}

void timing_wheel::arm(key what, domain::instant at) {
  const auto [it, is_new] = nodes_by_key_.try_emplace(what, none);
  if (is_new) {
    it->second = take_node();
    nodes_[it->second].what = what;
  } else {
    unlink(it->second);
  }
  nodes_[it->second].at_us = domain::to_us(at);
  place(it->second);
}

bool timing_wheel::cancel(key what) {
  const auto it = nodes_by_key_.find(what);
  if (it == nodes_by_key_.end()) return false;
  unlink(it->second);
  free_.push_back(it->second);
  nodes_by_key_.erase(it);
  return true;
}

std::vector<timing_wheel::fired> timing_wheel::turn(domain::instant now, std::size_t limit) {
  constexpr std::int64_t second_us = 1'000'000;
  // A day in ticks of 20 ms: beyond it, laying out is cheaper than turning.
  constexpr std::int64_t far = 4'320'000;
  const std::int64_t now_tick = domain::to_us(now) / tick_us_;
  if (current_ - now_tick > second_us / tick_us_ || now_tick - current_ > far)
    lay_out_anew(now_tick);
  while (current_ < now_tick)
    move_on();
  std::vector<fired> out;
  while (out.size() < limit && first_[due_slot] != none) {
    const node& first = nodes_[first_[due_slot]];
    out.push_back({first.what, domain::from_us(first.at_us)});
    cancel(out.back().what);
  }
  return out;
}

}  // namespace fibrehub::actors
