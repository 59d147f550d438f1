// The API's resources; each file of this folder makes the routes of one.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <vector>

#include "web/openapi.hpp"
#include "web/router.hpp"

namespace fibrehub::web::api {

struct backend;

/// GET /api/v1/tickets, GET /api/v1/tickets/{uid}.
std::vector<route> ticket_routes(backend& b);
/// GET /api/v1/channels.
std::vector<route> channel_routes(backend& b);
/// GET /api/v1/review.
std::vector<route> review_routes(backend& b);
/// GET /api/v1/events: server-sent events.
std::vector<route> event_routes(backend& b, boost::asio::any_io_executor io);

/// The JSON schemas these routes refer to by name.
schema_registry schemas();
/// What each tag of the API is about.
std::map<std::string, std::string> tags();

}  // namespace fibrehub::web::api
