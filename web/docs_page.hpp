// The API's reference for people: GET /docs shows /api/openapi.json with Swagger UI. Everything
// comes out of the program; the page asks no other host for anything, and its
// Content-Security-Policy would not let it.
#pragma once

#include <string_view>
#include <vector>

#include "web/router.hpp"

namespace fibrehub::web {

/// GET /docs and the files it loads, GET /docs/{file}; open to all, like the description.
std::vector<route> docs_routes();

/// Whether an Accept-Encoding header takes gzip (RFC 9110, section 12.5.3); an absent one does not.
bool accepts_gzip(std::string_view accept_encoding);

/// Whether an If-None-Match header names this entity tag, compared weakly (section 13.1.2).
bool names_tag(std::string_view if_none_match, std::string_view etag);

}  // namespace fibrehub::web
