#include "web/request.hpp"

#include <charconv>

namespace fibrehub::web {
namespace {

constexpr std::array<std::string_view, method_count> names{"GET",   "HEAD",   "POST",    "PUT",
                                                           "PATCH", "DELETE", "OPTIONS", "OTHER"};

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

std::string_view name_of(method m) {
  return names[static_cast<std::size_t>(m)];
}

method method_from(std::string_view name) {
  for (std::size_t i = 0; i + 1 < names.size(); ++i)
    if (names[i] == name) return static_cast<method>(i);
  return method::other;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view request_context::header(std::string_view name) const {
  for (const auto& h : headers)
    if (same_name(h.name, name)) return h.value;
  return {};
}

std::string_view request_context::path_value(std::string_view name) const {
  for (const auto& [key, value] : path_values)
    if (key == name) return value;
  return {};
}

std::optional<std::string_view> request_context::query(std::string_view name) const {
  for (const auto& [key, value] : query_values)
    if (key == name) return value;
  return std::nullopt;
}

std::vector<std::string> request_context::query_list(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : query_values) {
    if (key != name) continue;
    std::string_view rest = value;
    while (true) {
      const auto comma = rest.find(',');
      out.emplace_back(rest.substr(0, comma));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return out;
}

std::optional<std::int64_t> request_context::query_integer(std::string_view name) const {
  const auto text = query(name);
  if (!text) return std::nullopt;
  std::int64_t v = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), v);
  if (ec != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return v;
}

std::optional<bool> request_context::query_boolean(std::string_view name) const {
  const auto text = query(name);
  if (!text) return std::nullopt;
  return *text == "true";
}

}  // namespace fibrehub::web
