// The HTTP server: one listener, any number of connections, all on the thread that runs the
// io_context. It never blocks and never waits for an actor; what is slow is awaited.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "store/metrics.hpp"
#include "web/auth.hpp"
#include "web/router.hpp"
#include "web/server_options.hpp"

namespace fibrehub::web {

struct server_core;

class server {
 public:
  /// `auth` may be null when no route asks for a token. `io` must outlive the server, `metrics`
  /// also the last run of `io`. Destroying the server cuts every connection.
  server(boost::asio::io_context& io, server_options options, routing_table table,
         std::shared_ptr<authenticator> auth, store::metrics_registry& metrics);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Reads the certificate and binds; the error is a sentence for the operator
  /// ("port 8080 is in use: …"). Call it once, before the io_context runs or on its thread.
  tl::expected<void, std::string> start();

  /// The port actually bound.
  std::uint16_t port() const;
  /// Connections there are now. On the io thread.
  std::size_t connections() const;

  /// New connections use the certificate as the files are now; on error the old one stays.
  /// Reads files: call it from any thread but the io thread.
  tl::expected<void, std::string> reload_certificate();

  /// Stops accepting, closes idle connections, lets requests under way finish, cuts what is left
  /// after `within`; then calls `done` on the io thread. From any thread; once.
  void stop(std::chrono::milliseconds within, std::function<void()> done);

 private:
  std::shared_ptr<server_core> core_;
};

}  // namespace fibrehub::web
