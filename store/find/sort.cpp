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
    sort_key{"closed", "t.closed_at", "timestamptz", true},
    sort_key{"address", "t.address", "text", true},
    sort_key{"contact", "t.contact_name", "text", true},
    sort_key{"category", "t.category", "text", true},
    sort_key{"assignee", "(SELECT lower(p.name) FROM users p WHERE p.id = t.assigned_to)", "text",
             true, "t.assigned_to IS NOT NULL"},
    sort_key{"team", "(SELECT lower(p.name) FROM teams p WHERE p.id = t.assigned_team)", "text",
             true, "t.assigned_team IS NOT NULL"},
    sort_key{"client", "(SELECT lower(p.name) FROM clients p WHERE p.id = t.client_id)", "text",
             true, "t.client_id IS NOT NULL"},
    sort_key{"project", "(SELECT lower(p.name) FROM projects p WHERE p.id = t.project_id)", "text",
             true, "t.project_id IS NOT NULL"},
    // The worst of its clocks' last cycles: 4 breached, 3 warned, 2 running, 1 paused, 0 over.
    sort_key{"sla",
             "(SELECT max(CASE WHEN c.level_bp >= 10000 THEN 4 WHEN c.state NOT IN ('running',"
             " 'paused') THEN 0 WHEN c.level_bp > 0 THEN 3 WHEN c.state = 'running' THEN 2 ELSE 1"
             " END) FROM sla_clocks c WHERE c.ticket_id = t.id AND NOT EXISTS (SELECT 1 FROM"
             " sla_clocks n WHERE n.ticket_id = c.ticket_id AND n.clock = c.clock AND n.cycle >"
             " c.cycle))",
             "integer", true},
    sort_key{"sla_due",
             "(SELECT min(c.due_at) FROM sla_clocks c WHERE c.ticket_id = t.id AND c.state ="
             " 'running')",
             "timestamptz", true},
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

std::string part_sql(const ticket_order& order, order_part part) {
  const std::string there = order.by->there.empty()
                                ? fmt::format("{} IS NOT NULL", order.by->column)
                                : std::string(order.by->there);
  return part == order_part::with_value ? there : fmt::format("NOT ({})", there);
}

std::string order_within_sql(const ticket_order& order, order_part part) {
  const char* direction = order.descending ? "DESC" : "ASC";
  if (part == order_part::without_value) return fmt::format("t.id {}", direction);
  return fmt::format("{} {}, t.id {}", order.by->column, direction, direction);
}

}  // namespace fibrehub::store
