// One given value, from whichever source, against its declaration: the checked value or one
// sentence that says what is wrong and what is allowed.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "config/setting.hpp"

namespace fibrehub::config {

/// From the environment or the command line, where everything is text and the kind decides.
struct loose {
  std::string text;
};
/// A TOML value that no setting takes: "a date", "a decimal number".
struct foreign {
  std::string what;
};
using raw = std::variant<loose, std::string, std::int64_t, bool, std::vector<std::string>, foreign>;

tl::expected<value, std::string> parse_value(const setting& declared, const raw& given);

/// True for `env:NAME` and `file:/path`, well-formed or not.
bool is_reference(std::string_view text);

}  // namespace fibrehub::config
