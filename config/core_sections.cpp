#include "config/core_sections.hpp"

#include "config/checks.hpp"
#include "config/values.hpp"

namespace fibrehub::config {

namespace {

using namespace std::chrono_literals;

std::vector<fault> both_or_neither(const section_values& web) {
  if (web.path("tls_certificate").empty() == web.path("tls_key").empty()) return {};
  const auto* missing = web.path("tls_key").empty() ? "tls_key" : "tls_certificate";
  const auto* given = web.path("tls_key").empty() ? "tls_certificate" : "tls_key";
  return {{given, std::string{"TLS needs both files, "} + missing + " is not set"}};
}

std::vector<fault> lock_gives_up_first(const section_values& store) {
  if (store.duration("lock_timeout") <= store.duration("statement_timeout")) return {};
  return {
      {"lock_timeout", "must not be longer than statement_timeout, it would never take effect"}};
}

section hub() {
  return {.name = "hub",
          .text = "What concerns the hub as a whole.",
          .settings = {
              path("data_dir", "./fibrehub-data",
                   "Folder for the hub's own data: the private database and stored files."),
              checked(text("time_zone", "Africa/Johannesburg",
                           "Where days and weeks begin and end, unless a request says otherwise "
                           "with tz."),
                      check_time_zone),
              duration("shutdown_timeout", 10s, 1s, 60s,
                       "How long a stop may take before what is left is cut off."),
          }};
}

section web() {
  return {
      .name = "web",
      .text = "The HTTP server: the API, the webhooks, health and metrics.",
      .settings =
          {
              checked(text("address", "127.0.0.1",
                           "Address to listen on; 0.0.0.0 or :: listens on all of them."),
                      check_ip_address),
              integer("port", 8080, 0, 65535, "TCP port to listen on; 0 takes any free one."),
              path("tls_certificate", "",
                   "PEM file with the certificate chain, read again on SIGHUP; with it the server "
                   "speaks HTTPS only."),
              path("tls_key", "", "PEM file with the certificate's private key, read with it."),
              size("header_limit", 16 * kb, 1 * kb, 1 * mb, "Largest head of a request."),
              size("body_limit", 1 * mb, 1 * kb, 64 * mb, "Largest body of a request to the API."),
              size("webhook_body_limit", 5 * mb, 1 * kb, 64 * mb, "Largest body of a webhook."),
              duration("request_timeout", 30s, 1s, 10min,
                       "How long a request may take, from its first byte to the answer's last."),
              duration("idle_timeout", 75s, 1s, 1h,
                       "How long a kept-alive connection may stay silent."),
              integer("max_connections", 1024, 1, 65536,
                      "Connections at a time. A new one takes the place of one that has been idle "
                      "for a second; where there is none it is answered 503 or closed."),
              integer("max_in_flight", 4000, 1, 1'000'000,
                      "Requests being worked on at a time; more are answered 503 with "
                      "Retry-After."),
              integer("requests_per_caller", 6000, 0, 10'000'000,
                      "Requests a minute of one person or token, as many of them at once; more are "
                      "answered 429 with Retry-After. 0: no limit."),
              integer("requests_per_address", 12'000, 0, 10'000'000,
                      "The same for one address (of an IPv6 one its /64). Signed webhooks, health "
                      "and metrics are not counted."),
              integer("reads_per_caller", 3, 1, 1000,
                      "Lists, searches and reports of one caller that are read at a time; fewer "
                      "than store.readers leave a reader to the others."),
              integer("reads_waiting_per_caller", 200, 0, 100'000,
                      "How many more of them may wait; beyond, the answer is 429 with "
                      "Retry-After."),
              checked(list("trusted_proxies", {},
                           "Address ranges of proxies whose X-Forwarded-For is believed."),
                      check_cidr),
              checked(list("allowed_origins", {},
                           "Pages elsewhere that may open the live feed's WebSocket with a session "
                           "cookie, each as https://host or https://host:port."),
                      check_origin),
              secret_bytes(43, secret("secrets_key",
                                      "32 random bytes in base64 that seal the secrets of second "
                                      "factors in the database; without it nobody can set one "
                                      "up.")),
          },
      .rule = both_or_neither};
}

std::optional<std::string> check_email(std::string_view text) {
  const auto at = text.find('@');
  if (at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
      text.find_first_of(" \t<>,;") == std::string_view::npos)
    return std::nullopt;
  return "must be an e-mail address";
}

section people() {
  return {.name = "people",
          .text = "The people who sign in.",
          .settings = {
              checked(text("first_admin_email", "admin@localhost",
                           "Whom the hub makes admin when it starts and no admin is enabled; the "
                           "one-time password is in the log."),
                      check_email),
          }};
}

std::vector<fault> provider_is_complete(const section_values& oidc) {
  const bool issuer = !oidc.text("issuer").empty(), keys = !oidc.url("jwks_url").empty(),
             audiences = !oidc.list("audiences").empty();
  std::vector<fault> out;
  if (issuer || keys || audiences) {
    const char* why = "is needed, too: an identity provider has issuer, jwks_url and audiences";
    if (!issuer) out.push_back({"issuer", why});
    if (!keys) out.push_back({"jwks_url", why});
    if (!audiences) out.push_back({"audiences", why});
  }
  if (oidc.url("jwks_url").starts_with("http://") && !oidc.boolean("allow_private_addresses"))
    out.push_back({"jwks_url", "must be https:// unless allow_private_addresses is true"});
  return out;
}

section tickets() {
  return {
      .name = "tickets",
      .text = "Rules of tickets; what is not given is as the documentation says.",
      .settings = {
          list("transitions", {},
               "The whole workflow, move by move: \"qa > in_progress: team_lead, reason\"; fields "
               "that must be filled in may follow. Empty: the built-in one."),
          list(
              "priority_matrix", {},
              "Sixteen priorities: for urgency critical to low, importance critical to low. Empty: "
              "the built-in ones."),
          list("uid_templates", {},
               "Names of new tickets by source: \"email = EML-{nnnn}\"; {drop}, {ref}, {YYYY} and "
               "{nn} stand for their values. What is not given stays as it is."),
          list("custom_fields", {},
               "Further fields by type: \"fault.meter_reading: number, required\", \"*.site: "
               "text\". Empty: anything may be given."),
      }};
}

section oidc() {
  return {
      .name = "oidc",
      .text = "The identity provider (Clerk or any OpenID Connect) whose tokens people may show.",
      .settings =
          {
              text("issuer", "", "Its name, exactly as tokens have it in iss; empty: none."),
              url("jwks_url", "", "Where its public keys are."),
              list("audiences", {},
                   "What tokens for this hub have in azp or aud: client ids, origins."),
              path("ca_file", "",
                   "PEM file with a certificate authority to trust besides the system's."),
              boolean("allow_private_addresses", false,
                      "Also connect to loopback and private addresses."),
          },
      .rule = provider_is_complete};
}

section store() {
  return {
      .name = "store",
      .text = "The PostgreSQL database that holds everything.",
      .settings =
          {
              text_or_secret("url",
                             "PostgreSQL connection string or URL; empty runs a private cluster in "
                             "hub.data_dir."),
              integer("readers", 4, 1, 12, "Connections for reading."),
              integer("batch_max", 256, 1, 4096, "Most writes committed together."),
              duration("batch_delay", 0ms, 0ms, 100ms,
                       "How long the writer waits for more writes to commit together."),
              duration("connect_timeout", 3s, 100ms, 60s,
                       "How long connecting to the database may take."),
              duration("statement_timeout", 5s, 100ms, 10min,
                       "How long one statement may take, and all of one question together."),
              duration("lock_timeout", 1s, 10ms, 60s, "How long a statement waits for a lock."),
              duration("wait_limit", 8s, 0ms, 60s,
                       "How long requests wait for a database that is away before they are "
                       "answered 503."),
              integer("waiting_room_requests", 2000, 0, 1'000'000,
                      "Requests that may wait for the database at a time."),
              size("waiting_room_bytes", 64 * mb, 0, 4 * gb,
                   "Memory that waiting requests may hold."),
              text("private_user", "postgres",
                   "Unprivileged user that runs the private cluster when the hub is started as "
                   "root."),
              path("postgres_bin_dir", "",
                   "Folder with initdb and postgres for the private cluster; empty searches the "
                   "usual places."),
          },
      .rule = lock_gives_up_first};
}

section attachments() {
  return {.name = "attachments",
          .text = "The files of tickets.",
          .settings = {
              path("folder", "",
                   "Folder for them, kept out of the database; empty: `attachments` in "
                   "hub.data_dir."),
          }};
}

section reports() {
  return {
      .name = "reports",
      .text = "Statistics and reports.",
      .settings = {
          path("font", "",
               "TrueType font of PDF files; empty: the first of DejaVu, Liberation and Noto that "
               "is installed."),
          path("bold_font", "", "Its bold face; empty: the same as font."),
      }};
}

section notifications() {
  return {.name = "notifications",
          .text = "What people are told in the application.",
          .settings = {
              duration("keep_read", 24h * 90, 24h, 24h * 3650,
                       "How long notifications are kept after they were read, and what was sent in "
                       "digests."),
              duration("channel_trouble_after", 5min, 1s, 24h,
                       "How long a channel may be down, backing off or silent, or a WhatsApp "
                       "session unpaired or failed, before the admins are told."),
          }};
}

section automation() {
  return {.name = "automation",
          .text = "What keeps automation rules from chasing each other.",
          .settings = {
              integer("depth_max", 3, 1, 20,
                      "So many rules may follow from each other; what would go deeper is stopped "
                      "and logged."),
              integer("runs_per_hour", 5, 1, 1000,
                      "So often one rule acts on one ticket within an hour."),
          }};
}

section outbox() {
  return {.name = "outbox",
          .text = "What is owed to the outside.",
          .settings = {
              duration("give_up_after", 72h, 1h, 24h * 30,
                       "How long a delivery is tried before it is given up with an alarm to the "
                       "admins."),
              duration("keep_finished", 24h * 90, 24h, 24h * 3650,
                       "How long rows are kept that were delivered or given up."),
          }};
}

section log() {
  return {.name = "log",
          .text = "What the hub writes about itself.",
          .settings = {
              reloadable(choice("level", "info", {"trace", "debug", "info", "warn", "error"},
                                "Least important messages to write.")),
              choice("format", "json", {"json", "text"},
                     "One JSON object per line for machines, or text for people."),
              path("file", "", "File to append to; empty writes to standard error."),
          }};
}

}  // namespace

schema core_sections() {
  return {hub(),         web(),     people(),        tickets(),    oidc(),   store(),
          attachments(), reports(), notifications(), automation(), outbox(), log()};
}

}  // namespace fibrehub::config
