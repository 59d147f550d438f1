// Small text rules shared by titles and stored text.
#pragma once

#include <string>
#include <string_view>

namespace fibrehub::domain {

/// The first line with anything in it, blanks trimmed, at most `max_characters` code points (an
/// ellipsis shows what was cut).
std::string first_line(std::string_view utf8, std::size_t max_characters);

/// Text as PostgreSQL can hold it: invalid UTF-8 becomes U+FFFD, NUL is dropped, and at most
/// `max_bytes` bytes remain, cut between characters.
std::string storable(std::string_view bytes, std::size_t max_bytes);

/// True when `storable` would return the bytes as they are.
bool is_storable(std::string_view bytes);

}  // namespace fibrehub::domain
