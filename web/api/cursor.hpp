// Page cursors: opaque to the caller, an internal id to us.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fibrehub::web::api {

std::string make_cursor(std::int64_t id);
/// Nothing for a text this hub cannot have made.
std::optional<std::int64_t> parse_cursor(std::string_view text);

}  // namespace fibrehub::web::api
