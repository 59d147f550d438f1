// The JSON of tokens and key sets. RFC 7515 (section 4) and RFC 7519 (section 4) want a name to
// appear once in an object: two readers that disagree on which of two counts disagree on who
// somebody is.
#pragma once

#include <cstddef>
#include <string_view>

#include "protocols/json/parse.hpp"

namespace fibrehub::protocols::auth {

inline constexpr std::size_t max_jwt_json_depth = 16;
inline constexpr std::size_t max_jwt_members = 256;

/// True for an object of at most 256 members without repeated names (its own; not of what it
/// holds).
bool is_plain_object(const json::value& v);

/// Parses a text that is one such object, nested no deeper than 16 levels; null for any other.
json::document parse_plain_object(std::string_view text);

}  // namespace fibrehub::protocols::auth
