#include "domain/reports/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fibrehub::domain {
namespace {

using c = report_column;
using t = cell_type;

constexpr std::string_view average_text =
    "Mean of the seconds from creation to resolution, rounded";
constexpr std::string_view median_text =
    "Median of the seconds from creation to resolution, rounded";

constexpr c summary[]{
    {"ticket_uid", t::text, "Ticket", "The ticket's UID"},
    {"title", t::text, "Title", "Its title"},
    {"status", t::text, "Status", "Its status now"},
    {"priority", t::text, "Priority", "Its priority now"},
    {"type", t::text, "Type", "Its type"},
    {"source", t::text, "Source", "Where it came from"},
    {"project", t::text, "Project", "Code of its project"},
    {"zone", t::text, "Zone", "Its zone"},
    {"drop_number", t::text, "Drop", "Its drop, such as DR1730654"},
    {"client", t::text, "Client", "Name of its client"},
    {"contractor", t::text, "Contractor", "Name of its contractor"},
    {"assignee", t::text, "Assignee", "Who works on it"},
    {"team", t::text, "Team", "Whose team's it is"},
    {"created_at", t::moment, "Created", "When it was made"},
    {"due_at", t::moment, "Due", "Until when it is to be resolved"},
    {"resolved_at", t::moment, "Resolved", "When it was resolved"},
    {"closed_at", t::moment, "Closed", "When it was closed"},
    {"resolution_s", t::seconds, "Time to resolve", "Seconds from creation to resolution"},
    {"overdue", t::text, "Overdue", "yes: not resolved, and due before the report was made"},
    {"rework_count", t::integer, "Rework", "How often quality assurance sent it back"}};

constexpr c sla[]{
    {"period", t::day, "From", "First local day of the piece"},
    {"from", t::moment, "Begin", "Begin of the piece"},
    {"to", t::moment, "End", "End of the piece, not part of it"},
    {"resolved", t::integer, "Resolved", "Tickets resolved in it"},
    {"measured", t::integer, "With target", "Of these, tickets that have a target"},
    {"met", t::integer, "Met", "Of these, resolved within it"},
    {"breached", t::integer, "Breached", "Of these, resolved too late"},
    {"compliance_percent", t::percent, "Compliance", "Met per hundred measured; null: none"},
    {"average_resolution_s", t::seconds, "Average time", average_text},
    {"median_resolution_s", t::seconds, "Median time", median_text}};

constexpr c technicians[]{
    {"user_id", t::integer, "Id", "The person's id"},
    {"name", t::text, "Name", "Who the tickets are assigned to"},
    {"resolved", t::integer, "Resolved", "Tickets resolved in the period"},
    {"average_resolution_s", t::seconds, "Average time", average_text},
    {"median_resolution_s", t::seconds, "Median time", median_text},
    {"reopened", t::integer, "Reopened",
     "Tickets that went back to work in the period after they had been resolved or closed"},
    {"rework", t::integer, "Rework", "How often quality assurance sent the resolved ones back"},
    {"open", t::integer, "Open now", "Tickets still to be done, whenever they were made"},
    {"overdue", t::integer, "Overdue now", "Of these, past their due time"}};

constexpr c zones[]{{"project", t::text, "Project", "Code of the project"},
                    {"project_name", t::text, "Project name", "Its name"},
                    {"zone", t::text, "Zone", "The zone"},
                    {"tickets", t::integer, "Tickets", "Tickets made in the period"},
                    {"build", t::integer, "Build", "Of type build"},
                    {"fault", t::integer, "Fault", "Of type fault"},
                    {"infrastructure", t::integer, "Infrastr.", "Of type infrastructure"},
                    {"preventative", t::integer, "Prevent.", "Of type preventative"},
                    {"adhoc", t::integer, "Ad hoc", "Of type adhoc"},
                    {"drops", t::integer, "Drops", "Different drops they are about"},
                    {"open", t::integer, "Open", "Of the tickets, not resolved yet"},
                    {"overdue", t::integer, "Overdue", "Of these, past their due time"},
                    {"average_resolution_s", t::seconds, "Average time", average_text},
                    {"median_resolution_s", t::seconds, "Median time", median_text}};

constexpr c trend[]{{"period", t::day, "From", "First local day of the piece"},
                    {"from", t::moment, "Begin", "Begin of the piece"},
                    {"to", t::moment, "End", "End of the piece, not part of it"},
                    {"created", t::integer, "Created", "Tickets made in it"},
                    {"resolved", t::integer, "Resolved", "Tickets resolved in it"},
                    {"closed", t::integer, "Closed", "Tickets closed in it"},
                    {"open", t::integer, "Open at end", "Tickets not resolved at its end"}};

constexpr c contractors[]{
    {"code", t::text, "Code", "Code of the contractor"},
    {"name", t::text, "Contractor", "Its name"},
    {"tickets", t::integer, "Tickets", "Tickets made in the period about its work"},
    {"defects", t::integer, "Defects", "Of these, with a defect type"},
    {"defects_by_type", t::counts, "Defects by type", "How many of each type"},
    {"rework", t::integer, "Rework", "Of the tickets, sent back or marked for rework"},
    {"rework_percent", t::percent, "Rework rate", "Rework per hundred tickets"},
    {"resolved", t::integer, "Resolved", "Of the tickets, resolved"},
    {"first_time_fixed", t::integer, "Fixed at once",
     "Of the resolved, without rework and never reopened"},
    {"first_time_fix_percent", t::percent, "First-time fix",
     "Fixed at once per hundred resolved; null: none"},
    {"penalties", t::decimal, "Penalties", "Sum of the tickets' penalties"}};

constexpr c clocks[]{
    {"clock", t::text, "Clock", "response or resolution"},
    {"by", t::text, "By", "all, type, priority, team, contractor or week"},
    {"value", t::text, "Value", "Value of it; a week is that of ISO 8601; null: none"},
    {"measured", t::integer, "Measured", "Clocks that stopped in the period with a verdict"},
    {"met", t::integer, "Met", "Of these, within their target"},
    {"breached", t::integer, "Breached", "Of these, too late"},
    {"compliance_percent", t::percent, "Compliance", "Met per hundred measured"}};

constexpr c counts[]{{"value", t::text, "Value", "Value of the field; null: none"},
                     {"tickets", t::integer, "Tickets", "Tickets that have it"}};

constexpr c compliance[]{
    {"value", t::text, "Value", "Value of the field"},
    {"resolved", t::integer, "Resolved", "Tickets resolved in the period"},
    {"measured", t::integer, "With target", "Of these, tickets that have a target"},
    {"met", t::integer, "Met", "Of these, resolved within it"},
    {"breached", t::integer, "Breached", "Of these, resolved too late"},
    {"compliance_percent", t::percent, "Compliance", "Met per hundred measured; null: none"},
    {"average_resolution_s", t::seconds, "Average time", average_text},
    {"median_resolution_s", t::seconds, "Median time", median_text}};

constexpr std::array<report_definition, 7> all{{
    {report_kind::ticket_summary, "ticket-summary", "Ticket summary",
     "Every ticket made in the period, with counts by status, priority, type and source", summary,
     false, true},
    {report_kind::sla, "sla", "SLA report",
     "Tickets resolved in the period: how many within their target, and how fast", sla, true,
     false},
    {report_kind::technicians, "technicians", "Technician performance",
     "Who resolved how many tickets in the period, how fast, and what came back", technicians,
     false, false},
    {report_kind::zones, "zones", "Zone analysis",
     "Where the tickets made in the period are, by project and zone", zones, false, false},
    {report_kind::trend, "trend", "Trend",
     "Tickets made, resolved and closed by day, week or month, and how many were open", trend, true,
     false},
    {report_kind::contractors, "contractors", "Contractor quality",
     "Defects, rework, first-time fixes and penalties of the contractors", contractors, false,
     false},
    {report_kind::clocks, "sla-clocks", "SLA clocks",
     "Responses and resolutions in the period that met their target in working time, by type,"
     " priority, team, contractor and week",
     clocks, false, false},
}};

}  // namespace

std::span<const report_definition> reports() {
  return all;
}

const report_definition& definition(report_kind kind) {
  return all[static_cast<std::size_t>(kind)];
}

const report_definition* find_report(std::string_view name) {
  const auto* const it =
      std::find_if(all.begin(), all.end(), [&](const auto& r) { return r.name == name; });
  return it == all.end() ? nullptr : &*it;
}

std::span<const report_column> count_columns() {
  return counts;
}

std::span<const report_column> compliance_columns() {
  return compliance;
}

report_reach reach_of(role who, report_kind kind) {
  if (allows(who, permission::read_reports)) return report_reach::all;
  if (who == role::technician && kind == report_kind::technicians) return report_reach::own;
  return report_reach::none;
}

std::optional<std::string> percent(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return std::nullopt;
  const std::int64_t tenths = (part * 2000 + whole) / (2 * whole);
  return fmt::format("{}.{}", tenths / 10, tenths % 10);
}

}  // namespace fibrehub::domain
