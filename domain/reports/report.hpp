// The reports there are, each declared once: name, what it tells, its columns. JSON, CSV, PDF and
// the API description all follow these declarations.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/people.hpp"

namespace fibrehub::domain {

enum class report_kind { ticket_summary, sla, technicians, zones, trend, contractors, clocks };

enum class cell_type {
  text,
  integer,
  decimal,  // money, two digits after the point
  percent,  // one digit after the point
  seconds,
  moment,  // RFC 3339, UTC
  day,     // YYYY-MM-DD in the report's zone
  counts   // a JSON object of whole numbers
};

struct report_column {
  std::string_view name;
  cell_type type = cell_type::text;
  std::string_view title;  // for people
  std::string_view text;   // what it means
};

struct report_definition {
  report_kind kind{};
  std::string_view name;
  std::string_view title;
  std::string_view text;
  std::span<const report_column> columns;
  bool by_step = false;  // its rows are days, weeks or months
  bool paged = false;    // it can be long: JSON comes in pages
};

std::span<const report_definition> reports();
const report_definition& definition(report_kind kind);
const report_definition* find_report(std::string_view name);

/// Canonical texts in the order of the columns; nothing where there is nothing to say.
using report_row = std::vector<std::optional<std::string>>;

/// A second, smaller table of a report: "by_priority" and its like.
struct report_section {
  std::string_view name;
  std::string_view title;
  std::span<const report_column> columns;
  std::vector<report_row> rows;
};

/// Counts by the value of a field.
std::span<const report_column> count_columns();
/// Resolutions and compliance by the value of a field.
std::span<const report_column> compliance_columns();

enum class report_reach { none, own, all };
/// Technicians read what is said of themselves; whoever may read reports reads everything.
report_reach reach_of(role who, report_kind kind);

/// "97.5": a hundred times part of whole, rounded half up to tenths; nothing of nothing.
std::optional<std::string> percent(std::int64_t part, std::int64_t whole);

}  // namespace fibrehub::domain
