// The little of HTTP/1.1 a load driver must understand: where an answer ends and what it says.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>

#include <strings.h>

namespace fibrehub::bench {

struct response_head {
  int status = 0;
  std::size_t body_bytes = 0;
  bool close = false;  // the server ends the connection after this answer
};

/// Value of a header line when it has that name (`name` ends with the colon), without blanks.
inline std::optional<std::string_view> header_value(std::string_view line, std::string_view name) {
  if (line.size() < name.size() || ::strncasecmp(line.data(), name.data(), name.size()) != 0) {
    return std::nullopt;
  }
  line.remove_prefix(name.size());
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t'))
    line.remove_prefix(1);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t'))
    line.remove_suffix(1);
  return line;
}

/// Reads a head, given up to and including its blank line. Nothing when it is no HTTP/1 answer, or
/// one whose length is not announced (chunked): the driver does not follow those.
inline std::optional<response_head> read_head(std::string_view head) {
  if (head.size() < 12 || head.substr(0, 7) != "HTTP/1.") return std::nullopt;
  response_head out;
  const auto status = std::from_chars(head.data() + 9, head.data() + 12, out.status);
  if (status.ec != std::errc{} || out.status < 200 || out.status > 599) return std::nullopt;

  bool length_known = out.status == 204 || out.status == 304;
  std::size_t line_start = head.find("\r\n");
  while (line_start != std::string_view::npos && line_start + 2 < head.size()) {
    line_start += 2;
    const std::size_t line_end = head.find("\r\n", line_start);
    if (line_end == std::string_view::npos) break;
    const auto line = head.substr(line_start, line_end - line_start);
    if (const auto length = header_value(line, "content-length:")) {
      const auto read =
          std::from_chars(length->data(), length->data() + length->size(), out.body_bytes);
      if (read.ec != std::errc{}) return std::nullopt;
      length_known = true;
    } else if (const auto connection = header_value(line, "connection:")) {
      out.close = connection->size() == 5 && ::strncasecmp(connection->data(), "close", 5) == 0;
    }
    line_start = line_end;
  }
  if (!length_known) return std::nullopt;
  return out;
}

}  // namespace fibrehub::bench
