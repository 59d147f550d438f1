// What the routes of a resource have in common. Include it from .cpp files only.
#pragma once

#include <string>
#include <utility>

#include "web/api/backend.hpp"
#include "web/router.hpp"

namespace fibrehub::web::api {

using resource_action = boost::asio::awaitable<response> (*)(backend&, const request_context&);

/// A route at /api/v1`path`, which answers without the version, too.
inline route resource_route(backend& b, method verb, const std::string& path, const char* id,
                            const char* summary, const char* tag, auth_requirement auth,
                            resource_action run) {
  route r;
  r.verb = verb;
  r.path = "/api/v1" + path;
  r.aliases = {"/api" + path};
  r.operation_id = id;
  r.summary = summary;
  r.tag = tag;
  r.auth = std::move(auth);
  r.handle = [&b, run](request_context& ctx) { return run(b, ctx); };
  return r;
}

}  // namespace fibrehub::web::api
