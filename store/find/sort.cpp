#include "store/find/sort.hpp"

#include <fmt/format.h>

#include <array>

namespace fibrehub::store {
namespace {

constexpr std::array keys{
    sort_key{"created", "t.id", "bigint"},
    sort_key{"updated", "t.updated_at", "timestamptz"},
    sort_key{
        "priority",
        "(CASE t.priority WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1"
        " END)",
        "integer"},
    sort_key{"status", "t.status", "text"},
    sort_key{"type", "t.type", "text"},
    sort_key{"source", "t.source", "text"},
    sort_key{"uid", "t.uid", "text"},
    sort_key{"title", "t.title", "text"},
    sort_key{"due", "t.due_at", "timestamptz", true},
    sort_key{"scheduled", "t.scheduled_at", "timestamptz", true},
    sort_key{"last_message", "t.last_message_at", "timestamptz", true},
    sort_key{"resolved", "t.resolved_at", "timestamptz", true},
    sort_key{"zone", "t.zone", "text", true},
    sort_key{"drop", "t.drop_number", "text", true},
};

}  // namespace

std::span<const sort_key> sort_keys() {
  return keys;
}

const sort_key* find_sort_key(std::string_view name) {
  for (const sort_key& k : keys)
    if (k.name == name) return &k;
  return nullptr;
}

ticket_order default_order() {
  return {keys.data(), true};
}

std::string order_sql(const ticket_order& order) {
  const char* direction = order.descending ? "DESC" : "ASC";
  if (order.by->column == "t.id") return fmt::format("t.id {}", direction);
  return fmt::format("{} {}{}, t.id {}", order.by->column, direction,
                     order.by->nullable ? " NULLS LAST" : "", direction);
}

std::string after_sql(const ticket_order& order, const page_end& end, sql_params& params) {
  params.texts.push_back(std::to_string(end.id));
  const std::string id = fmt::format("${}::bigint", params.texts.size());
  const char* beyond = order.descending ? "<" : ">";
  const std::string_view column = order.by->column;
  if (column == "t.id") return fmt::format("t.id {} {}", beyond, id);
  if (!end.value) return fmt::format("({} IS NULL AND t.id {} {})", column, beyond, id);
  params.texts.push_back(*end.value);
  const std::string value = fmt::format("${}::{}", params.texts.size(), order.by->type);
  std::string out = fmt::format("(({0}, t.id) {1} ({2}, {3})", column, beyond, value, id);
  if (order.by->nullable) out += fmt::format(" OR {} IS NULL", column);
  return out + ")";
}

}  // namespace fibrehub::store
