// What `fibrehub config …` answers, without a process around it.
#pragma once

#include <string>

#include "config/load.hpp"

namespace fibrehub::config {

struct outcome {
  int exit_code = 0;
  std::string out;     // for standard output
  std::string errors;  // for standard error
};

/// "ok" and a summary, or a line per mistake and 2; secrets are read as a start would.
outcome check_command(const schema& all, const config_source& source, const environment& environ);
/// The effective configuration; secrets are not read.
outcome show_command(const schema& all, const config_source& source, const environment& environ);

}  // namespace fibrehub::config
