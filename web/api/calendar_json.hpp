// Calendars and clocks as JSON, read and written in one place: by the API and by `fibrehub sla`.
//
//   {"zone": "Africa/Johannesburg",
//    "weekly": {"mon": [["08:00", "12:00"], ["13:00", "17:00"]], "tue": …},
//    "holidays": ["2026-12-25"],
//    "exceptions": {"2026-12-24": [["08:00", "12:00"]]}}
//
// or several of these with "effective_from" in {"versions": […]}.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/sla/clock.hpp"
#include "protocols/json/parse.hpp"
#include "web/response.hpp"

namespace fibrehub::web::api {

/// Reads a calendar; every problem found goes to `problems` with its path
/// ("calendar.weekly.mon[1]") and nothing is answered then. Unknown members are refused by name.
std::optional<std::vector<domain::sla::calendar_version>> read_calendar_versions(
    const protocols::json::value& from, const std::string& path,
    std::vector<field_problem>& problems);

/// Likewise, checked and ready to be asked.
domain::sla::calendar::handle read_calendar(const protocols::json::value& from,
                                            const std::string& path,
                                            std::vector<field_problem>& problems);

/// [["2026-03-07T16:04:40Z", "2026-03-07T18:00:00Z"], ["2026-03-08T08:00:00Z", null]]
std::vector<domain::sla::pause> read_pauses(const protocols::json::value& from,
                                            const std::string& path,
                                            std::vector<field_problem>& problems);

/// The form above: one version alone without "versions", several with it.
void write_calendar(json_writer& w, const std::vector<domain::sla::calendar_version>& versions);

}  // namespace fibrehub::web::api
