#include "bench/load/copy_stream.hpp"

#include <charconv>
#include <stdexcept>

namespace fibrehub::bench {
namespace {

constexpr std::size_t flush_bytes = std::size_t{256} * 1024;

[[noreturn]] void fail(PGconn* c) {
  std::string why = PQerrorMessage(c);
  while (!why.empty() && why.back() == '\n')
    why.pop_back();
  throw std::runtime_error(why);
}

PGconn* connect(const std::string& database) {
  PGconn* c = PQconnectdb(database.c_str());
  if (PQstatus(c) != CONNECTION_OK) {
    const std::string why = PQerrorMessage(c);
    PQfinish(c);
    throw std::runtime_error("--database: " + why);
  }
  return c;
}

}  // namespace

copy_stream::copy_stream(const std::string& database, const std::string& statement)
    : connection_(connect(database)) {
  PQclear(PQexec(connection_, "SET synchronous_commit = off; SET timezone = 'UTC'"));
  PGresult* begun = PQexec(connection_, statement.c_str());
  const bool ready = PQresultStatus(begun) == PGRES_COPY_IN;
  PQclear(begun);
  if (ready) return;
  const std::string why = PQerrorMessage(connection_);
  PQfinish(connection_);
  throw std::runtime_error(why);
}

copy_stream::~copy_stream() {
  PQfinish(connection_);
}

void copy_stream::separate() {
  if (row_begun_) buffer_ += '\t';
  row_begun_ = true;
}

copy_stream& copy_stream::text(std::string_view value) {
  separate();
  for (char c : value) {
    if (c == '\\' || c == '\t' || c == '\n' || c == '\r') buffer_ += '\\';
    buffer_ += c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : c;
  }
  return *this;
}

copy_stream& copy_stream::plain(std::string_view value) {
  separate();
  buffer_ += value;
  return *this;
}

copy_stream& copy_stream::number(std::int64_t value) {
  separate();
  char digits[24];
  buffer_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  return *this;
}

copy_stream& copy_stream::null() {
  return plain("\\N");
}

void copy_stream::end_row() {
  buffer_ += '\n';
  row_begun_ = false;
  if (buffer_.size() > flush_bytes) flush();
}

void copy_stream::flush() {
  if (PQputCopyData(connection_, buffer_.data(), static_cast<int>(buffer_.size())) != 1)
    fail(connection_);
  buffer_.clear();
}

void copy_stream::finish() {
  flush();
  if (PQputCopyEnd(connection_, nullptr) != 1) fail(connection_);
  PGresult* done = PQgetResult(connection_);
  const bool fine = PQresultStatus(done) == PGRES_COMMAND_OK;
  PQclear(done);
  if (!fine) fail(connection_);
}

std::string run_sql(const std::string& database, const std::string& statement) {
  PGconn* c = connect(database);
  PGresult* r = PQexec(c, statement.c_str());
  const ExecStatusType status = PQresultStatus(r);
  const std::string value =
      status == PGRES_TUPLES_OK && PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "";
  const std::string why = PQerrorMessage(c);
  PQclear(r);
  PQfinish(c);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) throw std::runtime_error(why);
  return value;
}

}  // namespace fibrehub::bench
