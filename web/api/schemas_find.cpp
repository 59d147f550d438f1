// Schemas of finding: counts and saved views.
#include <fmt/format.h>

#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

constexpr const char* facets = R"({"type":"object","properties":{"total":{"type":"integer"},
"status":{"$ref":"#/components/schemas/CountsByName"},"priority":{"$ref":"#/components/schemas/CountsByName"},
"source":{"$ref":"#/components/schemas/CountsByName"},"type":{"$ref":"#/components/schemas/CountsByName"}},
"examples":[{"total":3,"status":{"new":2,"assigned":1},"priority":{"medium":3},"source":{"wa_inbound":3},"type":{"fault":3}}]})";

std::string view_fields(const char* required) {
  return fmt::format(
      R"({{"type":"object","additionalProperties":false,{}"properties":{{)"
      R"("name":{{"type":"string","minLength":1,"maxLength":100}},)"
      R"("query":{{"type":"string","maxLength":2000,"examples":["status:open priority:high,critical"]}},)"
      R"("sort":{{"type":"string","default":"-created","description":"As the parameter sort of the list of tickets"}},)"
      R"("shared":{{"type":"boolean","default":false,"description":"For everybody; team leads, managers and admins may share"}}{}}}}})",
      required,
      *required ? ""
                : R"(,"version":{"type":"integer","minimum":1,"description":"The one you saw"})");
}

constexpr const char* view =
    R"({"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"},
"query":{"type":"string"},"sort":{"type":"string"},"shared":{"type":"boolean"},"mine":{"type":"boolean"},
"owner":{"type":"string"},"version":{"type":"integer"},"created_at":{"type":"string","format":"date-time"},
"updated_at":{"type":"string","format":"date-time"}}})";

}  // namespace

schema_registry find_schemas() {
  return {
      {"TicketFacets", facets},
      {"CountsByName", R"({"type":"object","additionalProperties":{"type":"integer"}})"},
      {"View", view},
      {"NewView", view_fields(R"("required":["name","query"],)")},
      {"ViewEdit", view_fields("")},
      {"ViewList",
       R"({"type":"object","properties":{"views":{"type":"array","items":{"$ref":"#/components/schemas/View"}}}})"},
      {"DeletedView",
       R"({"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"},"deleted":{"type":"boolean"}}})"},
  };
}

}  // namespace fibrehub::web::api
