// Reading JSON that a stranger wrote: a depth limit instead of a stack overflow, UTF-8 checked,
// and accessors that answer "absent" instead of asserting.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace fibrehub::protocols::json {

using value = rapidjson::Value;
using document = rapidjson::Document;

struct parse_error {
  std::string message;     // "Missing a comma or } after an object member."
  std::size_t offset = 0;  // byte where it was noticed
};

/// Deepest nesting accepted.
inline constexpr std::size_t max_depth = 64;

/// Parses a whole text; refuses nesting deeper than `depth_limit`, invalid UTF-8, zero bytes and
/// trailing bytes.
tl::expected<document, parse_error> parse(std::string_view text,
                                          std::size_t depth_limit = max_depth);

/// Member of an object, or null when `v` is no object or has no such member.
const value* find(const value& v, std::string_view key);
/// Follows members by name: `at(v, "_data", "key", "id")`.
template <class... Keys>
const value* at(const value& v, std::string_view key, Keys... rest) {
  const value* inner = find(v, key);
  if constexpr (sizeof...(rest) == 0) {
    return inner;
  } else {
    return inner ? at(*inner, rest...) : nullptr;
  }
}

/// The member as text, or empty when it is absent, null or no string.
std::string_view text(const value& v, std::string_view key);
/// The member as text whether it is a string or a number.
std::string text_or_number(const value& v, std::string_view key);
/// The member as an integer: a JSON number, or a string of digits.
std::optional<std::int64_t> integer(const value& v, std::string_view key);
/// The member as a boolean, or `fallback`.
bool boolean(const value& v, std::string_view key, bool fallback = false);

/// The value as compact JSON text.
std::string to_text(const value& v);

}  // namespace fibrehub::protocols::json
