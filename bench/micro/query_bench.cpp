// What it costs to read a query of the query language.
#include <benchmark/benchmark.h>

#include "domain/query/query.hpp"

namespace fibrehub::bench {
namespace {

void parse_query(benchmark::State& state, const char* text) {
  for (auto _ : state) {
    auto tree = domain::query::parse(text);
    if (!tree) {
      state.SkipWithError(tree.error().message.c_str());
      break;
    }
    benchmark::DoNotOptimize(*tree);
  }
}
BENCHMARK_CAPTURE(parse_query, short, "status:open assignee:me");
BENCHMARK_CAPTURE(parse_query, long,
                  "status:open priority:high,critical assignee:me drop:DR1234 due:<4h "
                  "created:>=2025-12-01 \"no signal\" -tag:storm company:\"Acme\"");

void refuse_query(benchmark::State& state) {
  for (auto _ : state) {
    auto tree = domain::query::parse("status:open stauts:new");
    if (tree) {
      state.SkipWithError("a mistake was taken");
      break;
    }
    benchmark::DoNotOptimize(tree.error());
  }
}
BENCHMARK(refuse_query);

}  // namespace
}  // namespace fibrehub::bench
