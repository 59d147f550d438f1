// Reading CSV (RFC 4180) that a stranger exported: bytes in, rows out, no I/O. Quoted fields may
// hold separators, quotes and line breaks; lines end with CRLF or LF; a UTF-8 byte order mark is
// skipped; the first row decides whether `,` or `;` separates. Also writes fields for reports.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace fibrehub::protocols {

struct csv_limits {
  std::size_t field_bytes = 65'536;
  std::size_t row_bytes = 1'048'576;
  std::size_t columns = 200;
};

struct csv_row {
  std::size_t line = 0;  // where it begins, from 1
  std::vector<std::string> fields;
};

/// What cannot be read, and from which line on: a quoted field that does not end, text after a
/// closing quote, UTF-16, a field, row or number of columns above its limit.
struct csv_error {
  std::size_t line = 0;
  std::string message;
};

/// Feed bytes, take rows until there is none, feed more; `finish` after the last byte. Empty lines
/// are skipped. A quote inside an unquoted field is taken as it is, as most programs write it.
class csv_reader {
 public:
  explicit csv_reader(csv_limits limits = {}) : limits_(limits) {}

  /// Keeps what `next` has not taken yet: call it until it has nothing, then feed more.
  void feed(std::string_view bytes);
  void finish() { finished_ = true; }

  /// The next row; nothing when more bytes are needed, or when everything has been read. After an
  /// error it stays the answer.
  tl::expected<std::optional<csv_row>, csv_error> next();

  /// `,` or `;`, once the first row has been read.
  char separator() const { return separator_; }

 private:
  enum class state { field_start, plain, quoted, quote_in_quoted, line_end };
  enum class progress { row, more, failed };

  bool skip_byte_order_mark();
  bool find_separator();
  progress scan();
  progress take(char c);
  progress end_field();
  progress end_row();
  progress fail(std::size_t line, std::string message);
  bool add(char c);

  csv_limits limits_;
  std::string buffer_;  // fed and not yet read
  std::size_t at_ = 0;  // into the buffer
  bool finished_ = false;
  bool begun_ = false;  // the byte order mark has been dealt with
  char separator_ = '\0';
  state state_ = state::field_start;
  std::size_t line_ = 1;
  std::size_t quote_line_ = 1;  // where the open quote stands
  std::size_t row_bytes_ = 0;
  std::string field_;
  csv_row row_;
  std::optional<csv_error> error_;
};

/// A field as RFC 4180 writes it: in quotes when it holds a separator, a quote or a line break.
/// What a spreadsheet would take for a formula gets an apostrophe before it.
std::string csv_field(std::string_view text, char separator = ',');

}  // namespace fibrehub::protocols
