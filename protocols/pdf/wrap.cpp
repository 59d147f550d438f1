#include <cmath>

#include "protocols/pdf/sheet.hpp"

namespace fibrehub::protocols::pdf {
namespace {

constexpr const char* ellipsis = "…";

/// Bytes of the character that begins here.
std::size_t character(const std::string& text, std::size_t at) {
  std::size_t n = 1;
  while (at + n < text.size() && (static_cast<unsigned char>(text[at + n]) & 0xC0) == 0x80)
    ++n;
  return n;
}

/// How many bytes from `at` fit; at least one character.
std::size_t fitting(const canvas& on, const std::string& text, std::size_t at,
                    const text_style& style, double width) {
  std::size_t taken = 0, last_space = 0;
  while (at + taken < text.size()) {
    const std::size_t n = character(text, at + taken);
    if (taken > 0 && on.width_of(std::string_view(text).substr(at, taken + n), style) > width)
      return last_space > 0 && text[at + taken] != ' ' ? last_space : taken;
    if (text[at + taken] == ' ' && taken > 0) last_space = taken;
    taken += n;
  }
  return taken;
}

std::string with_ellipsis(const canvas& on, std::string line, const text_style& style,
                          double width) {
  while (!line.empty() && on.width_of(line + ellipsis, style) > width) {
    while (line.size() > 1 && (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80)
      line.pop_back();
    line.pop_back();
  }
  return line + ellipsis;
}

}  // namespace

std::vector<std::string> wrap(const canvas& on, const std::string& text, const text_style& style,
                              double width, std::size_t max_lines) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    const std::size_t taken = fitting(on, text, at, style, width);
    if (out.size() + 1 == max_lines && at + taken < text.size()) {
      out.push_back(with_ellipsis(on, text.substr(at, taken), style, width));
      return out;
    }
    out.push_back(text.substr(at, taken));
    at += taken;
  }
  if (out.empty()) out.emplace_back();
  return out;
}

double nice_top(double value) {
  if (!(value > 5)) return 5;
  const double unit = std::pow(10.0, std::floor(std::log10(value / 5)));
  for (const double step : {1.0, 2.0, 2.5, 5.0, 10.0}) {
    const double top = 5 * step * unit;
    if (top >= value && (unit > 1 || step * unit == std::floor(step * unit))) return top;
  }
  return 50 * unit;
}

}  // namespace fibrehub::protocols::pdf
