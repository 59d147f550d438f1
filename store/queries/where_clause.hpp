// Conditions on `tickets t` with numbered parameters, joined as they are added; what the asker may
// not see is excluded from the start.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "store/find/name_literal.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {

struct where_clause {
  std::string text = "t.deleted_at IS NULL";
  sql_params params;

  explicit where_clause(const domain::principal& by) {
    const std::string visible = visibility_condition(by, params);
    if (!visible.empty()) text += " AND " + visible;
  }
  std::string add(std::string value) {
    params.texts.push_back(std::move(value));
    return fmt::format("${}", params.texts.size());
  }
  static std::string array(const std::vector<std::string>& values) {
    pq_array out;
    for (const std::string& v : values)
      out.add(std::string_view(v));
    return out.take();
  }
  void any_of(const char* column, const std::vector<std::string>& values) {
    if (values.empty()) return;
    std::string list;
    for (const std::string& v : values) {
      if (!list.empty()) list += ", ";
      const auto name = name_literal(v);
      list += name ? *name : add(v);
    }
    text += fmt::format(" AND t.{} IN ({})", column, list);
  }
  void id_is(const char* column, const std::optional<std::int64_t>& id) {
    if (!id) return;
    text += *id == 0 ? fmt::format(" AND t.{} IS NULL", column)
                     : fmt::format(" AND t.{} = {}::bigint", column, add(std::to_string(*id)));
  }
  void also(const std::string& condition) { text += " AND " + condition; }
};

}  // namespace fibrehub::store
