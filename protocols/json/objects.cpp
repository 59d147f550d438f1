#include "protocols/json/objects.hpp"

namespace fibrehub::protocols::json {

tl::unexpected<stream_error> object_splitter::fail(std::string message) {
  error_ = stream_error{depth_ > 0 ? begin_line_ : line_, std::move(message)};
  return tl::unexpected(*error_);
}

bool object_splitter::ends_with(char c) {
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
    return false;
  }
  if (c == '"') in_string_ = true;
  if (c == '{' || c == '[') ++depth_;
  // Whether brackets match in kind is the parser's to say.
  return (c == '}' || c == ']') && --depth_ == 0;
}

tl::expected<std::optional<object_text>, stream_error> object_splitter::next() {
  if (error_) return tl::unexpected(*error_);
  for (; at_ < buffer_.size(); ++at_) {
    const char c = buffer_[at_];
    if (c == '\n') ++line_;
    if (depth_ == 0) {
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
      if (c != '{') return fail("expected a JSON object");
      buffer_.erase(0, at_);
      at_ = 0;
      begin_line_ = line_;
    }
    if (at_ >= object_bytes_)
      return fail("the object is larger than " + std::to_string(object_bytes_) + " bytes");
    if (!ends_with(c)) continue;
    object_text out{begin_line_, buffer_.substr(0, at_ + 1)};
    buffer_.erase(0, at_ + 1);
    at_ = 0;
    return out;
  }
  if (depth_ == 0) {
    buffer_.clear();
    at_ = 0;
  } else if (finished_) {
    return fail("the object does not end");
  }
  return std::nullopt;
}

}  // namespace fibrehub::protocols::json
