// Reads what stands after a field's colon: checks it against the field's kind and says in an error
// what was expected.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "domain/query/fields.hpp"
#include "domain/query/scanner.hpp"

namespace fibrehub::domain::query {

tl::expected<value, syntax_error> read_value(const field_def& def, const token& from);

/// `4h`, `30m`, `2d`, `1w`; a day, week or month; an instant. Nothing for anything else.
std::optional<moment> read_moment(std::string_view text);

/// The allowed name that is nearest to what was written, or empty when none is near.
std::string_view nearest(std::string_view written, std::span<const std::string_view> names);

}  // namespace fibrehub::domain::query
