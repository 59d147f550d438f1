// Runs a statement whose parameters are columns, one row after the other. For .cpp files of this
// folder.
#pragma once

#include <array>
#include <vector>

#include "store/pq.hpp"
#include "store/pq_array.hpp"

namespace fibrehub::store {

/// Nothing happens without rows. `fill(row, columns)` adds one row.
template <class Row, std::size_t N, class Fill>
pqxx::result run_columns(connection& db, pqxx::transaction_base& tx, const sql& statement,
                         const std::vector<Row>& rows, std::array<pq_array, N> columns,
                         const Fill& fill, const std::string* binary = nullptr) {
  if (rows.empty()) return {};
  for (const Row& row : rows)
    fill(row, columns);
  sql_params params;
  params.binary = binary;
  for (pq_array& column : columns)
    params.texts.push_back(column.take());
  return db.run(tx, statement, params);
}

}  // namespace fibrehub::store
