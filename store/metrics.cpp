#include "store/metrics.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace fibrehub::store {
namespace {

enum kind : int { counter_kind, gauge_kind, histogram_kind };

constexpr std::string_view kind_names[] = {"counter", "gauge", "histogram"};

/// `text` with the characters escaped that would end a label value or a help line.
std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

/// `a="1",b="2"`, without the braces.
std::string label_text(const metric_labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += fmt::format("{}=\"{}\"", name, escaped(value, true));
  }
  return out;
}

std::string braced(const std::string& labels) {
  return labels.empty() ? std::string{} : "{" + labels + "}";
}

std::string number(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", v);
}

void render_histogram(std::string& out, const std::string& name, const std::string& labels,
                      const histogram& h) {
  const std::string prefix = labels.empty() ? "" : labels + ",";
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram::bounds_us.size(); ++i) {
    below += h.in_bucket(i);
    out += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, prefix,
                       static_cast<double>(histogram::bounds_us[i]) / 1e6, below);
  }
  // The total is taken from the same walk, so that the buckets always add up to the count.
  const std::uint64_t all = below + h.in_bucket(histogram::bounds_us.size());
  out += fmt::format("{}_bucket{{{}le=\"+Inf\"}} {}\n", name, prefix, all);
  out += fmt::format("{}_sum{} {}\n", name, braced(labels), static_cast<double>(h.sum_us()) / 1e6);
  out += fmt::format("{}_count{} {}\n", name, braced(labels), all);
}

}  // namespace

struct metrics_registry::family {
  std::string help;
  int kind = counter_kind;
  std::map<std::string, std::unique_ptr<counter>> counters;
  std::map<std::string, std::unique_ptr<gauge>> gauges;
  std::map<std::string, std::unique_ptr<histogram>> histograms;
  std::map<std::string, std::shared_ptr<const histogram>> filled_elsewhere;
  std::map<std::string, std::function<double()>> readers;
};

void histogram::observe(std::chrono::steady_clock::duration took) {
  const auto us = std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  std::size_t i = 0;
  while (i < bounds_us.size() && us > static_cast<std::int64_t>(bounds_us[i]))
    ++i;
  buckets_[i].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(static_cast<std::uint64_t>(us), std::memory_order_relaxed);
}

std::uint64_t histogram::count() const {
  std::uint64_t all = 0;
  for (const auto& b : buckets_)
    all += b.load(std::memory_order_relaxed);
  return all;
}

metrics_registry::metrics_registry() = default;
metrics_registry::~metrics_registry() = default;

metrics_registry::family& metrics_registry::family_of(std::string_view name, std::string_view help,
                                                      int kind) {
  auto found = families_.find(name);
  if (found == families_.end()) {
    auto made = std::make_unique<family>();
    made->help = std::string{help};
    made->kind = kind;
    found = families_.emplace(std::string{name}, std::move(made)).first;
  }
  if (found->second->kind != kind) {
    spdlog::critical("metric {} is a {} and cannot be a {}", name, kind_names[found->second->kind],
                     kind_names[kind]);
    std::abort();
  }
  return *found->second;
}

counter& metrics_registry::make_counter(std::string_view name, std::string_view help,
                                        const metric_labels& labels) {
  const std::lock_guard lock{mutex_};
  auto& slot = family_of(name, help, counter_kind).counters[label_text(labels)];
  if (!slot) slot = std::make_unique<counter>();
  return *slot;
}

gauge& metrics_registry::make_gauge(std::string_view name, std::string_view help,
                                    const metric_labels& labels) {
  const std::lock_guard lock{mutex_};
  auto& slot = family_of(name, help, gauge_kind).gauges[label_text(labels)];
  if (!slot) slot = std::make_unique<gauge>();
  return *slot;
}

histogram& metrics_registry::make_histogram(std::string_view name, std::string_view help,
                                            const metric_labels& labels) {
  const std::lock_guard lock{mutex_};
  auto& slot = family_of(name, help, histogram_kind).histograms[label_text(labels)];
  if (!slot) slot = std::make_unique<histogram>();
  return *slot;
}

void metrics_registry::add_histogram(std::string_view name, std::string_view help,
                                     const metric_labels& labels,
                                     std::shared_ptr<const histogram> filled) {
  const std::lock_guard lock{mutex_};
  family_of(name, help, histogram_kind).filled_elsewhere[label_text(labels)] = std::move(filled);
}

void metrics_registry::add_gauge_reader(std::string_view name, std::string_view help,
                                        const metric_labels& labels, std::function<double()> read) {
  const std::lock_guard lock{mutex_};
  family_of(name, help, gauge_kind).readers[label_text(labels)] = std::move(read);
}

std::string metrics_registry::render() const {
  const std::lock_guard lock{mutex_};
  std::string out;
  for (const auto& [name, f] : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(f->help, false), name,
                       kind_names[f->kind]);
    for (const auto& [labels, c] : f->counters)
      out += fmt::format("{}{} {}\n", name, braced(labels), c->value());
    for (const auto& [labels, g] : f->gauges)
      out += fmt::format("{}{} {}\n", name, braced(labels), g->value());
    for (const auto& [labels, read] : f->readers)
      out += fmt::format("{}{} {}\n", name, braced(labels), number(read()));
    for (const auto& [labels, h] : f->histograms)
      render_histogram(out, name, labels, *h);
    for (const auto& [labels, h] : f->filled_elsewhere)
      render_histogram(out, name, labels, *h);
  }
  return out;
}

std::vector<std::string> metrics_registry::names() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> out;
  for (const auto& [name, f] : families_)
    out.push_back(name);
  return out;
}

}  // namespace fibrehub::store
