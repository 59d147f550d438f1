#include "peers/waha_config.hpp"

#include "protocols/json/parse.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

std::string_view string_of(const json::value& v) {
  return {v.GetString(), v.GetStringLength()};
}

constexpr std::array<std::string_view, 31> events{"*",
                                                  "session.status",
                                                  "message",
                                                  "message.reaction",
                                                  "message.any",
                                                  "message.ack",
                                                  "message.ack.group",
                                                  "message.waiting",
                                                  "message.revoked",
                                                  "message.edited",
                                                  "state.change",
                                                  "group.join",
                                                  "group.leave",
                                                  "group.v2.join",
                                                  "group.v2.leave",
                                                  "group.v2.update",
                                                  "group.v2.participants",
                                                  "presence.update",
                                                  "poll.vote",
                                                  "poll.vote.failed",
                                                  "chat.archive",
                                                  "call.received",
                                                  "call.accepted",
                                                  "call.rejected",
                                                  "label.upsert",
                                                  "label.deleted",
                                                  "label.chat.added",
                                                  "label.chat.deleted",
                                                  "event.response",
                                                  "event.response.failed",
                                                  "engine.event"};

tl::expected<void, std::string> read_retries(const json::value& given, webhook_config& hook) {
  const std::string_view policy = json::text(given, "policy");
  if (policy == "linear") hook.policy = retry_policy::linear;
  if (policy == "exponential") hook.policy = retry_policy::exponential;
  if (const auto* delay = json::find(given, "delaySeconds")) {
    if (!delay->IsNumber()) {
      return tl::unexpected(std::string("config.webhooks.0.retries.delaySeconds must be a number"));
    }
    hook.delay_s = delay->GetDouble();
  }
  if (const auto* attempts = json::find(given, "attempts")) {
    if (!attempts->IsInt()) {
      return tl::unexpected(std::string("config.webhooks.0.retries.attempts must be a number"));
    }
    hook.attempts = attempts->GetInt();
  }
  return {};
}

tl::expected<webhook_config, std::string> read_webhook(const json::value& given) {
  webhook_config hook;
  if (auto set = set_webhook_url(hook, json::text(given, "url")); !set) {
    return tl::unexpected(std::string("config.webhooks.0.url must be a URL address"));
  }
  if (const auto* wanted = json::find(given, "events"); wanted && wanted->IsArray()) {
    for (const auto& event : wanted->GetArray()) {
      if (!event.IsString() || !is_waha_event(string_of(event))) {
        return tl::unexpected(
            std::string("config.webhooks.0.each value in events must be one of the known events"));
      }
      hook.events.emplace_back(string_of(event));
    }
  }
  if (const auto* hmac = json::find(given, "hmac")) {
    hook.hmac_key = std::string(json::text(*hmac, "key"));
  }
  if (const auto* retries = json::find(given, "retries")) {
    if (auto read = read_retries(*retries, hook); !read) return tl::unexpected(read.error());
  }
  if (const auto* headers = json::find(given, "customHeaders"); headers && headers->IsArray()) {
    for (const auto& header : headers->GetArray()) {
      hook.custom_headers.emplace_back(json::text(header, "name"), json::text(header, "value"));
    }
  }
  return hook;
}

}  // namespace

bool is_waha_event(std::string_view name) {
  return std::find(events.begin(), events.end(), name) != events.end();
}

bool session_config::ignores(std::string_view chat) const {
  if (chat == "status@broadcast") return ignore_status;
  if (chat.ends_with("@broadcast")) return ignore_broadcast;
  if (chat.ends_with("@newsletter")) return ignore_channels;
  return chat.ends_with("@g.us") && ignore_groups;
}

tl::expected<session_config, std::string> parse_session_config(std::string_view text) {
  session_config config;
  auto document = json::parse(text);
  if (!document || !document->IsObject()) {
    return tl::unexpected(std::string("config must be an object"));
  }
  if (const auto* metadata = json::find(*document, "metadata"); metadata && metadata->IsObject()) {
    config.metadata_json = json::to_text(*metadata);
  }
  if (const auto* store = json::at(*document, "noweb", "store")) {
    config.store = json::boolean(*store, "enabled");
  }
  if (const auto* webjs = json::find(*document, "webjs")) {
    config.tags_events = json::boolean(*webjs, "tagsEventsOn");
  }
  if (const auto* ignore = json::find(*document, "ignore")) {
    config.ignore_status = json::boolean(*ignore, "status");
    config.ignore_groups = json::boolean(*ignore, "groups");
    config.ignore_channels = json::boolean(*ignore, "channels");
    config.ignore_broadcast = json::boolean(*ignore, "broadcast");
  }
  const auto* hooks = json::find(*document, "webhooks");
  if (hooks == nullptr || !hooks->IsArray()) return config;
  for (const auto& given : hooks->GetArray()) {
    auto hook = read_webhook(given);
    if (!hook) return tl::unexpected(hook.error());
    config.webhooks.push_back(std::move(*hook));
  }
  return config;
}

void adapt_webhook(webhook_config& hook, const peers_options& options) {
  hook.signed_headers = features_of(options.version, options.plus).signed_webhooks;
  if (!hook.signed_headers) {
    hook.attempts = 0;
    hook.hmac_key.clear();
    hook.custom_headers.clear();
  }
  hook.user_agent = "WAHA/" + options.version;
}

tl::expected<webhook_config, std::string> global_webhook(const peers_options& options) {
  webhook_config hook;
  if (auto set = set_webhook_url(hook, options.hub_webhook); !set) {
    return tl::unexpected(set.error());
  }
  hook.events = options.webhook_events;
  hook.hmac_key = options.hmac_key;
  hook.policy = options.policy;
  hook.delay_s = options.retry_delay_s;
  hook.attempts = options.retry_attempts;
  for (const auto& header : options.webhook_headers) {
    const auto colon = header.find(':');
    // WAHA itself cannot take a value with a colon in it.
    if (colon == std::string::npos || header.find(':', colon + 1) != std::string::npos) {
      return tl::unexpected(fmt::format("webhook header is not Name:Value: {}", header));
    }
    hook.custom_headers.emplace_back(header.substr(0, colon), header.substr(colon + 1));
  }
  adapt_webhook(hook, options);
  return hook;
}

}  // namespace fibrehub::peers
