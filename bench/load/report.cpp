#include "bench/load/report.hpp"

#include <fmt/format.h>

#include <iterator>

namespace fibrehub::bench {
namespace {

double rate_of(const load_result& r) {
  return r.measured_s > 0 ? static_cast<double>(r.acknowledged) / r.measured_s : 0;
}

double cpu_us_per_request(const load_result& r) {
  return r.acknowledged > 0 ? r.driver_cpu_s * 1e6 / static_cast<double>(r.acknowledged) : 0;
}

std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (static_cast<unsigned char>(c) >= 0x20) out.push_back(c);
  }
  return out + '"';
}

}  // namespace

std::string to_text(const load_result& r) {
  std::string out;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "{} acknowledged in {:.1f} s: {:.0f}/s\n", r.acknowledged, r.measured_s,
                 rate_of(r));
  fmt::format_to(to, "latency ms: p50 {:.2f}  p90 {:.2f}  p99 {:.2f}  max {:.2f}\n",
                 r.latency.percentile_ms(0.5), r.latency.percentile_ms(0.9),
                 r.latency.percentile_ms(0.99), r.latency.max_ms());
  fmt::format_to(to, "whole run: {} sent, {} acknowledged ({} distinct messages)\n", r.sent_total,
                 r.acknowledged_total, r.distinct_acknowledged);
  for (std::size_t status = 0; status < r.by_status.size(); ++status) {
    if (r.by_status[status] > 0) fmt::format_to(to, "status {}: {}\n", status, r.by_status[status]);
  }
  if (r.lost + r.connect_errors + r.bad_answers + r.unanswered > 0) {
    fmt::format_to(to, "{} lost, {} connections refused, {} unusable answers, {} unanswered; {}\n",
                   r.lost, r.connect_errors, r.bad_answers, r.unanswered, r.last_error);
  }
  if (r.backlog > 0) fmt::format_to(to, "{} were due but could not be sent in time\n", r.backlog);
  fmt::format_to(to, "driver: {:.1f} us CPU a request", cpu_us_per_request(r));
  if (r.made_late > 0) {
    fmt::format_to(to, "; {} messages had to be made on the way (raise --prepare)", r.made_late);
  }
  return out + '\n';
}

std::string to_json(const load_result& r) {
  std::string statuses;
  for (std::size_t status = 0; status < r.by_status.size(); ++status) {
    if (r.by_status[status] == 0) continue;
    fmt::format_to(std::back_inserter(statuses), "{}\"{}\":{}", statuses.empty() ? "" : ",", status,
                   r.by_status[status]);
  }
  return fmt::format(
      R"({{"measured_s":{:.3f},"count":{},"rate":{:.1f},)"
      R"("p50_ms":{:.3f},"p90_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f},)"
      R"("sent_total":{},"acknowledged_total":{},"distinct_acknowledged":{},"status":{{{}}},)"
      R"("lost":{},"connect_errors":{},"bad_answers":{},"unanswered":{},"backlog":{},)"
      R"("driver_cpu_s":{:.3f},"driver_cpu_us_per_request":{:.2f},"made_late":{},)"
      R"("last_error":{}}})"
      "\n",
      r.measured_s, r.acknowledged, rate_of(r), r.latency.percentile_ms(0.5),
      r.latency.percentile_ms(0.9), r.latency.percentile_ms(0.99), r.latency.max_ms(), r.sent_total,
      r.acknowledged_total, r.distinct_acknowledged, statuses, r.lost, r.connect_errors,
      r.bad_answers, r.unanswered, r.backlog, r.driver_cpu_s, cpu_us_per_request(r), r.made_late,
      json_string(r.last_error));
}

}  // namespace fibrehub::bench
