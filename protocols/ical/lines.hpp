// The lowest layer of iCalendar: physical lines joined to logical ones, and these cut into name,
// parameters and value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fibrehub::protocols::ical {

struct logical_line {
  std::size_t number = 0;  // of its first physical line, from 1
  std::string text;
};

/// Joins folded lines (a line that begins with a blank or tab continues the one before). Lines end
/// with CRLF or LF; a byte order mark is skipped; empty lines are left out.
class line_reader {
 public:
  line_reader(std::string_view bytes, std::size_t line_bytes);
  /// Nothing at the end, or when a line is too long.
  std::optional<logical_line> next();
  bool too_long() const { return too_long_; }
  std::size_t line() const { return number_; }

 private:
  std::optional<std::string_view> physical();
  std::string_view rest_;
  std::size_t line_bytes_;
  std::size_t number_ = 0;  // of the physical line read last
  bool too_long_ = false;
};

struct property {
  std::string name;                                             // upper case
  std::vector<std::pair<std::string, std::string>> parameters;  // names in upper case
  std::string_view value;                                       // into the line
  std::string_view parameter(std::string_view name) const;
};

/// `NAME;P=V;Q="a:b":value`; nothing when there is no name or no colon.
std::optional<property> cut(std::string_view line);

/// TEXT values: `\n`, `\,`, `\;`, `\\`. Control characters become blanks; at most `most` bytes, cut
/// between characters.
std::string unescaped(std::string_view value, std::size_t most);

}  // namespace fibrehub::protocols::ical
