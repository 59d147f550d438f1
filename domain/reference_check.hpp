// Checks rows of reference data against their declaration: what came as text becomes the one way
// the store keeps it, and what cannot be is named field by field. Pure.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "domain/reference.hpp"

namespace fibrehub::domain {

/// Which field, and what is wrong with it as a phrase that follows the field's name.
struct row_problem {
  std::string field;
  std::string reason;
};

/// A field of a row as somebody wrote it; empty means "nothing".
struct given_cell {
  std::string_view name;
  std::string_view text;
};

/// A row in its canonical form, one cell per column of its kind: nothing where the field was not
/// given (it stays as it is), empty where it is to be nothing.
struct reference_row {
  std::vector<std::optional<std::string>> cells;
  std::vector<row_problem> problems;  // with any of these the row cannot be stored
  /// What names the row; empty when it has no usable code.
  const std::string& code() const;
};

/// `cells` without repeats in their names. A required field may be absent (an existing row keeps
/// it) but not empty; the code has to be there.
reference_row check_row(const reference_declaration& of, std::span<const given_cell> cells);

/// The canonical form of one cell, or what is wrong with it. Empty stays empty.
tl::expected<std::string, std::string> canonical_cell(const reference_column& column,
                                                      std::string_view text);

/// Which column of the declaration each column of a file is; nothing for those to leave out.
using header_match = std::vector<std::optional<std::size_t>>;

/// Names in a file compare without case and outer blanks. `renamed` maps a file's own names to
/// ours, or to nothing for columns to leave out. The error is a sentence.
tl::expected<header_match, std::string> match_header(
    const reference_declaration& of, std::span<const std::string> header,
    const std::map<std::string, std::string>& renamed);

}  // namespace fibrehub::domain
