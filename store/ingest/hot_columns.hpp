// The rows every message makes, as the columns of the one statement that writes them. Filled
// message by message while the batch before is being committed, so that little is left to do in
// between.
#pragma once

#include <array>
#include <string>

#include "store/ingest/rows.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"

namespace fibrehub::store {

class hot_columns {
 public:
  hot_columns() = default;
  hot_columns(hot_columns&&) = default;
  hot_columns& operator=(hot_columns&&) = default;

  /// Adds the rows that have come since the last call; those taken in before must not change.
  void take_in(const ingest_rows& rows);
  /// The parameters of the statement, with what is known only at the end: how far each ticket got.
  /// The result refers to this object.
  sql_params finish(const ingest_rows& rows);

 private:
  void add(const inbox_row& r);
  void add(const message_row& r);
  void add(const history_row& r);
  void add_progress(const ingest_rows& rows);
  /// Bytes travel in one binary value and are cut out by position (from 1).
  std::int64_t append(std::string_view bytes);
  std::int64_t append(const domain::history_digest& digest);

  std::string bytes_;
  std::array<pq_array, 11> inbox_;
  std::array<pq_array, 15> messages_;
  std::array<pq_array, 9> history_;
  std::array<pq_array, 7> progress_;
  std::size_t inbox_taken_ = 0, messages_taken_ = 0, history_taken_ = 0;
};

}  // namespace fibrehub::store
