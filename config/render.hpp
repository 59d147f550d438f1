// The declarations and the loaded values as text for people.
#pragma once

#include <string>

#include "config/values.hpp"

namespace fibrehub::config {

/// Markdown: how to configure, and a table per section.
std::string render_reference(const schema& all);

/// A file with every setting commented out at its default, below its sentence.
std::string render_sample(const schema& all);

/// The effective values as TOML, each with its origin; secrets are references or masked.
std::string render_effective(const values& loaded);

/// A few lines for `config check`: the file, what is configured, where the values come from.
std::string render_summary(const values& loaded);

}  // namespace fibrehub::config
