// Names that the requirement document spells in camel case: both spellings count, one at a time.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "web/api/body.hpp"
#include "web/request.hpp"

namespace fibrehub::web::api {

inline std::string query_either(const request_context& ctx, std::string_view name,
                                std::string_view other) {
  if (const auto value = ctx.query(name)) return std::string(*value);
  return std::string(ctx.query(other).value_or(""));
}

inline std::optional<std::string> text_either(body_reader& body, std::string_view name,
                                              std::string_view other, std::size_t max_characters) {
  auto value = body.text(name, max_characters);
  auto second = body.text(other, max_characters);
  return value ? value : second;
}

inline std::string required_either(body_reader& body, std::string_view name, std::string_view other,
                                   std::size_t max_characters) {
  auto value = text_either(body, name, other, max_characters);
  if (!value && body.problems().empty()) body.complain(name, "is required");
  return value.value_or("");
}

/// An id as the API writes it: a text of digits.
inline std::optional<std::int64_t> id_in(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (ec != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

}  // namespace fibrehub::web::api
