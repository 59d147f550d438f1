// Reading an automation rule out of a body. Include it from .cpp files only.
#pragma once

#include "store/automation/rules.hpp"
#include "web/api/body.hpp"

namespace fibrehub::web::api {

/// What is given of a rule; problems are collected in the body. `creating`: everything that a new
/// rule needs has to be there.
store::save_automation_rule read_automation_rule(body_reader& body, bool creating);

}  // namespace fibrehub::web::api
