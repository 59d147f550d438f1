// Trigger and actions of an automation rule as JSON: how they are kept, and how the API shows them.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "domain/automation.hpp"

namespace fibrehub::store {

std::string trigger_json(const domain::automation_trigger& t);
std::string actions_json(const std::vector<domain::automation_action>& actions);

/// Of what the two above wrote; throws std::runtime_error for anything else.
domain::automation_trigger trigger_from(std::string_view json);
std::vector<domain::automation_action> actions_from(std::string_view json);

}  // namespace fibrehub::store
