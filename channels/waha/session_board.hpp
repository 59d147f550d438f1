// How the sessions of one bridge are, for its line among the channels and for the metrics: written
// by their keeper, read by anybody.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "actors/channel_registry.hpp"

namespace fibrehub::channels::waha {

/// States that are counted by themselves; the last stands for all others.
inline constexpr std::array<std::string_view, 6> counted_states{
    "WORKING", "STARTING", "SCAN_QR_CODE", "FAILED", "STOPPED", "other"};
std::size_t place_of_state(std::string_view status);

class session_board {
 public:
  std::array<std::atomic<std::int64_t>, counted_states.size()> by_state{};
  std::atomic<std::int64_t> silent{0};
  std::atomic<std::int64_t> pulls_waiting{0};
  std::atomic<std::uint64_t> pulls_done{0}, pulls_failed{0};
  std::atomic<std::uint64_t> looked_at{0}, found{0};  // messages of pulls
  std::atomic<std::int64_t> last_pull_us{0};          // its end
  std::atomic<bool> is_kept{false};                   // somebody looks after sessions here

  /// What a person should know, and whether the bridge answers at all.
  struct condition {
    actors::channel_state state = actors::channel_state::connected;
    std::string trouble;              // one sentence, or empty
    std::vector<std::string> silent;  // sessions
    std::vector<std::string> without_past;
    std::vector<std::string> unconnected;  // with their state
  };
  void set_condition(condition c);
  condition now() const;

  /// A JSON object for GET /api/v1/channels; empty when nobody looks after sessions.
  std::string to_json() const;
  /// What to say of it in the channel's detail, or empty.
  std::string detail() const;

 private:
  mutable std::mutex mutex_;
  condition condition_;
};

}  // namespace fibrehub::channels::waha
