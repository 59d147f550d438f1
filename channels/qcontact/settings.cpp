#include "channels/qcontact/settings.hpp"

namespace fibrehub::channels::qcontact {
namespace {

using namespace std::chrono_literals;

std::optional<std::string> check_not_blank(std::string_view text) {
  if (text.find_first_not_of(" \t") != std::string_view::npos) return std::nullopt;
  return "must not be blank";
}

std::vector<config::fault> check_together(const config::section_values& values) {
  std::vector<config::fault> faults;
  if (values.duration("max_interval") < values.duration("interval"))
    faults.push_back({"max_interval", "must not be shorter than interval"});
  // The password would cross the internet for everybody to read.
  if (values.url("base_url").starts_with("http://") && !values.boolean("allow_private_addresses"))
    faults.push_back({"base_url", "must be https:// unless allow_private_addresses is true"});
  if (values.list("statuses").empty()) faults.push_back({"statuses", "needs at least one status"});
  return faults;
}

/// Tickets are named by the number of their case: two desks would mix up their customers.
std::vector<config::fault> check_one_desk(const config::section_values& first,
                                          const config::section_values& other) {
  if (first.url("base_url") == other.url("base_url")) return {};
  return {{"base_url", "must be that of [" + first.name() +
                           "]: the queues of a hub belong to one desk, whose case numbers are "
                           "unique"}};
}

}  // namespace

config::section section() {
  return {
      .name = "qcontact",
      .text = "A queue of a QContact desk whose cases become tickets.",
      .settings =
          {
              config::required(config::url(
                  "base_url", "", "Address of its REST API, as https://desk.example.com/api/v2.")),
              config::required(config::text("username", "", "User name to sign in with.")),
              config::required(config::secret("password", "Password of that user.")),
              config::required(config::checked(
                  config::text("queue", "", "Name of the queue, exactly as QContact spells it."),
                  check_not_blank)),
              config::checked(
                  config::list("statuses", {"Open", "In Progress", "Pending"},
                               "Statuses that a reconciliation imports; later changes are followed "
                               "whatever the status becomes."),
                  check_not_blank),
              config::duration("interval", 60s, 5s, 15min, "Time between two polls."),
              config::duration("max_interval", 15min, 5s, 24h,
                               "Longest pause between attempts while QContact is in trouble."),
              config::duration("overlap", 120s, 0s, 1h,
                               "How far each poll reaches back before the last change seen, for "
                               "clocks that differ."),
              config::duration("lookback", 168h, 1h, 2160h,
                               "At a start, cases changed within this time are read whatever their "
                               "status, so that one closed meanwhile is seen."),
              config::integer("page_size", 50, 1, 200, "Cases asked for at a time."),
              config::duration("request_timeout", 20s, 1s, 5min, "How long one request may take."),
              config::integer("full_reconcile_hour", 2, 0, 23,
                              "Hour of the day (UTC) at which the whole queue is read again."),
              config::path("ca_file", "",
                           "PEM file with a certificate authority to trust besides the system's."),
              config::boolean("allow_private_addresses", false,
                              "Also connect to loopback and private addresses."),
          },
      .is_repeatable = true,
      .rule = check_together,
      .among = check_one_desk};
}

settings settings_from(const config::section_values& values) {
  settings s;
  s.name = values.instance();
  s.base_url = values.url("base_url");
  s.username = values.text("username");
  s.password = values.secret("password");
  s.queue = values.text("queue");
  s.statuses = values.list("statuses");
  s.request_timeout = values.duration("request_timeout");
  s.plan.interval = values.duration("interval");
  s.plan.max_interval = values.duration("max_interval");
  s.plan.overlap = values.duration("overlap");
  s.plan.lookback = values.duration("lookback");
  s.plan.page_size = static_cast<std::size_t>(values.integer("page_size"));
  s.plan.full_reconcile_hour = static_cast<unsigned>(values.integer("full_reconcile_hour"));
  s.ca_file = values.path("ca_file");
  s.allow_private_addresses = values.boolean("allow_private_addresses");
  return s;
}

protocols::transport::http_client_options client_options(const settings& s) {
  protocols::transport::http_client_options options;
  options.ca_file = s.ca_file;
  options.allow_private_addresses = s.allow_private_addresses;
  return options;
}

}  // namespace fibrehub::channels::qcontact
