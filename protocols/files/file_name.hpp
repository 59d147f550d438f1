// What a sender called a file, made fit to be shown, stored and offered for download. The result is
// metadata only: no path is ever built from it. It hides nothing from who reads it (no direction
// overrides, no invisible characters, no long gaps before the ending) and leads nowhere.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fibrehub::protocols::files {

inline constexpr std::size_t max_file_name_bytes = 200;

/// Valid UTF-8 in NFC (Unicode annex 15), 1 to `max_file_name_bytes` bytes, one line, no control,
/// format or invisible characters, no folders, no drive, no dot or space at either end. A name that
/// is too long loses the end of its stem and keeps its ending. `fallback`, which must be such a
/// name, stands in when nothing is left. Cleaning twice changes nothing more.
std::string clean_file_name(std::string_view given, std::string_view fallback = "file");

}  // namespace fibrehub::protocols::files
