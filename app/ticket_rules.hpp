// The rules of tickets as the configuration has them: workflow, priorities, numbers, further
// fields.
#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "config/setting.hpp"
#include "config/values.hpp"
#include "domain/ticket_commands.hpp"
#include "domain/uid.hpp"

namespace fibrehub::app {

/// What is wrong in section [tickets], by setting; for the program's schema.
std::vector<config::fault> ticket_rule_faults(const config::section_values& tickets);

/// Of checked values.
domain::ticket_rules ticket_rules_from(const config::values& values);
domain::uid_templates uid_templates_from(const config::values& values);

}  // namespace fibrehub::app
