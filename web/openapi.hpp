// The API described to machines (OpenAPI 3.1), made from the table that routes the requests, so
// that it can neither promise nor hide anything.
#pragma once

#include <map>
#include <string>

#include "web/openapi_examples.hpp"
#include "web/router.hpp"

namespace fibrehub::web {

/// Named JSON Schema fragments: {"Ticket", R"({"type":"object",…})"}.
using schema_registry = std::map<std::string, std::string>;

struct api_info {
  std::string title = "FibreHub";
  std::string version = "1";
  std::string description;
  std::map<std::string, std::string> tags;  // name → what it is about
};

/// `examples`: of the named schemas that have none in their text.
std::string openapi_document(const routing_table& table, const api_info& info,
                             const schema_registry& schemas = {},
                             const example_registry& examples = {});

/// GET /api/openapi.json, answering what `document` returns (called per request: the table that
/// holds this route is what is being described).
route openapi_route(std::function<std::string()> document);

}  // namespace fibrehub::web
