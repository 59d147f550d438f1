// The hub's outgoing HTTP/1.1(S): asynchronous, bounded, and distrustful of where a name leads and
// of what comes back. Calls no proxy, follows no redirect, never answers twice and never not at
// all.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "protocols/transport/http_types.hpp"

namespace boost::asio {
class io_context;
}

namespace fibrehub::protocols::transport {

/// | option | meaning |
/// |---|---|
/// | ca_file | PEM file trusted besides the system's authorities; empty: only those |
/// | allow_private_addresses | also call loopback, private and link-local addresses |
/// | connect_timeout | for one connection including the TLS handshake |
/// | body_limit_bytes, header_limit_bytes | of an answer, after de-chunking |
/// | idle_per_origin, idle_total, idle_timeout | connections kept for reuse |
/// | max_in_flight | requests at once; more are answered `overloaded` |
struct http_client_options {
  std::string ca_file;
  bool allow_private_addresses = false;
  std::chrono::milliseconds connect_timeout{10'000};
  std::size_t body_limit_bytes = std::size_t{8} * 1024 * 1024;
  std::size_t header_limit_bytes = std::size_t{32} * 1024;
  std::size_t idle_per_origin = 4;
  std::size_t idle_total = 64;
  std::chrono::milliseconds idle_timeout{75'000};
  std::size_t max_in_flight = 1024;
  std::string user_agent = "fibrehub/" FIBREHUB_VERSION;
};

class http_client {
 public:
  using outcome = tl::expected<http_response, http_error>;
  using callback = std::function<void(outcome)>;

  /// `io` is run by one thread and outlives the client. Nothing is opened yet.
  http_client(boost::asio::io_context& io, http_client_options options);
  /// Stops; the requests in flight are answered `stopped`.
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// From any thread. `done` is called exactly once, on the io thread; it must not throw or block.
  /// (If the io_context is destroyed first, its destruction answers `stopped`.)
  void fetch(http_request request, callback done);

  /// From any thread: answers what is in flight with `stopped`, closes every connection and answers
  /// every later request the same way.
  void stop();

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace fibrehub::protocols::transport
