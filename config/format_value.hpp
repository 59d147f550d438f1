// Values as text: in messages, in the reference and in TOML. Confidential text never leaves here.
#pragma once

#include <string>
#include <string_view>

#include "config/setting.hpp"

namespace fibrehub::config {

inline constexpr std::string_view mask = "********";

/// In double quotes with TOML's escapes.
std::string in_quotes(std::string_view text);

/// A number in the units of its kind: `70000`, `5m`, `64MB`.
std::string display(kind type, std::int64_t number);

/// `0 to 65535`, `1s to 10m`, `debug, info, warn`, `at most 2`; empty when there is nothing to say.
std::string bounds_of(const setting& declared);

/// As a TOML value; references to secrets are shown, literals of a secret kind are masked.
std::string to_toml(const setting& declared, const value& v);

}  // namespace fibrehub::config
