// Takes a CSV file of reference data into the database: a thousand rows in a transaction, every row
// that cannot be taken reported with its line, the rest taken. Doing it again changes nothing, so
// an import that was cut off is simply started again.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "domain/reference.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::app {

/// Rows in one file; the lines of their codes are remembered to find repeated ones.
inline constexpr std::size_t max_import_rows = 2'000'000;

struct import_options {
  domain::reference_kind kind = domain::reference_kind::projects;
  std::string file;                            // "-": standard input
  std::map<std::string, std::string> renamed;  // their name of a column → ours, or nothing
  bool dry_run = false;
  bool no_tickets = false;
  std::size_t stop_after = 0;  // failed rows; 0: never
  std::string errors_file;     // empty: none
};

/// Exit codes: 0 all rows are in, 1 some failed, 2 the file cannot be used (the line is named) or
/// the database went away; what was committed before stays.
int import_file(store::connection& db, const import_options& options);

}  // namespace fibrehub::app
