// Query and path parameters that several resources share.
#pragma once

#include <span>
#include <string>

#include "web/parameter.hpp"

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
