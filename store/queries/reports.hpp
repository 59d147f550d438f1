// The reports' rows, counted by the database in sets. Rows are canonical texts under the columns
// that domain/reports/report.hpp declares.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/reports/report.hpp"
#include "store/pq_fwd.hpp"
#include "store/queries/report_where.hpp"

namespace fibrehub::store {

enum class summary_state { any, open, overdue };

/// Rows of a report that is not paged; more are left out.
inline constexpr std::int64_t max_report_rows = 10'000;

struct report_answer {
  std::vector<domain::report_row> rows;
  std::vector<domain::report_section> sections;
};

/// A report but the list of the ticket summary, of which it has the counts. not_found: there is no
/// project of one of these codes.
struct get_report {
  using result = report_answer;
  domain::report_kind kind{};
  domain::period during;
  summary_state state = summary_state::any;  // of the ticket summary
  std::vector<domain::instant>
      borders;  // of the pieces of SLA report and trend; the weeks of clocks
  std::vector<std::string> piece_names;  // one for each piece
  domain::instant now{};
  std::int64_t only_person = 0;  // of the technicians' report; 0: everybody
  report_filter filter;
  domain::principal by;
};
std::optional<report_answer> run(connection& db, const get_report& request);

/// Where a page of the summary ended.
struct summary_place {
  std::int64_t created_us = 0;
  std::int64_t id = 0;
};
struct summary_page {
  std::vector<domain::report_row> rows;
  std::optional<summary_place> next;
};

/// A page of the ticket summary's list, the oldest first. not_found as above.
struct list_report_tickets {
  using result = summary_page;
  std::optional<domain::period> during;  // made then; nothing: whenever
  summary_state state = summary_state::any;
  domain::instant now{};
  std::optional<summary_place> after;
  std::int64_t limit = 100;
  report_filter filter;
  domain::principal by;
};
std::optional<summary_page> run(connection& db, const list_report_tickets& request);

// One report each; part of the above.
report_answer report_summary(connection& db, pqxx::transaction_base& tx, const get_report& request);
report_answer report_sla(connection& db, pqxx::transaction_base& tx, const get_report& request);
report_answer report_trend(connection& db, pqxx::transaction_base& tx, const get_report& request);
report_answer report_technicians(connection& db, pqxx::transaction_base& tx,
                                 const get_report& request);
report_answer report_zones(connection& db, pqxx::transaction_base& tx, const get_report& request);
report_answer report_contractors(connection& db, pqxx::transaction_base& tx,
                                 const get_report& request);
report_answer report_clocks(connection& db, pqxx::transaction_base& tx, const get_report& request);

}  // namespace fibrehub::store
