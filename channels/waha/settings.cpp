#include "channels/waha/settings.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;

// Shorter keys can be guessed; two are accepted while a key is being changed.
constexpr std::int64_t min_key_bytes = 32;
constexpr std::int64_t max_keys = 2;

std::optional<std::string> check_not_blank(std::string_view text) {
  if (text.find_first_not_of(" \t") != std::string_view::npos) return std::nullopt;
  return "must not be blank";
}

std::optional<std::string> check_digits(std::string_view text) {
  if (!text.empty() && text.size() <= 4 &&
      text.find_first_not_of("0123456789") == std::string_view::npos && text.front() != '0')
    return std::nullopt;
  return "must be the digits of a country's code, without + or 00";
}

domain::unmatched_policy policy(const std::string& word) {
  return domain::unmatched_policy_from(word).value_or(domain::unmatched_policy::ticket);
}

}  // namespace

config::section declared_settings() {
  config::section s;
  s.name = "waha";
  s.text =
      "A WhatsApp bridge (WAHA server) whose webhooks the hub receives at "
      "/api/v1/wa-bridge/webhook/<name>, and through which it sends.";
  s.is_repeatable = true;
  s.settings = {
      config::required(config::secret_bytes(
          min_key_bytes,
          config::secret_list("hmac_keys", max_keys,
                              "Keys of the webhook signature (WHATSAPP_HOOK_HMAC_KEY); a second "
                              "one while changing keys."))),
      config::choice(
          "direct_without_drop", "ticket", {"ticket", "triage", "keep"},
          "A direct message that nothing leads to a ticket opens one, waits for a person to "
          "place it, or stays in its chat; a chat can be set otherwise."),
      config::choice(
          "group_without_drop", "ticket", {"ticket", "triage", "keep"},
          "A group message that nothing leads to a ticket opens one, waits for a person to "
          "place it, or stays in its chat; a chat can be set otherwise."),
      config::url("url", "",
                  "Address of the WAHA server, as http://waha.internal:3000; without it nothing is "
                  "sent and messages wait in the outbox."),
      config::secret("api_key", "Key of its REST API (WAHA_API_KEY)."),
      config::boolean("send", true,
                      "Send what is owed; false keeps it in the outbox, as without an url."),
      config::duration("send_timeout", 30s, 20s, 5min,
                       "How long one call may take; WAHA itself waits up to 15 s for a session."),
      config::duration("session_gap", 1500ms, 0s, 10min,
                       "Between two messages of a session: at least this, at most half as much "
                       "again."),
      config::duration("chat_gap", 3s, 0s, 10min, "The same between two messages of a chat."),
      config::checked(config::text("notices_session", "default",
                                   "Session that tells people of the hub what they are to know."),
                      check_not_blank),
      config::checked(
          config::text("country_code", "27",
                       "Put in place of the leading zero of phone numbers of people of the hub."),
          check_digits),
      config::path("ca_file", "",
                   "PEM file with a certificate authority to trust besides the system's."),
  };
  return s;
}

settings read_settings(const config::section_values& values) {
  settings out;
  out.name = values.instance();
  out.hmac_keys = values.secrets("hmac_keys");
  out.routing.direct = policy(values.choice("direct_without_drop"));
  out.routing.group = policy(values.choice("group_without_drop"));
  out.sending.base_url = values.boolean("send") ? values.url("url") : "";
  while (out.sending.base_url.ends_with('/'))
    out.sending.base_url.pop_back();
  out.sending.api_key = values.secret("api_key");
  out.sending.timeout = values.duration("send_timeout");
  out.sending.session_gap = values.duration("session_gap");
  out.sending.chat_gap = values.duration("chat_gap");
  out.sending.notices_session = values.text("notices_session");
  out.sending.country_code = values.text("country_code");
  out.routing.country_code = out.sending.country_code;
  out.sending.ca_file = values.path("ca_file");
  return out;
}

}  // namespace fibrehub::channels::waha
