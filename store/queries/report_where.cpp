#include "store/queries/report_where.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/pq_array.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

constexpr sql count_projects{"report_projects",
                             "SELECT count(*) FROM projects WHERE code = ANY ($1::text[])"};

std::string literal(const std::vector<std::string>& values) {
  pq_array out;
  for (const std::string& v : values)
    out.add(std::string_view(v));
  return out.take();
}

}  // namespace

report_where::report_where(const domain::principal& by, const report_filter& filter) {
  const std::string visible = visibility_condition(by, params);
  if (!visible.empty()) text += " AND " + visible;
  const auto any_of = [this](const char* column, const std::vector<std::string>& values) {
    if (!values.empty())
      text += fmt::format(" AND t.{} = ANY ({}::text[])", column, add(literal(values)));
  };
  any_of("zone", filter.zones);
  any_of("type", filter.types);
  any_of("source", filter.sources);
  if (!filter.projects.empty())
    text += fmt::format(
        " AND t.project_id = ANY (ARRAY(SELECT id FROM projects WHERE code = ANY ({}::text[])))",
        add(literal(filter.projects)));
}

std::string report_where::add(std::string value) {
  params.texts.push_back(std::move(value));
  return fmt::format("${}", params.texts.size());
}

std::string report_where::time(domain::instant at) {
  return add(domain::to_rfc3339(at)) + "::timestamptz";
}

std::string report_where::during(std::string_view column, const domain::period& p) {
  return fmt::format("{0} >= {1} AND {0} < {2}", column, time(p.from), time(p.to));
}

std::string report_where::piece(std::string_view column,
                                const std::vector<domain::instant>& borders) {
  pq_array all;
  for (const domain::instant at : borders)
    all.add(std::string_view(domain::to_rfc3339(at)));
  return fmt::format("width_bucket({}, {}::timestamptz[])", column, add(all.take()));
}

bool projects_exist(connection& db, pqxx::transaction_base& tx,
                    const std::vector<std::string>& codes) {
  if (codes.empty()) return true;
  std::vector<std::string> distinct = codes;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  return db.run(tx, count_projects, {{literal(distinct)}, nullptr})[0][0].as<std::size_t>() ==
         distinct.size();
}

void see_one_moment(connection& db, pqxx::transaction_base& tx) {
  db.run_text(tx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", {});
}

std::optional<std::string> cell(const pqxx::row& r, int column) {
  const auto field = r[static_cast<pqxx::row::size_type>(column)];
  if (field.is_null()) return std::nullopt;
  return std::string(field.c_str());
}

std::optional<std::string> instant_cell(const pqxx::row& r, int column) {
  const auto us = r[static_cast<pqxx::row::size_type>(column)].as<std::int64_t>();
  if (us == 0) return std::nullopt;
  return domain::to_rfc3339(domain::from_us(us));
}

}  // namespace fibrehub::store
