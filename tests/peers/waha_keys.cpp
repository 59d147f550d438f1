#include "peers/waha_keys.hpp"

#include <array>

#include "peers/json_writer.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

constexpr std::array action_names{"read", "send", "control", "setting", "app", "delete"};

}  // namespace

bool api_key::may(std::string_view action) const {
  if (admin || actions.empty()) return true;
  const auto at = actions.find(std::string(action));
  return at != actions.end() && at->second;
}

std::string api_key::to_json() const {
  json_writer w;
  w.object().field("id", id).field("key", key).field("isActive", active).field("isAdmin", admin);
  w.text_or_null("session", session).key("actions");
  if (actions.empty()) return w.value(nullptr).end_object().text();
  w.object();
  for (const auto* name : action_names)
    w.field(name, may(name));
  return w.end_object().end_object().text();
}

api_key& key_ring::put(const std::string& id, const json::value& body) {
  api_key& k = keys_[id];
  k.id = id;
  if (k.key.empty()) k.key = "key_" + ulid(now_ms(), random_);
  k.active = json::boolean(body, "isActive", k.active);
  k.admin = json::boolean(body, "isAdmin", k.admin);
  if (json::find(body, "session") != nullptr) k.session = std::string(json::text(body, "session"));
  if (const auto* given = json::find(body, "actions"); given && given->IsObject()) {
    k.actions.clear();
    for (const auto* name : action_names)
      k.actions[name] = json::boolean(*given, name);
  }
  return k;
}

api_key& key_ring::create(const json::value& body) {
  return put("id_" + ulid(now_ms(), random_), body);
}

api_key& key_ring::narrow(const std::string& kind, const std::string& session) {
  json::document body(rapidjson::kObjectType);
  api_key& k = put(kind + "_" + session, body);
  k.session = session;
  for (const auto* name : action_names)
    k.actions[name] = name == std::string_view(kind == "media" ? "read" : "control");
  return k;
}

const api_key* key_ring::by_secret(std::string_view secret) const {
  for (const auto& [id, k] : keys_) {
    if (k.active && k.key == secret) return &k;
  }
  return nullptr;
}

std::string key_ring::to_json() const {
  json_writer w;
  w.array();
  for (const auto& [id, k] : keys_)
    w.raw(k.to_json());
  return w.end_array().text();
}

std::string_view action_of(std::string_view method, std::string_view path, bool send_call) {
  if (method == "GET") return "read";
  if (path.starts_with("/api/sessions")) {
    if (method == "DELETE") return "delete";
    return method == "PUT" ? "setting" : "control";
  }
  if (path.find("/auth/") != std::string_view::npos) return "control";
  if (path.starts_with("/api/apps")) return "app";
  return send_call || path.find("/messages") != std::string_view::npos ? "send" : "setting";
}

}  // namespace fibrehub::peers
