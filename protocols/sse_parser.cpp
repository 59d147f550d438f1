#include "protocols/sse_parser.hpp"

#include <charconv>

namespace fibrehub::protocols {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Digits only, as the standard wants them; anything else means nothing.
std::optional<std::chrono::milliseconds> parse_retry(std::string_view digits) {
  std::uint32_t ms = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, ms);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return std::chrono::milliseconds{ms};
}

}  // namespace

sse_parser::sse_parser(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

bool sse_parser::feed(std::string_view bytes, std::vector<sse_event>& out) {
  if (after_cr_ && !bytes.empty()) {
    if (bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
  }
  while (!bytes.empty()) {
    const auto end = bytes.find_first_of("\r\n");
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > limit_bytes_) return false;
    line_ += piece;
    if (end == std::string_view::npos) return true;
    const bool is_cr = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (is_cr && bytes.empty()) after_cr_ = true;
    if (is_cr && bytes.starts_with('\n')) bytes.remove_prefix(1);
    end_line(out);
    if (data_.size() > limit_bytes_) return false;
  }
  return true;
}

void sse_parser::restart() {
  line_.clear();
  kind_.clear();
  data_.clear();
  has_data_ = false;
  at_start_ = true;
  after_cr_ = false;
  pending_id_ = last_id_;
}

void sse_parser::end_line(std::vector<sse_event>& out) {
  std::string_view line = line_;
  if (at_start_ && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  at_start_ = false;
  if (line.empty()) {
    dispatch(out);
  } else if (line.front() != ':') {  // a comment, often only a sign of life
    const auto colon = line.find(':');
    std::string_view value;
    if (colon != std::string_view::npos) value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    take_field(line.substr(0, colon), value);
  }
  line_.clear();
}

void sse_parser::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (name == "event") {
    kind_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) pending_id_ = value;
  } else if (name == "retry") {
    if (const auto wait = parse_retry(value)) retry_ = wait;
  }
}

void sse_parser::dispatch(std::vector<sse_event>& out) {
  last_id_ = pending_id_;
  if (has_data_) {
    out.push_back({last_id_, kind_.empty() ? "message" : std::move(kind_), std::move(data_)});
  }
  kind_.clear();
  data_.clear();
  has_data_ = false;
}

}  // namespace fibrehub::protocols
