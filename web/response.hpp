// What a handler answers, and the one envelope every JSON answer of the API wears.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/error.hpp"
#include "web/request.hpp"

namespace fibrehub::web {

struct response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

/// Names the part of a request that is wrong: {"field":"limit","reason":"must be 1 to 100"}.
struct field_problem {
  std::string field;
  std::string reason;
};

inline void write_string(json_writer& w, std::string_view text) {
  w.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
inline void write_key(json_writer& w, std::string_view text) {
  w.Key(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

/// {"success":true,"data":…}; `write_data(json_writer&)` writes exactly one value.
template <class F>
response success(F&& write_data, unsigned status = 200) {
  rapidjson::StringBuffer buffer;
  json_writer w{buffer};
  w.StartObject();
  w.Key("success");
  w.Bool(true);
  w.Key("data");
  std::forward<F>(write_data)(w);
  w.EndObject();
  response out;
  out.status = status;
  out.body.assign(buffer.GetString(), buffer.GetSize());
  return out;
}

/// The same around data that is JSON text already (the database's own, for instance).
response success_json(std::string_view data, unsigned status = 200);

/// {"success":false,"error":{…}}.
response failure(const request_context& ctx, unsigned status, std::string_view code,
                 std::string_view message, const std::vector<field_problem>& details = {});

/// 400 naming one field.
response invalid_field(const request_context& ctx, std::string_view field, std::string_view reason);

/// The store's refusal as an answer; what is a fault of ours is not told to the caller.
response from_store_error(const request_context& ctx, const store::error& why,
                          unsigned retry_after_s = 5);

}  // namespace fibrehub::web
