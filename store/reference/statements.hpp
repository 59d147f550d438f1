// The SQL of reference data, made from each kind's declaration: no kind has statements written by
// hand, so a new column is one line in domain/reference.cpp and one in a migration.
#pragma once

#include <string>

#include "domain/reference.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// Inserts and updates any number of rows of one kind. Parameters: the rows' numbers, then one text
/// array per column (NULL: not given, empty: nothing), then the present in microseconds.
/// Answers per row: its number, what became of it (created, updated, unchanged, error), references
/// that lead nowhere and required fields that are missing (`name U+001E value`, joined by U+001F),
/// and whether a failed review has just become one.
const sql& upsert_statement(domain::reference_kind kind);

/// Between the parts of an entry, and between entries, in those lists.
inline constexpr char part_separator = '\x1e';
inline constexpr char entry_separator = '\x1f';

/// `SELECT … FROM … t …` up to WHERE: id, updated_at and archived_at in microseconds (0: none),
/// ticket_uid, then each column as text in its canonical form (instants in microseconds).
const std::string& select_rows(domain::reference_kind kind);

/// Whether a row holds the text of parameter `$n`, case ignored: a condition on `t`.
std::string contains_text(domain::reference_kind kind, std::size_t parameter);

}  // namespace fibrehub::store
