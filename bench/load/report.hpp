// A result in words for a person, or in JSON for a program.
#pragma once

#include <string>

#include "bench/load/load_run.hpp"

namespace fibrehub::bench {

std::string to_text(const load_result& r);
std::string to_json(const load_result& r);

}  // namespace fibrehub::bench
