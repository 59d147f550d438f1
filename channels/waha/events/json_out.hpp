// Writing JSON in which what was not told is left out: empty texts and lists, absent optionals.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channels/waha/events/node.hpp"

namespace fibrehub::channels::waha {

class json_out {
 public:
  /// Left out when empty.
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) always(key, value);
  }
  void always(std::string_view key, std::string_view value) {
    name(key);
    string(value);
  }
  /// Left out when not told; may be empty.
  void told(std::string_view key, const std::optional<std::string>& value) {
    if (value) always(key, *value);
  }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    list(key, values, [this](const std::string& v) { string(v); });
  }
  void time(std::string_view key, const std::optional<domain::instant>& value) {
    if (value) always(key, to_rfc3339_ms(*value));
  }
  void flag(std::string_view key, const std::optional<bool>& value) {
    if (!value) return;
    name(key);
    w_.Bool(*value);
  }
  void integer(std::string_view key, const std::optional<std::int64_t>& value) {
    if (!value) return;
    name(key);
    w_.Int64(*value);
  }
  void number(std::string_view key, double value) {
    name(key);
    w_.Double(value);
  }
  /// A value of a document as it is.
  void raw(std::string_view key, const node& value) {
    if (!value) return;
    name(key);
    value.value()->Accept(w_);
  }
  template <class F>
  void object(std::string_view key, F&& members) {
    name(key);
    object(std::forward<F>(members));
  }
  template <class F>
  void object(F&& members) {
    w_.StartObject();
    std::forward<F>(members)();
    w_.EndObject();
  }
  /// Left out when empty; `write` writes one value.
  template <class Values, class F>
  void list(std::string_view key, const Values& values, F&& write) {
    if (values.empty()) return;
    name(key);
    w_.StartArray();
    for (const auto& v : values)
      write(v);
    w_.EndArray();
  }
  std::string take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  void name(std::string_view key) {
    w_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  }
  void string(std::string_view value) {
    w_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> w_{buffer_};
};

}  // namespace fibrehub::channels::waha
