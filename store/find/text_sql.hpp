// The conditions that look into texts, by what was looked up of them before (lookup.hpp).
#pragma once

#include <string>
#include <string_view>

#include "domain/people.hpp"
#include "domain/query/query.hpp"
#include "store/find/lookup.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// How a text that is in many tickets is looked for.
enum class text_search {
  walk,  // ticket by ticket
  set    // all of them at once
};

/// `%text%`, with what LIKE would take for a pattern escaped.
std::string like_pattern(std::string_view text);
/// "DR1234" and "1234" mean the same drop.
std::string_view drop_digits(std::string_view text);
/// A phone number's digits, without the 0 that stands for the country at home; may be empty.
std::string phone_tail(std::string_view text);
/// Shorter parts have no trigram, so no index could help.
inline constexpr std::size_t min_part_bytes = 3;

/// An SQL expression for the words to look for; the last one may be the beginning of a longer one,
/// unless it was quoted. `$n` are the parameter's.
std::string words_query(bool phrase, std::string_view parameter);

/// Part of a column that the parts of a ticket cover.
std::string part_of(std::string_view column, const std::string& text, const text_place& place,
                    sql_params& params);

/// Words in title, description, notes or messages, or part of UID, drop, address or contact.
std::string words_anywhere(const domain::query::value& text, const domain::principal& by,
                           const text_place& place, text_search how, sql_params& params);

}  // namespace fibrehub::store
