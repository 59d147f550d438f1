#include "web/api/report_query.hpp"

#include "domain/ticket.hpp"
#include "web/api/parameters.hpp"

namespace fibrehub::web::api {
namespace {

constexpr std::size_t max_values = 50;

store::report_filter filter_of(const request_context& ctx) {
  return {ctx.query_list("project"), ctx.query_list("zone"), ctx.query_list("type"),
          ctx.query_list("source")};
}

store::summary_state state_of(const request_context& ctx) {
  const auto state = ctx.query("state");
  if (state == "open") return store::summary_state::open;
  return state == "overdue" ? store::summary_state::overdue : store::summary_state::any;
}

}  // namespace

std::vector<parameter> report_parameters() {
  return {words("from",
                "Begin: a date (of the time zone) or a time; 30 days before the day of `to` if not "
                "given.",
                40),
          words("to",
                "End, not part of the period: a date or a time, at most five years after `from`; "
                "the end of today if not given.",
                40),
          words("tz", "IANA time zone in which days, weeks and months are cut.", 64),
          words("project", "Only of these projects, by their codes.", 100, true),
          words("zone", "Only in these zones.", 100, true),
          one_of("type", domain::ticket_type_names(), "Only of these types."),
          one_of("source", domain::ticket_source_names(), "Only from these sources.")};
}

tl::expected<report_query, response> read_report_query(const request_context& ctx,
                                                       const report_desk& desk) {
  report_query out;
  out.now = desk.now();
  out.zone_name = ctx.query("tz").value_or(desk.settings().time_zone);
  const auto zone = domain::time_zone::find(out.zone_name);
  if (!zone)
    return tl::unexpected(invalid_field(
        ctx, "tz", "must be the name of an IANA time zone, such as Africa/Johannesburg"));
  out.zone = *zone;
  const auto from = ctx.query("from"), to = ctx.query("to");
  const auto during = domain::read_period(from, to, out.zone, out.now);
  if (!during)
    return tl::unexpected(invalid_field(ctx, during.error().field, during.error().reason));
  out.during = *during;
  out.period_given = from || to;
  const auto step = domain::report_step_from(ctx.query("step").value_or(""));
  out.step = step.value_or(domain::fitting_step(out.during));
  out.state = state_of(ctx);
  out.filter = filter_of(ctx);
  for (const auto& [name, values] :
       {std::pair{"project", &out.filter.projects}, std::pair{"zone", &out.filter.zones}})
    if (values->size() > max_values)
      return tl::unexpected(invalid_field(ctx, name, "takes 50 values at most"));
  return out;
}

report_format wanted_format(const request_context& ctx) {
  if (const auto format = ctx.query("format"))
    return *format == "csv"   ? report_format::csv
           : *format == "pdf" ? report_format::pdf
                              : report_format::json;
  const std::string_view accept = ctx.header("accept");
  const std::size_t csv = accept.find("text/csv"), pdf = accept.find("application/pdf"),
                    json = accept.find("application/json");
  if (csv < pdf && csv < json) return report_format::csv;
  return pdf < json ? report_format::pdf : report_format::json;
}

}  // namespace fibrehub::web::api
