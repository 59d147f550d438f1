// One COPY … FROM STDIN: rows in, in PostgreSQL's text format.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace fibrehub::bench {

class copy_stream {
 public:
  /// Connects and begins; throws std::runtime_error.
  copy_stream(const std::string& database, const std::string& statement);
  ~copy_stream();
  copy_stream(const copy_stream&) = delete;
  copy_stream& operator=(const copy_stream&) = delete;

  copy_stream& text(std::string_view value);
  copy_stream& number(std::int64_t value);
  copy_stream& null();
  /// RFC 3339 or anything else that needs no escaping.
  copy_stream& plain(std::string_view value);
  void end_row();
  /// Commits what was copied.
  void finish();

 private:
  void separate();
  void flush();
  PGconn* connection_;
  std::string buffer_;
  bool row_begun_ = false;
};

/// Runs one statement on a connection of its own and returns its first value.
std::string run_sql(const std::string& database, const std::string& statement);

}  // namespace fibrehub::bench
