#include "channels/waha/settings.hpp"

namespace fibrehub::channels::waha {
namespace {

// Shorter keys can be guessed; two are accepted while a key is being changed.
constexpr std::int64_t min_key_bytes = 32;
constexpr std::int64_t max_keys = 2;

domain::unmatched_policy policy(const std::string& word) {
  return word == "keep" ? domain::unmatched_policy::keep : domain::unmatched_policy::ticket;
}

}  // namespace

config::section declared_settings() {
  config::section s;
  s.name = "waha";
  s.text =
      "A WhatsApp bridge (WAHA server) whose webhooks the hub receives at "
      "/api/v1/wa-bridge/webhook/<name>.";
  s.is_repeatable = true;
  s.settings = {
      config::required(config::secret_bytes(
          min_key_bytes,
          config::secret_list("hmac_keys", max_keys,
                              "Keys of the webhook signature (WHATSAPP_HOOK_HMAC_KEY); a second "
                              "one while changing keys."))),
      config::choice("direct_without_drop", "ticket", {"ticket", "keep"},
                     "A direct message without a drop number and without an open ticket opens one, "
                     "or stays in its chat."),
      config::choice("group_without_drop", "ticket", {"ticket", "keep"},
                     "A group message without a drop number and without an open ticket opens one, "
                     "or stays in its chat."),
  };
  return s;
}

settings read_settings(const config::section_values& values) {
  settings out;
  out.name = values.instance();
  out.hmac_keys = values.secrets("hmac_keys");
  out.routing.direct = policy(values.choice("direct_without_drop"));
  out.routing.group = policy(values.choice("group_without_drop"));
  return out;
}

}  // namespace fibrehub::channels::waha
