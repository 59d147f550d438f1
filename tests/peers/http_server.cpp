#include "peers/http_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <stdexcept>

#include "peers/support.hpp"

namespace fibrehub::peers {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

struct listener {
  http_server_options options;
  http_handler handler;
};

http_request read_request(http::request_parser<http::string_body>& parser) {
  auto& message = parser.get();
  http_request request;
  request.method = std::string(message.method_string());
  const std::string target(message.target());
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  std::string_view rest = request.path;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto slash = rest.find('/');
    if (slash != 0 && !rest.empty())
      request.segments.push_back(percent_decode(rest.substr(0, slash)));
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
  }
  std::string_view pairs = question == std::string::npos
                               ? std::string_view{}
                               : std::string_view(target).substr(question + 1);
  while (!pairs.empty()) {
    const auto end = pairs.find('&');
    const auto pair = pairs.substr(0, end);
    const auto equals = pair.find('=');
    const auto value =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    request.query[percent_decode(pair.substr(0, equals), true)] = percent_decode(value, true);
    pairs = end == std::string_view::npos ? std::string_view{} : pairs.substr(end + 1);
  }
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

std::string wire_text(const http_reply& reply, bool head, bool keep_alive) {
  std::string out =
      fmt::format("HTTP/1.1 {} {}\r\n", reply.status,
                  std::string(http::obsolete_reason(static_cast<http::status>(reply.status))));
  for (const auto& [name, value] : reply.headers)
    out += fmt::format("{}: {}\r\n", name, value);
  if (!reply.body.empty()) out += fmt::format("Content-Type: {}\r\n", reply.content_type);
  if (reply.status != 204) out += fmt::format("Content-Length: {}\r\n", reply.body.size());
  out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!head) out += reply.body;
  return out;
}

void reset(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

/// Answers one request; false ends the connection.
asio::awaitable<bool> answer(tcp::socket& socket, const listener& server, http_request request,
                             bool keep_alive) {
  boost::system::error_code ec;
  const bool head = request.method == "HEAD";
  const http_reply reply = co_await server.handler(std::move(request));
  if (reply.delay.count() > 0) {
    asio::steady_timer timer(socket.get_executor(), reply.delay);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
  const std::string wire = wire_text(reply, head, keep_alive);
  const std::size_t length = std::min(wire.size(), reply.reset_after_bytes.value_or(wire.size()));
  if (length > 0) {
    const auto bytes = asio::buffer(wire.data(), length);
    co_await asio::async_write(socket, bytes, asio::redirect_error(asio::use_awaitable, ec));
  }
  if (reply.after_sent) reply.after_sent();
  if (reply.reset_after_bytes) {
    reset(socket);
    co_return false;
  }
  co_return !ec && keep_alive;
}

asio::awaitable<void> serve_connection(tcp::socket socket, std::shared_ptr<const listener> server) {
  boost::system::error_code ec;
  boost::beast::flat_buffer buffer;
  bool open = true;
  while (open) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(server->options.body_limit);
    parser.header_limit(64 * 1024);
    co_await http::async_read(socket, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, ec));
    const bool oversize = ec == http::error::body_limit;
    if (ec && !oversize) break;
    http_request request = read_request(parser);
    request.oversize = oversize;
    const bool keep_alive = !oversize && parser.get().keep_alive();
    open = co_await answer(socket, *server, std::move(request), keep_alive);
  }
  if (socket.is_open()) socket.shutdown(tcp::socket::shutdown_both, ec);
}

asio::awaitable<void> accept_connections(tcp::acceptor acceptor,
                                         std::shared_ptr<const listener> server) {
  for (;;) {
    boost::system::error_code ec;
    tcp::socket socket =
        co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, ec));
    if (ec == asio::error::operation_aborted) co_return;
    if (ec) {
      // Out of descriptors: wait a little instead of spinning.
      asio::steady_timer timer(acceptor.get_executor(), std::chrono::milliseconds(50));
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      continue;
    }
    socket.set_option(tcp::no_delay(true), ec);
    asio::co_spawn(acceptor.get_executor(), serve_connection(std::move(socket), server),
                   asio::detached);
  }
}

}  // namespace

std::string_view http_request::header(std::string_view name) const {
  const std::string wanted = lower(name);
  for (const auto& [key, value] : headers) {
    if (lower(key) == wanted) return value;
  }
  return {};
}

std::string http_request::query_or(const std::string& name, std::string_view fallback) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string(fallback) : found->second;
}

std::uint16_t serve_http(asio::io_context& io, const http_server_options& options,
                         http_handler handler) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(options.address, ec);
  if (ec) throw std::runtime_error(fmt::format("not an IP address: {}", options.address));
  const tcp::endpoint endpoint(address, options.port);
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) {
    throw std::runtime_error(
        fmt::format("cannot listen on {}:{}: {}", options.address, options.port, ec.message()));
  }
  const std::uint16_t port = acceptor.local_endpoint().port();
  auto server = std::make_shared<const listener>(listener{options, std::move(handler)});
  asio::co_spawn(io, accept_connections(std::move(acceptor), std::move(server)), asio::detached);
  return port;
}

}  // namespace fibrehub::peers
