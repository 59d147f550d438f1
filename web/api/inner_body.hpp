// Objects inside a body, read field by field. Include it from .cpp files only.
#pragma once

#include <fmt/format.h>

#include "web/api/body.hpp"

namespace fibrehub::web::api {

/// Calls `read(inner)` for each object of the list in `field`; what is wrong with one is named
/// `field[2].name`.
template <class F>
void for_each_object(body_reader& body, const char* field, std::size_t max_items, F&& read) {
  const protocols::json::value* list = body.member(field);
  if (!list || list->IsNull()) return;
  if (!list->IsArray()) return body.complain(field, "must be a list");
  if (list->Size() > max_items)
    return body.complain(field, fmt::format("may hold {} at most", max_items));
  for (rapidjson::SizeType i = 0; i < list->Size(); ++i) {
    const std::string name = fmt::format("{}[{}]", field, i);
    body_reader inner((*list)[i], name);
    if (!inner.object()) {
      body.complain(name, "must be an object");
      continue;
    }
    read(inner);
    inner.refuse_unknown();
    for (const field_problem& p : inner.problems())
      body.complain(p.field, p.reason);
  }
}

}  // namespace fibrehub::web::api
