#include "protocols/ical/lines.hpp"

#include <algorithm>

#include "protocols/ical/values.hpp"

namespace fibrehub::protocols::ical {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// The first of `stops` outside of quotes.
std::size_t find_unquoted(std::string_view text, std::string_view stops) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && stops.find(text[i]) != std::string_view::npos) return i;
  }
  return std::string_view::npos;
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

line_reader::line_reader(std::string_view bytes, std::size_t line_bytes)
    : rest_(bytes), line_bytes_(line_bytes) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
}

std::optional<std::string_view> line_reader::physical() {
  if (rest_.empty()) return std::nullopt;
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  ++number_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<logical_line> line_reader::next() {
  std::optional<std::string_view> first;
  do
    first = physical();
  while (first && first->empty());
  if (!first) return std::nullopt;
  logical_line out{number_, std::string(*first)};
  while (rest_.starts_with(' ') || rest_.starts_with('\t')) {
    if (out.text.size() > line_bytes_) break;
    out.text += physical()->substr(1);
  }
  too_long_ = out.text.size() > line_bytes_;
  if (too_long_) return std::nullopt;
  return out;
}

std::string_view property::parameter(std::string_view wanted) const {
  for (const auto& [key, value_of] : parameters)
    if (key == wanted) return value_of;
  return {};
}

std::optional<property> cut(std::string_view line) {
  const std::size_t name_end = line.find_first_of(";:");
  if (name_end == std::string_view::npos || !is_name(line.substr(0, name_end))) return std::nullopt;
  property out;
  out.name = upper(line.substr(0, name_end));
  line.remove_prefix(name_end);
  while (line.starts_with(';')) {
    line.remove_prefix(1);
    const std::size_t end = find_unquoted(line, ";:");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view parameter = line.substr(0, end);
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    out.parameters.emplace_back(upper(parameter.substr(0, equals)),
                                unquoted(parameter.substr(std::min(equals + 1, parameter.size()))));
    line.remove_prefix(end);
  }
  out.value = line.substr(1);  // the colon that ended the name or the last parameter
  return out;
}

std::string unescaped(std::string_view value, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    char c = value[i];
    if (c == '\\' && i + 1 < value.size()) {
      c = value[++i];
      if (c == 'n' || c == 'N') c = ' ';
    }
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  if (out.size() > most) {
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80)
      --end;
    out.resize(end);
  }
  const std::size_t first = std::min(out.find_first_not_of(' '), out.size());
  const std::size_t last = out.find_last_not_of(' ');
  return last == std::string::npos ? std::string() : out.substr(first, last - first + 1);
}

}  // namespace fibrehub::protocols::ical
