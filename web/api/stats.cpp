// The figures of a dashboard.
#include "store/queries/stats.hpp"

#include "domain/reports/report.hpp"
#include "domain/ticket.hpp"
#include "web/api/backend.hpp"
#include "web/api/json.hpp"
#include "web/api/report_query.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
using store::resolution_figures;
using store::ticket_counts;

constexpr const char* overdue_link = "/api/v1/reports/ticket-summary?state=overdue";

bool is_open_status(std::string_view status) {
  return status != "resolved" && status != "closed";
}

/// Every value there can be, those without tickets as 0.
void write_counts(json_writer& w, std::string_view key, std::span<const std::string_view> names,
                  const std::map<std::string, std::int64_t>& counts) {
  write_key(w, key);
  w.StartObject();
  for (const std::string_view name : names) {
    const auto it = counts.find(std::string(name));
    integer_field(w, name, it == counts.end() ? 0 : it->second);
  }
  w.EndObject();
}

void write_places(json_writer& w, const ticket_counts& c) {
  w.Key("by_zone");
  w.StartArray();
  for (const store::place_count& p : c.by_zone) {
    w.StartObject();
    text_or_null(w, "zone", p.code);
    integer_field(w, "tickets", p.tickets);
    w.EndObject();
  }
  w.EndArray();
  w.Key("by_project");
  w.StartArray();
  for (const store::place_count& p : c.by_project) {
    w.StartObject();
    text_or_null(w, "code", p.code);
    text_or_null(w, "name", p.name);
    integer_field(w, "tickets", p.tickets);
    w.EndObject();
  }
  w.EndArray();
}

void write_common_counts(json_writer& w, const ticket_counts& c) {
  integer_field(w, "total", c.total);
  write_counts(w, "by_priority", domain::ticket_priority_names(), c.by_priority);
  write_counts(w, "by_type", domain::ticket_type_names(), c.by_type);
  write_counts(w, "by_source", domain::ticket_source_names(), c.by_source);
  write_places(w, c);
}

void write_open(json_writer& w, const ticket_counts& c) {
  w.Key("open");
  w.StartObject();
  std::vector<std::string_view> statuses;
  for (const std::string_view s : domain::ticket_status_names())
    if (is_open_status(s)) statuses.push_back(s);
  write_counts(w, "by_status", statuses, c.by_status);
  write_common_counts(w, c);
  integer_field(w, "overdue", c.overdue);
  text_field(w, "overdue_tickets", overdue_link);
  w.EndObject();
}

void write_times(json_writer& w, const resolution_figures& f) {
  for (const auto& [key, value] : {std::pair{"average_resolution_s", f.average_s},
                                   std::pair{"median_resolution_s", f.median_s}}) {
    write_key(w, key);
    if (value) {
      w.Int64(*value);
    } else {
      w.Null();
    }
  }
}

void write_times_by(json_writer& w, std::string_view key, std::span<const std::string_view> names,
                    const std::map<std::string, resolution_figures>& by) {
  write_key(w, key);
  w.StartObject();
  for (const std::string_view name : names) {
    const auto it = by.find(std::string(name));
    const resolution_figures f = it == by.end() ? resolution_figures{} : it->second;
    write_key(w, name);
    w.StartObject();
    integer_field(w, "resolved", f.resolved);
    write_times(w, f);
    w.EndObject();
  }
  w.EndObject();
}

void write_resolved(json_writer& w, const store::stats_view& v) {
  w.Key("resolved");
  w.StartObject();
  integer_field(w, "total", v.resolved.resolved);
  write_times(w, v.resolved);
  write_times_by(w, "by_type", domain::ticket_type_names(), v.by_type);
  write_times_by(w, "by_priority", domain::ticket_priority_names(), v.by_priority);
  w.EndObject();
}

void write_compliance(json_writer& w, std::string_view key, const resolution_figures& f,
                      domain::instant from, domain::instant to) {
  write_key(w, key);
  w.StartObject();
  instant_field(w, "from", from);
  instant_field(w, "to", to);
  integer_field(w, "resolved", f.resolved);
  integer_field(w, "measured", f.measured);
  integer_field(w, "met", f.met);
  integer_field(w, "breached", f.measured - f.met);
  const auto percent = domain::percent(f.met, f.measured);
  write_key(w, "compliance_percent");
  if (percent) {
    w.RawValue(percent->data(), percent->size(), rapidjson::kNumberType);
  } else {
    w.Null();
  }
  w.EndObject();
}

/// What is not measured is said to be so, rather than counted as met.
void write_sla(json_writer& w, const store::get_stats& asked, const store::stats_view& v) {
  const bool available = v.resolved.measured + v.week.measured + v.month.measured > 0;
  w.Key("sla");
  w.StartObject();
  w.Key("available");
  w.Bool(available);
  text_field(w, "basis", "due_at");
  text_or_null(w, "reason",
               available ? "" : "no ticket that was resolved in these times had a due time");
  write_compliance(w, "period", v.resolved, asked.during.from, asked.during.to);
  write_compliance(w, "this_week", v.week, asked.week_begins, asked.now);
  write_compliance(w, "this_month", v.month, asked.month_begins, asked.now);
  w.EndObject();
}

asio::awaitable<response> stats(backend& b, const report_desk& desk, const request_context& ctx) {
  auto q = read_report_query(ctx, desk);
  if (!q) co_return std::move(q.error());
  store::get_stats ask;
  ask.during = q->during;
  ask.now = q->now;
  ask.week_begins = start_of_week(q->now, q->zone);
  ask.month_begins = start_of_month(q->now, q->zone);
  ask.filter = q->filter;
  ask.by = ctx.caller->who;
  const store::get_stats asked = ask;
  auto found = co_await b.read_share(ctx, std::move(ask));
  if (!found && found.error().code == store::errc::not_found)
    co_return invalid_field(ctx, "project", "names a project that there is not; codes are wanted");
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    instant_field(w, "generated_at", asked.now);
    text_field(w, "tz", q->zone_name);
    w.Key("period");
    w.StartObject();
    instant_field(w, "from", asked.during.from);
    instant_field(w, "to", asked.during.to);
    w.EndObject();
    write_open(w, found->open);
    w.Key("created");
    w.StartObject();
    write_common_counts(w, found->created);
    w.EndObject();
    write_resolved(w, *found);
    write_sla(w, asked, *found);
    w.EndObject();
  });
}

}  // namespace

std::vector<route> stats_routes(backend& b, const report_desk& desk) {
  route r;
  r.path = "/api/v1/stats";
  r.aliases = {"/api/stats"};
  r.operation_id = "getStats";
  r.summary = "The figures of a dashboard: what is open, what came in, what was resolved";
  r.description =
      "`open` is as of now; `created` and `resolved` are about the period. Of the tickets you may "
      "see. Zones and projects: the 100 with the most tickets.";
  r.tag = "reports";
  r.auth = allowed_to(domain::permission::read_reports);
  r.parameters = report_parameters();
  r.answers = {{200, "The figures", "Stats"}};
  r.handle = [&b, &desk](request_context& ctx) { return stats(b, desk, ctx); };
  return {std::move(r)};
}

}  // namespace fibrehub::web::api
