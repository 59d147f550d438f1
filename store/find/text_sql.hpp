// The conditions that look into texts, by the indexes of migration 007.
#pragma once

#include <string>
#include <string_view>

#include "domain/people.hpp"
#include "domain/query/query.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// `%text%`, with what LIKE would take for a pattern escaped.
std::string like_pattern(std::string_view text);

/// Part of one of the columns that the index tickets_parts covers.
std::string part_of(std::string_view column, const std::string& text, sql_params& params);

/// Words in title, description, notes or messages, or part of UID, drop, address or contact. The
/// last word may be the beginning of a longer one, unless it was quoted.
std::string words_anywhere(const domain::query::value& text, const domain::principal& by,
                           sql_params& params);

}  // namespace fibrehub::store
