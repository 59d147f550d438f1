// Which tickets somebody may see, as SQL: the same rule as domain::may_see, added to every query.
#pragma once

#include <string>

#include "domain/people.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// A condition on `tickets t`, empty for those who see all. Its parameters are appended to `params`
/// and numbered after what is there.
std::string visibility_condition(const domain::principal& who, sql_params& params);

}  // namespace fibrehub::store
