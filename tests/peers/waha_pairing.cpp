// How a session gets its account: QR code, pairing code, passkey.
#include "peers/json_writer.hpp"
#include "peers/qr_code.hpp"
#include "peers/waha_errors.hpp"
#include "peers/waha_server.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

http_reply picture(const std::string& png) {
  http_reply out = json_reply(200, png);
  out.content_type = "image/png";
  return out;
}

/// Image, JSON around the image, or the text behind it.
http_reply qr_answer(const http_request& request, const std::string& code) {
  json_writer w;
  if (request.query_or("format", "image") == "raw") {
    return json_reply(200, w.object().field("value", code).end_object().text());
  }
  const std::string png = qr_png(code);
  if (request.header("Accept").find("application/json") == std::string_view::npos) {
    return picture(png);
  }
  w.object().field("mimetype", "image/png").field("data", base64(png));
  return json_reply(200, w.end_object().text());
}

}  // namespace

waha_server::reply waha_server::pairing(http_request request, std::string name) {
  const auto& path = request.segments;
  if (path.size() > 3 && path[3] == "passkey" && world_.features().passkeys) {
    waha_session* s = world_.find(name);
    co_return s == nullptr ? unknown_session(name) : passkey(request, *s);
  }
  const bool qr = path.size() == 4 && path[3] == "qr" && request.method == "GET";
  const bool code = path.size() == 4 && path[3] == "request-code" && request.method == "POST";
  if (!qr && !code) co_return not_found(request);
  const bool ready = co_await wait_for_status(name, "SCAN_QR_CODE");
  waha_session* s = world_.find(name);
  if (s == nullptr) co_return unknown_session(name);
  if (!ready) co_return session_state_error(name, s->status, "SCAN_QR_CODE");
  if (qr) co_return qr_answer(request, s->code);
  const auto body = json::parse(request.body);
  if (!body) co_return nest_error(400, body.error().message);
  if (json::text_or_number(*body, "phoneNumber").empty()) {
    co_return validation_error("phoneNumber should not be empty");
  }
  const bool method = !json::text(*body, "method").empty();
  if (method && world_.options().engine == waha_engine::noweb) {
    co_return nest_error(422, "'method' is not supported by NOWEB");
  }
  std::string letters = web_stanza_id(world_.random()).substr(4, 8);
  letters.insert(4, "-");
  co_return json_reply(201, fmt::format(R"({{"code":"{}"}})", letters));
}

http_reply waha_server::passkey(const http_request& request, waha_session& s) {
  const auto& path = request.segments;
  const std::string step = path.size() > 4 ? path[4] : "";
  const bool get = request.method == "GET";
  const bool asked = s.status == "PASSKEY_REQUIRED";
  const bool answered = s.status == "PASSKEY_CONFIRMATION_REQUIRED";
  if (get && step == "challenge" && asked) {
    return json_reply(200, fmt::format(R"({{"challenge":"{}"}})", base64(s.name)));
  }
  if (get && step == "confirmation" && answered) return json_reply(200, R"({"code":"4711"})");
  const bool post = !get && ((step.empty() && asked) || (step == "confirm" && answered));
  if (!post) return nest_error(422, "No passkey operation is pending");
  world_.passkey_step(s);
  return json_reply(201, "");
}

waha_server::reply waha_server::screenshot(http_request request) {
  const std::string name = request.query_or("session", "default");
  const waha_engine engine = world_.options().engine;
  waha_session* s = world_.find(name);
  if (s != nullptr && s->status == "SCAN_QR_CODE" && engine != waha_engine::webjs) {
    co_return picture(qr_png(s->code));
  }
  const bool ready = co_await wait_for_status(name, "WORKING");
  s = world_.find(name);
  if (s == nullptr) co_return unknown_session(name);
  if (!ready) co_return session_state_error(name, s->status, "WORKING");
  if (engine == waha_engine::webjs) co_return picture(qr_png("window of " + name));
  co_return nest_error(422, "The engine has no screenshots");
}

}  // namespace fibrehub::peers
