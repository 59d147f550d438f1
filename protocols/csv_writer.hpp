// Writing CSV (RFC 4180) that a spreadsheet opens well and safely: UTF-8 with a byte order mark,
// lines that end with CRLF, and texts that cannot become formulas.
#pragma once

#include <string>
#include <string_view>

namespace fibrehub::protocols {

class csv_writer {
 public:
  /// What the file begins with.
  static constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

  /// Any text, whoever wrote it: see csv_field.
  void text(std::string_view value);
  /// Our own figures, dates and empty cells, written as they are.
  void plain(std::string_view value);
  void end_row();

  /// Bytes written and not yet taken.
  std::size_t size() const { return out_.size(); }
  std::string take();

 private:
  void separate();

  std::string out_;
  bool row_begun_ = false;
};

}  // namespace fibrehub::protocols
