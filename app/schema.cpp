#include "app/schema.hpp"

#include "app/ticket_rules.hpp"
#include "channels/qcontact/settings.hpp"
#include "channels/waha/settings.hpp"
#include "config/core_sections.hpp"
#include "domain/time_zone.hpp"

namespace fibrehub::app {
namespace {

std::vector<config::fault> report_faults(const config::section_values& reports) {
  if (domain::time_zone::find(reports.text("time_zone"))) return {};
  return {{"time_zone", "must be the name of an IANA time zone, such as Africa/Johannesburg"}};
}

}  // namespace

config::schema program_schema() {
  config::schema all = config::core_sections();
  for (config::section& s : all) {
    if (s.name == "tickets") {
      s.rule = ticket_rule_faults;
    } else if (s.name == "reports") {
      s.rule = report_faults;
    }
  }
  all.push_back(channels::waha::declared_settings());
  all.push_back(channels::qcontact::section());
  return all;
}

}  // namespace fibrehub::app
