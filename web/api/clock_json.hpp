// Clocks of a ticket as JSON.
#pragma once

#include "store/queries/clocks.hpp"
#include "web/response.hpp"

namespace fibrehub::web::api {

/// A list of objects, each with what can be read off the clock now.
void write_clocks(json_writer& w, const store::ticket_clocks& clocks);

}  // namespace fibrehub::web::api
