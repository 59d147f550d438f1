#include "domain/drop_number.hpp"

#include <algorithm>

namespace fibrehub::domain {
namespace {

constexpr std::size_t max_digits = 12;
constexpr std::size_t min_digits_after_separator = 4;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
/// Bytes of a multi-byte letter count as letters, so that "éDR12" is one word.
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::vector<std::string> find_drop_numbers(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if ((text[i] | 0x20) != 'd' || (text[i + 1] | 0x20) != 'r') continue;
    if (i > 0 && is_word(text[i - 1])) continue;
    std::size_t start = i + 2;
    const bool separated = text[start] == ' ' || text[start] == '-';
    if (separated) ++start;
    std::size_t end = start;
    while (end < text.size() && is_digit(text[end]))
      ++end;
    const std::size_t count = end - start;
    if (count == 0 || count > max_digits || (separated && count < min_digits_after_separator))
      continue;
    if (end < text.size() && is_word(text[end])) continue;
    std::string digits(text.substr(start, count));
    if (std::find(found.begin(), found.end(), digits) == found.end())
      found.push_back(std::move(digits));
    i = end - 1;
  }
  return found;
}

std::optional<std::string> drop_number_from(std::string_view text) {
  if (text.size() > 2 && (text[0] | 0x20) == 'd' && (text[1] | 0x20) == 'r') {
    text.remove_prefix(2);
    if (text.front() == ' ' || text.front() == '-') text.remove_prefix(1);
  }
  if (text.empty() || text.size() > max_digits || !std::all_of(text.begin(), text.end(), is_digit))
    return std::nullopt;
  return std::string(text);
}

}  // namespace fibrehub::domain
