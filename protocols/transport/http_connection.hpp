// One connection to one origin, plain or TLS. Includes Beast: only for .cpp files of this folder.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <tl/expected.hpp>

#include "protocols/transport/http_client.hpp"
#include "protocols/transport/http_target.hpp"

namespace fibrehub::protocols::transport {

class http_connection {
 public:
  using tcp = boost::asio::ip::tcp;

  /// Opens nothing. `tls` is null for a plain connection and must outlive this.
  http_connection(boost::asio::any_io_executor executor, boost::asio::ssl::context* tls);

  /// Connects to the first of `addresses` that answers, then shakes hands.
  boost::asio::awaitable<tl::expected<void, http_error>> open(
      const http_target& target, const std::vector<tcp::endpoint>& addresses,
      std::chrono::milliseconds timeout);

  /// What became of one exchange besides its result.
  struct progress {
    bool sent = false;        // some byte of the request may have left
    bool answered = false;    // some byte of an answer has come
    bool keep_alive = false;  // the connection can be used again
  };
  boost::asio::awaitable<tl::expected<http_response, http_error>> exchange(
      const http_request& request, const http_target& target, const http_client_options& options,
      progress& at);

  /// Idle, and the peer has neither closed it nor said anything unasked.
  bool still_quiet();

  /// Ends whatever is under way here.
  void close();

  std::chrono::steady_clock::time_point idle_since;

 private:
  using plain_stream = boost::beast::tcp_stream;
  using tls_stream = boost::asio::ssl::stream<boost::beast::tcp_stream>;

  plain_stream& transport();
  boost::asio::awaitable<tl::expected<void, http_error>> shake_hands(const http_target& target);

  plain_stream plain_;
  std::unique_ptr<tls_stream> tls_;  // holds the transport instead of plain_ when there is one
};

}  // namespace fibrehub::protocols::transport
