// GET /metrics for Prometheus.
#pragma once

#include "store/metrics.hpp"
#include "web/router.hpp"

namespace fibrehub::web {

/// `open_on_loopback`: a scraper on this machine needs no token (unless its request came through a
/// proxy); everybody else needs the scope `read`. `registry` must outlive the server.
route metrics_route(const store::metrics_registry& registry, bool open_on_loopback = true);

}  // namespace fibrehub::web
