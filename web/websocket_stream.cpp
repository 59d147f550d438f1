#include "web/websocket_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

namespace fibrehub::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ws = boost::beast::websocket;

constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t max_reason_bytes = 123;  // of a close frame

template <class Stream>
class beast_stream final : public websocket_stream {
 public:
  beast_stream(Stream& connection, const web_socket_limits& limits) : ws_(connection) {
    ws::stream_base::timeout t;
    t.handshake_timeout = std::chrono::seconds{10};
    t.idle_timeout = 2 * limits.ping_every;
    t.keep_alive_pings = true;  // at half the idle time
    ws_.set_option(t);
    ws_.read_message_max(limits.message_bytes);
    ws_.auto_fragment(false);
  }

  asio::awaitable<bool> accept(std::string key, std::string request_id) override {
    ws_.set_option(ws::stream_base::decorator([id = std::move(request_id)](ws::response_type& r) {
      r.set(http::field::server, "fibrehub");
      r.set("X-Request-Id", id);
    }));
    // What makes it a request for a WebSocket was checked before.
    request_.method(http::verb::get);
    request_.target("/");
    request_.version(11);
    request_.set(http::field::host, "fibrehub");
    request_.set(http::field::upgrade, "websocket");
    request_.set(http::field::connection, "Upgrade");
    request_.set(http::field::sec_websocket_version, "13");
    request_.set(http::field::sec_websocket_key, key);
    const auto [ec] = co_await ws_.async_accept(request_, as_value);
    co_return !ec;
  }

  asio::awaitable<std::optional<std::string>> receive() override {
    const auto [ec, n] = co_await ws_.async_read(in_, as_value);
    if (ec) co_return std::nullopt;
    std::string text = beast::buffers_to_string(in_.data());
    in_.consume(in_.size());
    if (!ws_.got_text()) text.clear();
    co_return std::optional<std::string>(std::move(text));
  }

  asio::awaitable<bool> send(std::shared_ptr<const std::string> text) override {
    ws_.text(true);
    const auto [ec, n] = co_await ws_.async_write(asio::buffer(*text), as_value);
    co_return !ec;
  }

  asio::awaitable<void> close(unsigned code, std::string reason) override {
    if (!ws_.is_open()) co_return;
    reason.resize(std::min(reason.size(), max_reason_bytes));
    const ws::close_reason why(static_cast<ws::close_code>(code), reason);
    co_await ws_.async_close(why, as_value);
  }

 private:
  ws::stream<Stream&> ws_;
  http::request<http::empty_body> request_;
  beast::flat_buffer in_;
};

}  // namespace

std::unique_ptr<websocket_stream> make_websocket(asio::ip::tcp::socket& connection,
                                                 const web_socket_limits& limits) {
  return std::make_unique<beast_stream<asio::ip::tcp::socket>>(connection, limits);
}

std::unique_ptr<websocket_stream> make_websocket(
    asio::ssl::stream<asio::ip::tcp::socket>& connection, const web_socket_limits& limits) {
  return std::make_unique<beast_stream<asio::ssl::stream<asio::ip::tcp::socket>>>(connection,
                                                                                  limits);
}

}  // namespace fibrehub::web
