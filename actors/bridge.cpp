#include "actors/bridge.hpp"

#include <algorithm>

namespace fibrehub::actors {
namespace {

constexpr std::size_t ring_size = 512;

}  // namespace

in_flight_gate::in_flight_gate(boost::asio::any_io_executor executor, std::size_t limit,
                               std::chrono::milliseconds hard_limit, std::chrono::milliseconds tick)
    : limit_(limit),
      hard_limit_(hard_limit),
      tick_(std::max(tick, std::chrono::milliseconds{1})),
      ring_(ring_size, nullptr),
      timer_(std::move(executor)) {}

bool in_flight_gate::enter() {
  if (counters_->in_flight.fetch_add(1, std::memory_order_relaxed) < limit_) return true;
  counters_->in_flight.fetch_sub(1, std::memory_order_relaxed);
  counters_->refused.fetch_add(1, std::memory_order_relaxed);
  return false;
}

std::uint64_t in_flight_gate::tick_of(clock::time_point at) const {
  return static_cast<std::uint64_t>(at.time_since_epoch() / tick_);
}

void in_flight_gate::watch(detail::deadline_node& node, clock::time_point due) {
  if (watched_ == 0) swept_ = std::max(swept_, tick_of(clock::now()));
  // Rounded up, so that nobody is given less time than promised.
  node.due_tick = std::max(tick_of(due) + 1, swept_ + 1);
  auto*& head = ring_[node.due_tick % ring_.size()];
  node.previous = nullptr;
  node.next = head;
  if (head) head->previous = &node;
  head = &node;
  ++watched_;
  arm();
}

void in_flight_gate::unwatch(detail::deadline_node& node) {
  if (node.due_tick == 0) return;
  if (node.previous) {
    node.previous->next = node.next;
  } else {
    ring_[node.due_tick % ring_.size()] = node.next;
  }
  if (node.next) node.next->previous = node.previous;
  node.previous = node.next = nullptr;
  node.due_tick = 0;
  --watched_;
}

void in_flight_gate::arm() {
  if (armed_ || watched_ == 0) return;
  armed_ = true;
  timer_.expires_after(tick_);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;  // the gate may be gone
    armed_ = false;
    sweep();
    arm();
  });
}

void in_flight_gate::sweep() {
  const auto now = clock::now();
  const auto until = tick_of(now);
  // After a long stall one turn of the ring sees everybody.
  const auto turns = std::min<std::uint64_t>(until - std::min(swept_, until), ring_.size());
  const auto first = until - turns + 1;
  swept_ = until;
  std::vector<detail::deadline_node*> due;
  for (auto tick = first; tick <= until; ++tick)
    for (auto* node = ring_[tick % ring_.size()]; node; node = node->next)
      if (node->due_tick <= until) due.push_back(node);
  for (auto* node : due)
    unwatch(*node);
  // Giving up only posts: no node of the list goes before the loop has ended.
  for (auto* node : due)
    node->overdue(now);
}

namespace detail {

store::error overloaded(std::size_t limit) {
  return {store::errc::overloaded,
          fmt::format("{} requests are under way already; try again after a pause", limit)};
}

store::error gave_up(std::chrono::milliseconds after) {
  return {store::errc::unavailable,
          fmt::format("not begun within {} ms; try again after a pause", after.count())};
}

store::error outlasted() {
  return {store::errc::abandoned, "begun, but not answered in time; the outcome is unknown"};
}

}  // namespace detail

}  // namespace fibrehub::actors
