// A query of the query language as one SQL condition on `tickets t`, every value a parameter.
#pragma once

#include <string>

#include "domain/people.hpp"
#include "domain/query/query.hpp"
#include "store/find/text_sql.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// What the words of a query refer to.
struct find_surroundings {
  const domain::principal& by;  // who `me` is, and who may read internal notes
  domain::instant now{};
  domain::time_zone zone;
  const text_places& texts;  // look_up's
  text_search many = text_search::set;
};

/// How much of a query a condition says.
enum class strictness {
  whole,
  without_common_texts  // all that it finds, and what only a text that is in many would exclude
};

/// Parameters are appended to `params` and numbered after what is there. Never empty.
std::string condition_sql(const domain::query::node& query, const find_surroundings& around,
                          sql_params& params, strictness how = strictness::whole);

}  // namespace fibrehub::store
