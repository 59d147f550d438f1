#include "protocols/files/file_name.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace fibrehub::protocols::files {
namespace {

// The rest of a longer name cannot matter: 4 KB are more than any file system gives a name.
constexpr std::size_t max_input_bytes = 4096;
// A longer "ending" is a dot inside a sentence.
constexpr std::size_t max_ending_bytes = 20;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The end of a name that is far too long: there are its file part and its ending.
std::string_view bounded(std::string_view given) {
  if (given.size() <= max_input_bytes) return given;
  given.remove_prefix(given.size() - max_input_bytes);
  while (!given.empty() && is_continuation(given.front()))
    given.remove_prefix(1);
  return given;
}

/// Control, format (bidi overrides, joiners, byte order mark, tags), separators of lines, halves of
/// surrogates, and whatever else is drawn as nothing.
bool is_hidden(UChar32 c) {
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SURROGATE:
      return true;
    default:
      return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0 ||
             u_hasBinaryProperty(c, UCHAR_NONCHARACTER_CODE_POINT) != 0;
  }
}

/// Without hidden characters; any white space becomes one plain space.
icu::UnicodeString visible(const icu::UnicodeString& text) {
  icu::UnicodeString out;
  bool after_space = false;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (u_isUWhiteSpace(c) != 0) {
      if (!after_space) out.append(u' ');
      after_space = true;
    } else if (!is_hidden(c)) {
      out.append(c);
      after_space = false;
    }
  }
  return out;
}

std::string normal_form(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status) != 0) return {};
  const icu::UnicodeString normal = nfc->normalize(text, status);
  if (U_FAILURE(status) != 0) return {};
  std::string out;
  normal.toUTF8String(out);
  return out;
}

std::string_view trimmed(std::string_view name) {
  constexpr std::string_view dots_and_spaces = ". ";
  const auto first = name.find_first_not_of(dots_and_spaces);
  if (first == std::string_view::npos) return {};
  return name.substr(first, name.find_last_not_of(dots_and_spaces) + 1 - first);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The last part of a path of any system that is not empty; "C:name" loses its drive.
std::string_view last_part(std::string_view path) {
  path = path.substr(0, path.find_last_not_of("/\\. ") + 1);
  const auto separator = path.find_last_of("/\\");
  if (separator != std::string_view::npos) path.remove_prefix(separator + 1);
  path = trimmed(path);
  while (path.size() >= 2 && is_letter(path[0]) && path[1] == ':')
    path = trimmed(path.substr(2));
  return path;
}

std::string_view cut(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && is_continuation(text[max_bytes]))
    --max_bytes;
  return text.substr(0, max_bytes);
}

std::string shortened(std::string_view name) {
  if (name.size() <= max_file_name_bytes) return std::string(name);
  const auto dot = name.rfind('.');
  const bool has_ending =
      dot != std::string_view::npos && dot > 0 && name.size() - dot <= max_ending_bytes;
  const std::string_view ending = has_ending ? name.substr(dot) : std::string_view{};
  const std::string_view stem = name.substr(0, name.size() - ending.size());
  const std::string_view kept = trimmed(cut(stem, max_file_name_bytes - ending.size()));
  return std::string(kept).append(ending);
}

}  // namespace

std::string clean_file_name(std::string_view given, std::string_view fallback) {
  const std::string_view input = bounded(given);
  // Invalid UTF-8 becomes U+FFFD here.
  const auto decoded = icu::UnicodeString::fromUTF8(
      icu::StringPiece(input.data(), static_cast<int32_t>(input.size())));
  const std::string name = shortened(last_part(normal_form(visible(decoded))));
  return name.empty() ? std::string(fallback) : name;
}

}  // namespace fibrehub::protocols::files
