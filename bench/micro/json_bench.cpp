// What it costs to parse a delivery, and to find in it what a mapping asks for.
#include <benchmark/benchmark.h>

#include "bench/micro/waha_samples.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::bench {
namespace {

namespace json = protocols::json;

void parse_waha_delivery(benchmark::State& state) {
  for (auto _ : state) {
    auto parsed = json::parse(waha_group_reply);
    if (!parsed) {
      state.SkipWithError("the sample does not parse");
      break;
    }
    benchmark::DoNotOptimize(*parsed);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(waha_group_reply.size()));
}
BENCHMARK(parse_waha_delivery);

void read_waha_fields(benchmark::State& state) {
  const auto parsed = json::parse(waha_group_reply);
  if (!parsed) {
    state.SkipWithError("the sample does not parse");
    return;
  }
  for (auto _ : state) {
    const auto* payload = json::find(*parsed, "payload");
    const auto* key = json::at(*parsed, "payload", "_data", "key");
    if (payload == nullptr || key == nullptr) {
      state.SkipWithError("the sample has no payload");
      break;
    }
    auto id = json::text(*payload, "id");
    auto body = json::text(*payload, "body");
    auto sent_at = json::integer(*payload, "timestamp");
    auto alias = json::text(*key, "participantAlt");
    benchmark::DoNotOptimize(id);
    benchmark::DoNotOptimize(body);
    benchmark::DoNotOptimize(sent_at);
    benchmark::DoNotOptimize(alias);
  }
}
BENCHMARK(read_waha_fields);

}  // namespace
}  // namespace fibrehub::bench
