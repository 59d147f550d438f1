#include "peers/waha_server.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "peers/json_writer.hpp"
#include "peers/media.hpp"
#include "peers/waha_errors.hpp"

namespace fibrehub::peers {

namespace asio = boost::asio;
namespace json = protocols::json;

bool is_send_call(const http_request& r) {
  constexpr std::array<std::string_view, 14> calls{
      "sendText", "sendImage",    "sendFile",    "sendVoice",      "sendVideo",
      "sendPoll", "sendLocation", "sendSeen",    "forwardMessage", "sendContactVcard",
      "reaction", "star",         "startTyping", "stopTyping"};
  return r.segments.size() == 2 &&
         std::find(calls.begin(), calls.end(), r.segments[1]) != calls.end();
}

std::string session_of(const http_request& r) {
  const auto& path = r.segments;
  if (path.size() < 2) return {};
  if (path[1] == "sessions" || path[1] == "files") return path.size() > 2 ? path[2] : "";
  if (auto named = r.query_or("session", ""); !named.empty()) return named;
  const bool own =
      path.size() >= 3 && path[1] != "contacts" && path[1] != "server" && path[1] != "keys";
  if (own) return path[1];
  const auto body = json::parse(r.body);
  return body && body->IsObject() ? std::string(json::text(*body, "session")) : "";
}

std::string stanza_of(const std::string& id) {
  const auto first = id.find('_');
  if (first == std::string::npos) return id;
  const auto second = id.find('_', first + 1);
  if (second == std::string::npos) return id;
  const auto third = id.find('_', second + 1);
  return id.substr(second + 1, third == std::string::npos ? third : third - second - 1);
}

std::int64_t number_or(const http_request& request, const std::string& name,
                       std::int64_t fallback) {
  const std::string text = request.query_or(name, "");
  std::int64_t n = fallback;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

page page_of(const http_request& request, std::int64_t default_limit) {
  const auto whole = [](std::int64_t n) {
    return static_cast<std::size_t>(std::max<std::int64_t>(0, n));
  };
  return {whole(number_or(request, "offset", 0)),
          whole(number_or(request, "limit", default_limit))};
}

std::uint16_t waha_server::listen(const std::string& address, std::uint16_t port) {
  http_server_options options;
  options.address = address;
  options.port = port;
  options.body_limit = 50U << 20U;
  const std::uint16_t actual =
      serve_http(io_, options, [this](http_request r) { return handle(std::move(r)); });
  const std::string& given = world_.options().media_base_url;
  world_.set_address(given.empty() ? fmt::format("http://{}:{}", address, actual) : given, actual);
  return actual;
}

/// Keeps the book about calls; the work is dispatch()'s.
waha_server::reply waha_server::handle(http_request request) {
  ++requests_;
  http_reply gone;
  gone.reset_after_bytes = 0;
  if (world_.down()) co_return gone;
  if (request.method == "GET" || request.method == "HEAD") {
    co_return co_await dispatch(std::move(request));
  }
  waha_call call;
  call.at_ms = now_ms();
  call.method = request.method;
  call.path = request.path;
  call.session = session_of(request);
  call.in_flight = ++in_flight_;
  if (const auto body = json::parse(request.body); body && body->IsObject()) {
    call.chat = std::string(json::text(*body, "chatId"));
  }
  calls_.push_back(std::move(call));
  if (calls_.size() > 100'000) {
    calls_.pop_front();
    ++forgotten_calls_;
  }
  const std::uint64_t number = forgotten_calls_ + calls_.size() - 1;
  http_reply answer = co_await dispatch(std::move(request));
  --in_flight_;
  if (number >= forgotten_calls_) {
    waha_call& mine = calls_[static_cast<std::size_t>(number - forgotten_calls_)];
    mine.ended_ms = now_ms();
    mine.status = answer.reset_after_bytes ? 0 : answer.status;
  }
  co_return answer;
}

std::string waha_server::calls_json() const {
  json_writer w;
  w.object().key("calls").array();
  for (const auto& c : calls_) {
    w.object().field("at_ms", c.at_ms).field("ended_ms", c.ended_ms).field("method", c.method);
    w.field("path", c.path).text_or_null("session", c.session).text_or_null("chat", c.chat);
    w.field("status", c.status).field("in_flight", c.in_flight).end_object();
  }
  return w.end_array().end_object().text();
}

/// Who may not ask this; nothing when all is well.
std::optional<http_reply> waha_server::refuse(const http_request& request) const {
  const std::string& master = world_.options().api_key;
  if (world_.faults().waha_key_refused > 0) return unauthorized();
  if (master.empty()) return std::nullopt;
  std::string given(request.header("X-Api-Key"));
  if (given.empty() && world_.features().own_message_id) given = request.query_or("x-api-key", "");
  if (given == master) return std::nullopt;
  const api_key* key = keys_.by_secret(given);
  if (key == nullptr) return unauthorized();
  if (key->admin) return std::nullopt;
  const std::string session = session_of(request);
  const bool foreign = !key->session.empty() && session != key->session;
  const bool keys_page = request.segments.size() > 1 && request.segments[1] == "keys";
  const auto action = action_of(request.method, request.path, is_send_call(request));
  const bool scoped = world_.features().own_message_id && !key->may(action);
  if (foreign || keys_page || scoped) return nest_error(403, "Forbidden resource");
  return std::nullopt;
}

waha_server::reply waha_server::dispatch(http_request request) {
  if (request.path == "/ping") co_return json_reply(200, R"({"message":"pong"})");
  if (request.path.starts_with("/s3/")) co_return foreign_file(request);
  if (auto refused = refuse(request)) co_return std::move(*refused);
  if (request.oversize) {
    // Not 413: WAHA reports its body parser's complaint as 500.
    co_return failed(request, "PayloadTooLargeError", "request entity too large");
  }
  if (request.path == "/health") co_return health();
  const auto& path = request.segments;
  if (path.size() < 2 || path[0] != "api") co_return not_found(request);
  const std::string& what = path[1];
  if (what == "server" || what == "version") co_return server_info(request);
  if (what == "files") co_return file(request);
  if (what == "keys") co_return keys(request);
  if (what == "screenshot") co_return co_await screenshot(std::move(request));
  if (what == "sessions") {
    if (path.size() == 2) co_return co_await sessions(std::move(request));
    std::string name = path[2];
    co_return co_await session(std::move(request), std::move(name));
  }
  const bool flat = is_send_call(request) || what == "contacts" || what == "messages";
  if (!flat && path.size() < 3) co_return not_found(request);
  if (flat && request.method != "GET") {
    const auto body = json::parse(request.body);
    if (!body) co_return nest_error(400, body.error().message);
    if (!body->IsObject() || json::text(*body, "session").empty()) {
      co_return nest_error(400, "Session name is required");
    }
  }
  std::string name = flat ? session_of(request) : what;
  if (!flat && path[2] == "auth") co_return co_await pairing(std::move(request), std::move(name));
  co_return co_await working_call(std::move(request), std::move(name));
}

http_reply waha_server::not_found(const http_request& request) const {
  return nest_error(404, fmt::format("Cannot {} {}", request.method, request.path));
}

http_reply waha_server::failed(const http_request& request, std::string_view name,
                               std::string_view message) const {
  return exception_error(request, name, message, world_.environment());
}

http_reply waha_server::plus_only(std::string_view what) const {
  return nest_error(422, fmt::format("The feature is available only in Plus version: {}", what));
}

http_reply waha_server::health() const {
  if (!world_.features().plus_for_all) return plus_only("health");
  constexpr std::string_view space =
      R"({"mediaFiles.space":{"status":"up"},"sessionsFiles.space":{"status":"up"}})";
  json_writer w;
  w.object().field("status", "ok").raw_field("info", space).raw_field("error", "{}");
  return json_reply(200, w.raw_field("details", space).end_object().text());
}

http_reply waha_server::server_info(const http_request& request) {
  const std::string what = request.segments.size() > 2 ? request.segments[2] : "version";
  if (what == "version" || what == "environment") return json_reply(200, world_.environment());
  if (what == "status") {
    const std::int64_t start_ms = world_.start_ms();
    json_writer w;
    w.object().field("startTimestamp", start_ms).field("uptime", now_ms() - start_ms);
    if (world_.features().keys) w.key("worker").object().field("id", "worker-1").end_object();
    return json_reply(200, w.end_object().text());
  }
  if (what == "stop" && request.method == "POST") {
    world_.restart(1000);  // its supervisor starts it again
    return json_reply(201, R"({"stopping":true})");
  }
  return not_found(request);
}

/// The storage of somebody else: whoever shows it WAHA's key has given the key away.
http_reply waha_server::foreign_file(const http_request& request) {
  if (!request.header("X-Api-Key").empty()) {
    ++leaked_keys_;
    return json_reply(403, "");
  }
  const auto& path = request.segments;
  const auto* found = path.size() == 3 ? world_.find_media(path[1], path[2]) : nullptr;
  if (found == nullptr) return json_reply(404, "");
  http_reply whole = json_reply(200, media_bytes(found->kind, found->mark));
  whole.content_type = media_mimetype(found->kind);
  return whole;
}

http_reply waha_server::file(const http_request& request) {
  if (request.segments.size() != 4) return not_found(request);
  const auto* found = world_.find_media(request.segments[2], request.segments[3]);
  const bool missing = world_.hit(&fault_set::waha_media_missing_percent);
  if (found == nullptr || missing) return file_not_found(request.segments[3]);
  http_reply whole = json_reply(200, media_bytes(found->kind, found->mark));
  whole.content_type = media_mimetype(found->kind);
  return whole;
}

http_reply waha_server::keys(const http_request& request) {
  const auto& path = request.segments;
  if (!world_.features().keys) return not_found(request);
  if (request.method == "GET" && path.size() == 2) return json_reply(200, keys_.to_json());
  if (request.method == "DELETE" && path.size() == 3) {
    return keys_.remove(path[2]) ? json_reply(200, "") : nest_error(404, "Key not found");
  }
  const auto body = json::parse(request.body.empty() ? "{}" : request.body);
  if (!body) return nest_error(400, body.error().message);
  if (request.method == "PUT" && path.size() == 3) {
    if (!keys_.known(path[2])) return nest_error(404, "Key not found");
    return json_reply(200, keys_.put(path[2], *body).to_json());
  }
  if (request.method != "POST") return not_found(request);
  if (path.size() == 2) return json_reply(201, keys_.create(*body).to_json());
  const bool narrow = world_.features().passkeys && (path[2] == "media" || path[2] == "control");
  if (!narrow) return not_found(request);
  const std::string session(json::text(*body, "session"));
  if (world_.find(session) == nullptr) return nest_error(422, "Session does not exist");
  return json_reply(201, keys_.narrow(path[2], session).to_json());
}

asio::awaitable<void> waha_server::pause(double ms) {
  boost::system::error_code ec;
  const auto wait = std::chrono::microseconds(static_cast<std::int64_t>(ms * 1000));
  asio::steady_timer timer(io_, wait);
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
}

/// Up to 5 s for the session to run, then up to 10 s for the status; asked twice a second.
asio::awaitable<bool> waha_server::wait_for_status(std::string name, std::string_view status) {
  const std::string wanted(status);
  int left_ms = 5000;
  for (bool counted = false;; left_ms -= 500) {
    const waha_session* s = world_.find(name);
    if (s != nullptr && s->status == wanted) co_return true;
    if (s != nullptr && s->status != "STOPPED" && !counted) {
      left_ms = 10'000;
      counted = true;
    }
    if (left_ms <= 0) co_return false;
    co_await pause(static_cast<double>(world_.scaled_ms(500)));
  }
}

waha_server::reply waha_server::working_call(http_request request, std::string name) {
  const bool ready = co_await wait_for_status(name, "WORKING");
  waha_session* s = world_.find(name);
  if (s == nullptr) co_return unknown_session(name);
  if (!ready) co_return session_state_error(name, s->status, "WORKING");
  if (is_send_call(request)) co_return co_await send_call(std::move(request), std::move(name));
  co_return co_await read_call(std::move(request), std::move(name));
}

}  // namespace fibrehub::peers
