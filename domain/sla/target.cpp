#include "domain/sla/target.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fibrehub::domain::sla {
namespace {

using std::chrono::seconds;

seconds hours(int n) {
  return std::chrono::hours{n};
}

std::string multiplier_text(int percent) {
  return fmt::format("{:g}", percent / 100.0);
}

target by_rule(clock_kind kind, ticket_type type, ticket_priority priority,
               const target_rule& rule) {
  const auto p = static_cast<std::size_t>(priority);
  if (kind == clock_kind::response)
    return {rule.response[p], target_source::rule,
            fmt::format("response, {}: {}", name_of(priority), duration_text(rule.response[p]))};
  const seconds base = rule.base[static_cast<std::size_t>(type)];
  const int percent = rule.multiplier_percent[p];
  // A clock of no length cannot run: one second at least.
  const seconds length = std::max(seconds{1}, base * percent / 100);
  return {length, target_source::rule,
          fmt::format("{}, {}: {} x {}", name_of(type), name_of(priority), duration_text(base),
                      multiplier_text(percent))};
}

}  // namespace

std::string_view name_of(clock_kind v) {
  return v == clock_kind::response ? "response" : "resolution";
}

std::optional<clock_kind> clock_kind_from(std::string_view name) {
  if (name == "response") return clock_kind::response;
  if (name == "resolution") return clock_kind::resolution;
  return std::nullopt;
}

std::string_view name_of(target_source v) {
  switch (v) {
    case target_source::rule:
      return "rule";
    case target_source::row:
      return "row";
    case target_source::contract:
      return "contract";
  }
  return "";
}

const target_rule& default_target_rule() {
  static const target_rule rule{
      {hours(48), hours(4), hours(24), hours(7 * 24), hours(24)},
      {25, 50, 100, 200},
      {hours(1), hours(4), hours(24), hours(48)},
  };
  return rule;
}

target target_of(clock_kind kind, ticket_type type, ticket_priority priority,
                 std::span<const target_row> rows, const std::optional<contract_terms>& contract,
                 const target_rule& rule) {
  const auto pick = [kind](const auto& from) {
    return kind == clock_kind::response ? from.response : from.resolution;
  };
  if (contract)
    if (const auto length = pick(*contract))
      return {*length, target_source::contract,
              fmt::format("contract {}: {}", contract->name, duration_text(*length))};
  for (const target_row& row : rows)
    if (row.type == type && row.priority == priority)
      if (const auto length = pick(row))
        return {*length, target_source::row,
                fmt::format("configured for {}, {}: {}", name_of(type), name_of(priority),
                            duration_text(*length))};
  return by_rule(kind, type, priority, rule);
}

std::string duration_text(seconds length) {
  const auto s = length.count();
  if (s < 0) return "-" + duration_text(-length);
  std::string out;
  const auto add = [&out](std::int64_t n, const char* unit) {
    if (n != 0) out += fmt::format("{}{} {}", out.empty() ? "" : " ", n, unit);
  };
  add(s / 3'600, "h");
  add(s / 60 % 60, "min");
  add(s % 60, "s");
  return out.empty() ? "0 s" : out;
}

}  // namespace fibrehub::domain::sla
