#include "peers/waha_errors.hpp"

#include "peers/json_writer.hpp"
#include "peers/support.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::peers {

namespace {

std::string_view reason(unsigned status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 422:
      return "Unprocessable Entity";
    case 501:
      return "Not Implemented";
    default:
      return "Error";
  }
}

}  // namespace

http_reply json_reply(unsigned status, std::string body) {
  http_reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

http_reply nest_error(unsigned status, std::string_view message) {
  json_writer w;
  w.object().field("message", message).field("error", reason(status));
  return json_reply(status, w.field("statusCode", status).end_object().text());
}

http_reply validation_error(std::string_view message) {
  json_writer w;
  w.object().key("message").array().value(message).end_array().field("error", reason(400));
  return json_reply(400, w.field("statusCode", 400).end_object().text());
}

http_reply unauthorized() {
  return json_reply(401, R"({"message":"Unauthorized","statusCode":401})");
}

http_reply session_state_error(std::string_view session, std::string_view status,
                               std::string_view expected) {
  json_writer w;
  w.object().field("error",
                   "Session status is not as expected. Try again later or restart the session");
  w.field("session", session).field("status", status);
  w.key("expected").array().value(expected).end_array();
  return json_reply(422, w.end_object().text());
}

http_reply unknown_session(std::string_view session) {
  json_writer w;
  w.object().field("error", fmt::format("Session \"{}\" does not exist", session));
  return json_reply(422, w.field("session", session).end_object().text());
}

http_reply exception_error(const http_request& request, std::string_view name,
                           std::string_view message, std::string_view version) {
  const auto body = protocols::json::parse(request.body);
  json_writer w;
  w.object().field("statusCode", 500).field("timestamp", iso_millis(now_ms()));
  w.key("exception").object().field("message", message).field("name", name);
  w.field("stack",
          fmt::format("{}: {}\n    at async /app/dist/core/session.js:63:48", name, message));
  w.end_object().key("request").object().field("path", request.path);
  w.field("method", request.method);
  if (body) w.raw_field("body", request.body);
  w.key("query").object();
  for (const auto& [key, value] : request.query)
    w.field(key, value);
  w.end_object().end_object().raw_field("version", version);
  return json_reply(500, w.end_object().text());
}

http_reply file_not_found(std::string_view file) {
  json_writer w;
  w.object().key("error").object().field("code", 404).field("key", "FILE_NOT_FOUND");
  w.field("message", "File not found");
  w.field("details", fmt::format("ENOENT: no such file or directory, stat '{}'", file));
  return json_reply(404, w.end_object().end_object().text());
}

}  // namespace fibrehub::peers
