#include "app/hub.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <thread>

#include "actors/terminator.hpp"
#include "app/channel_children.hpp"
#include "app/chat_commands_child.hpp"
#include "app/figures.hpp"
#include "app/file_reader.hpp"
#include "app/logging.hpp"
#include "app/people_parts.hpp"
#include "app/store_children.hpp"
#include "app/work_children.hpp"
#include "store/caf/config.hpp"
#include "web/api/backend.hpp"
#include "web/api/routes.hpp"
#include "web/attachment_desk.hpp"
#include "web/attachment_sweep.hpp"
#include "web/docs_page.hpp"
#include "web/feed/desk.hpp"
#include "web/health.hpp"
#include "web/metrics.hpp"
#include "web/report_desk.hpp"
#include "web/server.hpp"
#include "web/webhooks.hpp"

namespace fibrehub::app {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

std::string attachments_folder(const config::values& values) {
  const std::string& given = values.path("attachments", "folder");
  return given.empty() ? values.path("hub", "data_dir") + "/attachments" : given;
}

web::report_settings report_settings_from(const config::values& values) {
  const config::section_values& s = values.section("reports");
  return {values.text("hub", "time_zone"), {s.path("font"), s.path("bold_font")}};
}

}  // namespace

/// Everything there is, each after what it needs.
struct hub::parts {
  parts(config::values v, std::function<void()> failed)
      : values(std::move(v)),
        on_failure(std::move(failed)),
        store{{},
              actors::reader_pool(static_cast<std::size_t>(values.integer("store", "readers")))} {}

  config::values values;
  std::function<void()> on_failure;
  std::optional<database> db;
  store::metrics_registry metrics;
  std::shared_ptr<store::store_status> status = std::make_shared<store::store_status>();

  asio::io_context io{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> io_work;
  actors::in_flight_gate gate{io.get_executor(),
                              static_cast<std::size_t>(values.integer("web", "max_in_flight"))};

  store_slots store;
  actors::slot<actors::channel_registry> registry;
  actors::slot<actors::event_hub> events;
  actors::slot<actors::supervisor> root, store_supervisor, service_supervisor, channel_supervisor;
  std::atomic<unsigned> event_hub_starts{0};

  store::actor_config actor_config;
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<channel_set> channels;
  std::unique_ptr<web::api::read_shares> shares;
  std::unique_ptr<web::api::backend> backend;
  std::unique_ptr<people_parts> people;
  std::unique_ptr<web::feed_desk> feed;
  work_slots work;
  std::shared_ptr<const store::automation_setup> automation = automation_setup_from(values);
  std::shared_ptr<const chat_command_setup> chat_commands = chat_command_setup_from(values);
  web::api::presence_source presence{work.presence};
  web::attachment_desk files{attachments_folder(values)};
  web::report_desk reports{report_settings_from(values)};
  std::unique_ptr<web::server> server;
  std::string openapi;
  std::thread io_thread;
  std::atomic<bool> stopping{false};

  tl::expected<void, std::string> open_store();
  void start_actors();
  std::vector<actors::child_spec> services();
  std::vector<web::route> routes();
  tl::expected<web::routing_table, std::string> make_table();
  asio::awaitable<tl::expected<store::ingest_result, store::error>> submit(store::ingest item);
  std::vector<web::health_part> health() const;
  tl::expected<void, std::string> start_server();
  void stop_server(std::chrono::milliseconds within);
  bool stop_actors(std::chrono::milliseconds within);
  void stop_io();
};

namespace {

web::server_options server_options_from(const config::values& values) {
  const config::section_values& s = values.section("web");
  web::server_options o;
  o.address = s.text("address");
  o.port = static_cast<std::uint16_t>(s.integer("port"));
  if (!s.path("tls_certificate").empty())
    o.tls = web::tls_files{s.path("tls_certificate"), s.path("tls_key")};
  o.trusted_proxies = s.list("trusted_proxies");
  o.head.header_bytes = static_cast<std::size_t>(s.bytes("header_limit"));
  o.body_bytes = static_cast<std::size_t>(s.bytes("body_limit"));
  o.max_connections = static_cast<std::size_t>(s.integer("max_connections"));
  o.rates.per_caller = static_cast<std::uint32_t>(s.integer("requests_per_caller"));
  o.rates.per_address = static_cast<std::uint32_t>(s.integer("requests_per_address"));
  o.request_timeout = s.duration("request_timeout");
  o.idle_timeout = s.duration("idle_timeout");
  return o;
}

}  // namespace

tl::expected<void, std::string> hub::parts::open_store() {
  auto opened = open_database(values);
  if (!opened) return tl::unexpected(opened.error());
  db.emplace(std::move(*opened));
  std::string detail;
  auto look = prepare_database(db->url, detail);
  if (!look) return tl::unexpected(look.error());
  if (*look == first_look::unreachable) {
    spdlog::warn("store: the database cannot be reached yet, the hub goes on trying: {}", detail);
    status->set(store::writer_state::disconnected, detail);
  }
  return {};
}

/// The registry stands before the event hub and is watched with it.
std::vector<actors::child_spec> hub::parts::services() {
  actors::channel_registry_options options;
  options.restart = [this](const actors::channel_status& c, const std::string& why) {
    channel_supervisor.send(actors::restart_child{c.kind + "/" + c.name, why, {}});
  };
  options.changed = [this](const actors::channel_status& c) {
    store::committed_events news;
    store::committed_event& e = news.items.emplace_back();
    e.kind = "channel.state";
    e.access.who = domain::event_access::circle::channels;
    e.at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    e.data_json =
        fmt::format(R"({{"kind":"{}","name":"{}","state":"{}","silent":{},"detail":"{}"}})", c.kind,
                    c.name, actors::name_of(c.state), c.silent, escape_json(c.detail));
    events.send(std::move(news));
  };
  actors::child_spec event_child;
  event_child.id = "events";
  event_child.start = into_slot(events, [this](caf::actor_system& s) {
    // Ids must not repeat: the time of the process's start and the count of the event hub's.
    static const auto process_start = std::chrono::system_clock::now().time_since_epoch() / 1ms;
    return actors::spawn_event_hub(s, fmt::format("{}.{}", process_start, ++event_hub_starts));
  });
  actors::child_spec registry_child;
  registry_child.id = "channel registry";
  registry_child.start = into_slot(registry, [options](caf::actor_system& s) {
    return actors::spawn_channel_registry(s, options);
  });
  std::vector<actors::child_spec> all{std::move(event_child), std::move(registry_child)};
  for (actors::child_spec& c : work_children(work, store.writer, store.readers, events, registry,
                                             status, work_times_from(values)))
    all.push_back(std::move(c));
  all.push_back(automation_child(work.automation, store.writer, store.readers, automation,
                                 work.automation_counts));
  all.push_back(
      chat_commands_child(work.chat_commands, store.writer, store.readers, chat_commands));
  return all;
}

void hub::parts::start_actors() {
  system = std::make_unique<caf::actor_system>(actor_config);
  channels = std::make_unique<channel_set>(
      values, channel_set::surroundings{io, store.writer, store.readers, registry, files,
                                        file_reader(io, files)});
  const store::writer_options writer = writer_options_from(values, *db, status, events, work.clocks,
                                                           [&c = *channels] { c.outbox_grew(); });
  using enum actors::restart_strategy;
  std::vector<actors::child_spec> children;
  children.push_back(supervised(
      "services", 1, one_for_one, [this] { return services(); }, service_supervisor));
  children.push_back(supervised(
      "store", 2, one_for_one,
      [this, writer] { return store_children(values, *db, writer, store); }, store_supervisor));
  children.push_back(supervised(
      "channels", 0, one_for_one, [this] { return channels->children(); }, channel_supervisor));
  actors::supervisor_options options;
  options.name = "root";
  options.strategy = rest_for_one;
  auto handle = actors::spawn_supervisor(*system, options, std::move(children));
  caf::actor_cast<caf::abstract_actor*>(handle)->attach_functor([this](const caf::error& reason) {
    if (stopping) return;
    spdlog::critical("the hub's supervisor gave up: {}", store::reason_text(reason));
    on_failure();
  });
  root.set(handle);
}

asio::awaitable<tl::expected<store::ingest_result, store::error>> hub::parts::submit(
    store::ingest item) {
  const channel_set::settler settled = channels->count(item);
  auto result = co_await backend->submit(std::move(item));
  settled(result);
  co_return result;
}

std::vector<web::health_part> hub::parts::health() const {
  bool connected = status->state() == store::writer_state::connected;
  std::string detail = status->detail();
  // A batch that takes longer than its statement may is stuck: nothing is stored any more.
  const auto limit = 2 * values.duration("store", "statement_timeout");
  const std::int64_t since_us = status->in_flight_since_us;
  const auto under_way =
      std::chrono::system_clock::now().time_since_epoch() - std::chrono::microseconds{since_us};
  if (connected && since_us != 0 && under_way > limit) {
    connected = false;
    detail = "a transaction does not come to an end";
  }
  return {{"store", connected, std::move(detail)},
          {"hub", !stopping, stopping ? "stopping" : "running"}};
}

std::vector<web::route> hub::parts::routes() {
  std::vector<web::route> all;
  const auto add = [&all](std::vector<web::route> more) {
    for (web::route& r : more)
      all.push_back(std::move(r));
  };
  add(web::api::ticket_routes(*backend));
  add(web::api::ticket_write_routes(*backend));
  add(web::api::view_routes(*backend));
  add(web::api::attachment_routes(*backend, files));
  add(web::api::presence_routes(*backend, presence));
  add(web::api::assignment_routes(*backend));
  add(web::api::automation_routes(*backend, automation));
  add(web::api::clock_routes(*backend));
  add(web::api::sla_config_routes(*backend));
  add(web::api::calendar_routes(*backend));
  add(web::api::contract_routes(*backend));
  add(web::api::guarantee_routes(*backend));
  add(people->routes());
  add(web::api::reference_routes(*backend));
  add(web::api::review_routes(*backend));
  add(web::api::notification_routes(*backend));
  add(web::api::outbox_routes(*backend));
  add(web::api::wa_bridge_routes(*backend));
  add(web::api::wa_chat_routes(*backend));
  add(web::api::triage_routes(*backend));
  add(web::api::conversation_routes(*backend));
  add(web::api::wa_template_routes(*backend));
  add(web::api::wa_session_routes(*backend, channels->bridges()));
  add(web::api::wa_media_routes(*backend, files));
  add(web::api::channel_routes(*backend));
  add(web::api::stats_routes(*backend, reports));
  add(web::api::report_routes(*backend, reports));
  add(web::api::event_routes(*feed));
  auto endpoints = channels->endpoints();
  for (actors::webhook_endpoint& e : endpoints)
    e.body_limit_bytes = static_cast<std::size_t>(values.bytes("web", "webhook_body_limit"));
  add(web::webhook_routes(std::move(endpoints),
                          [this](store::ingest item) { return submit(std::move(item)); }));
  add(web::health_routes([this] { return health(); }));
  all.push_back(web::metrics_route(metrics));
  all.push_back(web::openapi_route([this] { return openapi; }));
  add(web::docs_routes());
  return all;
}

/// Also describes it, in `openapi`.
tl::expected<web::routing_table, std::string> hub::parts::make_table() {
  web::api::read_share_limits fair;
  fair.at_a_time = static_cast<std::size_t>(values.integer("web", "reads_per_caller"));
  fair.waiting = static_cast<std::size_t>(values.integer("web", "reads_waiting_per_caller"));
  fair.patience = values.duration("store", "wait_limit");
  shares = std::make_unique<web::api::read_shares>(io.get_executor(), fair);
  metrics.add_gauge_reader("fibrehub_reads_refused",
                           "Searches and reports refused: too many of one caller", {},
                           [this] { return static_cast<double>(shares->refused()); });
  backend = std::make_unique<web::api::backend>(web::api::backend{
      gate, store.readers, store.writer, registry, events, values.duration("store", "wait_limit"),
      domain::time_zone::find(values.text("hub", "time_zone")).value_or(domain::time_zone()),
      shares.get(),
      std::shared_ptr<const store::command_rules>(chat_commands, &chat_commands->rules)});
  auto parts_of_people = people_parts::make(values, io, *backend);
  if (!parts_of_people) return tl::unexpected(parts_of_people.error());
  people = std::move(*parts_of_people);
  feed = std::make_unique<web::feed_desk>(
      web::feed_desk{events, people->authenticator(), io.get_executor(), {}, &work.presence});
  auto table = web::routing_table::make(routes());
  if (!table) return table;
  web::api_info info;
  info.version = FIBREHUB_VERSION;
  info.description = "Integration hub and ticketing backend of a fibre-network operator.";
  info.tags = web::api::tags();
  openapi = web::openapi_document(*table, info, web::api::schemas(), web::api::examples());
  return table;
}

tl::expected<void, std::string> hub::parts::start_server() {
  add_figures(metrics, status, gate);
  add_clock_figures(metrics, work.clock_figures);
  add_automation_figures(metrics, work.automation_counts);
  add_delivery_figures(metrics, channels->sending());
  add_session_figures(metrics, channels->boards());
  add_file_figures(metrics, *channels);
  auto table = make_table();
  if (!table) return tl::unexpected(table.error());
  server = std::make_unique<web::server>(io, server_options_from(values), std::move(*table),
                                         people->authenticator(), metrics);
  if (auto bound = server->start(); !bound) return tl::unexpected(bound.error());
  return {};
}

void hub::parts::stop_server(std::chrono::milliseconds within) {
  if (!server || !io_thread.joinable()) return;
  std::promise<void> done;
  server->stop(within, [&done] { done.set_value(); });
  done.get_future().wait();
}

bool hub::parts::stop_actors(std::chrono::milliseconds within) {
  if (channels) channels->stop_requests();
  if (people) people->stop_requests();
  if (!system) return true;
  bool clean = true;
  if (const auto handle = root.get()) {
    actors::stop_stage all;
    all.name = "supervised actors";
    all.actors = [h = *handle] {
      return std::vector<actors::named_actor>{{"root", store::untyped(h)}};
    };
    all.budget = within;
    const actors::shutdown_report report = actors::shut_down(*system, {std::move(all)}, within);
    clean = report.clean();
    if (report.somebody_is_stuck()) {
      spdlog::critical("an actor does not end; leaving without it");
      std::_Exit(3);
    }
  }
  store.writer.clear();
  store.readers.clear();
  store.indexer.clear();
  registry.clear();
  events.clear();
  work.presence.clear();
  work.assigner.clear();
  work.notifier.clear();
  work.upkeep.clear();
  work.clocks.clear();
  work.older_clocks.clear();
  work.channel_alarms.clear();
  work.session_alarms.clear();
  work.retargets.clear();
  work.automation.clear();
  work.chat_commands.clear();
  for (auto* s : {&root, &store_supervisor, &service_supervisor, &channel_supervisor})
    s->clear();
  channels.reset();
  system.reset();
  return clean;
}

void hub::parts::stop_io() {
  io_work.reset();
  if (io_thread.joinable()) {
    io.stop();
    io_thread.join();
  }
  if (people) people->stop();
  files.stop();
  reports.stop();
}

hub::hub(config::values values, std::function<void()> on_failure)
    : parts_(std::make_unique<parts>(std::move(values), std::move(on_failure))) {}

hub::~hub() {
  stop();
}

tl::expected<void, std::string> hub::start() {
  parts& p = *parts_;
  if (auto opened = p.open_store(); !opened) return opened;
  if (auto opened = p.files.open(); !opened) return opened;
  p.start_actors();
  if (auto bound = p.start_server(); !bound) {
    stop();
    return bound;
  }
  p.io_work.emplace(p.io.get_executor());
  asio::co_spawn(
      p.io, [&p] { return web::sweep_orphaned_files(*p.backend, p.files); }, asio::detached);
  p.people->start();
  p.io_thread = std::thread([&p] { p.io.run(); });
  spdlog::info("listening on {}, channels: {}", address(), fmt::join(p.channels->names(), ", "));
  return {};
}

tl::expected<std::string, std::string> hub::description(config::values values) {
  parts p(std::move(values), [] {});
  p.channels = std::make_unique<channel_set>(
      p.values,
      channel_set::surroundings{p.io, p.store.writer, p.store.readers, p.registry, p.files, {}});
  const auto table = p.make_table();
  if (!table) return tl::unexpected(table.error());
  return p.openapi;
}

std::string hub::address() const {
  const config::section_values& s = parts_->values.section("web");
  std::string host = s.text("address");
  if (host == "0.0.0.0" || host == "::") host = "localhost";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", s.path("tls_certificate").empty() ? "http" : "https", host,
                     parts_->server->port());
}

void hub::reload() {
  if (parts_->values.path("web", "tls_certificate").empty())
    spdlog::info("reload: there is no certificate to read, nothing changed");
  else if (auto done = parts_->server->reload_certificate(); !done)
    spdlog::error("reload: {}; the old certificate stays in use", done.error());
  else
    spdlog::info("reload: certificate read");
}

bool hub::stop() {
  parts& p = *parts_;
  if (p.stopping.exchange(true)) return true;
  const auto total = p.values.duration("hub", "shutdown_timeout");
  const auto deadline = std::chrono::steady_clock::now() + total;
  const auto left = [&] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(deadline -
                                                                 std::chrono::steady_clock::now());
  };
  // A private PostgreSQL has the last third, requests under way the first; the actors and their
  // writes get all the rest.
  const bool has_cluster = p.db && p.db->cluster;
  p.stop_server(total / 3);
  const auto for_actors = left() - (has_cluster ? total / 3 : total / 10);
  const bool clean = p.stop_actors(std::max<std::chrono::milliseconds>(for_actors, 1000ms));
  p.stop_io();
  if (has_cluster) p.db->cluster->stop(std::max<std::chrono::milliseconds>(left() - 100ms, 1000ms));
  p.db.reset();
  return clean;
}

}  // namespace fibrehub::app
