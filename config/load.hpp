// From defaults, file, environment and command line to checked values, or to every error at once,
// one line each, with the place and what is allowed.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "config/layers.hpp"
#include "config/values.hpp"

namespace fibrehub::config {

using errors = std::vector<std::string>;

struct config_source {
  std::string file;                    // empty: none
  std::vector<std::string> overrides;  // "section.key=value", later ones win
};

/// The process's environment at this moment.
environment current_environment();

/// What was asked for, else ./fibrehub.toml, else /etc/fibrehub/fibrehub.toml, else nothing.
std::string find_file(const std::string& asked_for);

/// Default < file < environment < command line. Secrets stay references.
tl::expected<values, errors> load(const schema& all, const config_source& source,
                                  const environment& environ);

/// Reads what the references of all secrets stand for.
tl::expected<values, errors> resolve_secrets(values loaded, const environment& environ);

/// Both in one: what a hub needs to start or to reload.
tl::expected<values, errors> load_and_resolve(const schema& all, const config_source& source,
                                              const environment& environ);

}  // namespace fibrehub::config
