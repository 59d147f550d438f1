// What the server's connections share. Internal to the server: handlers never see it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/metrics.hpp"
#include "web/auth.hpp"
#include "web/peer_address.hpp"
#include "web/router.hpp"
#include "web/server_options.hpp"

namespace fibrehub::web {

/// A connection as the sweeper and the shutdown see it.
class connection {
 public:
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  virtual ~connection() = default;
  /// Acts on a deadline that has passed.
  virtual void sweep(std::chrono::steady_clock::time_point now) = 0;
  /// The server stops: an idle connection ends now, a busy one after its answer.
  virtual void drain() = 0;
  /// Closes the socket at once.
  virtual void cut() = 0;
  /// Since when it has waited for a request; nothing while it serves one, or is leaving.
  virtual std::optional<std::chrono::steady_clock::time_point> idle_since() const = 0;
  /// Makes room for another: ends now while it is idle.
  virtual void retire() = 0;
};

/// The server's own figures, looked up once.
class server_metrics {
 public:
  server_metrics(store::metrics_registry& registry, const routing_table& table);

  /// `route` is an index of the table, or its size for requests no route was found for.
  void count(std::size_t route, unsigned status, std::chrono::steady_clock::duration took);
  void rejected(std::string_view limit);

  store::gauge& connections;
  store::counter& accepted;
  store::counter& received_bytes;
  store::counter& sent_bytes;

 private:
  struct per_route {
    std::array<store::counter*, 5> by_class{};
    store::histogram* seconds = nullptr;
  };
  store::metrics_registry& registry_;
  std::vector<per_route> routes_;
};

struct server_core : std::enable_shared_from_this<server_core> {
  server_core(boost::asio::io_context& context, server_options opts, routing_table routes,
              std::shared_ptr<authenticator> authentication, store::metrics_registry& registry);

  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> sweep_loop();
  void begin_stop(std::chrono::milliseconds within, std::function<void()> done);
  void cut_all();
  void finish_stop();
  std::shared_ptr<boost::asio::ssl::context> tls();
  std::string next_request_id();
  std::string_view date();

  boost::asio::io_context& io;
  const server_options options;
  const routing_table table;
  const std::shared_ptr<authenticator> auth;
  server_metrics metrics;
  request_limits limits;
  network_list trusted;
  boost::asio::ip::tcp::acceptor acceptor;
  boost::asio::steady_timer sweeper;
  boost::asio::steady_timer stop_timer;
  std::unordered_set<connection*> connections;
  std::size_t retiring = 0;  // of them, those that make room
  std::size_t refusals = 0;
  bool stopping = false;
  bool abandoned = false;  // the server object is gone, and maybe the metrics with it
  std::function<void()> stopped;
  std::uint16_t bound_port = 0;

  std::mutex tls_mutex;  // reload_certificate comes from another thread
  std::shared_ptr<boost::asio::ssl::context> tls_context;

 private:
  void admit(boost::asio::ip::tcp::socket socket);
  bool make_room();

  std::uint64_t id_state_;
  std::time_t date_second_ = 0;
  std::string date_text_;
};

/// Serve a connection until it ends. The task keeps itself alive.
void start_session(const std::shared_ptr<server_core>& core, boost::asio::ip::tcp::socket socket);
void start_tls_session(const std::shared_ptr<server_core>& core,
                       boost::asio::ip::tcp::socket socket,
                       std::shared_ptr<boost::asio::ssl::context> tls);
/// Tells a connection too many 503 and ends it.
boost::asio::awaitable<void> refuse_connection(std::shared_ptr<server_core> core,
                                               boost::asio::ip::tcp::socket socket);

}  // namespace fibrehub::web
