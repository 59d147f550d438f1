// fibrehub-load: drives a hub, or a service that does the same work, with realistic traffic.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>

#include "bench/load/delivery_source.hpp"
#include "bench/load/load_run.hpp"
#include "bench/load/read_source.hpp"
#include "bench/load/report.hpp"
#include "bench/load/seed.hpp"
#include "bench/load/ticket_source.hpp"

namespace {

namespace bench = fibrehub::bench;

volatile std::sig_atomic_t stop_wanted = 0;

void stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_wanted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

struct webhook_command {
  std::string url;
  std::string key_option;
  bench::delivery_options deliveries;
  bench::load_options load;
  std::uint64_t prepare = 0;
  bool json = false;
};

CLI::AsNumberWithUnit milliseconds() {
  return CLI::AsNumberWithUnit(
      std::map<std::string, std::int64_t>{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}},
      CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME");
}

struct ticket_command {
  std::string url;
  bench::ticket_options tickets;
  bench::load_options load;
  std::uint64_t prepare = 0;
  bool json = false;
};

struct read_command {
  std::string url;
  std::string token, paths;
  std::uint64_t seed = 1;
  bench::load_options load;
  std::uint64_t prepare = 0;
  bool json = false;
};

void describe_traffic(CLI::App& app, webhook_command& c) {
  auto& d = c.deliveries;
  app.add_option("--hmac-key", c.key_option, "key of the signatures; env:NAME reads a variable")
      ->default_str("my-secret-key");
  app.add_option("--session", d.session, "WAHA session the messages come through")
      ->capture_default_str();
  app.add_option("--sessions", d.sessions, "so many sessions: the name above and a number from 0")
      ->capture_default_str()
      ->check(CLI::Range(1U, 1'000'000U));
  app.add_option("--chats", d.chats, "number of chats; the first message of each names a drop")
      ->capture_default_str()
      ->check(CLI::Range(1U, 100'000'000U));
  app.add_option("--first-chat", d.first_chat, "number of the first chat, to write from others")
      ->capture_default_str()
      ->check(CLI::Range(0U, 60'000'000U));
  app.add_option("--drops", d.drops, "number of drops the chats share: DR1700000 and up")
      ->capture_default_str()
      ->check(CLI::Range(1U, 8'000'000U));
  app.add_option("--duplicates", d.duplicates_percent, "percent that repeat an earlier delivery")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 90.0));
  app.add_option("--out-of-order", d.out_of_order_percent,
                 "percent that arrive after a later message of their chat")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 50.0));
  app.add_option("--seed", d.seed, "same seed, same message ids; change it to send new messages")
      ->capture_default_str();
}

template <class Command>
void describe_load(CLI::App& app, Command& c) {
  auto& l = c.load;
  app.add_option("--url", c.url, "where to POST, http://host:port/path")->required();
  app.add_option("--connections", l.connections, "keep-alive connections")
      ->capture_default_str()
      ->check(CLI::Range(1U, 20'000U));
  app.add_option("--duration", l.duration_ms, "measured time, like 10s")
      ->default_str("10s")
      ->transform(milliseconds());
  app.add_option("--warmup", l.warmup_ms, "time before that, not measured")
      ->default_str("2s")
      ->transform(milliseconds());
  app.add_option("--rate", l.rate_per_s,
                 "open loop: so many a second, timed from the intended send time (default: closed "
                 "loop, as fast as answers come)")
      ->check(CLI::PositiveNumber);
  app.add_option("--count", l.count, "stop after so many deliveries; no warm-up unless asked for");
  app.add_flag("--resend", l.resend,
               "send again what was not answered by a 2xx, as WAHA does, until it is");
  app.add_option("--ledger", l.ledger, "append the id of every acknowledged message to this file");
  app.add_option("--prepare", c.prepare,
                 "deliveries to make before the clock starts (default: 30 000 a second)");
  app.add_flag("--json", c.json, "print the result as one JSON object");
}

template <class Command>
std::size_t requests_to_prepare(const Command& c) {
  if (c.prepare != 0) return c.prepare;
  constexpr double rate_expected = 30'000;
  constexpr double most = 1'500'000;  // about 2 GB
  const double seconds = static_cast<double>(c.load.warmup_ms + c.load.duration_ms) / 1000;
  const double wanted =
      c.load.count != 0
          ? static_cast<double>(c.load.count)
          : seconds * (c.load.rate_per_s > 0 ? c.load.rate_per_s * 1.02 : rate_expected);
  return static_cast<std::size_t>(std::min(wanted, most));
}

std::string key_from(const std::string& option) {
  if (option.rfind("env:", 0) != 0) return option.empty() ? "my-secret-key" : option;
  const char* value = std::getenv(option.c_str() + 4);
  if (value == nullptr) {
    throw std::runtime_error("--hmac-key: the variable " + option.substr(4) + " is not set");
  }
  return value;
}

int run_webhooks(webhook_command& c) {
  const auto url = bench::parse_url(c.url);
  if (!url) throw std::runtime_error("--url: expected http://host:port/path, got " + c.url);
  if (c.deliveries.out_of_order_percent > (100 - c.deliveries.duplicates_percent) / 2) {
    throw std::runtime_error(
        "--out-of-order: at most half of what --duplicates leaves can come after a later message");
  }
  c.load.url = *url;
  c.deliveries.host_header = url->host_header();
  c.deliveries.path = url->path;
  c.deliveries.hmac_key = key_from(c.key_option);
  c.deliveries.start_s = static_cast<std::int64_t>(std::time(nullptr));

  bench::delivery_source source(c.deliveries);
  source.prepare(requests_to_prepare(c));
  stop_on_signals();
  const auto result = bench::run_load(c.load, source, [] { return stop_wanted != 0; });
  std::fputs((c.json ? bench::to_json(result) : bench::to_text(result)).c_str(), stdout);
  return result.acknowledged_total > 0 ? 0 : 1;
}

int run_reads(read_command& c) {
  const auto url = bench::parse_url(c.url);
  if (!url) throw std::runtime_error("--url: expected http://host:port/path, got " + c.url);
  c.load.url = *url;
  if (c.token.rfind("env:", 0) == 0) c.token = key_from(c.token);
  bench::read_source source({url->host_header(), c.token, bench::read_paths(c.paths), c.seed});
  stop_on_signals();
  const auto result = bench::run_load(c.load, source, [] { return stop_wanted != 0; });
  std::fputs((c.json ? bench::to_json(result) : bench::to_text(result)).c_str(), stdout);
  return result.acknowledged_total > 0 ? 0 : 1;
}

int run_tickets(ticket_command& c) {
  const auto url = bench::parse_url(c.url);
  if (!url) throw std::runtime_error("--url: expected http://host:port/path, got " + c.url);
  c.load.url = *url;
  c.tickets.host_header = url->host_header();
  c.tickets.path = url->path;
  if (c.tickets.token.rfind("env:", 0) == 0) c.tickets.token = key_from(c.tickets.token);
  bench::ticket_source source(c.tickets);
  source.prepare(requests_to_prepare(c));
  stop_on_signals();
  const auto result = bench::run_load(c.load, source, [] { return stop_wanted != 0; });
  std::fputs((c.json ? bench::to_json(result) : bench::to_text(result)).c_str(), stdout);
  return result.acknowledged_total > 0 ? 0 : 1;
}

int run_seed(const bench::seed_options& options) {
  const std::time_t begun = std::time(nullptr);
  bench::seed_database(options, [&](double share) {
    std::fprintf(stderr, "\rfibrehub-load: %3.0f %% of %u tickets and %u messages, %ld s  ",
                 share * 100, options.tickets, options.messages,
                 static_cast<long>(std::time(nullptr) - begun));
  });
  std::fprintf(stderr, "\nfibrehub-load: done in %ld s\n",
               static_cast<long>(std::time(nullptr) - begun));
  return 0;
}

void describe_seed(CLI::App& app, bench::seed_options& o) {
  app.add_option("--database", o.database, "libpq connection string of a hub's database")
      ->required();
  app.add_option("--tickets", o.tickets, "tickets to make")->capture_default_str();
  app.add_option("--messages", o.messages, "messages to spread over them")->capture_default_str();
  app.add_option("--drops", o.drops, "known drops, from DR1700000")
      ->capture_default_str()
      ->check(CLI::Range(1U, 8'000'000U));
  app.add_option("--open", o.open_percent, "percent of the tickets that are not closed")
      ->capture_default_str()
      ->check(CLI::Range(0U, 100U));
  app.add_flag("--clocks", o.clocks, "SLA clocks of the open tickets, none due within an hour");
  app.add_option("--seed", o.seed, "same seed, same data; another one adds more")
      ->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Load driver for FibreHub. Answers 0 when anything was acknowledged, 1 when nothing "
      "was, 2 when the run could not start."};
  app.require_subcommand(1);
  webhook_command webhooks;
  auto* command = app.add_subcommand("webhooks", "POST signed WAHA message.any deliveries");
  describe_load(*command, webhooks);
  describe_traffic(*command, webhooks);
  ticket_command tickets;
  auto* make = app.add_subcommand("tickets", "POST tickets to the API");
  describe_load(*make, tickets);
  make->add_option("--token", tickets.tickets.token, "API token with scope write; env:NAME")
      ->required();
  make->add_option("--drops", tickets.tickets.drops, "number of drops: DR1700000 and up")
      ->capture_default_str();
  make->add_option("--seed", tickets.tickets.seed, "same seed, same Idempotency-Keys")
      ->capture_default_str();
  read_command reads;
  auto* look = app.add_subcommand("reads", "GET paths out of a file");
  describe_load(*look, reads);
  look->add_option("--token", reads.token, "API token; env:NAME")->required();
  look->add_option("--paths", reads.paths, "file with a path and query a line")->required();
  look->add_option("--seed", reads.seed, "same seed, same order")->capture_default_str();
  bench::seed_options seed;
  auto* fill = app.add_subcommand("seed", "Fill a hub's database with years of work");
  describe_seed(*fill, seed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (webhooks.load.count != 0) {
    if (command->count("--warmup") == 0) webhooks.load.warmup_ms = 0;
    if (command->count("--duration") == 0) webhooks.load.duration_ms = 3'600'000;
  }
  try {
    if (fill->parsed()) return run_seed(seed);
    if (make->parsed()) return run_tickets(tickets);
    if (look->parsed()) return run_reads(reads);
    return run_webhooks(webhooks);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "fibrehub-load: %s\n", e.what());
    return 2;
  }
}
