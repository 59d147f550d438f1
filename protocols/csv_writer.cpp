#include "protocols/csv_writer.hpp"

#include <utility>

#include "protocols/csv.hpp"

namespace fibrehub::protocols {

void csv_writer::separate() {
  if (row_begun_) out_ += ',';
  row_begun_ = true;
}

void csv_writer::text(std::string_view value) {
  separate();
  out_ += csv_field(value);
}

void csv_writer::plain(std::string_view value) {
  separate();
  out_ += value;
}

void csv_writer::end_row() {
  out_ += "\r\n";
  row_begun_ = false;
}

std::string csv_writer::take() {
  return std::exchange(out_, {});
}

}  // namespace fibrehub::protocols
