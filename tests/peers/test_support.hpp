// A blocking HTTP client and a stand-in for the hub, for the tests of the peers.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <mutex>

#include "peers/peers.hpp"

namespace fibrehub::peers::testing {

struct http_result {
  unsigned status = 0;  // 0: the connection broke
  std::string body;
  std::string cookie;
  std::string content_type;
  std::string location;
};

inline http_result fetch(std::uint16_t port, const std::string& method, const std::string& target,
                         const std::string& body = {},
                         const std::vector<std::pair<std::string, std::string>>& headers = {}) {
  namespace http = boost::beast::http;
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  http::request<http::string_body> request(http::string_to_verb(method), target, 11);
  request.set(http::field::host, "127.0.0.1");
  for (const auto& [name, value] : headers)
    request.set(name, value);
  request.body() = body;
  request.prepare_payload();
  boost::system::error_code ec;
  http::write(socket, request, ec);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response, ec);
  http_result result;
  if (ec) return result;
  result.status = response.result_int();
  result.body = response.body();
  const std::string cookie(response[http::field::set_cookie]);
  result.cookie = cookie.substr(0, cookie.find(';'));
  result.content_type = std::string(response[http::field::content_type]);
  result.location = std::string(response[http::field::location]);
  return result;
}

struct received {
  std::chrono::steady_clock::time_point at;
  http_request request;
};

/// Takes webhooks; `answer` decides what it says to each.
class fake_hub {
 public:
  using answerer = std::function<http_reply(const http_request&, std::size_t number)>;

  explicit fake_hub(answerer answer = {}) : answer_(std::move(answer)) {
    port_ = serve_http(io_, {}, [this](http_request r) { return handle(std::move(r)); });
    thread_ = std::thread([this] { io_.run(); });
  }
  ~fake_hub() {
    io_.stop();
    thread_.join();
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}/hook", port_); }

  /// Waits until `enough` says so about what arrived; false after 20 s.
  bool wait(const std::function<bool(const std::vector<received>&)>& enough) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return enough(arrived_); });
  }
  std::vector<received> arrived() {
    const std::scoped_lock lock(mutex_);
    return arrived_;
  }

 private:
  boost::asio::awaitable<http_reply> handle(http_request request) {
    http_reply reply;
    std::size_t number = 0;
    {
      const std::scoped_lock lock(mutex_);
      arrived_.push_back({std::chrono::steady_clock::now(), request});
      number = arrived_.size();
    }
    if (answer_) reply = answer_(request, number);
    changed_.notify_all();
    co_return reply;
  }

  answerer answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<received> arrived_;
  boost::asio::io_context io_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// Options of a quiet world: nothing happens by itself and nothing takes long.
inline peers_options quiet_options(const std::string& hub_url = {}) {
  peers_options o;
  o.rate_per_s = 0;
  o.case_rate_per_s = 0;
  o.time_scale = 0.002;
  o.hub_webhook = hub_url;
  o.hmac_key = "my-secret-key";
  o.retry_delay_s = 0.01;
  o.qcontact_cases = 0;
  return o;
}

inline std::string event_of(const received& r) {
  const auto body = protocols::json::parse(r.request.body);
  return body ? std::string(protocols::json::text(*body, "event")) : std::string("(no JSON)");
}

}  // namespace fibrehub::peers::testing
