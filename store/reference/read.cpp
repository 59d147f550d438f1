#include "store/reference/read.hpp"

#include <fmt/format.h>

#include "store/pq.hpp"
#include "store/reference/statements.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr pqxx::row::size_type first_cell = 4;

reference_view to_view(const domain::reference_declaration& d, const pqxx::row& r) {
  reference_view out;
  out.id = r[0].as<std::int64_t>();
  out.updated_at = domain::from_us(r[1].as<std::int64_t>());
  if (const auto us = r[2].as<std::int64_t>(); us != 0) out.archived_at = domain::from_us(us);
  out.ticket_uid = r[3].c_str();
  for (std::size_t i = 0; i < d.columns.size(); ++i) {
    const auto field = r[first_cell + static_cast<pqxx::row::size_type>(i)];
    std::string& cell = out.cells.emplace_back();
    if (field.is_null()) continue;
    cell = d.columns[i].type == domain::column_type::time
               ? domain::to_rfc3339(domain::from_us(field.as<std::int64_t>()))
               : field.c_str();
  }
  return out;
}

/// Conditions with numbered parameters, joined as they are added.
struct conditions {
  std::string text = "true";
  sql_params params;

  std::size_t parameter(std::string value) {
    params.texts.push_back(std::move(value));
    return params.texts.size();
  }
};

}  // namespace

std::optional<reference_page> run(connection& db, const list_reference& request) {
  const domain::reference_declaration& d = domain::declaration_of(request.kind);
  conditions where;
  if (!request.containing.empty())
    where.text += " AND " + contains_text(request.kind, where.parameter(request.containing));
  if (request.updated_since)
    where.text += fmt::format(
        " AND t.updated_at >= (timestamptz 'epoch' + ${}::bigint * interval '1 microsecond')",
        where.parameter(std::to_string(domain::to_us(*request.updated_since))));
  if (request.archived && domain::find_column(d, "archived"))
    where.text += fmt::format(" AND t.archived_at IS {} NULL", *request.archived ? "NOT" : "");
  if (request.before_id)
    where.text +=
        fmt::format(" AND t.id < ${}::bigint", where.parameter(std::to_string(*request.before_id)));
  return db.transact([&](pqxx::work& tx) {
    const pqxx::result rows =
        db.run_text(tx,
                    fmt::format("{} WHERE {} ORDER BY t.id DESC LIMIT {}",
                                select_rows(request.kind), where.text, request.limit + 1),
                    where.params);
    reference_page out;
    for (const auto& row : rows)
      out.items.push_back(to_view(d, row));
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_before = out.items.back().id;
    }
    return std::optional(std::move(out));
  });
}

std::optional<reference_view> run(connection& db, const get_reference& request) {
  const domain::reference_declaration& d = domain::declaration_of(request.kind);
  return db.transact([&](pqxx::work& tx) -> std::optional<reference_view> {
    const pqxx::result rows = db.run_text(
        tx,
        fmt::format("{} WHERE t.{} = $1", select_rows(request.kind), d.columns.front().sql_name),
        {{request.code}, nullptr});
    if (rows.empty()) return std::nullopt;
    return to_view(d, rows[0]);
  });
}

}  // namespace fibrehub::store
