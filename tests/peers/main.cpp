// fibrehub-peers: the outside world for `./dev run`, tests and the fault harness.
#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <iostream>

#include "peers/json_writer.hpp"
#include "peers/peers.hpp"

namespace fp = fibrehub::peers;

namespace {

struct command_line {
  fp::peers_options options;
  std::string engine = "NOWEB";
  std::string policy = "constant";
  std::vector<std::string> faults;
  std::vector<std::string> armed;
  double duration_s = 0;
  bool quiet = false;
  bool list_faults = false;
  bool core = false;
  bool unpaired = false;
  bool no_store = false;
};

/// "env:NAME" is looked up, anything else is the value itself.
std::string secret(const std::string& given) {
  if (given.rfind("env:", 0) != 0) return given;
  const char* value = std::getenv(given.c_str() + 4);
  if (value == nullptr) throw CLI::ValidationError(given, "the environment has no such variable");
  return value;
}

void declare(CLI::App& app, command_line& c) {
  auto& o = c.options;
  app.add_option("--bind", o.bind, "Address of the WAHA and QContact servers")
      ->capture_default_str();
  app.add_option("--waha-port", o.waha_port, "Port of the WAHA server, 0 = any");
  app.add_option("--qcontact-port", o.qcontact_port, "Port of the QContact server, 0 = any");
  app.add_option("--control-port", o.control_port, "Port of the control server, 0 = any");
  app.add_option("--hub-webhook", o.hub_webhook, "URL every WAHA event is posted to");
  app.add_option("--hub-events", o.webhook_events, "Events posted there")->delimiter(',');
  app.add_option("--hmac-key", o.hmac_key, "Key the webhooks are signed with, or env:NAME");
  app.add_option("--retry-policy", c.policy, "constant, linear or exponential")
      ->check(CLI::IsMember({"constant", "linear", "exponential"}))
      ->capture_default_str();
  app.add_option("--retry-delay-s", o.retry_delay_s, "Delay of the retry policy")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--retry-attempts", o.retry_attempts, "Retries before a webhook is given up")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--hub-header", o.webhook_headers, "Name:Value sent with them; repeatable");
  app.add_option("--max-concurrent", o.max_concurrent_webhooks,
                 "Webhooks in flight at once, 0 = no limit")
      ->capture_default_str();
  app.add_option("--api-key", o.api_key, "WAHA's X-Api-Key, or env:NAME");
  app.add_option("--engine", c.engine, "NOWEB, GOWS or WEBJS")->capture_default_str();
  app.add_option("--waha-version", o.version, "What the server can do follows from it")
      ->capture_default_str();
  app.add_flag("--core", c.core, "The build for free: less before 2026.6.1");
  app.add_flag("--unpaired", c.unpaired, "The sessions show QR codes first");
  app.add_flag("--no-store", c.no_store, "NOWEB without its store: no chats, no messages to read");
  app.add_option("--sessions", o.sessions, "Names of the paired sessions")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--media-base-url", o.media_base_url, "Start of media URLs (WAHA_BASE_URL)");
  app.add_option("--files-lifetime-s", o.files_lifetime_s, "Media are gone after this, 0 = never")
      ->capture_default_str();
  app.add_option("--time-scale", o.time_scale, "Multiplies WAHA's own waits")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--rate", o.rate_per_s, "Messages per second, 0 = none")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--case-rate", o.case_rate_per_s, "QContact changes per second")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--burst-size", o.burst_size, "Messages of a burst")->capture_default_str();
  app.add_option("--burst-every-s", o.burst_every_s, "Seconds between bursts, 0 = none")
      ->capture_default_str();
  app.add_option("--seed", o.seed, "Same seed, same people and messages")->capture_default_str();
  app.add_option("--duration", c.duration_s, "Seconds to run, 0 = until SIGTERM");
  app.add_option("--qcontact-user", o.qcontact_user, "The one user QContact knows")
      ->capture_default_str();
  app.add_option("--qcontact-password", o.qcontact_password, "Its password, or env:NAME");
  app.add_option("--qcontact-queue", o.qcontact_queue, "Queue most cases are in")
      ->capture_default_str();
  app.add_option("--qcontact-session-s", o.qcontact_session_s, "Life of a QContact session")
      ->capture_default_str();
  app.add_option("--qcontact-cases", o.qcontact_cases, "Cases at the start")->capture_default_str();
  app.add_option("--fault", c.faults, "A fault switch, name=value; repeatable");
  app.add_option("--fault-next", c.armed,
                 "The next n occasions of a percentage fail, name=n; repeatable");
  app.add_flag("--list-faults", c.list_faults, "Print the fault switches and leave");
  app.add_flag("--quiet", c.quiet, "Print nothing but the ready line");
}

/// "name=number", or "name" for 1. Throws CLI::ValidationError.
std::pair<std::string, double> named_number(const std::string& option, const std::string& given) {
  const auto equals = given.find('=');
  char* end = nullptr;
  const std::string value = equals == std::string::npos ? "1" : given.substr(equals + 1);
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0') throw CLI::ValidationError(option, "not a number: " + given);
  return {given.substr(0, equals), number};
}

/// What the parser cannot check by itself. Throws CLI::ValidationError.
void finish(command_line& c) {
  auto& o = c.options;
  const auto engine = fp::parse_engine(c.engine);
  if (!engine) throw CLI::ValidationError("--engine", "must be NOWEB, GOWS or WEBJS");
  o.engine = *engine;
  if (c.policy == "linear") o.policy = fp::retry_policy::linear;
  if (c.policy == "exponential") o.policy = fp::retry_policy::exponential;
  o.hmac_key = secret(o.hmac_key);
  o.api_key = secret(o.api_key);
  o.qcontact_password = secret(o.qcontact_password);
  o.plus = !c.core;
  o.paired = !c.unpaired;
  o.noweb_store = !c.no_store;
  for (const auto& given : c.faults) {
    const auto [name, number] = named_number("--fault", given);
    const auto set = fp::set_fault(o.faults, name, number);
    if (!set) throw CLI::ValidationError("--fault", set.error());
  }
  for (const auto& given : c.armed) {
    const auto [name, number] = named_number("--fault-next", given);
    const auto set = fp::arm_fault(o.faults, name, number);
    if (!set) throw CLI::ValidationError("--fault-next", set.error());
  }
}

int serve(const command_line& c) {
  fp::peers peers(c.options);
  const fp::peer_ports ports = peers.listen();
  fp::json_writer ready;
  ready.object().field("ready", true).field("waha_port", ports.waha);
  ready.field("qcontact_port", ports.qcontact).field("control_port", ports.control);
  std::cout << ready.end_object().text() << std::endl;

  boost::asio::signal_set signals(peers.io(), SIGINT, SIGTERM);
  signals.async_wait([&peers](const auto& error, int) {
    if (!error) peers.stop();
  });
  boost::asio::steady_timer end(peers.io());
  if (c.duration_s > 0) {
    end.expires_after(std::chrono::milliseconds(static_cast<std::int64_t>(c.duration_s * 1000)));
    end.async_wait([&peers](const auto& error) {
      if (!error) peers.stop();
    });
  }
  peers.run();
  if (!c.quiet) std::cout << peers.stats_json() << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Simulates the systems FibreHub talks to: a WAHA server and a QContact desk.\n"
      "Prints one JSON line with its ports when it is ready.",
      "fibrehub-peers");
  command_line c;
  declare(app, c);
  try {
    app.parse(argc, argv);
    if (c.list_faults) {
      for (const auto& s : fp::fault_switches()) {
        std::cout << fmt::format("{:32} 0 … {:<8g} {}\n", s.name, s.max, s.text);
      }
      return 0;
    }
    finish(c);
    return serve(c);
  } catch (const CLI::ParseError& e) {
    return app.exit(e);
  } catch (const std::exception& e) {
    std::cerr << "fibrehub-peers: " << e.what() << '\n';
    return 1;
  }
}
