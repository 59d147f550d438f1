#include "domain/query/values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>

namespace fibrehub::domain::query {
namespace {

constexpr std::size_t max_value_bytes = 200;

tl::unexpected<syntax_error> wrong(std::size_t column, std::string message) {
  return tl::unexpected(syntax_error{column, std::move(message)});
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Takes `>=` and the like off the front.
op take_operator(std::string_view& text) {
  constexpr std::pair<std::string_view, op> operators[] = {
      {">=", op::at_least}, {"<=", op::at_most}, {">", op::more}, {"<", op::less}};
  for (const auto& [sign, how] : operators) {
    if (!text.starts_with(sign)) continue;
    text.remove_prefix(sign.size());
    return how;
  }
  return op::is;
}

/// `word` as a positive number that names a row, 0 for anything else.
std::int64_t id_in(std::string_view word) {
  std::int64_t id = 0;
  const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), id);
  return ec == std::errc{} && end == word.data() + word.size() && id > 0 ? id : 0;
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto digits = [](std::string_view s) {
    return !s.empty() && s.size() <= 9 &&
           std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto point = text.find('.');
  return digits(text.substr(0, point)) &&
         (point == std::string_view::npos || digits(text.substr(point + 1)));
}

tl::expected<value, syntax_error> read_choice(const field_def& def, const token& t, op how) {
  std::string_view text = t.text;
  take_operator(text);
  value out;
  out.how = how;
  out.text = lower(text);
  if (std::find(def.choices.begin(), def.choices.end(), out.text) != def.choices.end()) return out;
  const std::string_view near = nearest(out.text, def.choices);
  return wrong(t.column, fmt::format("{} has no value \"{}\"{}; it may be {}", def.name, text,
                                     near.empty() ? "" : fmt::format(", did you mean {}?", near),
                                     fmt::join(def.choices, ", ")));
}

constexpr const char* moments_expected =
    "a day (2025-12-01, today, yesterday), a week or month (this-week, last-month, 2025-12), an"
    " instant (2025-12-01T08:00Z), a duration after < or > (<4h, >2d), a range "
    "(2025-12-01..2025-12-31),"
    " none or any";

/// `none` or `any`.
std::optional<value> none_or_any(op how, std::string_view text) {
  const std::string word = lower(text);
  if (how != op::is || (word != "none" && word != "any")) return std::nullopt;
  value out;
  out.text = word;
  return out;
}

/// The ends of `a..b`.
std::optional<std::pair<std::string_view, std::string_view>> range_ends(op how,
                                                                        std::string_view text) {
  const auto dots = text.find("..");
  if (how != op::is || dots == std::string_view::npos) return std::nullopt;
  return std::pair{text.substr(0, dots), text.substr(dots + 2)};
}

tl::expected<value, syntax_error> read_time(const field_def& def, const token& t, op how,
                                            std::string_view text) {
  if (auto word = none_or_any(how, text)) return std::move(*word);
  value out;
  out.how = how;
  if (const auto ends = range_ends(how, text)) {
    out.how = op::range;
    out.from = read_moment(ends->first);
    out.to = read_moment(ends->second);
    const bool whole = out.from && out.to && out.from->what != moment::kind::duration &&
                       out.to->what != moment::kind::duration;
    if (whole) return out;
    return wrong(
        t.column,
        fmt::format("\"{}\" is no range of days; write {}:2025-12-01..2025-12-31", text, def.name));
  }
  out.from = read_moment(text);
  if (!out.from)
    return wrong(t.column, fmt::format("\"{}\" is no moment; expected {}", text, moments_expected));
  if (out.from->what == moment::kind::duration && how == op::is)
    return wrong(t.column, fmt::format("a duration needs < or >: {}:<{}", def.name, text));
  return out;
}

tl::expected<value, syntax_error> read_number(const field_def& def, const token& t, op how,
                                              std::string_view text) {
  if (auto word = none_or_any(how, text)) return std::move(*word);
  value out;
  out.how = how;
  if (const auto ends = range_ends(how, text)) {
    out.how = op::range;
    out.text = ends->first;
    out.upper = ends->second;
    if (is_number(out.text) && is_number(out.upper)) return out;
    return wrong(t.column,
                 fmt::format("\"{}\" is no range of numbers; write {}:1..5", text, def.name));
  }
  out.text = text;
  if (is_number(text)) return out;
  return wrong(t.column, fmt::format("{} is compared with a number such as {}:>2 or {}:-24.5, not"
                                     " with \"{}\"",
                                     def.name, def.name, def.name, text));
}

value read_words(const field_def& def, const token& t) {
  value out;
  out.text = t.text;
  out.phrase = t.what == token::kind::phrase;
  if (def.kind != value_kind::person && def.kind != value_kind::group) return out;
  const std::string word = lower(t.text);
  const bool special = word == "me" || word == "mine" || word == "none" || word == "any";
  if (special && !out.phrase) {
    out.text = word == "mine" && def.kind == value_kind::person ? "me" : word;
    if (word == "me" && def.kind == value_kind::group) out.text = "mine";
  }
  if (!out.phrase) out.id = id_in(word);
  return out;
}

}  // namespace

tl::expected<value, syntax_error> read_value(const field_def& def, const token& t) {
  if (t.text.size() > max_value_bytes)
    return wrong(t.column, fmt::format("the value is too long: at most {} bytes", max_value_bytes));
  std::string_view text = t.text;
  const bool plain = t.what == token::kind::phrase || def.id == field::text;
  const op how = plain ? op::is : take_operator(text);
  if (text.empty()) return wrong(t.column, fmt::format("a value is missing after {}:", def.name));
  const bool compares = def.kind == value_kind::ranked || def.kind == value_kind::time ||
                        def.kind == value_kind::number;
  if (how != op::is && !compares)
    return wrong(t.column, fmt::format("{} cannot be compared with < or >; write {}:{}", def.name,
                                       def.name, text));
  auto out = [&]() -> tl::expected<value, syntax_error> {
    switch (def.kind) {
      case value_kind::choice:
      case value_kind::ranked:
        return read_choice(def, t, how);
      case value_kind::time:
        return read_time(def, t, how, text);
      case value_kind::number:
        return read_number(def, t, how, text);
      default:
        return read_words(def, t);
    }
  }();
  if (out) out->column = t.column;
  return out;
}

std::string_view nearest(std::string_view written, std::span<const std::string_view> names) {
  std::string_view best;
  std::size_t best_distance = 3;  // further away is no help
  for (const std::string_view name : names) {
    std::vector<std::size_t> row(name.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= written.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= name.size(); ++j) {
        const std::size_t same = diagonal + (written[i - 1] == name[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({same, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row.back() >= best_distance) continue;
    best = name;
    best_distance = row.back();
  }
  return best;
}

}  // namespace fibrehub::domain::query
