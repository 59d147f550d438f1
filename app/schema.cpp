#include "app/schema.hpp"

#include "channels/qcontact/settings.hpp"
#include "channels/waha/settings.hpp"
#include "config/core_sections.hpp"

namespace fibrehub::app {

config::schema program_schema() {
  config::schema all = config::core_sections();
  all.push_back(channels::waha::declared_settings());
  all.push_back(channels::qcontact::section());
  return all;
}

}  // namespace fibrehub::app
