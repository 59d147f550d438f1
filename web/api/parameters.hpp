// Query and path parameters that several resources share.
#pragma once

#include <charconv>
#include <limits>
#include <span>
#include <string>

#include "web/parameter.hpp"
#include "web/request.hpp"

namespace fibrehub::web::api {

inline parameter one_of(std::string name, std::span<const std::string_view> names,
                        std::string text) {
  parameter p;
  p.name = std::move(name);
  p.list = true;
  p.text = std::move(text);
  for (std::string_view n : names)
    p.allowed.emplace_back(n);
  return p;
}

inline parameter number(std::string name, std::int64_t min, std::int64_t max, std::string text,
                        std::string fallback = {}) {
  parameter p;
  p.name = std::move(name);
  p.type = value_type::integer;
  p.min = min;
  p.max = max;
  p.text = std::move(text);
  p.fallback = std::move(fallback);
  return p;
}

inline parameter words(std::string name, std::string text, std::int64_t max = 255,
                       bool list = false) {
  parameter p;
  p.name = std::move(name);
  p.text = std::move(text);
  p.min = 1;
  p.max = max;
  p.list = list;
  return p;
}

/// `{id}` in a path, and its value (the routing table has checked its form).
inline parameter path_id_parameter(std::string text) {
  parameter p = number("id", 1, std::numeric_limits<std::int64_t>::max(), std::move(text));
  p.in = place::path;
  p.required = true;
  return p;
}
inline std::int64_t path_id(const request_context& ctx) {
  const std::string_view text = ctx.path_value("id");
  std::int64_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  return id;
}

inline parameter ticket_uid() {
  parameter p;
  p.name = "uid";
  p.in = place::path;
  p.text = "The ticket's UID, for example DR1730654-01.";
  p.required = true;
  p.min = 1;
  p.max = 40;
  return p;
}

}  // namespace fibrehub::web::api
