// What the hub says about itself: one JSON object per line for machines, or plain text for people.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace fibrehub::app {

struct log_settings {
  std::string level = "info";   // trace, debug, info, warn, error
  std::string format = "json";  // json, text
  std::string file;             // empty: standard error
};

/// Sets up the default logger; the error is a sentence (the file cannot be opened).
tl::expected<void, std::string> set_up_logging(const log_settings& s);

/// Text as the inside of a JSON string; control characters and invalid bytes cannot break a line.
std::string escape_json(std::string_view text);

}  // namespace fibrehub::app
