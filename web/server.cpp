#include "web/server.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "web/server_core.hpp"
#include "web/tls.hpp"

namespace fibrehub::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto as_value = asio::as_tuple(asio::use_awaitable);

/// How often deadlines are looked at: once a second, or often enough for the shortest of them.
std::chrono::milliseconds sweep_interval(const server_options& o) {
  const auto shortest = std::min(
      {o.request_timeout, o.idle_timeout, o.handshake_timeout, o.write_timeout, o.linger_timeout});
  return std::clamp(shortest / 4, 5ms, 1000ms);
}

std::string bind_problem(const server_options& o, const error_code& ec) {
  if (ec == asio::error::address_in_use)
    return fmt::format(
        "port {} is in use: another program listens on {}; stop it or configure another port",
        o.port, o.address);
  if (ec == asio::error::access_denied)
    return fmt::format("port {} needs privileges this process does not have: {}", o.port,
                       ec.message());
  if (ec == boost::system::errc::address_not_available)
    return fmt::format("this machine has no address {}", o.address);
  return fmt::format("cannot listen on {} port {}: {}", o.address, o.port, ec.message());
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&seed), sizeof seed) != 1)
    seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  return seed;
}

}  // namespace

server_core::server_core(asio::io_context& context, server_options opts, routing_table routes,
                         std::shared_ptr<authenticator> authentication,
                         store::metrics_registry& registry)
    : io(context),
      options(std::move(opts)),
      table(std::move(routes)),
      auth(std::move(authentication)),
      metrics(registry, table),
      limits(options.rates),
      acceptor(context),
      sweeper(context),
      stop_timer(context),
      id_state_(random_seed()) {}

std::shared_ptr<asio::ssl::context> server_core::tls() {
  const std::lock_guard lock{tls_mutex};
  return tls_context;
}

std::string server_core::next_request_id() {
  // splitmix64: unique for 2^64 requests from a random start.
  std::uint64_t z = (id_state_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  z ^= z >> 31U;
  std::string out(16, '0');
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = "0123456789abcdef"[z & 15U];
    z >>= 4U;
  }
  return out;
}

std::string_view server_core::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    // The names of HTTP dates are English whatever the locale; the process keeps the C locale.
    const auto n = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    date_text_.assign(text.data(), n);
  }
  return date_text_;
}

asio::awaitable<void> server_core::accept_loop() {
  while (acceptor.is_open()) {
    auto [ec, socket] = co_await acceptor.async_accept(as_value);
    if (stopping) co_return;
    if (!ec) {
      admit(std::move(socket));
      continue;
    }
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
    spdlog::warn("cannot accept a connection: {}", ec.message());
    asio::steady_timer pause{io, 100ms};  // out of descriptors, most likely: let some be closed
    co_await pause.async_wait(as_value);
  }
}

/// Peers that keep many connections open for nothing, as WAHA does, must not keep people out.
bool server_core::make_room() {
  if (connections.size() - retiring < options.max_connections) return true;
  connection* oldest = nullptr;
  auto since = std::chrono::steady_clock::now() - options.idle_grace;
  for (connection* c : connections)
    if (const auto idle = c->idle_since(); idle && *idle < since) {
      oldest = c;
      since = *idle;
    }
  if (oldest != nullptr) oldest->retire();
  return oldest != nullptr;
}

void server_core::admit(tcp::socket socket) {
  metrics.accepted.add();
  error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  const auto self = shared_from_this();
  if (!make_room()) {
    metrics.rejected("connections");
    // A TLS client could not read a plain refusal, and a handshake is what there is no room for.
    if (tls() || refusals >= options.max_refusals) return;
    asio::co_spawn(io, refuse_connection(self, std::move(socket)), asio::detached);
    return;
  }
  if (auto context = tls()) {
    start_tls_session(self, std::move(socket), std::move(context));
  } else {
    start_session(self, std::move(socket));
  }
}

asio::awaitable<void> server_core::sweep_loop() {
  const auto interval = sweep_interval(options);
  while (true) {
    sweeper.expires_after(interval);
    const auto [ec] = co_await sweeper.async_wait(as_value);
    if (stopping && connections.empty()) co_return;
    if (ec && !stopping) co_return;
    const auto now = std::chrono::steady_clock::now();
    for (connection* c : connections)
      c->sweep(now);
  }
}

void server_core::begin_stop(std::chrono::milliseconds within, std::function<void()> done) {
  if (stopping) return;
  stopping = true;
  stopped = std::move(done);
  error_code ignored;
  acceptor.close(ignored);
  for (connection* c : connections)
    c->drain();
  if (connections.empty()) return finish_stop();
  stop_timer.expires_after(within);
  stop_timer.async_wait([self = shared_from_this()](error_code ec) {
    if (ec || self->connections.empty()) return;
    spdlog::warn("{} connections did not finish in time and are cut", self->connections.size());
    self->cut_all();
    self->finish_stop();
  });
}

void server_core::cut_all() {
  for (connection* c : connections)
    c->cut();
}

void server_core::finish_stop() {
  stop_timer.cancel();
  sweeper.cancel();
  if (!stopped) return;
  asio::post(io, std::exchange(stopped, nullptr));
}

server::server(asio::io_context& io, server_options options, routing_table table,
               std::shared_ptr<authenticator> auth, store::metrics_registry& metrics)
    : core_(std::make_shared<server_core>(io, std::move(options), std::move(table), std::move(auth),
                                          metrics)) {}

server::~server() {
  core_->stopping = true;
  core_->abandoned = true;
  core_->stopped = nullptr;
  error_code ignored;
  core_->acceptor.close(ignored);
  core_->stop_timer.cancel();
  core_->sweeper.cancel();
  core_->cut_all();
}

tl::expected<void, std::string> server::start() {
  const auto& o = core_->options;
  auto trusted = network_list::parse(o.trusted_proxies);
  if (!trusted) return tl::unexpected("trusted proxies: " + trusted.error());
  core_->trusted = std::move(*trusted);
  for (const auto& r : core_->table.routes())
    if (r.auth.what != auth_requirement::kind::none && !core_->auth)
      return tl::unexpected(
          fmt::format("route {} wants a token, but nothing can check one", r.operation_id));
  if (o.tls) {
    if (auto loaded = reload_certificate(); !loaded) return loaded;
  }
  error_code ec;
  const auto address = asio::ip::make_address(o.address, ec);
  if (ec)
    return tl::unexpected(fmt::format(
        "\"{}\" is no address to listen on; write for instance 127.0.0.1, 0.0.0.0 or ::",
        o.address));
  const tcp::endpoint endpoint{address, o.port};
  auto& acceptor = core_->acceptor;
  if (!ec) acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(asio::socket_base::reuse_address{true}, ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(1024, ec);
  if (ec) {
    error_code ignored;
    acceptor.close(ignored);
    return tl::unexpected(bind_problem(o, ec));
  }
  core_->bound_port = acceptor.local_endpoint(ec).port();
  asio::co_spawn(
      core_->io, [core = core_] { return core->accept_loop(); }, asio::detached);
  asio::co_spawn(
      core_->io, [core = core_] { return core->sweep_loop(); }, asio::detached);
  return {};
}

std::uint16_t server::port() const {
  return core_->bound_port;
}

std::size_t server::connections() const {
  return core_->connections.size();
}

tl::expected<void, std::string> server::reload_certificate() {
  const auto& files = core_->options.tls;
  if (!files) return {};
  auto fresh = load_tls(files->certificate_file, files->key_file);
  if (!fresh) return tl::unexpected(std::move(fresh.error()));
  const std::lock_guard lock{core_->tls_mutex};
  core_->tls_context = std::move(*fresh);
  return {};
}

void server::stop(std::chrono::milliseconds within, std::function<void()> done) {
  asio::post(core_->io, [core = core_, within, done = std::move(done)]() mutable {
    core->begin_stop(within, std::move(done));
  });
}

}  // namespace fibrehub::web
