// A report as a PDF for people: what was asked, plots, tables.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "protocols/pdf/fonts.hpp"
#include "web/api/report_answers.hpp"

namespace fibrehub::web::api {

/// The file. Blocks: reads fonts and takes its time. The error is one for the operator.
tl::expected<std::string, std::string> report_pdf(const finished_report& report,
                                                  const protocols::pdf::font_files& fonts);

/// "2 d 5 h", "5 h 12 min", "12 min", "40 s".
std::string duration_for_people(std::int64_t seconds);

}  // namespace fibrehub::web::api
