#include "peers/waha_config.hpp"

#include "protocols/json/parse.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

std::string_view string_of(const json::value& v) {
  return {v.GetString(), v.GetStringLength()};
}

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
  if (const auto* events = json::find(given, "events"); events && events->IsArray()) {
    for (const auto& event : events->GetArray()) {
      if (event.IsString()) hook.events.emplace_back(string_of(event));
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

tl::expected<session_config, std::string> parse_session_config(std::string_view text) {
  session_config config;
  auto document = json::parse(text);
  if (!document || !document->IsObject()) {
    return tl::unexpected(std::string("config must be an object"));
  }
  if (const auto* metadata = json::find(*document, "metadata"); metadata && metadata->IsObject()) {
    config.metadata_json = json::to_text(*metadata);
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
  return hook;
}

}  // namespace fibrehub::peers
