// Cutting a stream into JSON objects: one after another, on a line each or spread over lines.
// Bytes in, texts out, no I/O; what is inside of an object is left to the parser.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace fibrehub::protocols::json {

struct object_text {
  std::size_t line = 0;  // it begins on, from 1
  std::string text;
};

struct stream_error {
  std::size_t line = 0;
  std::string message;
};

/// Feed bytes, take objects until there is none, feed more; `finish` after the last byte.
class object_splitter {
 public:
  explicit object_splitter(std::size_t object_bytes = 1'048'576) : object_bytes_(object_bytes) {}

  void feed(std::string_view bytes) { buffer_ += bytes; }
  void finish() { finished_ = true; }

  /// The next object; nothing when more bytes are needed, or all has been read. Wrong: anything
  /// but blanks between objects, an object that does not end or is larger than the limit. After an
  /// error it stays the answer.
  tl::expected<std::optional<object_text>, stream_error> next();

 private:
  tl::unexpected<stream_error> fail(std::string message);
  /// Whether the object ends with this byte of it.
  bool ends_with(char c);

  std::size_t object_bytes_;
  std::string buffer_;
  std::size_t at_ = 0;  // looked at
  bool finished_ = false;
  std::size_t line_ = 1;
  std::size_t begin_line_ = 0;
  std::size_t depth_ = 0;  // open brackets; 0: between objects
  bool in_string_ = false;
  bool escaped_ = false;
  std::optional<stream_error> error_;
};

}  // namespace fibrehub::protocols::json
