// Schemas of statistics and reports.
#include <fmt/format.h>

#include "domain/reports/report.hpp"
#include "domain/ticket.hpp"
#include "store/tickets/json.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

using domain::cell_type;

constexpr const char* when = R"({"type":"string","format":"date-time"})";
constexpr const char* seconds_or_null = R"({"type":["integer","null"],"minimum":0})";

/// {"name":SCHEMA,…} with the same schema for each name.
std::string members(std::span<const std::string_view> names, std::string_view schema) {
  std::string out;
  for (const std::string_view n : names)
    out += fmt::format("{}{}:{}", out.empty() ? "" : ",", store::json_string(n), schema);
  return fmt::format(R"({{"type":"object","properties":{{{}}}}})", out);
}

std::string counts_of(std::span<const std::string_view> names) {
  return members(names, R"({"type":"integer","minimum":0})");
}

std::string common_counts() {
  return fmt::format(
      R"("total":{{"type":"integer"}},"by_priority":{},"by_type":{},"by_source":{},)"
      R"("by_zone":{{"type":"array","items":{{"type":"object","properties":{{"zone":{{"type":["string","null"]}},"tickets":{{"type":"integer"}}}}}}}},)"
      R"("by_project":{{"type":"array","items":{{"type":"object","properties":{{"code":{{"type":["string","null"]}},"name":{{"type":["string","null"]}},"tickets":{{"type":"integer"}}}}}}}})",
      counts_of(domain::ticket_priority_names()), counts_of(domain::ticket_type_names()),
      counts_of(domain::ticket_source_names()));
}

std::string times() {
  return fmt::format(R"("average_resolution_s":{0},"median_resolution_s":{0})", seconds_or_null);
}

std::string times_by(std::span<const std::string_view> names) {
  return members(
      names,
      fmt::format(R"({{"type":"object","properties":{{"resolved":{{"type":"integer"}},{}}}}})",
                  times()));
}

std::string stats_schema() {
  std::vector<std::string_view> open;
  for (const std::string_view s : domain::ticket_status_names())
    if (s != "resolved" && s != "closed") open.push_back(s);
  return fmt::format(
      R"({{"type":"object","properties":{{"generated_at":{0},"tz":{{"type":"string","examples":["Africa/Johannesburg"]}},)"
      R"("period":{{"$ref":"#/components/schemas/ReportPeriod"}},)"
      R"("open":{{"type":"object","properties":{{"by_status":{1},{2},"overdue":{{"type":"integer","description":"Open, and past their due time"}},)"
      R"("overdue_tickets":{{"type":"string","description":"Where they are listed","examples":["/api/v1/reports/ticket-summary?state=overdue"]}}}}}},)"
      R"("created":{{"type":"object","properties":{{{2}}}}},)"
      R"("resolved":{{"type":"object","properties":{{"total":{{"type":"integer"}},{3},"by_type":{4},"by_priority":{5}}}}},)"
      R"("sla":{{"type":"object","properties":{{"available":{{"type":"boolean","description":"false: no ticket had a target, so there is nothing to tell"}},)"
      R"("basis":{{"type":"string","description":"What is taken for a ticket's target"}},"reason":{{"type":["string","null"]}},)"
      R"("period":{{"$ref":"#/components/schemas/Compliance"}},"this_week":{{"$ref":"#/components/schemas/Compliance"}},)"
      R"("this_month":{{"$ref":"#/components/schemas/Compliance"}}}}}}}}}})",
      when, counts_of(open), common_counts(), times(), times_by(domain::ticket_type_names()),
      times_by(domain::ticket_priority_names()));
}

constexpr const char* compliance =
    R"({"type":"object","properties":{"from":{"type":"string","format":"date-time"},"to":{"type":"string","format":"date-time"},
"resolved":{"type":"integer"},"measured":{"type":"integer","description":"Of the resolved, tickets that had a target"},
"met":{"type":"integer"},"breached":{"type":"integer"},
"compliance_percent":{"type":["number","null"],"description":"Met per hundred measured; null when none was"}},
"examples":[{"from":"2026-11-15T22:00:00Z","to":"2026-11-21T12:00:00Z","resolved":44,"measured":40,"met":39,"breached":1,"compliance_percent":97.5}]})";

constexpr const char* report =
    R"({"type":"object","properties":{"report":{"type":"string"},"title":{"type":"string"},
"generated_at":{"type":"string","format":"date-time"},"tz":{"type":"string"},
"period":{"oneOf":[{"$ref":"#/components/schemas/ReportPeriod"},{"type":"null"}]},
"step":{"type":["string","null"],"enum":["day","week","month",null]},
"rows":{"type":"array","description":"Members as GET /api/v1/reports lists them","items":{"type":"object"}},
"breakdown":{"type":"object","description":"Smaller tables: by_priority and the like","additionalProperties":{"type":"array","items":{"type":"object"}}},
"pagination":{"type":"object","properties":{"limit":{"type":"integer"},"next_cursor":{"type":["string","null"]}}}},
"examples":[{"report":"trend","title":"Trend","generated_at":"2026-11-21T12:00:00Z","tz":"Africa/Johannesburg",
"period":{"from":"2026-11-19T22:00:00Z","to":"2026-11-21T22:00:00Z"},"step":"day",
"rows":[{"period":"2026-11-20","from":"2026-11-19T22:00:00Z","to":"2026-11-20T22:00:00Z","created":7,"resolved":5,"closed":4,"open":31},
{"period":"2026-11-21","from":"2026-11-20T22:00:00Z","to":"2026-11-21T22:00:00Z","created":2,"resolved":6,"closed":6,"open":27}],"breakdown":{}}]})";

}  // namespace

schema_registry report_schemas() {
  return {
      {"Stats", stats_schema()},
      {"Compliance", compliance},
      {"ReportPeriod",
       R"({"type":"object","description":"Half open","properties":{"from":{"type":"string","format":"date-time"},"to":{"type":"string","format":"date-time"}}})"},
      {"ReportList",
       R"({"type":"object","properties":{"reports":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string","examples":["sla"]},)"
       R"("title":{"type":"string"},"description":{"type":"string"},"formats":{"type":"array","items":{"enum":["json","csv","pdf"]}},)"
       R"("columns":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"description":{"type":"string"}}}}}}}}})"},
      {"Report", report},
  };
}

}  // namespace fibrehub::web::api
