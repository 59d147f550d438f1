// Percent-encoding as strangers send it: decoded once, or refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fibrehub::web {

/// `%41` → `A`. Nothing when an escape is broken, or when the outcome holds a control character
/// or is not UTF-8. `plus_is_space` is the custom of query strings.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// `a=1&b=two` decoded, in order. Nothing on a broken escape or more than `limit` parameters.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(
    std::string_view text, std::size_t limit = 100);

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace fibrehub::web
