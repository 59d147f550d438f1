// Durations and sizes as people write them: a whole number and a unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace fibrehub::config {

/// "250ms", "30s", "5m", "2h", "1d" as milliseconds; a number without a unit is refused.
tl::expected<std::int64_t, std::string> parse_duration_ms(std::string_view text);
/// In the largest unit that leaves no remainder.
std::string format_duration(std::int64_t ms);

/// "512KB", "64MB", "100B" or a bare number of bytes; 1 KB is 1024 bytes.
tl::expected<std::int64_t, std::string> parse_size_bytes(std::string_view text);
std::string format_size(std::int64_t bytes);

}  // namespace fibrehub::config
