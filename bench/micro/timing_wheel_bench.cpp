// What it costs to keep a million SLA clocks in the timing wheel, and to fire 100 000 at one
// instant.
#include <benchmark/benchmark.h>

#include "actors/timing_wheel.hpp"

namespace fibrehub::bench {
namespace {

using namespace std::chrono_literals;
using actors::timing_wheel;

constexpr domain::instant start = domain::from_us(1'795'000'000'000'000);
constexpr timing_wheel::key million = 1'000'000;

/// Due within a week, as far apart as clocks of tickets are.
domain::instant due(timing_wheel::key k) {
  return start + 1min + std::chrono::microseconds{k * 2'654'435'761U % 604'800'000'000U};
}

timing_wheel full() {
  timing_wheel wheel{start, 20ms};
  for (timing_wheel::key k = 0; k < million; ++k)
    wheel.arm(k, due(k));
  return wheel;
}

void wheel_arm_a_million(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(full().size());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(million));
}
BENCHMARK(wheel_arm_a_million)->Unit(benchmark::kMillisecond);

void wheel_move_one_of_a_million(benchmark::State& state) {
  timing_wheel wheel = full();
  timing_wheel::key k = 0;
  for (auto _ : state) {
    wheel.arm(k % million, due(k * 7));
    ++k;
  }
}
BENCHMARK(wheel_move_one_of_a_million);

void wheel_idle_tick(benchmark::State& state) {
  timing_wheel wheel = full();
  domain::instant now = start;
  for (auto _ : state) {
    // Never as far as the first one is due.
    if ((now += 20ms) > start + 59s) {
      state.PauseTiming();
      wheel = full();
      now = start;
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(wheel.turn(now, 256));
  }
}
BENCHMARK(wheel_idle_tick)->Iterations(2'900);

void wheel_fire_100k_at_one_instant(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    timing_wheel wheel{start, 20ms};
    for (timing_wheel::key k = 0; k < 100'000; ++k)
      wheel.arm(k, start + 10s);
    wheel.turn(start + 9s, 256);
    state.ResumeTiming();
    std::size_t fired = 0;
    for (std::size_t n = 1; n > 0; fired += n)
      n = wheel.turn(start + 10s, 256).size();
    benchmark::DoNotOptimize(fired);
  }
}
BENCHMARK(wheel_fire_100k_at_one_instant)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace fibrehub::bench
