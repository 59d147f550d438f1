#include "web/content_disposition.hpp"

#include <fmt/format.h>

namespace fibrehub::web {
namespace {

/// `attr-char` of RFC 8187, 3.2.1.
bool is_attr_char(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != 0 &&
          std::string_view("!#$&+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos);
}

/// Safe between quotes for every reader: some decode % there, some trip over backslashes.
bool is_plain(unsigned char c) {
  return c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '%';
}

}  // namespace

std::string attachment_disposition(std::string_view utf8_name) {
  std::string plain, encoded;
  for (const char c : utf8_name) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain(byte)) {
      plain += c;
    } else if ((byte & 0xC0) != 0x80) {
      plain += '_';  // one for each character
    }
    if (is_attr_char(byte)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", byte);
    }
  }
  std::string out = fmt::format(R"(attachment; filename="{}")", plain);
  if (plain != utf8_name) out += "; filename*=UTF-8''" + encoded;
  return out;
}

}  // namespace fibrehub::web
