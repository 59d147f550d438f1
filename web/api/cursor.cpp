#include "web/api/cursor.hpp"

#include <charconv>

namespace fibrehub::web::api {
namespace {
constexpr std::string_view prefix = "c1.";
constexpr int base = 36;
}  // namespace

std::string make_cursor(std::int64_t id) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, id, base).ptr;
  return std::string(prefix).append(digits, end);
}

std::optional<std::int64_t> parse_cursor(std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::int64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id, base);
  if (ec != std::errc() || end != text.data() + text.size() || id < 0) return std::nullopt;
  return id;
}

}  // namespace fibrehub::web::api
