#include "domain/custom_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "domain/ticket.hpp"

namespace fibrehub::domain {
namespace {

constexpr std::array<std::string_view, 4> kinds{"text", "number", "boolean", "date"};
constexpr std::size_t max_fields = 200;
constexpr std::size_t max_text_bytes = 4000;

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(" \t") - from + 1));
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 60 && std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

tl::expected<custom_field, std::string> read(const std::string& line) {
  const auto wrong = [&](std::string_view why) {
    return tl::unexpected(fmt::format("\"{}\": {}", line, why));
  };
  const auto dot = line.find('.'), colon = line.find(':');
  if (dot == std::string::npos || colon == std::string::npos || colon < dot)
    return wrong("write type.name: kind, with ', required' behind");
  custom_field out;
  out.type = trimmed(std::string_view(line).substr(0, dot));
  out.name = trimmed(std::string_view(line).substr(dot + 1, colon - dot - 1));
  if (out.type == "*") out.type.clear();
  if (!out.type.empty() && !ticket_type_from(out.type))
    return wrong(fmt::format("types are {} and *", fmt::join(ticket_type_names(), ", ")));
  if (!is_name(out.name)) return wrong("names are made of a to z, 0 to 9 and _");
  const std::string rest = line.substr(colon + 1);
  const auto comma = rest.find(',');
  const std::string kind = trimmed(std::string_view(rest).substr(0, comma));
  const auto it = std::find(kinds.begin(), kinds.end(), kind);
  if (it == kinds.end()) return wrong(fmt::format("kinds are {}", fmt::join(kinds, ", ")));
  out.holds = static_cast<custom_field::kind>(it - kinds.begin());
  if (comma != std::string::npos) {
    if (trimmed(std::string_view(rest).substr(comma + 1)) != "required")
      return wrong("after the comma stands only: required");
    out.required = true;
  }
  return out;
}

bool fits(const custom_field& f, const field_input& value) {
  using given = field_input::kind;
  switch (f.holds) {
    case custom_field::kind::text:
      return value.what == given::text && value.text.size() <= max_text_bytes;
    case custom_field::kind::number:
      return value.what == given::number;
    case custom_field::kind::boolean:
      return value.what == given::boolean;
    case custom_field::kind::date:
      return canonical(definition(field::install_date), value).has_value() &&
             value.what == given::text;
  }
  return false;
}

}  // namespace

tl::expected<custom_fields, std::string> custom_fields::parse(std::span<const std::string> lines) {
  custom_fields out;
  std::set<std::pair<std::string, std::string>> seen;
  for (const std::string& line : lines) {
    auto one = read(line);
    if (!one) return tl::unexpected(one.error());
    if (!seen.emplace(one->type, one->name).second)
      return tl::unexpected(fmt::format("\"{}\": this field is given twice", line));
    out.fields_.push_back(std::move(*one));
  }
  if (out.fields_.size() > max_fields)
    return tl::unexpected(fmt::format("at most {} fields", max_fields));
  return out;
}

std::optional<std::string> custom_fields::problem(
    std::string_view type, const std::map<std::string, field_input>& members) const {
  if (empty()) return std::nullopt;
  std::set<std::string_view> known;
  for (const custom_field& f : fields_) {
    if (!f.type.empty() && f.type != type) continue;
    known.insert(f.name);
    const auto it = members.find(f.name);
    const bool given = it != members.end() && it->second.what != field_input::kind::null;
    if (!given && f.required)
      return fmt::format("needs \"{}\" for a ticket of type {}", f.name, type);
    if (given && !fits(f, it->second))
      return fmt::format("\"{}\" must be a {}", f.name, kinds[static_cast<std::size_t>(f.holds)]);
  }
  for (const auto& [name, value] : members)
    if (!known.contains(name))
      return fmt::format("has no field \"{}\" for a ticket of type {}", name, type);
  return std::nullopt;
}

}  // namespace fibrehub::domain
