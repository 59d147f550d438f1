#include "app/schema.hpp"

#include "app/ticket_rules.hpp"
#include "channels/qcontact/settings.hpp"
#include "channels/waha/settings.hpp"
#include "config/core_sections.hpp"

namespace fibrehub::app {

config::schema program_schema() {
  config::schema all = config::core_sections();
  for (config::section& s : all) {
    if (s.name == "tickets") s.rule = ticket_rule_faults;
  }
  all.push_back(channels::waha::declared_settings());
  all.push_back(channels::qcontact::section());
  return all;
}

}  // namespace fibrehub::app
