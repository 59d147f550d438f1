#include "web/server_core.hpp"

namespace fibrehub::web {

server_metrics::server_metrics(store::metrics_registry& registry, const routing_table& table)
    : connections(registry.make_gauge("fibrehub_http_connections", "Connections open now")),
      accepted(registry.make_counter("fibrehub_http_connections_total", "Connections accepted")),
      received_bytes(
          registry.make_counter("fibrehub_http_received_bytes_total", "Bytes read from clients")),
      sent_bytes(registry.make_counter("fibrehub_http_sent_bytes_total", "Bytes sent to clients")),
      registry_(registry) {
  static constexpr std::array<std::string_view, 5> classes{"1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i <= table.routes().size(); ++i) {
    const std::string operation =
        i < table.routes().size() ? table.routes()[i].operation_id : "none";
    per_route r;
    for (std::size_t c = 0; c < classes.size(); ++c)
      r.by_class[c] = &registry.make_counter(
          "fibrehub_http_requests_total", "Requests answered, by operation and class of status",
          {{"operation", operation}, {"class", std::string{classes[c]}}});
    r.seconds = &registry.make_histogram("fibrehub_http_request_seconds",
                                         "Time from a request's head to the end of its answer",
                                         {{"operation", operation}});
    routes_.push_back(r);
  }
  for (const char* limit :
       {"header_bytes", "header_count", "uri", "body", "request_time", "connections", "slow_reader",
        "malformed", "failed_sign_ins", "address_rate", "caller_rate"})
    registry.make_counter("fibrehub_http_rejected_total", "Requests refused or cut, by limit",
                          {{"limit", limit}});
}

void server_metrics::count(std::size_t route, unsigned status,
                           std::chrono::steady_clock::duration took) {
  const auto& r = routes_[route];
  r.by_class[std::clamp(status / 100, 1U, 5U) - 1]->add();
  r.seconds->observe(took);
}

void server_metrics::rejected(std::string_view limit) {
  registry_
      .make_counter("fibrehub_http_rejected_total", "Requests refused or cut, by limit",
                    {{"limit", std::string{limit}}})
      .add();
}

}  // namespace fibrehub::web
