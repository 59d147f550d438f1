#include "store/reference/statements.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using domain::column_type;
using domain::reference_column;
using domain::reference_declaration;

/// A row of the table that `c` refers to, joined as `f_<name>`.
std::string join_of(const reference_column& c, const std::string& condition) {
  const std::string_view table = c.type == column_type::user
                                     ? std::string_view("users")
                                     : domain::declaration_of(*c.refers_to).name;
  return fmt::format(" LEFT JOIN {} f_{} ON {}", table, c.name, condition);
}

/// The value a row will have: what was given, else what it is already, as an expression over `r`
/// (what came), `t` (what is there) and the joined rows.
std::string new_value(const reference_column& c, const std::string& now) {
  const std::string kept = fmt::format("CASE WHEN r.in_{} IS NULL THEN ", c.name);
  const auto choose = [&](const std::string& old, const std::string& given) {
    return fmt::format("{}{} ELSE {} END", kept, old, given);
  };
  const std::string old = fmt::format("t.{}", c.sql_name);
  const std::string given = fmt::format("nullif(r.in_{}, '')", c.name);
  switch (c.type) {
    case column_type::number:
      return choose(old, fmt::format("round({}::numeric, 8)", given));
    case column_type::date:
      return choose(old, given + "::date");
    case column_type::time:
      return choose(old, given + "::timestamptz");
    case column_type::archived:
      return choose(old, fmt::format("CASE WHEN r.in_{} = 'true' THEN coalesce({}, {}) END", c.name,
                                     old, now));
    case column_type::reference:
    case column_type::user:
      return choose(old, fmt::format("f_{}.id", c.name));
    case column_type::words:
      return choose(fmt::format("coalesce({}, '{{}}')", old),
                    fmt::format("coalesce(string_to_array({}, '{}'), '{{}}')", given,
                                domain::list_separator));
    case column_type::users:
      return choose(fmt::format("o_{}.ids", c.name), fmt::format("f_{}.ids", c.name));
    case column_type::text:
    case column_type::drop:
    case column_type::email:
    case column_type::choice:
      break;
  }
  return choose(fmt::format("coalesce({}, '')", old), fmt::format("r.in_{}", c.name));
}

/// The users a list names, those it names in vain, and those the team has now.
std::string members_joins(const reference_column& c) {
  return fmt::format(
      " LEFT JOIN LATERAL (SELECT coalesce(array_agg(u.id ORDER BY u.id) FILTER (WHERE u.id IS NOT"
      " NULL), '{{}}') AS ids, string_agg(e.email, ', ') FILTER (WHERE u.id IS NULL) AS unknown"
      " FROM unnest(string_to_array(nullif(r.in_{0}, ''), '{1}')) AS e(email)"
      " LEFT JOIN users u ON lower(u.email) = e.email) f_{0} ON true"
      " LEFT JOIN LATERAL (SELECT coalesce(array_agg(m.user_id ORDER BY m.user_id), '{{}}') AS ids"
      " FROM team_members m WHERE m.team_id = t.id) o_{0} ON true",
      c.name, domain::list_separator);
}

std::string entry(const reference_column& c, const std::string& condition,
                  const std::string& value) {
  return fmt::format("CASE WHEN {} THEN '{}' || chr({}) || {} END", condition, c.name,
                     static_cast<int>(part_separator), value);
}

std::string entries(const std::vector<std::string>& all) {
  if (all.empty()) return "''";
  return fmt::format("concat_ws(chr({}), {})", static_cast<int>(entry_separator),
                     fmt::join(all, ", "));
}

/// The parts of the statement that grow with the columns.
struct upsert_parts {
  std::vector<std::string> inputs{"$1::int[]"};
  std::vector<std::string> input_names{"i"};
  std::vector<std::string> values;            // of `x`, each under its column's name
  std::vector<std::string> old_row, new_row;  // compared
  std::vector<std::string> stored;            // columns of the table besides the code
  std::vector<std::string> assignments;
  std::vector<std::string> unknown, missing;
  std::string joins;

  void add(const reference_column& c, bool is_code, const std::string& now) {
    inputs.push_back(fmt::format("${}::text[]", inputs.size() + 1));
    input_names.push_back(fmt::format("in_{}", c.name));
    const bool elsewhere = c.type == column_type::users;
    const std::string value = is_code ? fmt::format("r.in_{}", c.name) : new_value(c, now);
    values.push_back(fmt::format("{} AS new_{}", value, c.sql_name));
    if (c.type == column_type::reference || c.type == column_type::user) add_lookup(c);
    if (elsewhere) {
      joins += members_joins(c);
      unknown.push_back(entry(c, fmt::format("f_{}.unknown IS NOT NULL", c.name),
                              fmt::format("f_{}.unknown", c.name)));
    }
    if (is_code) return;
    if (c.required)
      missing.push_back(entry(c, fmt::format("t.id IS NULL AND r.in_{} IS NULL", c.name), "''"));
    old_row.push_back(elsewhere ? fmt::format("o_{}.ids", c.name)
                                : fmt::format("t.{}", c.sql_name));
    new_row.push_back(value);
    if (elsewhere) return;
    stored.emplace_back(c.sql_name);
    assignments.push_back(fmt::format("{0} = x.new_{0}", c.sql_name));
  }
  void add_lookup(const reference_column& c) {
    joins += join_of(c, c.type == column_type::user
                            ? fmt::format("lower(f_{0}.email) = r.in_{0}", c.name)
                            : fmt::format("f_{0}.code = r.in_{0}", c.name));
    unknown.push_back(entry(c, fmt::format("r.in_{0} <> '' AND f_{0}.id IS NULL", c.name),
                            fmt::format("r.in_{}", c.name)));
  }
};

std::string make_upsert(const reference_declaration& d) {
  const std::size_t now_parameter = d.columns.size() + 2;
  const std::string us = fmt::format("${}::bigint", now_parameter);
  const std::string now = fmt::format("(timestamptz 'epoch' + {} * interval '1 microsecond')", us);
  upsert_parts p;
  for (const reference_column& c : d.columns)
    p.add(c, &c == &d.columns.front(), now);
  const std::string_view code = d.columns.front().sql_name;
  // A review that has just failed and has no ticket yet.
  const std::string due =
      d.kind == domain::reference_kind::qa_photo_reviews
          ? "coalesce(r.in_outcome, '') = 'failed' AND t.outcome IS DISTINCT FROM 'failed' AND"
            " t.ticket_uid IS NULL"
          : "false";
  return fmt::format(
      "WITH x AS MATERIALIZED (SELECT r.i, t.id AS old_id, {values},"
      " ({old_row}) IS NOT DISTINCT FROM ({new_row}) AS same, {unknown} AS unknown,"
      " {missing} AS missing, {due} AS due"
      " FROM unnest({inputs}) AS r({input_names})"
      " LEFT JOIN {table} t ON t.{code} = r.in_{code_name}{joins}),"
      " made AS (INSERT INTO {table} ({code}, {stored}, updated_at)"
      " SELECT x.new_{code}, {new_stored}, {now} FROM x"
      " WHERE x.old_id IS NULL AND x.unknown = '' AND x.missing = '' ORDER BY x.i),"
      " changed AS (UPDATE {table} t SET {assignments}, updated_at = {now} FROM x"
      " WHERE t.id = x.old_id AND NOT x.same AND x.unknown = '')"
      " SELECT x.i, CASE WHEN x.unknown <> '' OR x.missing <> '' THEN 'error'"
      " WHEN x.old_id IS NULL THEN 'created' WHEN x.same THEN 'unchanged' ELSE 'updated' END,"
      " x.unknown, x.missing, x.due FROM x ORDER BY x.i",
      fmt::arg("values", fmt::join(p.values, ", ")),
      fmt::arg("old_row", fmt::join(p.old_row, ", ")),
      fmt::arg("new_row", fmt::join(p.new_row, ", ")), fmt::arg("unknown", entries(p.unknown)),
      fmt::arg("missing", entries(p.missing)), fmt::arg("due", due),
      fmt::arg("inputs", fmt::join(p.inputs, ", ")),
      fmt::arg("input_names", fmt::join(p.input_names, ", ")), fmt::arg("table", d.name),
      fmt::arg("code", code), fmt::arg("code_name", d.columns.front().name),
      fmt::arg("joins", p.joins), fmt::arg("stored", fmt::join(p.stored, ", ")),
      fmt::arg("new_stored", "x.new_" + fmt::format("{}", fmt::join(p.stored, ", x.new_"))),
      fmt::arg("now", now), fmt::arg("assignments", fmt::join(p.assignments, ", ")));
}

std::string as_text(const reference_column& c) {
  switch (c.type) {
    case column_type::number:
      return fmt::format("trim_scale(t.{})::text", c.sql_name);
    case column_type::date:
      return fmt::format("to_char(t.{}, 'YYYY-MM-DD')", c.sql_name);
    case column_type::time:
      return fmt::format("((extract(epoch FROM t.{}) * 1000000)::bigint)::text", c.sql_name);
    case column_type::archived:
      return fmt::format("(t.{} IS NOT NULL)::text", c.sql_name);
    case column_type::reference:
      return fmt::format("f_{}.code", c.name);
    case column_type::user:
      return fmt::format("f_{}.email", c.name);
    case column_type::words:
      return fmt::format("array_to_string(t.{}, '{}')", c.sql_name, domain::list_separator);
    case column_type::users:
      return fmt::format(
          "(SELECT string_agg(u.email, '{}' ORDER BY lower(u.email)) FROM team_members m"
          " JOIN users u ON u.id = m.user_id WHERE m.team_id = t.id)",
          domain::list_separator);
    case column_type::text:
    case column_type::drop:
    case column_type::email:
    case column_type::choice:
      break;
  }
  return fmt::format("t.{}", c.sql_name);
}

std::string make_select(const reference_declaration& d) {
  const bool is_review = d.kind == domain::reference_kind::qa_photo_reviews;
  std::vector<std::string> cells;
  std::string joins;
  for (const reference_column& c : d.columns) {
    cells.push_back(as_text(c));
    if (c.type == column_type::reference || c.type == column_type::user)
      joins += join_of(c, fmt::format("f_{}.id = t.{}", c.name, c.sql_name));
  }
  return fmt::format("SELECT t.id, " FIBREHUB_SQL_US("t.updated_at") ", {}, {}, {} FROM {} t{}",
                     is_review ? "0" : FIBREHUB_SQL_US("t.archived_at"),
                     is_review ? "coalesce(t.ticket_uid, '')" : "''", fmt::join(cells, ", "),
                     d.name, joins);
}

template <class Make>
auto for_each_kind(Make make) {
  std::array<decltype(make(domain::reference_declarations()[0])), domain::reference_kind_count>
      out{};
  for (const reference_declaration& d : domain::reference_declarations())
    out[static_cast<std::size_t>(d.kind)] = make(d);
  return out;
}

}  // namespace

const sql& upsert_statement(domain::reference_kind kind) {
  static const auto names = for_each_kind(
      [](const reference_declaration& d) { return fmt::format("upsert_{}", d.name); });
  static const auto texts = for_each_kind(make_upsert);
  static const auto statements = for_each_kind([](const reference_declaration& d) {
    const auto i = static_cast<std::size_t>(d.kind);
    return sql{names[i].c_str(), texts[i].c_str()};
  });
  return statements[static_cast<std::size_t>(kind)];
}

const std::string& select_rows(domain::reference_kind kind) {
  static const auto texts = for_each_kind(make_select);
  return texts[static_cast<std::size_t>(kind)];
}

std::string contains_text(domain::reference_kind kind, std::size_t parameter) {
  std::vector<std::string> all;
  for (const reference_column& c : domain::declaration_of(kind).columns)
    if (c.type == column_type::text || c.type == column_type::drop || c.type == column_type::email)
      all.push_back(fmt::format("strpos(lower(t.{}), lower(${})) > 0", c.sql_name, parameter));
  return fmt::format("({})", fmt::join(all, " OR "));
}

}  // namespace fibrehub::store
