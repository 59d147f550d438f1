// What statistics and reports are asked with: a period, a time zone, filters; read and checked the
// same way for all of them.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "domain/reports/period.hpp"
#include "store/queries/reports.hpp"
#include "web/parameter.hpp"
#include "web/report_desk.hpp"

namespace fibrehub::web::api {

enum class report_format { json, csv, pdf };

struct report_query {
  domain::instant now{};
  std::string zone_name;
  domain::time_zone zone;
  domain::period during;
  bool period_given = false;
  domain::report_step step = domain::report_step::day;
  store::summary_state state = store::summary_state::any;
  store::report_filter filter;
};

/// from, to, tz, project, zone, type, source.
std::vector<parameter> report_parameters();
/// Of a request whose route has these parameters. The error is the answer to give.
tl::expected<report_query, response> read_report_query(const request_context& ctx,
                                                       const report_desk& desk);
/// `format`, else what Accept names first of those we have, else JSON.
report_format wanted_format(const request_context& ctx);

}  // namespace fibrehub::web::api
