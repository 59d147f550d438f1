// The query language of lists, search, saved views and automation:
//
//   status:open priority:high,critical assignee:me due:<4h created:>=2025-12-01 "no signal"
//   -tag:storm
//
// A query is a tree of conditions; what a value may be is checked while it is read, so that every
// error points at its column. The grammar stands in docs/find.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "domain/time_zone.hpp"

namespace fibrehub::domain::query {

inline constexpr std::size_t max_query_bytes = 2000;
inline constexpr std::size_t max_terms = 50;
inline constexpr std::size_t max_values = 50;
inline constexpr std::size_t max_depth = 10;

enum class field : std::uint8_t {
  text,  // no field: title, description, notes and messages
  status,
  priority,
  type,
  billing,
  source,
  category,
  urgency,
  importance,
  assignee,
  team,
  follower,
  creator,
  uid,
  drop,
  address,
  phone,
  contact,
  email,
  title,
  company,
  project,
  zone,
  pon,
  contractor,
  tag,
  channel,
  created,
  updated,
  resolved,
  closed,
  due,
  scheduled,
  last_message,
  install_date,
  rework_count,
  signal,
  splice_loss,
  penalty,
  sla,
  is,
  has
};

enum class op : std::uint8_t { is, less, at_most, more, at_least, range };

/// A moment as it was written; what it means depends on the time and the reader's zone.
struct moment {
  enum class kind {
    day,      // 2025-12-01, today, yesterday, tomorrow
    week,     // this-week, last-week: from Monday
    month,    // this-month, last-month, 2025-12
    instant,  // 2025-12-01T08:00:00+02:00
    duration  // 4h: counted from now
  } what = kind::day;
  std::optional<std::chrono::sys_days> date;  // of an absolute day or month
  int offset = 0;                             // in days, weeks or months from the current one
  instant at{};
  std::chrono::minutes length{0};
};

/// One value of a condition.
struct value {
  op how = op::is;
  std::string text;     // canonical: a choice's name, the word, the number
  std::string upper;    // of a range of numbers
  bool phrase = false;  // quoted: the words in this order
  std::optional<moment> from;
  std::optional<moment> to;  // of a range of moments
  std::int64_t id = 0;       // of a person or team given by number
  std::size_t column = 1;
};

/// Any of the values.
struct condition {
  field what = field::text;
  std::vector<value> values;
};

struct node {
  enum class kind { all, any, not_, condition } what = kind::all;
  std::vector<node> children;  // of all, any and not_; an empty `all` is true
  struct condition condition;
};

struct syntax_error {
  std::size_t column = 1;  // from 1, in characters
  std::string message;     // what is wrong and what was expected
};

/// An empty text is the query for everything.
tl::expected<node, syntax_error> parse(std::string_view text);

/// Half open: from ≤ t < to; nothing: without an end on that side.
struct span {
  std::optional<instant> from, to;
};
/// What a value of a time field means. Durations look back from now, except for `looks_ahead`
/// fields (due, scheduled), where they look forward: `created:<4h` is younger than four hours,
/// `due:<4h` has less than four hours left (overdue included).
span span_of(const value& v, bool looks_ahead, instant now, const time_zone& zone);

/// True for due and scheduled.
bool looks_ahead(field f);

}  // namespace fibrehub::domain::query
