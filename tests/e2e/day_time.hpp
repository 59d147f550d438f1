// When the things of a day are due.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace fibrehub::e2e {

/// When the n-th of `count` things of a day is due.
inline std::chrono::steady_clock::time_point due(std::chrono::steady_clock::time_point begin,
                                                 double seconds, int n, int count) {
  return begin + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                     std::chrono::duration<double>(seconds * n / std::max(1, count)));
}

/// Until then; false when it is to stop before.
inline bool rest(const std::stop_token& stop, std::chrono::steady_clock::time_point until) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace fibrehub::e2e
