// What it costs to work out an SLA clock: a million of them are recomputed when the hub starts.
#include <benchmark/benchmark.h>

#include "domain/sla/evaluate.hpp"
#include "domain/sla/holidays.hpp"

namespace fibrehub::bench {
namespace {

namespace sla = domain::sla;
using namespace std::chrono_literals;

/// Mon–Fri 08–17 in South Africa with its holidays.
sla::calendar::handle office_hours() {
  sla::calendar_version v;
  v.zone = "Africa/Johannesburg";
  for (std::size_t d = 0; d < 5; ++d)
    v.weekly[d] = {{480, 1'020}};
  for (int year = 2025; year <= 2027; ++year)
    for (const sla::holiday& h : sla::south_african_holidays(year))
      v.holidays.push_back(h.date);
  return *sla::calendar::make({v});
}

constexpr domain::instant first_start = domain::from_us(1'767'225'600'000'000);  // 2026

/// Clocks that began at different minutes of 2026, so that caches see what they would see.
std::vector<sla::clock_state> clocks(std::size_t n_pauses) {
  std::vector<sla::clock_state> out(4'096);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].start = first_start + 127min * i;
    for (std::size_t p = 0; p < n_pauses; ++p) {
      const domain::instant begin = out[i].start + 5h * (p + 1);
      out[i].pauses.push_back({begin, begin + 90min});
    }
  }
  return out;
}

template <class Work>
void each_clock(benchmark::State& state, const Work& work) {
  const auto hours = office_hours();
  const auto all = clocks(static_cast<std::size_t>(state.range(0)));
  std::size_t i = 0;
  for (auto _ : state)
    work(*hours, all[i++ % all.size()]);
  state.SetItemsProcessed(state.iterations());
}

void sla_elapsed(benchmark::State& state) {
  each_clock(state, [](const sla::calendar& hours, const sla::clock_state& c) {
    benchmark::DoNotOptimize(sla::elapsed(hours, c.start, c.pauses, c.start + 100h));
  });
}
BENCHMARK(sla_elapsed)->Arg(0)->Arg(2)->Arg(8);

void sla_reach(benchmark::State& state) {
  each_clock(state, [](const sla::calendar& hours, const sla::clock_state& c) {
    benchmark::DoNotOptimize(sla::reach(hours, c.start, c.pauses, 24h));
  });
}
BENCHMARK(sla_reach)->Arg(0)->Arg(2)->Arg(8);

/// All of a clock's decisions: three levels, events, next reminder.
void sla_evaluate(benchmark::State& state) {
  const sla::terms terms{office_hours(), 24h};
  const auto all = clocks(static_cast<std::size_t>(state.range(0)));
  std::size_t i = 0;
  for (auto _ : state) {
    const sla::clock_state& c = all[i++ % all.size()];
    benchmark::DoNotOptimize(sla::evaluate(terms, c, c.start + 100h));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(sla_evaluate)->Arg(0)->Arg(2)->Arg(8);

/// A calendar made anew and asked about one year.
void sla_unroll_year(benchmark::State& state) {
  const auto versions = office_hours()->versions();
  for (auto _ : state) {
    const auto hours = sla::calendar::make(versions);
    benchmark::DoNotOptimize((*hours)->open_time(first_start, first_start + 24h));
  }
}
BENCHMARK(sla_unroll_year);

}  // namespace
}  // namespace fibrehub::bench
