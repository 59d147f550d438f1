// Two questions of whoever watches the hub: does it live, and should it get work?
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "web/router.hpp"

namespace fibrehub::web {

struct health_part {
  std::string name;  // "store", "channel wa-main"
  bool ok = true;
  std::string detail;  // one sentence; says what is wrong when it is
};

/// GET /health/live (200 as long as the io thread answers) and GET /health/ready (200 when every
/// part is well, else 503). `parts` runs on the io thread and must not block.
std::vector<route> health_routes(std::function<std::vector<health_part>()> parts);

}  // namespace fibrehub::web
