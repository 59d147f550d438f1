// A report as JSON and as CSV; the PDF is made in report_pdf.cpp.
#pragma once

#include <optional>
#include <string>

#include "domain/reports/report.hpp"
#include "protocols/csv_writer.hpp"
#include "web/api/report_query.hpp"

namespace fibrehub::web::api {

struct finished_report {
  const domain::report_definition* what = nullptr;
  report_query asked;
  store::report_answer answer;
  std::string made_for;                       // the reader's name
  bool cut_to_reader = false;                 // the reader does not see every ticket
  std::optional<store::report_answer> trend;  // of the same tickets, for a plot
};

/// `limit` 0: the report has no pages.
response report_json(const finished_report& report, std::int64_t limit,
                     const std::string& next_cursor);

void write_csv_head(protocols::csv_writer& out, const domain::report_definition& what);
void write_csv_rows(protocols::csv_writer& out, const domain::report_definition& what,
                    const std::vector<domain::report_row>& rows);

/// Status and headers of a download, without its body.
response download_head(const domain::report_definition& what, const report_query& asked,
                       std::string_view content_type, std::string_view extension);

std::string summary_cursor(const store::summary_place& place);
std::optional<store::summary_place> parse_summary_cursor(std::string_view text);

/// "no signal: 3; dirt: 1" of a JSON object of whole numbers.
std::string counts_for_people(const std::string& json);

}  // namespace fibrehub::web::api
