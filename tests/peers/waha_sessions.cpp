// The sessions of waha_server: what there are, and the lifecycle calls that queue for their lock.
#include "peers/json_writer.hpp"
#include "peers/waha_errors.hpp"
#include "peers/waha_server.hpp"

namespace fibrehub::peers {

namespace asio = boost::asio;
namespace json = protocols::json;

namespace {

constexpr double lock_patience_ms = 5000;
constexpr std::int64_t online_ms = 25'000;  // after a call of the API

double steady_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

/// How long each call keeps the session's lock.
double hold_ms(std::string_view action) {
  if (action == "start") return 200;
  return action == "logout" || action == "delete" ? 4000 : 3000;
}

std::string core_only(std::string_view name) {
  return fmt::format(
      "WAHA Core support only 'default' session. You tried to access '{}' session ({}). "
      "If you want to run more then one WhatsApp account - please get WAHA PLUS version.",
      name, base64(name));
}

}  // namespace

std::string waha_server::session_json(const waha_session& s) const {
  json_writer w;
  w.object().field("name", s.name).field("status", s.status);
  w.raw_field("config", s.config_json.empty() ? "null" : s.config_json);
  w.raw_field("me", s.working() ? world_.me(s) : "null").key("presence");
  if (!s.working()) {
    w.value(nullptr);
  } else {
    const bool online = s.activity_ms > 0 && now_ms() - s.activity_ms < online_ms;
    w.value(online ? "online" : "offline");
  }
  w.key("timestamps").object();
  if (s.activity_ms > 0) {
    w.field("activity", s.activity_ms);
  } else {
    w.field("activity", nullptr);
  }
  w.end_object().key("engine").object();
  if (s.status != "STOPPED") w.field("engine", engine_name(world_.options().engine));
  w.end_object();
  if (world_.features().keys) w.field("assignedWorker", "worker-1");
  return w.end_object().text();
}

waha_server::reply waha_server::sessions(http_request request) {
  if (request.method == "POST") co_return co_await create_session(std::move(request));
  if (request.method != "GET") co_return not_found(request);
  const bool all = request.query_or("all", "") == "true";
  json_writer w;
  w.array();
  for (const auto& [name, s] : world_.sessions()) {
    if (all || s->status != "STOPPED") w.raw(session_json(*s));
  }
  co_return json_reply(200, w.end_array().text());
}

waha_server::reply waha_server::create_session(http_request request) {
  const auto body = json::parse(request.body);
  if (!body || !body->IsObject()) {
    co_return nest_error(400, body ? "the body must be an object" : body.error().message);
  }
  std::string name(json::text(*body, "name"));
  if (name.empty()) name = "session_" + ulid(now_ms(), world_.random());
  if (name != "default" && !world_.features().plus_for_all) {
    co_return nest_error(422, core_only(name));
  }
  if (world_.find(name) != nullptr) {
    co_return nest_error(422,
                         fmt::format("Session '{}' already exists. Use PUT to update it.", name));
  }
  waha_session& s = world_.create(name, false);
  s.store = false;
  if (const auto* config = json::find(*body, "config"); config && config->IsObject()) {
    if (auto set = world_.configure(s, json::to_text(*config)); !set) {
      world_.remove(name);
      co_return validation_error(set.error());
    }
  }
  // Left out means false, whatever the documentation says.
  if (json::boolean(*body, "start")) world_.start_session(s);
  co_return json_reply(201, session_json(s));
}

waha_server::reply waha_server::session(http_request request, std::string name) {
  const auto& path = request.segments;
  std::string action = path.size() > 3 ? path[3] : "";
  const bool old = path.size() == 3 && request.method == "POST";
  if (old && (name == "start" || name == "stop" || name == "logout")) {
    const auto body = json::parse(request.body.empty() ? "{}" : request.body);
    if (!body) co_return nest_error(400, body.error().message);
    action = name;
    name = std::string(json::text(*body, "name"));
    if (name.empty()) name = "default";
    if (action == "start" && world_.find(name) == nullptr) world_.create(name, false);
  }
  if (request.method == "DELETE" && action.empty()) {
    co_return co_await delete_session(std::move(request), std::move(name));
  }
  waha_session* s = world_.find(name);
  if (s == nullptr) {
    const bool core = name != "default" && !world_.features().plus_for_all;
    co_return core ? nest_error(422, core_only(name)) : nest_error(404, "Session not found");
  }
  if (request.method == "GET" && action.empty()) co_return json_reply(200, session_json(*s));
  if (request.method == "GET" && action == "me") {
    co_return json_reply(200, s->working() ? world_.me(*s) : "");
  }
  if (request.method == "PUT" && action.empty()) {
    co_return co_await replace_session(std::move(request), std::move(name));
  }
  co_return co_await lifecycle(std::move(request), std::move(name), std::move(action));
}

asio::awaitable<std::optional<http_reply>> waha_server::lock(const http_request& request,
                                                             std::string name, double held_ms) {
  waha_session* s = world_.find(name);
  if (s == nullptr) co_return std::nullopt;
  const auto scaled = [this](double ms) { return static_cast<double>(world_.scaled_ms(ms)); };
  lifecycle_lock::turn turn;
  if (world_.hit(&fault_set::waha_lock_percent)) {
    turn.wait_ms = scaled(lock_patience_ms);
  } else {
    turn = s->lock.take(steady_ms(), scaled(held_ms), scaled(lock_patience_ms));
  }
  co_await pause(turn.wait_ms);
  if (turn.granted) co_return std::nullopt;
  co_return failed(request, "Error",
                   fmt::format("Timeout: session '{}' is locked by another operation", name));
}

waha_server::reply waha_server::replace_session(http_request request, std::string name) {
  const auto body = json::parse(request.body);
  if (!body) co_return nest_error(400, body.error().message);
  const bool running = world_.find(name)->status != "STOPPED";
  if (running) {
    if (auto refused = co_await lock(request, name, hold_ms("stop"))) co_return *refused;
  }
  waha_session* s = world_.find(name);
  if (s == nullptr) co_return nest_error(404, "Session not found");
  const auto* config = json::find(*body, "config");
  if (auto set = world_.configure(*s, config ? json::to_text(*config) : "{}"); !set) {
    co_return validation_error(set.error());
  }
  if (running) {
    world_.stop_session(*s);
    world_.start_session(*s);
    co_await pause(static_cast<double>(world_.scaled_ms(hold_ms("stop"))));
    s = world_.find(name);
  }
  co_return s == nullptr ? nest_error(404, "Session not found") : json_reply(200, session_json(*s));
}

waha_server::reply waha_server::lifecycle(http_request request, std::string name,
                                          std::string action) {
  const bool known =
      action == "start" || action == "stop" || action == "restart" || action == "logout";
  if (request.method != "POST" || !known) co_return not_found(request);
  const std::string before = world_.find(name)->status;
  if (action == "start" && before != "STOPPED" && before != "FAILED") {
    co_return nest_error(422, fmt::format("Session '{}' is already started.", name));
  }
  if (auto refused = co_await lock(request, name, hold_ms(action))) co_return *refused;
  waha_session* s = world_.find(name);
  if (s == nullptr) co_return nest_error(404, "Session not found");
  if (action == "logout") {
    world_.logout_session(*s);
  } else {
    if (action != "start") world_.stop_session(*s);
    if (action == "restart") world_.faults().waha_silent = 0;
    if (action != "stop") world_.start_session(*s);
  }
  co_await pause(static_cast<double>(world_.scaled_ms(hold_ms(action))));
  s = world_.find(name);
  co_return s == nullptr ? nest_error(404, "Session not found") : json_reply(201, session_json(*s));
}

waha_server::reply waha_server::delete_session(http_request request, std::string name) {
  waha_session* s = world_.find(name);
  if (s != nullptr && s->status != "STOPPED") {
    if (auto refused = co_await lock(request, name, hold_ms("delete"))) co_return *refused;
    s = world_.find(name);
    if (s != nullptr) world_.stop_session(*s);
    co_await pause(static_cast<double>(world_.scaled_ms(hold_ms("delete"))));
  }
  world_.remove(name);
  co_return json_reply(200, "");
}

}  // namespace fibrehub::peers
