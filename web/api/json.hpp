// Small helpers for writing the API's JSON: empty texts and absent instants are null.
#pragma once

#include <optional>
#include <string_view>

#include "domain/time.hpp"
#include "web/response.hpp"

namespace fibrehub::web::api {

inline void text_field(json_writer& w, std::string_view key, std::string_view value) {
  write_key(w, key);
  write_string(w, value);
}
inline void text_or_null(json_writer& w, std::string_view key, std::string_view value) {
  write_key(w, key);
  if (value.empty()) {
    w.Null();
  } else {
    write_string(w, value);
  }
}
inline void integer_field(json_writer& w, std::string_view key, std::int64_t value) {
  write_key(w, key);
  w.Int64(value);
}
inline void instant_field(json_writer& w, std::string_view key,
                          const std::optional<domain::instant>& value) {
  write_key(w, key);
  if (value) {
    write_string(w, domain::to_rfc3339(*value));
  } else {
    w.Null();
  }
}
/// Text that is JSON already, from the database; null when empty.
inline void raw_field(json_writer& w, std::string_view key, std::string_view json) {
  write_key(w, key);
  if (json.empty()) {
    w.Null();
  } else {
    w.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  }
}

}  // namespace fibrehub::web::api
