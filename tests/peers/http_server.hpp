// A small HTTP/1.1 server for simulated peers: one coroutine per connection, one handler for all
// requests, and the misbehaviour a real server can only show by accident (slow, cut off).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fibrehub::peers {

struct http_request {
  std::string method;
  std::string path;                   // without the query, still encoded
  std::vector<std::string> segments;  // decoded: "/api/a%40b" → {"api", "a@b"}
  std::map<std::string, std::string> query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool oversize = false;  // the body was longer than the server reads

  /// First header of that name (any case), or empty.
  std::string_view header(std::string_view name) const;
  /// Query parameter, or `fallback`.
  std::string query_or(const std::string& name, std::string_view fallback) const;
};

struct http_reply {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds delay{0};
  std::optional<std::size_t> reset_after_bytes;  // then the connection is reset
  std::function<void()> after_sent;              // runs when the answer has left
};

using http_handler = std::function<boost::asio::awaitable<http_reply>(http_request)>;

struct http_server_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::size_t body_limit = 1 << 20;
};

/// Starts listening; the handler must live as long as the io_context runs. Returns the port.
/// Throws std::runtime_error when the port cannot be had.
std::uint16_t serve_http(boost::asio::io_context& io, const http_server_options& options,
                         http_handler handler);

}  // namespace fibrehub::peers
