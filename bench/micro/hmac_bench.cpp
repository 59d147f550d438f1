// What it costs to check a webhook's signature: half of the price of refusing a forgery.
#include <benchmark/benchmark.h>
#include <openssl/crypto.h>

#include <string>

#include "bench/load/hmac_signer.hpp"
#include "bench/micro/waha_samples.hpp"

namespace fibrehub::bench {
namespace {

void verify_hmac_sha512(benchmark::State& state) {
  std::string body(waha_group_reply);
  body.resize(static_cast<std::size_t>(state.range(0)), ' ');
  hmac_signer signer("my-secret-key");
  const std::string given(signer.sign(body));
  for (auto _ : state) {
    const auto expected = signer.sign(body);
    bool authentic = CRYPTO_memcmp(expected.data(), given.data(), given.size()) == 0;
    benchmark::DoNotOptimize(authentic);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(verify_hmac_sha512)->Arg(1024)->Arg(16 * 1024);

}  // namespace
}  // namespace fibrehub::bench
