// Sends a stream of prepared requests over keep-alive connections from one thread and times the
// answers. Closed loop: every connection sends its next request when it has its answer. Open loop:
// requests have intended send times, and a request that had to wait for a free connection is timed
// from when it should have left, not from when it did.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "bench/load/histogram.hpp"
#include "bench/load/request_source.hpp"
#include "bench/load/url.hpp"

namespace fibrehub::bench {

struct load_options {
  target_url url;
  std::uint32_t connections = 64;
  std::int64_t warmup_ms = 2000;
  std::int64_t duration_ms = 10000;
  std::int64_t drain_ms = 5000;  // how long to wait at the end for answers still owed
  double rate_per_s = 0;         // 0: closed loop
  std::uint64_t count = 0;       // stop after so many deliveries; 0: when the time is over
  bool resend = false;           // repeat what was not answered by a 2xx, as WAHA does
  std::string ledger;            // file for acknowledged message ids; empty: none
};

struct load_result {
  // Inside the measured time.
  double measured_s = 0;
  std::uint64_t acknowledged = 0;
  histogram latency;
  double driver_cpu_s = 0;
  // Over the whole run, warm-up and drain included.
  std::uint64_t sent_total = 0;
  std::uint64_t acknowledged_total = 0;
  std::uint64_t distinct_acknowledged = 0;
  std::array<std::uint64_t, 600> by_status{};
  std::uint64_t lost = 0;  // sent, and the connection ended before the answer
  std::uint64_t connect_errors = 0;
  std::uint64_t bad_answers = 0;  // not HTTP/1.1 with a known length
  std::uint64_t unanswered = 0;   // still owed when the drain was over
  std::uint64_t backlog = 0;      // open loop: due, but not sent when the time was over
  std::size_t made_late = 0;      // prepared deliveries ran out and more were made on the way
  std::string last_error;         // of a connection, in words
};

/// Runs until the time is over, the count is reached or `stopped()` says so. Throws
/// std::runtime_error when the target cannot be resolved or reached at the start, or the ledger
/// cannot be written.
load_result run_load(const load_options& options, request_source& source,
                     const std::function<bool()>& stopped);

}  // namespace fibrehub::bench
