// Figures about the running hub, in the text format of Prometheus. Counting is one relaxed atomic
// addition; a part asks for its counter once and keeps the reference.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fibrehub::store {

class counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class gauge {
 public:
  void set(std::int64_t v) { value_.store(v, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Durations in fixed buckets, 0.5 ms to 30 s; kept in microseconds, shown in seconds.
class histogram {
 public:
  static constexpr std::array<std::uint32_t, 14> bounds_us{
      500,     1'000,   2'500,   5'000,     10'000,    25'000,     50'000,
      100'000, 250'000, 500'000, 1'000'000, 5'000'000, 10'000'000, 30'000'000};

  void observe(std::chrono::steady_clock::duration took);
  std::uint64_t count() const;
  std::uint64_t sum_us() const { return sum_us_.load(std::memory_order_relaxed); }
  /// Observations in bucket `i` alone; the last one is everything above the highest bound.
  std::uint64_t in_bucket(std::size_t i) const {
    return buckets_[i].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, bounds_us.size() + 1> buckets_{};
  std::atomic<std::uint64_t> sum_us_{0};
};

using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// Owns every figure; references stay valid as long as the registry. Safe from any thread.
class metrics_registry {
 public:
  metrics_registry();
  ~metrics_registry();
  metrics_registry(const metrics_registry&) = delete;
  metrics_registry& operator=(const metrics_registry&) = delete;

  /// The figure of that name and labels, made when it is new. A name has one kind and one help
  /// text (the first); asking for it as another kind is a programming error and ends the program.
  counter& make_counter(std::string_view name, std::string_view help,
                        const metric_labels& labels = {});
  gauge& make_gauge(std::string_view name, std::string_view help, const metric_labels& labels = {});
  histogram& make_histogram(std::string_view name, std::string_view help,
                            const metric_labels& labels = {});
  /// One that somebody else fills; it is shown as long as the registry lives.
  void add_histogram(std::string_view name, std::string_view help, const metric_labels& labels,
                     std::shared_ptr<const histogram> filled);
  /// A gauge read when somebody looks; `read` must be quick and safe from any thread.
  void add_gauge_reader(std::string_view name, std::string_view help, const metric_labels& labels,
                        std::function<double()> read);

  /// Everything, in the text format 0.0.4, sorted by name.
  std::string render() const;
  /// Every name there is, sorted.
  std::vector<std::string> names() const;

 private:
  struct family;
  family& family_of(std::string_view name, std::string_view help, int kind);
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<family>, std::less<>> families_;
};

}  // namespace fibrehub::store
