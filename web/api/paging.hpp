// Pages: the parameters that ask for one, the cursor that leads to the next, and how it is told.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "web/parameter.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace fibrehub::web::api {

parameter page_limit();
parameter page_cursor();
/// The id the page continues after; 0 without a cursor, or the 400.
tl::expected<std::int64_t, response> cursor_of(const request_context& ctx);

/// "pagination":{…}; 0: there is no further page.
void write_pagination(json_writer& w, std::int64_t limit, std::int64_t next);

}  // namespace fibrehub::web::api
