#include "protocols/transport/http_connection.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace fibrehub::protocols::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t most_interim_answers = 8;  // 100 Continue, 103 Early Hints

using wire_request = http::request<http::span_body<const char>>;

wire_request to_wire(const http_request& request, const http_target& target,
                     const http_client_options& options) {
  wire_request wire;
  wire.version(11);
  wire.method_string(request.method);
  wire.target(target.path);
  wire.set(http::field::host, target.host_header);
  wire.set(http::field::user_agent, options.user_agent);
  wire.set(http::field::accept_encoding, "identity");
  for (const auto& [name, value] : request.headers)
    wire.insert(name, value);
  wire.body() = {request.body.data(), request.body.size()};
  wire.prepare_payload();
  return wire;
}

http_error failed_read(const error_code& ec, const http_target& target) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
    return {http_errc::too_large,
            fmt::format("{} answered with a header over the limit", target.host), true};
  if (ec == http::error::body_limit)
    return {http_errc::too_large,
            fmt::format("{} answered with a body over the limit", target.host), true};
  bool ended = ec == http::error::end_of_stream || ec == http::error::partial_message;
  static const auto& http_category = http::make_error_code(http::error::bad_version).category();
  if (!ended && ec.category() == http_category)
    return {http_errc::malformed,
            fmt::format("{} answered something that is not HTTP ({})", target.host, ec.message()),
            true};
  return {http_errc::reset,
          fmt::format("{} closed the connection before its answer was complete", target.host),
          true};
}

http_response from_wire(http::response<http::string_body>&& wire) {
  http_response response;
  response.status = wire.result_int();
  for (const auto& field : wire) {
    std::string name(field.name_string());
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    response.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  response.body = std::move(wire.body());
  if (auto value = response.header("retry-after"); !value.empty()) {
    auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    response.retry_after = parse_retry_after(value, now);
  }
  return response;
}

template <class Stream>
asio::awaitable<tl::expected<http_response, http_error>> exchange_on(
    Stream& stream, const http_request& request, const http_target& target,
    const http_client_options& options, http_connection::progress& at) {
  wire_request wire = to_wire(request, target, options);
  at.sent = true;
  auto [write_error, written] = co_await http::async_write(stream, wire, awaited);
  if (write_error) {
    at.sent = written > 0;
    co_return tl::unexpected(http_error{
        http_errc::reset,
        fmt::format("{} closed the connection while the request was sent", target.host), at.sent});
  }
  beast::flat_buffer buffer{2 * options.header_limit_bytes};
  for (std::size_t interim = 0; interim <= most_interim_answers; ++interim) {
    http::response_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(options.header_limit_bytes));
    parser.body_limit(request.body_limit_bytes ? request.body_limit_bytes
                                               : options.body_limit_bytes);
    if (request.method == "HEAD") parser.skip(true);
    auto [read_error, got] = co_await http::async_read(stream, buffer, parser, awaited);
    at.answered = at.answered || got > 0 || parser.got_some();
    if (read_error) co_return tl::unexpected(failed_read(read_error, target));
    unsigned status = parser.get().result_int();
    if (status == 101) break;
    if (status < 200) continue;
    at.keep_alive = parser.keep_alive() && buffer.size() == 0;
    co_return from_wire(parser.release());
  }
  co_return tl::unexpected(http_error{
      http_errc::malformed,
      fmt::format("{} answered with interim answers that were not asked for", target.host), true});
}

/// Why OpenSSL does not trust the peer, in its own words.
std::string tls_reason(SSL* ssl, const error_code& ec) {
  if (long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK)
    return X509_verify_cert_error_string(verdict);
  return ec.message();
}

}  // namespace

http_connection::http_connection(asio::any_io_executor executor, asio::ssl::context* tls)
    : plain_(executor) {
  if (tls) tls_ = std::make_unique<tls_stream>(executor, *tls);
}

http_connection::plain_stream& http_connection::transport() {
  return tls_ ? tls_->next_layer() : plain_;
}

asio::awaitable<tl::expected<void, http_error>> http_connection::open(
    const http_target& target, const std::vector<tcp::endpoint>& addresses,
    std::chrono::milliseconds timeout) {
  // Each address gets its share of the time, so that a black hole in front costs no success behind.
  auto deadline = std::chrono::steady_clock::now() + timeout;
  error_code last = asio::error::host_unreachable;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) break;
    bool only_one_left = i + 1 == addresses.size();
    transport().expires_after(only_one_left ? left : left / 2);
    auto [ec] = co_await transport().async_connect(addresses[i], awaited);
    last = ec;
    if (ec == asio::error::operation_aborted) break;
    if (ec) {
      transport().close();
      continue;
    }
    error_code ignored;
    transport().socket().set_option(tcp::no_delay(true), ignored);
    transport().expires_at(deadline);
    if (tls_) {
      auto shaken = co_await shake_hands(target);
      if (!shaken) co_return shaken;
    }
    transport().expires_never();
    co_return tl::expected<void, http_error>{};
  }
  co_return tl::unexpected(http_error{
      http_errc::connect_failed,
      fmt::format("no connection to {}:{}: {}", target.host, target.port, last.message()), false});
}

asio::awaitable<tl::expected<void, http_error>> http_connection::shake_hands(
    const http_target& target) {
  auto fail = [&](const std::string& why) {
    return tl::unexpected(http_error{
        http_errc::tls_failed,
        fmt::format("no trusted TLS connection to {}:{}: {}", target.host, target.port, why),
        false});
  };
  SSL* ssl = tls_->native_handle();
  error_code literal;
  asio::ip::make_address(target.host, literal);
  if (literal && SSL_set_tlsext_host_name(ssl, target.host.c_str()) != 1)
    co_return fail("the host name cannot be sent");
  error_code ec;
  tls_->set_verify_callback(asio::ssl::host_name_verification(target.host), ec);
  if (ec) co_return fail(ec.message());
  auto [failed] = co_await tls_->async_handshake(asio::ssl::stream_base::client, awaited);
  if (failed) co_return fail(tls_reason(ssl, failed));
  co_return tl::expected<void, http_error>{};
}

asio::awaitable<tl::expected<http_response, http_error>> http_connection::exchange(
    const http_request& request, const http_target& target, const http_client_options& options,
    progress& at) {
  if (tls_) co_return co_await exchange_on(*tls_, request, target, options, at);
  co_return co_await exchange_on(plain_, request, target, options, at);
}

bool http_connection::still_quiet() {
  auto& socket = transport().socket();
  if (!socket.is_open()) return false;
  if (tls_ && SSL_pending(tls_->native_handle()) > 0) return false;
  error_code ec;
  socket.non_blocking(true, ec);
  char byte = 0;
  socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, ec);
  return ec == asio::error::would_block || ec == asio::error::try_again;
}

void http_connection::close() {
  transport().close();
}

}  // namespace fibrehub::protocols::transport
