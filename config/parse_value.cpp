#include "config/parse_value.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/checks.hpp"
#include "config/format_value.hpp"
#include "config/names.hpp"
#include "config/units.hpp"

namespace fibrehub::config {

namespace {

using parsed = tl::expected<value, std::string>;
using parsed_text = tl::expected<std::string, std::string>;

constexpr std::size_t longest_text = 4096;

auto wrong(std::string message) {
  return tl::make_unexpected(std::move(message));
}

/// Shown at the head of a message; never for secrets.
std::string quoted_short(std::string_view text) {
  constexpr std::size_t shown = 60;
  if (text.size() <= shown) return in_quotes(text);
  return in_quotes(std::string{text.substr(0, shown)} + "…");
}

std::string_view needed(kind k) {
  switch (k) {
    case kind::integer:
      return "a whole number without quotes";
    case kind::boolean:
      return "true or false without quotes";
    case kind::duration:
      return "a duration in quotes, like \"30s\"";
    case kind::size:
      return "a size in quotes, like \"64MB\"";
    case kind::list:
      return "a list in brackets, like [\"one\", \"two\"]";
    case kind::secret_list:
      return "a list in brackets, like [\"env:NAME\", \"file:/path\"]";
    case kind::secret:
      return "\"env:NAME\" or \"file:/path\"";
    default:
      return "text in quotes";
  }
}

struct describer {
  std::string operator()(const loose& l) const { return quoted_short(l.text); }
  std::string operator()(const std::string& s) const { return quoted_short(s) + " is text"; }
  std::string operator()(std::int64_t n) const { return fmt::format("{} is a number", n); }
  std::string operator()(bool b) const { return fmt::format("{} is a truth value", b); }
  std::string operator()(const std::vector<std::string>&) const { return "this is a list"; }
  std::string operator()(const foreign& f) const { return "this is " + f.what; }
};

auto mismatch(const setting& declared, const raw& given) {
  if (is_secret(declared.type)) return wrong(fmt::format("{} is needed", needed(declared.type)));
  return wrong(
      fmt::format("{}, {} is needed", std::visit(describer{}, given), needed(declared.type)));
}

parsed in_range(const setting& declared, std::int64_t number) {
  if (number >= declared.min && number <= declared.max) return number;
  return wrong(fmt::format("{} is out of range, allowed is {}", display(declared.type, number),
                           bounds_of(declared)));
}

parsed parse_integer(const setting& declared, const raw& given) {
  if (const auto* number = std::get_if<std::int64_t>(&given)) return in_range(declared, *number);
  const auto* text = std::get_if<loose>(&given);
  if (text == nullptr) return mismatch(declared, given);
  std::int64_t number = 0;
  const char* end = text->text.data() + text->text.size();
  const auto [rest, error] = std::from_chars(text->text.data(), end, number);
  if (text->text.empty() || error != std::errc{} || rest != end) {
    return wrong(fmt::format("{} is not a whole number, allowed is {}", quoted_short(text->text),
                             bounds_of(declared)));
  }
  return in_range(declared, number);
}

parsed parse_boolean(const setting& declared, const raw& given) {
  if (const auto* flag = std::get_if<bool>(&given)) return *flag;
  const auto* text = std::get_if<loose>(&given);
  if (text == nullptr) return mismatch(declared, given);
  if (text->text == "true") return true;
  if (text->text == "false") return false;
  return wrong(fmt::format("{} is not allowed, write true or false", quoted_short(text->text)));
}

/// The text of a value that is given in one piece, whatever the source.
const std::string* text_of(const raw& given) {
  if (const auto* text = std::get_if<loose>(&given)) return &text->text;
  return std::get_if<std::string>(&given);
}

parsed parse_amount(const setting& declared, const raw& given) {
  const bool is_duration = declared.type == kind::duration;
  if (const auto* number = std::get_if<std::int64_t>(&given)) {
    if (!is_duration) return in_range(declared, *number);
    return wrong(fmt::format("{0} has no unit, write \"{0}s\" or \"{0}ms\" (units: ms, s, m, h, d)",
                             *number));
  }
  const auto* text = text_of(given);
  if (text == nullptr) return mismatch(declared, given);
  const auto amount = is_duration ? parse_duration_ms(*text) : parse_size_bytes(*text);
  if (!amount) return wrong(fmt::format("{} {}", quoted_short(*text), amount.error()));
  return in_range(declared, *amount);
}

parsed parse_choice(const setting& declared, const raw& given) {
  const auto* text = text_of(given);
  if (text == nullptr) return mismatch(declared, given);
  if (std::find(declared.allowed.begin(), declared.allowed.end(), *text) !=
      declared.allowed.end()) {
    return *text;
  }
  const auto close = nearest(*text, declared.allowed);
  return wrong(fmt::format("{} is not allowed, allowed are {}{}", quoted_short(*text),
                           fmt::join(declared.allowed, ", "),
                           close ? fmt::format("; did you mean {}?", *close) : std::string{}));
}

bool is_environment_variable(std::string_view name) {
  return !name.empty() && (name.front() < '0' || name.front() > '9') &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

parsed_text check_reference(const std::string& text) {
  if (text.starts_with("env:")) {
    if (is_environment_variable(std::string_view{text}.substr(4))) return text;
    return wrong("after env: the name of an environment variable is needed (letters, digits, _)");
  }
  if (text.starts_with("file:")) {
    if (text.starts_with("file:/")) return text;
    return wrong("after file: an absolute path is needed, like \"file:/etc/fibrehub/key\"");
  }
  return wrong(
      "a secret is never written here itself: keep it in an environment variable or in a file of "
      "mode 0600 and write \"env:NAME\" or \"file:/absolute/path\"");
}

std::optional<std::string> check_form(const setting& declared, const std::string& text) {
  if (declared.type == kind::url) {
    if (auto problem = check_url(text)) return problem;
  }
  if (declared.type == kind::path && text.starts_with('~')) {
    return "is not expanded, write the whole path";
  }
  return declared.check ? declared.check(text) : std::nullopt;
}

/// One text of any text-like kind, or one entry of a list.
parsed_text parse_text(const setting& declared, const std::string& text) {
  if (text.size() > longest_text) {
    return wrong(fmt::format("the text is longer than {} bytes", longest_text));
  }
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; })) {
    return wrong("the text contains a control character (such as a line break)");
  }
  if (text.empty()) return text;
  if (is_secret(declared.type)) {
    if (declared.type == kind::text_or_secret && !is_reference(text)) {
      if (auto problem = declared.check ? declared.check(text) : std::nullopt) {
        return wrong("the value " + *problem);
      }
      return text;
    }
    return check_reference(text);
  }
  if (auto problem = check_form(declared, text)) {
    return wrong(fmt::format("{} {}", quoted_short(text), *problem));
  }
  return text;
}

parsed parse_single(const setting& declared, const raw& given) {
  const auto* text = text_of(given);
  if (text == nullptr) return mismatch(declared, given);
  return parse_text(declared, *text).map([](std::string checked_text) -> value {
    return checked_text;
  });
}

/// "a, b" as the environment and the command line have it; nothing at all is an empty list.
std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> entries;
  if (text.find_first_not_of(" \t") == std::string_view::npos) return entries;
  for (std::string_view entry : split(text, ",")) {
    const auto first = entry.find_first_not_of(" \t");
    const auto last = entry.find_last_not_of(" \t");
    entries.emplace_back(first == std::string_view::npos ? std::string_view{}
                                                         : entry.substr(first, last - first + 1));
  }
  return entries;
}

parsed parse_list(const setting& declared, const raw& given) {
  std::vector<std::string> entries;
  if (const auto* text = std::get_if<loose>(&given)) {
    entries = split_list(text->text);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&given)) {
    entries = *texts;
  } else {
    return mismatch(declared, given);
  }
  if (static_cast<std::int64_t>(entries.size()) > declared.max) {
    return wrong(fmt::format("the list has {} entries, at most {} are allowed", entries.size(),
                             declared.max));
  }
  for (const auto& entry : entries) {
    if (entry.empty()) return wrong("the list has an empty entry");
    auto checked_text = parse_text(declared, entry);
    if (!checked_text) return wrong(checked_text.error());
  }
  return entries;
}

bool is_empty(const value& v) {
  if (const auto* text = std::get_if<std::string>(&v)) return text->empty();
  if (const auto* texts = std::get_if<std::vector<std::string>>(&v)) return texts->empty();
  return false;
}

parsed parse_kind(const setting& declared, const raw& given) {
  switch (declared.type) {
    case kind::integer:
      return parse_integer(declared, given);
    case kind::boolean:
      return parse_boolean(declared, given);
    case kind::duration:
    case kind::size:
      return parse_amount(declared, given);
    case kind::choice:
      return parse_choice(declared, given);
    case kind::list:
    case kind::secret_list:
      return parse_list(declared, given);
    default:
      return parse_single(declared, given);
  }
}

}  // namespace

bool is_reference(std::string_view text) {
  return text.starts_with("env:") || text.starts_with("file:");
}

tl::expected<value, std::string> parse_value(const setting& declared, const raw& given) {
  auto result = parse_kind(declared, given);
  if (result && declared.is_required && is_empty(*result)) return wrong("must not be empty");
  return result;
}

}  // namespace fibrehub::config
