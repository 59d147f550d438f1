#include "web/parameter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>

#include "domain/time.hpp"

namespace fibrehub::web {
namespace {

std::string range_text(const parameter& p, std::string_view unit) {
  if (p.min && p.max) return fmt::format("must be {} to {}{}", *p.min, *p.max, unit);
  if (p.min) return fmt::format("must be at least {}{}", *p.min, unit);
  return fmt::format("must be at most {}{}", *p.max, unit);
}

template <class Number>
bool in_range(const parameter& p, Number v) {
  return (!p.min || v >= static_cast<Number>(*p.min)) &&
         (!p.max || v <= static_cast<Number>(*p.max));
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number v{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return v;
}

std::optional<std::string> integer_problem(const parameter& p, std::string_view value) {
  const auto v = parse_number<std::int64_t>(value);
  if (v && in_range(p, *v)) return std::nullopt;
  if (p.min || p.max) return range_text(p, "");
  return "must be a whole number";
}

std::optional<std::string> number_problem(const parameter& p, std::string_view value) {
  const auto v = parse_number<double>(value);
  if (v && std::isfinite(*v) && in_range(p, *v)) return std::nullopt;
  if (p.min || p.max) return range_text(p, "");
  return "must be a number";
}

const parameter* find(const std::vector<parameter>& described, place in, std::string_view name) {
  for (const auto& p : described)
    if (p.in == in && p.name == name) return &p;
  return nullptr;
}

std::string unknown_reason(const std::vector<parameter>& described) {
  std::vector<std::string_view> names;
  for (const auto& p : described)
    if (p.in == place::query) names.push_back(p.name);
  if (names.empty()) return "is not known here; this address takes no query parameters";
  return fmt::format("is not known here; known are {}", fmt::join(names, ", "));
}

void check_value(const parameter& p, const request_context& ctx, std::string_view value,
                 std::vector<field_problem>& out) {
  if (!p.list) {
    if (auto why = value_problem(p, value)) out.push_back({p.name, std::move(*why)});
    return;
  }
  for (const auto& item : ctx.query_list(p.name)) {
    if (auto why = value_problem(p, item)) {
      out.push_back({p.name, std::move(*why)});
      return;
    }
  }
}

}  // namespace

std::optional<std::string> value_problem(const parameter& p, std::string_view value) {
  if (!p.allowed.empty()) {
    if (std::find(p.allowed.begin(), p.allowed.end(), value) != p.allowed.end())
      return std::nullopt;
    return fmt::format("must be one of {}", fmt::join(p.allowed, ", "));
  }
  switch (p.type) {
    case value_type::integer:
      return integer_problem(p, value);
    case value_type::number:
      return number_problem(p, value);
    case value_type::boolean:
      if (value == "true" || value == "false") return std::nullopt;
      return "must be true or false";
    case value_type::date_time:
      if (domain::parse_rfc3339(value)) return std::nullopt;
      return "must be a time such as 2026-01-31T08:00:00Z";
    case value_type::string:
      break;
  }
  if (in_range(p, static_cast<std::int64_t>(value.size()))) return std::nullopt;
  return range_text(p, " characters long");
}

std::vector<field_problem> parameter_problems(const std::vector<parameter>& described,
                                              const request_context& ctx) {
  std::vector<field_problem> out;
  for (const auto& [name, value] : ctx.path_values)
    if (const auto* p = find(described, place::path, name)) {
      if (auto why = value_problem(*p, value)) out.push_back({p->name, std::move(*why)});
    }
  std::vector<const parameter*> seen;
  for (const auto& [name, value] : ctx.query_values) {
    const auto* p = find(described, place::query, name);
    if (p == nullptr) {
      out.push_back({name, unknown_reason(described)});
    } else if (std::find(seen.begin(), seen.end(), p) != seen.end()) {
      if (!p->list) out.push_back({name, "is given more than once"});
    } else {
      seen.push_back(p);
      check_value(*p, ctx, value, out);
    }
  }
  for (const auto& p : described)
    if (p.in == place::query && p.required && std::find(seen.begin(), seen.end(), &p) == seen.end())
      out.push_back({p.name, "is required"});
  return out;
}

}  // namespace fibrehub::web
