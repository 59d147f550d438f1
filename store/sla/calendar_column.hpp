// A calendar's versions as they are kept in one column: the JSON people write, always as a list of
// versions. Read strictly by position of its members' names: only what `to_column` wrote is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/sla/calendar.hpp"

namespace fibrehub::store {

std::string to_column(const std::vector<domain::sla::calendar_version>& versions);
/// Nothing when the column holds something else.
std::optional<std::vector<domain::sla::calendar_version>> from_column(std::string_view json);

/// As the API shows a calendar: one version by itself, several in {"versions": […]}.
std::string calendar_json(const std::vector<domain::sla::calendar_version>& versions);

}  // namespace fibrehub::store
