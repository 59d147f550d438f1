#include "channels/waha/session_config.hpp"

#include <array>

#include "channels/waha/capabilities.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;
using allocator = json::document::AllocatorType;

constexpr int retry_attempts = 15;
constexpr int retry_delay_s = 2;

struct wanted_event {
  const char* name;
  const char* since;  // older servers refuse a configuration that names it
};

// Of messages one family only: message.any has both directions.
constexpr std::array<wanted_event, 23> wanted_events{{
    {"message.any", ""},
    {"message.ack", ""},
    {"session.status", ""},
    {"message.reaction", ""},
    {"message.revoked", ""},
    {"presence.update", ""},
    {"poll.vote", ""},
    {"call.received", ""},
    {"call.accepted", ""},
    {"poll.vote.failed", ""},
    {"call.rejected", ""},
    {"message.waiting", "2025.3"},
    {"chat.archive", "2025.3"},
    {"label.upsert", "2025.3"},
    {"label.deleted", "2025.3"},
    {"label.chat.added", "2025.3"},
    {"label.chat.deleted", "2025.3"},
    {"group.v2.join", "2025.3"},
    {"group.v2.leave", "2025.3"},
    {"group.v2.update", "2025.3"},
    {"group.v2.participants", "2025.3"},
    {"message.edited", "2025.3"},
    {"message.ack.group", "2025.12.2"},
}};

json::value text(std::string_view t, allocator& a) {
  return {t.data(), static_cast<rapidjson::SizeType>(t.size()), a};
}

/// The member as an object, made when it is missing; null when it is something else.
json::value* object_in(json::value& holder, const char* name, allocator& a) {
  const auto at = holder.FindMember(name);
  if (at == holder.MemberEnd() || at->value.IsNull()) {
    if (at != holder.MemberEnd()) holder.RemoveMember(name);
    holder.AddMember(text(name, a), json::value(rapidjson::kObjectType), a);
    return &holder[name];
  }
  return at->value.IsObject() ? &at->value : nullptr;
}

void set_unless_there(json::value& holder, const char* name, bool value, allocator& a) {
  if (!holder.HasMember(name)) holder.AddMember(text(name, a), json::value(value), a);
}

json::value our_webhook(const webhook_target& target, std::string_view version, allocator& a) {
  json::value events(rapidjson::kArrayType);
  for (const wanted_event& e : wanted_events)
    if (*e.since == 0 || is_at_least(version, e.since)) events.PushBack(text(e.name, a), a);
  json::value hmac(rapidjson::kObjectType);
  hmac.AddMember("key", text(target.key, a), a);
  json::value retries(rapidjson::kObjectType);
  retries.AddMember("policy", "exponential", a);
  retries.AddMember("delaySeconds", retry_delay_s, a);
  retries.AddMember("attempts", retry_attempts, a);
  json::value hook(rapidjson::kObjectType);
  hook.AddMember("url", text(target.url, a), a);
  hook.AddMember("events", events, a);
  hook.AddMember("hmac", hmac, a);
  hook.AddMember("retries", retries, a);
  return hook;
}

/// Two webhooks to one address are two deliveries of everything.
tl::expected<void, std::string> add_webhook(json::document& config, const webhook_target& target,
                                            std::string_view version) {
  allocator& a = config.GetAllocator();
  if (!config.HasMember("webhooks") || config["webhooks"].IsNull()) {
    config.RemoveMember("webhooks");
    config.AddMember("webhooks", json::value(rapidjson::kArrayType), a);
  }
  json::value& hooks = config["webhooks"];
  if (!hooks.IsArray()) return tl::unexpected(std::string("config.webhooks must be a list"));
  for (auto at = hooks.Begin(); at != hooks.End();)
    at = json::text(*at, "url") == target.url ? hooks.Erase(at) : at + 1;
  hooks.PushBack(our_webhook(target, version, a), a);
  return {};
}

}  // namespace

tl::expected<std::string, std::string> session_config(const std::string& config_json,
                                                      const webhook_target& target,
                                                      std::string_view engine,
                                                      std::string_view version) {
  auto parsed = json::parse(config_json.empty() ? "{}" : config_json);
  if (!parsed || !parsed->IsObject())
    return tl::unexpected(std::string("config must be an object"));
  json::document& config = *parsed;
  allocator& a = config.GetAllocator();
  if (!target.url.empty())
    if (auto added = add_webhook(config, target, version); !added)
      return tl::unexpected(added.error());
  // Nothing can be read of a NOWEB session's past unless this is said before it is paired.
  json::value* noweb = object_in(config, "noweb", a);
  json::value* store = noweb ? object_in(*noweb, "store", a) : nullptr;
  if (!store) return tl::unexpected(std::string("config.noweb.store must be an object"));
  set_unless_there(*store, "enabled", true, a);
  set_unless_there(*store, "fullSync", true, a);
  if (engine == "WEBJS" && is_at_least(version, "2025.8.3")) {
    json::value* webjs = object_in(config, "webjs", a);
    if (!webjs) return tl::unexpected(std::string("config.webjs must be an object"));
    // Acks of groups and presence come only with it.
    set_unless_there(*webjs, "tagsEventsOn", true, a);
  }
  return json::to_text(config);
}

}  // namespace fibrehub::channels::waha
