// Pieces of JSON schemas.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "store/tickets/json.hpp"

namespace fibrehub::web::api {

/// The member "enum" with these names.
inline std::string enum_of(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view n : names)
    out += (out.empty() ? "" : ",") + store::json_string(n);
  return "\"enum\":[" + out + "]";
}

}  // namespace fibrehub::web::api
