#include "web/metrics.hpp"

namespace fibrehub::web {

route metrics_route(const store::metrics_registry& registry, bool open_on_loopback) {
  route r;
  r.path = "/metrics";
  r.operation_id = "metrics";
  r.summary = "Figures about the running hub, in the text format of Prometheus";
  r.tag = "health";
  r.rate_limited = false;
  r.auth = bearer("read");
  if (open_on_loopback) r.auth.what = auth_requirement::kind::bearer_unless_loopback;
  r.answers = {{200, "The figures",
                R"({"type":"string","examples":["fibrehub_clocks_armed 12\n"]})", "text/plain",
                false}};
  r.handle = [&registry](request_context&) -> boost::asio::awaitable<response> {
    response out;
    out.content_type = "text/plain; version=0.0.4; charset=utf-8";
    out.body = registry.render();
    co_return out;
  };
  return r;
}

}  // namespace fibrehub::web
