// Columns as PostgreSQL array literals: a batch travels as one array per column.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace fibrehub::store {

class pq_array {
 public:
  pq_array() { text_ += '{'; }

  void add(std::int64_t value) {
    separate();
    char digits[20];
    text_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
  void add(std::string_view value) {
    separate();
    text_ += '"';
    // Whole runs at a time: what needs a backslash is rare.
    std::size_t copied = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] != '"' && value[i] != '\\') continue;
      text_.append(value, copied, i - copied);
      text_ += '\\';
      copied = i;
    }
    text_.append(value, copied);
    text_ += '"';
  }
  void add_bool(bool value) {
    separate();
    text_ += value ? 't' : 'f';
  }
  void add_null() {
    separate();
    text_ += "NULL";
  }
  /// Zero and the empty text stand for "none" in optional columns.
  void add_or_null(std::int64_t value) { value == 0 ? add_null() : add(value); }
  void add_or_null(std::string_view value) { value.empty() ? add_null() : add(value); }

  std::string take() {
    text_ += '}';
    return std::move(text_);
  }

 private:
  void separate() {
    if (text_.size() > 1) text_ += ',';
  }
  std::string text_;
};

}  // namespace fibrehub::store
