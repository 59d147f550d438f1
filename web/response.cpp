#include "web/response.hpp"

#include <spdlog/spdlog.h>

namespace fibrehub::web {

response success_json(std::string_view data, unsigned status) {
  response out;
  out.status = status;
  out.body.reserve(data.size() + 32);
  out.body = R"({"success":true,"data":)";
  out.body += data;
  out.body += '}';
  return out;
}

namespace {

/// The error envelope; `data_json` adds what a program may want to know, as `data`.
response error_answer(const request_context& ctx, unsigned status, std::string_view code,
                      std::string_view message, const std::vector<field_problem>& details,
                      std::string_view data_json) {
  rapidjson::StringBuffer buffer;
  json_writer w{buffer};
  w.StartObject();
  w.Key("success");
  w.Bool(false);
  w.Key("error");
  w.StartObject();
  w.Key("code");
  write_string(w, code);
  w.Key("message");
  write_string(w, message);
  w.Key("details");
  w.StartArray();
  for (const auto& d : details) {
    w.StartObject();
    w.Key("field");
    write_string(w, d.field);
    w.Key("reason");
    write_string(w, d.reason);
    w.EndObject();
  }
  w.EndArray();
  if (!data_json.empty()) {
    w.Key("data");
    w.RawValue(data_json.data(), data_json.size(), rapidjson::kObjectType);
  }
  w.Key("request_id");
  write_string(w, ctx.request_id);
  w.EndObject();
  w.EndObject();
  response out;
  out.status = status;
  out.body.assign(buffer.GetString(), buffer.GetSize());
  return out;
}

response refusal(const request_context& ctx, unsigned status, std::string_view code,
                 const store::error& why) {
  std::vector<field_problem> details;
  for (const auto& [field, reason] : why.fields)
    details.push_back({field, reason});
  return error_answer(ctx, status, why.reason.empty() ? code : why.reason, why.message, details,
                      why.data_json);
}

}  // namespace

response failure(const request_context& ctx, unsigned status, std::string_view code,
                 std::string_view message, const std::vector<field_problem>& details) {
  return error_answer(ctx, status, code, message, details, {});
}

response invalid_field(const request_context& ctx, std::string_view field,
                       std::string_view reason) {
  return failure(ctx, 400, "invalid_parameter", fmt::format("{} {}", field, reason),
                 {{std::string{field}, std::string{reason}}});
}

response from_store_error(const request_context& ctx, const store::error& why,
                          unsigned retry_after_s) {
  const auto later = [&](std::string_view code, std::string_view message) {
    response out = failure(ctx, 503, code, message);
    out.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
    return out;
  };
  switch (why.code) {
    case store::errc::unavailable:
      return later("unavailable", "the database is away; try again after a pause");
    case store::errc::standby:
      return later("standby", "this hub is the standby; another one serves at the moment");
    case store::errc::overloaded:
      if (why.reason == "too_many_reads") {
        response out = failure(ctx, 429, why.reason, why.message);
        out.headers.emplace_back("Retry-After", "1");
        return out;
      }
      return later("overloaded", "too many requests are waiting; try again after a pause");
    case store::errc::timeout:
      return later("timeout", "the database took too long to answer; try again after a pause");
    case store::errc::not_found:
      return refusal(ctx, 404, "not_found", why);
    case store::errc::forbidden:
      return refusal(ctx, 403, "forbidden", why);
    case store::errc::invalid:
      // Every field is right by itself; together they do not make what is asked for.
      return refusal(ctx, why.reason == "missing_value" ? 422 : 400, "invalid", why);
    case store::errc::conflict:
      return refusal(ctx, 409, "conflict", why);
    case store::errc::abandoned:
    case store::errc::internal:
      break;
  }
  spdlog::error("request {} failed inside: {}", ctx.request_id, why.message);
  return failure(ctx, 500, "internal_error",
                 "something went wrong here; the log has the details under this request_id");
}

}  // namespace fibrehub::web
