#include "protocols/csv.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fibrehub::protocols {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_utf16(std::string_view bytes) {
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
}

}  // namespace

void csv_reader::feed(std::string_view bytes) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_ += bytes;
}

csv_reader::progress csv_reader::fail(std::size_t line, std::string message) {
  error_ = csv_error{line, std::move(message)};
  return progress::failed;
}

/// False: more bytes are needed to tell, or the file is of another kind.
bool csv_reader::skip_byte_order_mark() {
  const std::string_view seen(buffer_);
  if (is_utf16(seen)) {
    fail(1, "this is UTF-16; save the file as CSV UTF-8");
    return false;
  }
  // The marks of UTF-16 have two bytes, that of UTF-8 three.
  const bool may_become_one =
      seen.empty() || seen == "\xFF" || seen == "\xFE" ||
      (seen.size() < byte_order_mark.size() && byte_order_mark.starts_with(seen));
  if (may_become_one && !finished_) return false;
  if (seen.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
  begun_ = true;
  return true;
}

/// Counts both candidates outside quotes in the first row. False: it is not there as a whole yet.
bool csv_reader::find_separator() {
  std::size_t commas = 0, semicolons = 0;
  bool quoted = false, ended = finished_, anything = false;
  for (std::size_t i = at_; i < buffer_.size(); ++i) {
    const char c = buffer_[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' && anything) {
      ended = true;
      break;
    }
    anything = anything || (c != '\r' && c != '\n');
    commas += c == ',' ? 1 : 0;
    semicolons += c == ';' ? 1 : 0;
  }
  // A first row above its limit is refused by the reading itself.
  if (!ended && buffer_.size() - at_ <= limits_.row_bytes) return false;
  separator_ = semicolons > commas ? ';' : ',';
  return true;
}

bool csv_reader::add(char c) {
  field_ += c;
  return field_.size() <= limits_.field_bytes;
}

csv_reader::progress csv_reader::end_field() {
  if (row_.fields.size() >= limits_.columns)
    return fail(row_.line, fmt::format("more than {} columns", limits_.columns));
  row_.fields.push_back(std::move(field_));
  field_.clear();
  state_ = state::field_start;
  return progress::more;
}

csv_reader::progress csv_reader::end_row() {
  if (end_field() == progress::failed) return progress::failed;
  row_bytes_ = 0;
  return progress::row;
}

/// Moves on by one character.
csv_reader::progress csv_reader::take(char c) {
  if (state_ == state::field_start && row_.fields.empty() && field_.empty()) row_.line = line_;
  const std::size_t this_line = line_;
  if (c == '\n') ++line_;
  if (++row_bytes_ > limits_.row_bytes)
    return fail(row_.line, fmt::format("a row of more than {} bytes", limits_.row_bytes));
  const auto too_long = [&] {
    return fail(row_.line, fmt::format("a field of more than {} bytes", limits_.field_bytes));
  };
  switch (state_) {
    case state::field_start:
      if (c == '"') {
        state_ = state::quoted;
        quote_line_ = this_line;
        return progress::more;
      }
      state_ = state::plain;
      [[fallthrough]];
    case state::plain:
      if (c == separator_) return end_field();
      if (c != '\n') return add(c) ? progress::more : too_long();
      if (field_.ends_with('\r')) field_.pop_back();
      return end_row();
    case state::quoted:
      if (c == '"') {
        state_ = state::quote_in_quoted;
        return progress::more;
      }
      return add(c) ? progress::more : too_long();
    case state::quote_in_quoted:
      if (c == '"') {
        state_ = state::quoted;
        return add(c) ? progress::more : too_long();
      }
      if (c == separator_) return end_field();
      if (c == '\n') return end_row();
      if (c != '\r') return fail(this_line, "text after the closing quote of a field");
      state_ = state::line_end;
      return progress::more;
    case state::line_end:
      return c == '\n' ? end_row() : fail(this_line, "text after the closing quote of a field");
  }
  return progress::more;
}

csv_reader::progress csv_reader::scan() {
  while (at_ < buffer_.size()) {
    const progress p = take(buffer_[at_++]);
    if (p != progress::more) return p;
  }
  if (!finished_) return progress::more;
  if (state_ == state::quoted)
    return fail(quote_line_, "a quoted field begins here and does not end");
  if (state_ == state::field_start && row_.fields.empty()) return progress::more;
  if (state_ == state::plain && field_.ends_with('\r')) field_.pop_back();
  return end_row();
}

tl::expected<std::optional<csv_row>, csv_error> csv_reader::next() {
  while (!error_) {
    if (!begun_ && !skip_byte_order_mark()) break;
    if (separator_ == '\0' && !find_separator()) break;
    const progress p = scan();
    if (p == progress::more) break;
    if (p == progress::failed) continue;
    csv_row done = std::exchange(row_, {});
    const bool empty = done.fields.size() == 1 && done.fields.front().empty();
    if (!empty) return std::optional(std::move(done));
  }
  if (error_) return tl::unexpected(*error_);
  return std::optional<csv_row>();
}

std::string csv_field(std::string_view text, char separator) {
  std::string out;
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
    out += '\'';
  out += text;
  const bool plain = std::none_of(out.begin(), out.end(), [&](char c) {
    return c == separator || c == '"' || c == '\n' || c == '\r';
  });
  if (plain) return out;
  std::string quoted = "\"";
  for (char c : out)
    quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

}  // namespace fibrehub::protocols
