// What the load driver pays for making one signed delivery: why it makes them before the clock
// starts.
#include <benchmark/benchmark.h>

#include "bench/load/delivery_source.hpp"

namespace fibrehub::bench {
namespace {

void make_delivery(benchmark::State& state) {
  delivery_source source({.host_header = "127.0.0.1:8080",
                          .path = "/api/v1/wa-bridge/webhook/main",
                          .hmac_key = "my-secret-key",
                          .start_s = 1795224317});
  std::size_t position = 0;
  for (auto _ : state) {
    auto request = source.request(position++);
    benchmark::DoNotOptimize(request);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(make_delivery)->Iterations(200'000);

}  // namespace
}  // namespace fibrehub::bench
