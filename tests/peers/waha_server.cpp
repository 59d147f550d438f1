#include "peers/waha_server.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "peers/json_writer.hpp"
#include "peers/media.hpp"
#include "peers/waha_errors.hpp"

namespace fibrehub::peers {

namespace asio = boost::asio;
namespace json = protocols::json;

namespace {

bool is_send_call(const http_request& r) {
  constexpr std::array<std::string_view, 10> calls{
      "sendText",     "sendImage", "sendFile",    "sendVoice",  "sendVideo",
      "sendLocation", "sendSeen",  "startTyping", "stopTyping", "reaction"};
  return r.segments.size() == 2 &&
         std::find(calls.begin(), calls.end(), r.segments[1]) != calls.end();
}

constexpr std::string_view qr_png_base64 =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

}  // namespace

std::uint16_t waha_server::listen(const std::string& address, std::uint16_t port) {
  http_server_options options;
  options.address = address;
  options.port = port;
  options.body_limit = 50U << 20U;
  const std::uint16_t actual =
      serve_http(io_, options, [this](http_request r) { return handle(std::move(r)); });
  const std::string& given = world_.options().media_base_url;
  world_.set_base_url(given.empty() ? fmt::format("http://{}:{}", address, actual) : given);
  return actual;
}

waha_server::reply waha_server::handle(http_request request) {
  ++requests_;
  http_reply gone;
  gone.reset_after_bytes = 0;
  if (world_.down()) co_return gone;
  const auto& path = request.segments;
  if (request.path == "/ping") co_return json_reply(200, R"({"message":"pong"})");
  const std::string& key = world_.options().api_key;
  const bool known = request.header("X-Api-Key") == key || request.query_or("x-api-key", "") == key;
  if (!key.empty() && !known) co_return unauthorized();
  if (request.oversize) {
    // Not 413: WAHA reports its body parser's complaint as 500.
    co_return exception_error(request, "PayloadTooLargeError", "request entity too large",
                              world_.options().engine);
  }
  if (request.path == "/health") co_return health();
  const std::string root = path.empty() ? "" : path[0];
  if (root == "api" && path.size() >= 2) {
    if (path[1] == "server" || path[1] == "version") co_return server_info(request);
    if (path[1] == "files") co_return file(request);
    if (path[1] == "sessions") {
      co_return path.size() == 2 ? sessions(request) : session(request, path[2]);
    }
    if (is_send_call(request) || path[1] == "contacts" || path[1] == "messages") {
      std::string name = request.query_or("session", "");
      if (request.method != "GET") {
        const auto body = json::parse(request.body);
        if (!body) co_return nest_error(400, body.error().message);
        name = std::string(json::text(*body, "session"));
        if (name.empty()) co_return nest_error(400, "Session name is required");
      }
      co_return co_await working_call(std::move(request), std::move(name));
    }
    if (path.size() >= 3) {
      std::string name = path[1];
      co_return co_await working_call(std::move(request), std::move(name));
    }
  }
  co_return nest_error(404, fmt::format("Cannot {} {}", request.method, request.path));
}

http_reply waha_server::health() const {
  constexpr std::string_view space = R"({"mediaFiles.space":{"status":"up"}})";
  json_writer w;
  w.object().field("status", "ok").raw_field("info", space).raw_field("error", "{}");
  return json_reply(200, w.raw_field("details", space).end_object().text());
}

http_reply waha_server::server_info(const http_request& request) const {
  const std::string what = request.segments.size() > 2 ? request.segments[2] : "version";
  if (what == "version") return json_reply(200, environment_json(world_.options().engine));
  if (what == "status") {
    json_writer w;
    w.object().field("startTimestamp", world_.start_ms());
    w.field("uptime", now_ms() - world_.start_ms());
    w.key("worker").object().field("id", "worker-1").end_object();
    return json_reply(200, w.end_object().text());
  }
  return nest_error(404, fmt::format("Cannot {} {}", request.method, request.path));
}

std::string waha_server::session_json(const waha_session& s) const {
  json_writer w;
  w.object().field("name", s.name).field("status", s.status);
  w.raw_field("config", s.config_json.empty() ? "null" : s.config_json);
  w.raw_field("me", s.working() ? me_json(s.me) : "null").field("presence", nullptr);
  w.key("timestamps").object();
  if (s.activity_ms > 0) {
    w.field("activity", s.activity_ms);
  } else {
    w.field("activity", nullptr);
  }
  w.end_object().key("engine").object();
  if (s.status != "STOPPED") w.field("engine", engine_name(world_.options().engine));
  return w.end_object().end_object().text();
}

http_reply waha_server::sessions(const http_request& request) {
  if (request.method == "POST") return create_session(request);
  if (request.method != "GET") return nest_error(404, "Cannot " + request.method);
  const bool all = request.query_or("all", "") == "true";
  json_writer w;
  w.array();
  for (const auto& [name, s] : world_.sessions()) {
    if (all || s->status != "STOPPED") w.raw(session_json(*s));
  }
  return json_reply(200, w.end_array().text());
}

http_reply waha_server::create_session(const http_request& request) {
  const auto body = json::parse(request.body);
  if (!body) return nest_error(400, body.error().message);
  std::string name(json::text(*body, "name"));
  if (name.empty()) name = "session_" + ulid(now_ms(), world_.random());
  if (world_.find(name) != nullptr) {
    return nest_error(422, fmt::format("Session '{}' already exists. Use PUT to update it.", name));
  }
  waha_session& s = world_.create(name, false);
  if (const auto* config = json::find(*body, "config"); config && config->IsObject()) {
    if (auto set = world_.configure(s, json::to_text(*config)); !set) {
      world_.remove(name);
      return validation_error(set.error());
    }
  }
  // Left out means false, whatever the documentation says.
  if (json::boolean(*body, "start")) world_.start_session(s);
  return json_reply(201, session_json(s));
}

http_reply waha_server::session(const http_request& request, const std::string& name) {
  waha_session* s = world_.find(name);
  const std::string action = request.segments.size() > 3 ? request.segments[3] : "";
  if (request.method == "DELETE" && action.empty()) {
    world_.remove(name);
    return json_reply(200, "");
  }
  if (s == nullptr) return nest_error(404, "Session not found");
  if (request.method == "GET" && action.empty()) return json_reply(200, session_json(*s));
  if (request.method == "GET" && action == "me") {
    return json_reply(200, s->working() ? me_json(s->me) : "");
  }
  if (request.method == "PUT" && action.empty()) {
    const auto body = json::parse(request.body);
    if (!body) return nest_error(400, body.error().message);
    const auto* config = json::find(*body, "config");
    if (auto set = world_.configure(*s, config ? json::to_text(*config) : "{}"); !set) {
      return validation_error(set.error());
    }
    if (s->status != "STOPPED") {
      world_.stop_session(*s);
      world_.start_session(*s);
    }
    return json_reply(200, session_json(*s));
  }
  return lifecycle(request, *s, action);
}

http_reply waha_server::lifecycle(const http_request& request, waha_session& s,
                                  std::string_view action) {
  if (request.method == "POST" && action == "start") {
    if (s.status != "STOPPED" && s.status != "FAILED") {
      return nest_error(422, fmt::format("Session '{}' is already started.", s.name));
    }
    world_.start_session(s);
  } else if (request.method == "POST" && action == "stop") {
    world_.stop_session(s);
  } else if (request.method == "POST" && action == "restart") {
    world_.stop_session(s);
    world_.faults().waha_silent = 0;
    world_.start_session(s);
  } else if (request.method == "POST" && action == "logout") {
    world_.logout_session(s);
  } else {
    return nest_error(404, fmt::format("Cannot {} {}", request.method, request.path));
  }
  http_reply done = json_reply(201, session_json(s));
  done.delay = std::chrono::milliseconds(world_.scaled_ms(action == "start" ? 200 : 3000));
  return done;
}

http_reply waha_server::file(const http_request& request) {
  if (request.segments.size() != 4) return nest_error(404, "Cannot GET " + request.path);
  const auto* found = world_.find_media(request.segments[2], request.segments[3]);
  const bool missing = world_.random().percent(world_.faults().waha_media_missing_percent);
  if (found == nullptr || missing) return file_not_found(request.segments[3]);
  http_reply whole = json_reply(200, media_bytes(found->kind, found->mark));
  whole.content_type = media_mimetype(found->kind);
  return whole;
}

asio::awaitable<bool> waha_server::wait_for_status(std::string name, std::string_view status) {
  // Up to 5 s for the session to run, then up to 10 s for the status; polled twice a second.
  std::int64_t left_ms = 5000;
  for (bool counted = false; left_ms >= 0; left_ms -= 500) {
    const waha_session* s = world_.find(name);
    if (s != nullptr && s->status == status) co_return true;
    const bool running = s != nullptr && s->status != "STOPPED";
    if (running && !counted) {
      left_ms = 10'000;
      counted = true;
    }
    boost::system::error_code ec;
    asio::steady_timer timer(io_, std::chrono::milliseconds(world_.scaled_ms(500)));
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
  co_return false;
}

waha_server::reply waha_server::working_call(http_request request, std::string name) {
  const bool qr = request.segments.size() == 4 && request.segments[2] == "auth";
  const std::string_view needed = qr ? "SCAN_QR_CODE" : "WORKING";
  const bool ready = co_await wait_for_status(name, needed);
  waha_session* s = world_.find(name);
  if (s == nullptr) co_return unknown_session(name);
  if (!ready) co_return session_state_error(name, s->status, needed);
  if (qr && request.segments[3] == "qr") {
    if (request.query_or("format", "image") == "raw") {
      co_return json_reply(
          200, fmt::format(R"({{"value":"2@SIMULATED{},a,b,c"}})", s->statuses.back().second));
    }
    co_return json_reply(200,
                         fmt::format(R"({{"mimetype":"image/png","data":"{}"}})", qr_png_base64));
  }
  if (qr && request.segments[3] == "request-code") {
    co_return json_reply(201, R"({"code":"ABCD-1234"})");
  }
  if (is_send_call(request)) co_return send_call(request, *s);
  co_return read_call(request, *s);
}

}  // namespace fibrehub::peers
