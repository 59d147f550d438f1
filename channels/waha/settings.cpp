#include "channels/waha/settings.hpp"

#include <algorithm>

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

/// "name" or "name:port"; the rest of a URL has no meaning here.
std::optional<std::string> check_host(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::string_view name = text.substr(0, colon);
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-';
  });
  const std::string_view port = colon == std::string_view::npos ? "1" : text.substr(colon + 1);
  const bool number = !port.empty() && port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == std::string_view::npos;
  if (plain && number) return std::nullopt;
  return "must be the name or the IPv4 address of a host, with :port where it has one of its own";
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
      config::duration("media_timeout", 120s, 30s, 10min,
                       "The same for a call that carries a file, which WAHA may convert."),
      config::duration("session_gap", 1500ms, 0s, 10min,
                       "Between two messages of a session: at least this, at most half as much "
                       "again."),
      config::duration("chat_gap", 3s, 0s, 10min, "The same between two messages of a chat."),
      config::boolean("typing", true,
                      "Before a message: mark the chat as read, show \"typing\" for 1 to 5 s, as "
                      "long as a text of its length would take."),
      config::boolean("offline_after", true,
                      "Show the session as offline after a message, so that its phone notifies "
                      "again."),
      config::duration(
          "first_contact_gap", 30s, 0s, 1h,
          "Between two messages of a session to people who never wrote to it: at least "
          "this, at most twice as long."),
      config::integer(
          "first_contacts_per_hour", 20, 0, 1000,
          "To how many people who never wrote a session may write in an hour; 0: as many "
          "as the gap allows."),
      config::boolean("check_numbers", true,
                      "Ask whether a number is on WhatsApp before the first message to it."),
      config::duration("restricted_for", 6h, 10min, 7 * 24h,
                       "How long a session that WhatsApp forbids to write to strangers (error 463) "
                       "leaves them alone, where WhatsApp does not say."),
      config::checked(config::text("notices_session", "default",
                                   "Session that tells people of the hub what they are to know."),
                      check_not_blank),
      config::checked(
          config::text("country_code", "27",
                       "Put in place of the leading zero of phone numbers of people of the hub."),
          check_digits),
      config::boolean("media", true,
                      "Fetch the files of messages received; false leaves them with WAHA, which "
                      "forgets them."),
      config::size("media_max_bytes", 10 * config::mb, 64 * config::kb, 10 * config::mb,
                   "Larger files are not fetched."),
      config::checked(
          config::list("media_hosts", {},
                       "Hosts besides WAHA from which files are fetched even though they have "
                       "private addresses or no https: an S3 storage of one's own, as "
                       "minio.internal:9000."),
          check_host),
      config::duration("media_give_up_after", 24h, 1min, 30 * 24h,
                       "How long it is tried to get a file."),
      config::path("ca_file", "",
                   "PEM file with a certificate authority to trust besides the system's."),
      config::duration("session_check", 60s, 1s, 1h,
                       "Between two looks at all sessions of the bridge; one call tells of all."),
      config::duration("silence_alarm", 30min, 0s, 24h,
                       "A session that says WORKING, and was heard within a day, is checked when "
                       "nothing came for this long; 0s looks at nothing."),
      config::boolean("restart_silent_sessions", false,
                      "Restart a session whose messages the bridge has and does not tell of."),
      config::duration("catch_up_every", 15min, 1s, 24h,
                       "Between two looks for messages that no webhook told of."),
      config::integer("catch_up_days", 3, 1, 30, "How far back such messages are looked for."),
      config::url("webhook_url", "",
                  "Address at which WAHA reaches this hub, as "
                  "https://hub.example.com/api/v1/wa-bridge/webhook/main; sessions made through "
                  "the API are given it, with the first of hmac_keys."),
  };
  return s;
}

namespace {

session_settings read_session_settings(const config::section_values& values,
                                       const std::string& webhook_key) {
  session_settings out;
  out.base_url = values.url("url");
  while (out.base_url.ends_with('/'))
    out.base_url.pop_back();
  out.api_key = values.secret("api_key");
  out.ca_file = values.path("ca_file");
  out.check = values.duration("session_check");
  out.silence_alarm = values.duration("silence_alarm");
  out.restart_silent = values.boolean("restart_silent_sessions");
  out.catch_up_every = values.duration("catch_up_every");
  out.catch_up_at_most = std::chrono::hours(24 * values.integer("catch_up_days"));
  out.webhook_url = values.url("webhook_url");
  out.webhook_key = webhook_key;
  return out;
}

}  // namespace

settings read_settings(const config::section_values& values) {
  settings out;
  out.name = values.instance();
  out.hmac_keys = values.secrets("hmac_keys");
  out.routing.direct = policy(values.choice("direct_without_drop"));
  out.routing.group = policy(values.choice("group_without_drop"));
  out.base_url = values.url("url");
  while (out.base_url.ends_with('/'))
    out.base_url.pop_back();
  out.sending.base_url = values.boolean("send") ? out.base_url : "";
  out.sending.api_key = values.secret("api_key");
  out.sending.timeout = values.duration("send_timeout");
  out.sending.session_gap = values.duration("session_gap");
  out.sending.chat_gap = values.duration("chat_gap");
  out.sending.media_timeout = values.duration("media_timeout");
  out.sending.typing = values.boolean("typing");
  out.sending.offline_after = values.boolean("offline_after");
  out.sending.first_contact_gap = values.duration("first_contact_gap");
  out.sending.first_contacts_per_hour = values.integer("first_contacts_per_hour");
  out.sending.check_numbers = values.boolean("check_numbers");
  out.sending.restricted_for = values.duration("restricted_for");
  out.sending.notices_session = values.text("notices_session");
  out.sending.country_code = values.text("country_code");
  out.routing.country_code = out.sending.country_code;
  out.sending.ca_file = values.path("ca_file");
  out.sessions =
      read_session_settings(values, out.hmac_keys.empty() ? std::string() : out.hmac_keys.front());
  out.media.fetch = values.boolean("media");
  out.media.max_bytes = static_cast<std::size_t>(values.bytes("media_max_bytes"));
  for (std::string host : values.list("media_hosts")) {
    for (char& c : host)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    out.media.hosts.push_back(std::move(host));
  }
  out.media.give_up_after = values.duration("media_give_up_after");
  return out;
}

}  // namespace fibrehub::channels::waha
