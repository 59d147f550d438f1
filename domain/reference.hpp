// What the network is made of, and who builds it: every kind of reference data declared once, with
// its columns, their types and bounds. The check of a row, the header of a CSV file, the SQL of
// imports and reads, the JSON and the API description all come from this table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fibrehub::domain {

enum class reference_kind { projects, clients, contractors, poles, drops, qa_photo_reviews, teams };
inline constexpr std::size_t reference_kind_count = 7;

enum class column_type {
  text,       // one line of at most `max` characters
  drop,       // a drop number, kept as its digits
  email,      // an e-mail address
  choice,     // one of `choices`
  number,     // decimal, `min` to `max`, rounded to 8 digits after the point
  date,       // YYYY-MM-DD
  time,       // RFC 3339
  archived,   // true or false; kept as the instant since when it is true
  reference,  // the code of a row of `refers_to`
  user,       // the e-mail address of a user
  words,      // at most `max_list_items` texts of at most `max` characters
  users       // at most `max_list_items` e-mail addresses of users
};
inline constexpr std::size_t max_list_items = 200;
inline constexpr char list_separator = '|';  // between the items of a list in one cell

struct reference_column {
  std::string_view name;      // in rows, CSV headers and answers
  std::string_view sql_name;  // in the kind's table; of `users`: in a table of their own
  column_type type = column_type::text;
  bool required = false;  // never empty; a new row has to bring it
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::span<const std::string_view> choices = {};
  std::optional<reference_kind> refers_to = {};
  std::string_view text = {};     // for people
  std::string_view example = {};  // as a cell
};

struct reference_declaration {
  reference_kind kind;
  std::string_view name;      // in paths, on the command line; also the table's name
  std::string_view singular;  // "drop"
  std::string_view text;      // for people
  std::span<const reference_column> columns;  // the first one is the code that names a row
};

std::span<const reference_declaration> reference_declarations();
const reference_declaration& declaration_of(reference_kind kind);
/// Null when there is no such kind.
const reference_declaration* find_reference(std::string_view name);
/// The column's place, or nothing.
std::optional<std::size_t> find_column(const reference_declaration& of, std::string_view name);

}  // namespace fibrehub::domain
