#include "domain/reference_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>

#include "domain/drop_number.hpp"
#include "domain/text.hpp"
#include "domain/time.hpp"

namespace fibrehub::domain {
namespace {

using outcome = tl::expected<std::string, std::string>;

constexpr std::size_t max_number_characters = 40;
constexpr int first_year = 1900;
constexpr int last_year = 2199;

outcome wrong(std::string why) {
  return tl::unexpected(std::move(why));
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trim(std::string_view s) {
  while (!s.empty() && is_blank(s.front()))
    s.remove_prefix(1);
  while (!s.empty() && is_blank(s.back()))
    s.remove_suffix(1);
  return s;
}

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

outcome text_cell(std::string_view text, std::int64_t max) {
  if (!is_storable(text)) return wrong("is not UTF-8 text");
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && !is_blank(c))
      return wrong("must not hold control characters");
  if (characters_in(text) > static_cast<std::size_t>(max))
    return wrong(fmt::format("must be at most {} characters", max));
  return std::string(text);
}

/// Good enough to catch a name or a phone number in the wrong column; only mail proves more.
outcome email_cell(std::string_view text, std::int64_t max) {
  auto checked = text_cell(text, max);
  if (!checked) return checked;
  const std::size_t at = text.find('@');
  const bool fits = at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
                    text.find('@', at + 1) == std::string_view::npos &&
                    text.find_first_of(" \t\r\n,;<>|\"") == std::string_view::npos;
  if (!fits) return wrong("must be an e-mail address");
  return checked;
}

/// A decimal comma is taken for a point: files with `;` between the columns often have one.
outcome number_cell(const reference_column& column, std::string_view text) {
  const auto refusal = [&] {
    return wrong(fmt::format("must be a number from {} to {}", column.min, column.max));
  };
  if (text.size() > max_number_characters) return refusal();
  std::string out(text);
  if (out.find('.') == std::string::npos)
    if (const auto comma = out.find(','); comma != std::string::npos) out[comma] = '.';
  if (out.starts_with('+')) out.erase(0, 1);
  const std::string_view digits = std::string_view(out).substr(out.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits.front() == '.' || digits.back() == '.' ||
      digits.find_first_not_of("0123456789.") != std::string_view::npos)
    return refusal();
  double value = 0;
  const auto [end, ec] = std::from_chars(out.data(), out.data() + out.size(), value);
  if (ec != std::errc() || end != out.data() + out.size() ||
      value < static_cast<double>(column.min) || value > static_cast<double>(column.max))
    return refusal();
  return out;
}

bool is_year_in_reach(int year) {
  return year >= first_year && year <= last_year;
}

outcome date_cell(std::string_view text) {
  // The rest of an instant makes a date of what is one.
  const auto midnight =
      text.size() == 10 ? parse_rfc3339(fmt::format("{}T00:00:00Z", text)) : std::nullopt;
  if (!midnight) return wrong("must be a date such as 2025-03-14");
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(*midnight)};
  if (!is_year_in_reach(static_cast<int>(day.year())))
    return wrong(fmt::format("must be between {} and {}", first_year, last_year));
  return std::string(text);
}

outcome instant_cell(std::string_view text) {
  const auto at = parse_rfc3339(text);
  if (!at) return wrong("must be a time with its zone such as 2025-12-01T09:30:00Z");
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(*at)};
  if (!is_year_in_reach(static_cast<int>(day.year())))
    return wrong(fmt::format("must be between {} and {}", first_year, last_year));
  return to_rfc3339(*at);
}

outcome archived_cell(std::string_view text) {
  const std::string word = lower(text);
  for (std::string_view yes : {"true", "yes", "1"})
    if (word == yes) return "true";
  for (std::string_view no : {"false", "no", "0"})
    if (word == no) return "false";
  return wrong("must be true or false");
}

outcome drop_cell(std::string_view text) {
  auto digits = drop_number_from(text);
  if (!digits) return wrong("must be a drop number such as DR1730654");
  return std::move(*digits);
}

outcome choice_cell(const reference_column& column, std::string_view text) {
  const std::string word = lower(text);
  if (std::find(column.choices.begin(), column.choices.end(), word) != column.choices.end())
    return word;
  return wrong(fmt::format("must be one of {}", fmt::join(column.choices, ", ")));
}

/// Items once each, in their order; empty ones fall away.
outcome list_cell(const reference_column& column, std::string_view text) {
  std::string out;
  std::set<std::string> seen;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(list_separator, at), text.size());
    const std::string_view item = trim(text.substr(at, end - at));
    at = end + 1;
    if (item.empty()) continue;
    auto checked = column.type == column_type::users ? email_cell(item, column.max)
                                                     : text_cell(item, column.max);
    if (!checked)
      return wrong(column.type == column_type::users
                       ? "must hold e-mail addresses, with | between them"
                       : fmt::format("must hold texts of at most {} characters, with | between "
                                     "them",
                                     column.max));
    if (column.type == column_type::users) checked = lower(*checked);
    if (!seen.insert(*checked).second) continue;
    if (seen.size() > max_list_items)
      return wrong(fmt::format("must hold at most {} items", max_list_items));
    if (!out.empty()) out += list_separator;
    out += *checked;
  }
  return out;
}

std::string names_of(const reference_declaration& of) {
  std::vector<std::string_view> names;
  for (const reference_column& c : of.columns)
    names.push_back(c.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

const std::string& reference_row::code() const {
  static const std::string none;
  return cells.empty() || !cells.front() ? none : *cells.front();
}

tl::expected<std::string, std::string> canonical_cell(const reference_column& column,
                                                      std::string_view raw) {
  const std::string_view text = trim(raw);
  if (text.empty()) return std::string();
  switch (column.type) {
    case column_type::text:
    case column_type::reference:
      return text_cell(text, column.max);
    case column_type::drop:
      return drop_cell(text);
    case column_type::email:
      return email_cell(text, column.max);
    case column_type::user:
      return email_cell(text, column.max).map(lower);
    case column_type::choice:
      return choice_cell(column, text);
    case column_type::number:
      return number_cell(column, text);
    case column_type::date:
      return date_cell(text);
    case column_type::time:
      return instant_cell(text);
    case column_type::archived:
      return archived_cell(text);
    case column_type::words:
    case column_type::users:
      return list_cell(column, text);
  }
  return wrong("is of an unknown type");
}

reference_row check_row(const reference_declaration& of, std::span<const given_cell> cells) {
  reference_row out;
  out.cells.resize(of.columns.size());
  for (const given_cell& cell : cells) {
    const auto at = find_column(of, cell.name);
    if (!at) {
      out.problems.push_back(
          {storable(cell.name, 100), fmt::format("is not known here; known are {}", names_of(of))});
      continue;
    }
    const reference_column& column = of.columns[*at];
    auto value = canonical_cell(column, cell.text);
    if (value && value->empty() && column.required) value = wrong("must not be empty");
    if (value) {
      out.cells[*at] = std::move(*value);
    } else {
      out.problems.push_back({std::string(column.name), std::move(value.error())});
    }
  }
  const std::string_view code = of.columns.front().name;
  const bool said = std::any_of(out.problems.begin(), out.problems.end(),
                                [&](const row_problem& p) { return p.field == code; });
  if (out.code().empty() && !said) out.problems.push_back({std::string(code), "is required"});
  return out;
}

tl::expected<header_match, std::string> match_header(
    const reference_declaration& of, std::span<const std::string> header,
    const std::map<std::string, std::string>& renamed) {
  std::map<std::string, std::string> ours;  // a file's name in small letters → our name
  for (const auto& [theirs, name] : renamed) {
    if (!name.empty() && !find_column(of, name))
      return tl::unexpected(
          fmt::format("there is no column \"{}\" to rename \"{}\" to; known are "
                      "{}",
                      name, theirs, names_of(of)));
    ours[lower(trim(theirs))] = name;
  }
  header_match out;
  std::set<std::size_t> used;
  std::set<std::string> renames_used;
  for (const std::string& cell : header) {
    const std::string theirs = lower(trim(cell));
    const auto rename = ours.find(theirs);
    if (rename != ours.end()) renames_used.insert(theirs);
    const std::string& name = rename == ours.end() ? theirs : rename->second;
    if (rename != ours.end() && name.empty()) {
      out.emplace_back();
      continue;
    }
    const auto at = find_column(of, name);
    if (!at)
      return tl::unexpected(fmt::format("the column \"{}\" is not known here; known are {}",
                                        storable(trim(cell), 100), names_of(of)));
    if (!used.insert(*at).second)
      return tl::unexpected(fmt::format("the column \"{}\" is there twice", name));
    out.emplace_back(at);
  }
  for (const auto& [theirs, name] : ours)
    if (!renames_used.contains(theirs))
      return tl::unexpected(fmt::format("there is no column \"{}\" in the file", theirs));
  if (!used.contains(0))
    return tl::unexpected(
        fmt::format("the column \"{}\" is missing; every row needs it", of.columns.front().name));
  return out;
}

}  // namespace fibrehub::domain
