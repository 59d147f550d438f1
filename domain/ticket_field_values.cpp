// What a value of a field may be, and how it is kept and shown.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <set>

#include "domain/drop_number.hpp"
#include "domain/text.hpp"
#include "domain/ticket_fields.hpp"
#include "domain/time.hpp"

namespace fibrehub::domain {
namespace {

using sv = std::string_view;
using t = field_type;
using f = field;

std::size_t characters_in(sv text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

using outcome = tl::expected<std::optional<std::string>, std::string>;

outcome wrong(std::string why) {
  return tl::unexpected(std::move(why));
}

outcome canonical_text(const field_def& def, const field_input& in) {
  if (in.what != field_input::kind::text) return wrong("must be a text");
  if (!is_storable(in.text)) return wrong("holds a character that cannot be stored (U+0000)");
  const auto n = static_cast<std::int64_t>(characters_in(in.text));
  if (n > def.max) return wrong(fmt::format("is too long: {} characters, at most {}", n, def.max));
  if (n < def.min || (def.min > 0 && in.text.find_first_not_of(" \t\r\n") == std::string::npos))
    return wrong(def.required ? "is required" : "must not be empty; send null for nothing");
  if (def.id == f::drop_number) {
    const auto found = find_drop_numbers(in.text);
    const bool digits =
        in.text.size() <= 12 &&
        std::all_of(in.text.begin(), in.text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits) return in.text;
    if (found.size() != 1) return wrong("must be one drop number, DR1730654 for instance");
    return found.front();
  }
  if (def.id == f::contact_email && in.text.find('@') == std::string::npos)
    return wrong("must be an e-mail address");
  return in.text;
}

outcome canonical_choice(const field_def& def, const field_input& in) {
  if (in.what == field_input::kind::text &&
      std::find(def.choices.begin(), def.choices.end(), in.text) != def.choices.end())
    return in.text;
  return wrong(fmt::format("must be one of {}", fmt::join(def.choices, ", ")));
}

outcome canonical_integer(const field_def& def, const field_input& in, std::int64_t min,
                          std::int64_t max) {
  std::int64_t n = 0;
  const char* end = in.text.data() + in.text.size();
  const auto [p, ec] = std::from_chars(in.text.data(), end, n);
  if (in.what != field_input::kind::number || ec != std::errc{} || p != end || n < min || n > max)
    return wrong(def.type == t::id ? "must be an id, a positive whole number"
                                   : fmt::format("must be a whole number from {} to {}", min, max));
  return std::to_string(n);
}

outcome canonical_decimal(const field_def& def, const field_input& in) {
  const auto bad = [&] {
    return wrong(fmt::format("must be a number from {} to {} with at most {} decimals", def.min,
                             def.max, def.scale));
  };
  if (in.what != field_input::kind::number && in.what != field_input::kind::text) return bad();
  sv text = in.text;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string whole(text.substr(0, point));
  std::string part(point < text.size() ? text.substr(point + 1) : sv());
  const auto digits = [](const std::string& s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  while (part.size() > static_cast<std::size_t>(def.scale) && part.back() == '0')
    part.pop_back();
  if (whole.empty() || whole.size() > 15 || !digits(whole) || !digits(part) ||
      part.size() > static_cast<std::size_t>(def.scale))
    return bad();
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  part.resize(static_cast<std::size_t>(def.scale), '0');
  const std::int64_t magnitude = std::stoll(whole);
  const bool fraction = part.find_first_not_of('0') != std::string::npos;
  const bool zero = magnitude == 0 && !fraction;
  const std::int64_t limit = negative ? -def.min : def.max;
  if (!zero && (limit < 0 || magnitude > limit || (magnitude == limit && fraction))) return bad();
  return fmt::format("{}{}.{}", negative && !zero ? "-" : "", whole, part);
}

outcome canonical_date(const field_input& in) {
  int y = 0;
  unsigned m = 0, d = 0;
  char rest = 0;
  const bool read = in.what == field_input::kind::text && in.text.size() == 10 &&
                    std::sscanf(in.text.c_str(), "%4d-%2u-%2u%c", &y, &m, &d, &rest) == 3;
  const std::chrono::year_month_day day{std::chrono::year(y), std::chrono::month(m),
                                        std::chrono::day(d)};
  if (!read || !day.ok() || y < 1900 || y > 2200) return wrong("must be a date, YYYY-MM-DD");
  return in.text;
}

outcome canonical_words(const field_def& def, const field_input& in) {
  if (in.what != field_input::kind::words || in.words.size() > 50)
    return wrong("must be a list of at most 50 words");
  std::set<std::string> sorted;
  for (const std::string& w : in.words) {
    if (w.empty() || !is_storable(w) || characters_in(w) > static_cast<std::size_t>(def.max) ||
        std::any_of(w.begin(), w.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }))
      return wrong(fmt::format("must hold words of 1 to {} characters", def.max));
    sorted.insert(w);
  }
  if (sorted.empty()) return std::optional<std::string>();
  return fmt::format("{}", fmt::join(sorted, "\x1f"));
}

}  // namespace

tl::expected<std::optional<std::string>, std::string> canonical(const field_def& def,
                                                                const field_input& in) {
  if (in.what == field_input::kind::null) {
    if (def.required) return wrong("is required");
    return std::optional<std::string>();
  }
  switch (def.type) {
    case t::text:
      return canonical_text(def, in);
    case t::choice:
      return canonical_choice(def, in);
    case t::integer:
      return canonical_integer(def, in, def.min, def.max);
    case t::id:
      return canonical_integer(def, in, 1, std::numeric_limits<std::int64_t>::max());
    case t::decimal:
      return canonical_decimal(def, in);
    case t::boolean:
      if (in.what != field_input::kind::boolean) return wrong("must be true or false");
      return in.text;
    case t::time: {
      const auto at =
          in.what == field_input::kind::text ? parse_rfc3339(in.text) : std::optional<instant>();
      if (!at) return wrong("must be a time, 2026-01-31T08:00:00+02:00 for instance");
      return to_rfc3339(*at);
    }
    case t::date:
      return canonical_date(in);
    case t::object:
      if (in.what != field_input::kind::object) return wrong("must be a JSON object");
      if (in.text.size() > static_cast<std::size_t>(def.max))
        return wrong(fmt::format("is too large: at most {} bytes", def.max));
      return in.text;
    case t::words:
      return canonical_words(def, in);
  }
  return wrong("cannot be read");
}

std::string for_people(const field_def& def, const std::optional<std::string>& value) {
  if (!value) return {};
  if (def.id == f::drop_number) return "DR" + *value;
  if (def.type != t::words) return *value;
  std::string out = *value;
  for (std::size_t i = out.find('\x1f'); i != std::string::npos; i = out.find('\x1f', i + 2))
    out.replace(i, 1, ", ");
  return out;
}

}  // namespace fibrehub::domain
