// How settings are called in a file, in the environment and in messages, and the guess of what a
// misspelt name was meant to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::config {

inline constexpr std::string_view environment_prefix = "FIBREHUB__";

inline constexpr const char* name_form =
    "lower-case letters, digits and single underscores, starting with a letter, 40 at most";

/// Section, setting and instance names; the form maps to environment variables and back.
bool is_name(std::string_view name);

/// `web.port`, `waha.main.url`.
std::string full_name(std::string_view section, std::string_view instance, std::string_view key);

/// `FIBREHUB__WEB__PORT`, `FIBREHUB__WAHA__MAIN__URL`.
std::string environment_name(std::string_view section, std::string_view instance,
                             std::string_view key);

std::string to_lower(std::string_view text);

/// Cuts at every separator: `a..b` gives `a`, nothing, `b`.
std::vector<std::string> split(std::string_view text, std::string_view separator);

/// The candidate closest to the word, when one is close enough to be what was meant.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace fibrehub::config
