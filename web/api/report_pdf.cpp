#include "web/api/report_pdf.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "protocols/pdf/sheet.hpp"

namespace fibrehub::web::api {
namespace {

namespace pdf = protocols::pdf;
using domain::cell_type;
using domain::report_column;
using domain::report_kind;

double number_of(const std::optional<std::string>& text) {
  double out = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), out);
  return out;
}

std::string minutes_utc(domain::instant at) {
  std::string out = domain::to_rfc3339(at).substr(0, 16);
  out[10] = ' ';
  return out + " UTC";
}

std::string for_people(const report_column& column, const std::optional<std::string>& value,
                       const domain::time_zone& zone) {
  if (!value) return "–";
  switch (column.type) {
    case cell_type::seconds:
      return duration_for_people(static_cast<std::int64_t>(number_of(value)));
    case cell_type::moment:
      return domain::local_date(domain::parse_rfc3339(*value).value_or(domain::instant{}), zone);
    case cell_type::percent:
      return *value + " %";
    case cell_type::counts:
      return counts_for_people(*value);
    default:
      return *value;
  }
}

/// Of the page's width, beside the others; 0: left to JSON and CSV.
double share_of(const domain::report_definition& what, const report_column& c) {
  // Points, so that dates and the words of closed sets stay on one line.
  static const std::map<std::string_view, double> summary{
      {"ticket_uid", 70},  {"title", 134},     {"status", 56},  {"priority", 42},
      {"type", 64},        {"source", 58},     {"project", 40}, {"zone", 42},
      {"assignee", 66},    {"created_at", 54}, {"due_at", 54},  {"resolved_at", 54},
      {"resolution_s", 56}};
  if (what.kind == report_kind::ticket_summary) {
    const auto it = summary.find(c.name);
    return it == summary.end() ? 0 : it->second;
  }
  if (c.type == cell_type::moment || c.name == "user_id") return 0;
  if (c.type == cell_type::text) return c.name == "name" || c.name == "project_name" ? 2.6 : 1.5;
  return c.type == cell_type::counts ? 3 : 1.2;
}

bool is_number(cell_type type) {
  return type != cell_type::text && type != cell_type::counts && type != cell_type::moment &&
         type != cell_type::day;
}

template <class Share>
pdf::table table_of(std::span<const report_column> columns,
                    const std::vector<domain::report_row>& rows, const domain::time_zone& zone,
                    Share share) {
  pdf::table out;
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const double part = share(columns[i]);
    if (part == 0) continue;
    shown.push_back(i);
    out.columns.push_back({std::string(columns[i].title), part, is_number(columns[i].type)});
  }
  for (const domain::report_row& row : rows) {
    auto& cells = out.rows.emplace_back();
    for (const std::size_t i : shown)
      cells.push_back(for_people(columns[i], row.at(i), zone));
  }
  return out;
}

std::size_t column_of(std::span<const report_column> columns, std::string_view name) {
  const auto it =
      std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == name; });
  return static_cast<std::size_t>(it - columns.begin());
}

pdf::line_plot plot_of(std::string title, std::span<const report_column> columns,
                       const std::vector<domain::report_row>& rows,
                       std::initializer_list<std::string_view> names) {
  pdf::line_plot out;
  out.title = std::move(title);
  for (const domain::report_row& row : rows)
    out.labels.push_back(row.at(0).value_or(""));
  for (const std::string_view name : names) {
    const std::size_t at = column_of(columns, name);
    pdf::line_series& s = out.series.emplace_back();
    s.name = columns[at].title;
    for (const domain::report_row& row : rows) {
      const auto& value = row.at(at);
      s.values.push_back(value ? std::optional(number_of(value)) : std::nullopt);
    }
  }
  return out;
}

/// Bars of one column, named by another, those with the most first as the rows are.
pdf::bar_chart bars_of(std::string title, std::span<const report_column> columns,
                       const std::vector<domain::report_row>& rows, std::string_view name,
                       std::string_view value, const domain::time_zone& zone) {
  const std::size_t named = column_of(columns, name), valued = column_of(columns, value);
  pdf::bar_chart out;
  out.title = std::move(title);
  for (const domain::report_row& row : rows)
    out.bars.push_back({row.at(named).value_or("(none)"), number_of(row.at(valued)),
                        for_people(columns[valued], row.at(valued), zone)});
  return out;
}

std::vector<std::string> head_lines(const finished_report& report) {
  const report_query& q = report.asked;
  std::vector<std::string> out{std::string(report.what->text) + "."};
  const domain::instant last = domain::from_us(domain::to_us(q.during.to) - 1);
  std::string period =
      q.state != store::summary_state::any && !q.period_given
          ? "Period: whenever they were made"
          : fmt::format("Period: {} to {} ({})", domain::local_date(q.during.from, q.zone),
                        domain::local_date(last, q.zone), q.zone_name);
  if (report.what->by_step) period += fmt::format(", by {}", name_of(q.step));
  if (q.state == store::summary_state::open) period += ". Only open tickets";
  if (q.state == store::summary_state::overdue) period += ". Only overdue tickets";
  out.push_back(std::move(period));
  const auto only = [&](const char* what, const std::vector<std::string>& values) {
    if (!values.empty()) out.push_back(fmt::format("Only {}: {}", what, fmt::join(values, ", ")));
  };
  only("projects", q.filter.projects);
  only("zones", q.filter.zones);
  only("types", q.filter.types);
  only("sources", q.filter.sources);
  if (report.cut_to_reader)
    out.push_back(fmt::format("Of the tickets that {} may see.", report.made_for));
  return out;
}

void add_summary(pdf::sheet& sheet, const finished_report& report) {
  const auto counts = domain::count_columns();
  std::vector<pdf::bar_chart> charts;
  for (const domain::report_section& s : report.answer.sections)
    if (s.name != "by_source")
      charts.push_back(
          bars_of(std::string(s.title), counts, s.rows, "value", "tickets", report.asked.zone));
  sheet.add(charts);
  if (report.trend)
    sheet.add(plot_of(fmt::format("Tickets by {}", name_of(report.asked.step)),
                      domain::definition(report_kind::trend).columns, report.trend->rows,
                      {"created", "resolved"}));
  const std::size_t n = report.answer.rows.size();
  sheet.heading(n == 1 ? "1 ticket" : fmt::format("{} tickets", n));
}

void add_sla(pdf::sheet& sheet, const finished_report& report) {
  const auto columns = domain::compliance_columns();
  const auto& total = report.answer.sections.at(0).rows;
  if (total.empty() || number_of(total[0].at(column_of(columns, "measured"))) == 0)
    sheet.paragraph(
        "No ticket that was resolved in the period had a due time, so there is no "
        "compliance to tell of.");
  pdf::line_plot compliance = plot_of("Resolved within target, %", report.what->columns,
                                      report.answer.rows, {"compliance_percent"});
  compliance.top = 100;
  sheet.add(compliance);
  std::vector<pdf::bar_chart> charts;
  for (const domain::report_section& s : report.answer.sections) {
    if (s.name == "total") continue;
    charts.push_back(bars_of("Compliance, " + std::string(s.title).replace(0, 1, "b"), columns,
                             s.rows, "value", "compliance_percent", report.asked.zone));
    charts.back().top = 100;
  }
  sheet.add(charts);
  const auto wide = [](const report_column&) { return 1.0; };
  for (const domain::report_section& s : report.answer.sections) {
    sheet.heading(std::string(s.title));
    std::span<const report_column> shown = columns;
    std::vector<domain::report_row> rows = s.rows;
    if (s.name == "total") {
      shown = columns.subspan(1);
      for (domain::report_row& row : rows)
        row.erase(row.begin());
    }
    sheet.add(table_of(shown, rows, report.asked.zone, wide));
  }
  sheet.heading(fmt::format("By {}", name_of(report.asked.step)));
}

void add_plots(pdf::sheet& sheet, const finished_report& report) {
  const auto& columns = report.what->columns;
  const auto bars = [&](const char* title, const char* name, const char* value) {
    return bars_of(title, columns, report.answer.rows, name, value, report.asked.zone);
  };
  std::vector<pdf::bar_chart> charts;
  switch (report.what->kind) {
    case report_kind::ticket_summary:
      return add_summary(sheet, report);
    case report_kind::sla:
      return add_sla(sheet, report);
    case report_kind::trend:
      return sheet.add(plot_of(fmt::format("Tickets by {}", name_of(report.asked.step)), columns,
                               report.answer.rows, {"created", "resolved", "open"}));
    case report_kind::technicians:
      charts = {bars("Resolved", "name", "resolved"),
                bars("Median time", "name", "median_resolution_s"),
                bars("Open now", "name", "open")};
      break;
    case report_kind::zones:
      charts = {bars("Tickets", "zone", "tickets"), bars("Faults", "zone", "fault"),
                bars("Open", "zone", "open")};
      break;
    case report_kind::contractors:
      charts = {bars("Tickets", "name", "tickets"), bars("Rework rate", "name", "rework_percent"),
                bars("First-time fix", "name", "first_time_fix_percent")};
      for (std::size_t i = 1; i < charts.size(); ++i)
        charts[i].top = 100;
      break;
    case report_kind::clocks:
      return;  // a table says all of it
  }
  sheet.add(charts);
}

}  // namespace

std::string duration_for_people(std::int64_t seconds) {
  if (seconds < 60) return fmt::format("{} s", seconds);
  const std::int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (hours == 0) return fmt::format("{} min", minutes);
  if (days == 0) return fmt::format("{} h {} min", hours, minutes % 60);
  return fmt::format("{} d {} h", days, hours % 24);
}

tl::expected<std::string, std::string> report_pdf(const finished_report& report,
                                                  const pdf::font_files& fonts) {
  const auto files = pdf::find_fonts(fonts);
  if (!files) return tl::unexpected(files.error());
  auto canvas = pdf::canvas::make(*files);
  if (!canvas) return tl::unexpected(canvas.error());
  pdf::sheet_head head;
  head.title = report.what->title;
  head.lines = head_lines(report);
  head.foot =
      fmt::format("FibreHub · made {} for {}", minutes_utc(report.asked.now), report.made_for);
  pdf::sheet sheet(*canvas, std::move(head));
  add_plots(sheet, report);
  sheet.add(table_of(report.what->columns, report.answer.rows, report.asked.zone,
                     [&](const report_column& c) { return share_of(*report.what, c); }));
  sheet.finish();
  return canvas->finish(std::string(report.what->title));
}

}  // namespace fibrehub::web::api
