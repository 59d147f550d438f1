// The API's resources; each file of this folder makes the routes of one.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <vector>

#include "web/openapi.hpp"
#include "web/router.hpp"

namespace fibrehub::web::api {

struct backend;

/// Reading tickets: lists, one with everything, its history and notes.
std::vector<route> ticket_routes(backend& b);
/// Making and changing tickets, one by one or many at once.
std::vector<route> ticket_write_routes(backend& b);
/// GET /api/v1/channels.
std::vector<route> channel_routes(backend& b);
/// GET /api/v1/review.
std::vector<route> review_routes(backend& b);
/// /api/v1/reference/{kind}: POST bulk, GET a page, GET one; GET /api/v1/lookup/drop/{drop}.
std::vector<route> reference_routes(backend& b);
/// GET /api/v1/events: server-sent events.
std::vector<route> event_routes(backend& b, boost::asio::any_io_executor io);

/// The JSON schemas these routes refer to by name.
schema_registry schemas();
/// Those of reference data, part of the above.
schema_registry reference_schemas();
schema_registry ticket_schemas();
/// What each tag of the API is about.
std::map<std::string, std::string> tags();

}  // namespace fibrehub::web::api
