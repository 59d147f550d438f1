// Writes JSON in the order asked for; peers answer with real servers' key order.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace fibrehub::peers {

class json_writer {
 public:
  json_writer& object() { return writer_.StartObject(), *this; }
  json_writer& end_object() { return writer_.EndObject(), *this; }
  json_writer& array() { return writer_.StartArray(), *this; }
  json_writer& end_array() { return writer_.EndArray(), *this; }

  json_writer& key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    return *this;
  }
  json_writer& value(std::string_view text) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return *this;
  }
  json_writer& value(const std::string& text) { return value(std::string_view(text)); }
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(bool v) { return writer_.Bool(v), *this; }
  json_writer& value(std::nullptr_t) { return writer_.Null(), *this; }
  json_writer& value(double v) { return writer_.Double(v), *this; }
  template <std::integral Integer>
  json_writer& value(Integer v) {
    return writer_.Int64(static_cast<std::int64_t>(v)), *this;
  }
  /// A value that already is JSON text.
  json_writer& raw(std::string_view json) {
    writer_.RawValue(json.data(), json.size(), rapidjson::kNullType);
    return *this;
  }

  template <class Value>
  json_writer& field(std::string_view name, const Value& v) {
    return key(name).value(v);
  }
  json_writer& raw_field(std::string_view name, std::string_view json) {
    return key(name).raw(json);
  }
  /// The text, or null when it is empty.
  json_writer& text_or_null(std::string_view name, std::string_view text) {
    key(name);
    return text.empty() ? value(nullptr) : value(text);
  }

  std::string text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace fibrehub::peers
