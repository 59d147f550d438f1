// A server that plays a script for each connection, and a client to talk to it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <thread>

#include "protocols/transport/http_client.hpp"

namespace fibrehub::protocols::transport {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

/// Accepts connections one after another on a loopback port; the n-th is played by the n-th script.
class scripted_server {
 public:
  using script = std::function<void(tcp::socket&)>;

  explicit scripted_server(std::vector<script> scripts)
      : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
        scripts_(std::move(scripts)),
        thread_([this] { play(); }) {}
  ~scripted_server() {
    over_ = true;
    error_code ignored;
    tcp::socket knock(io_);  // wakes the accept
    knock.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  std::string url(std::string_view path = "/", std::string_view scheme = "http",
                  std::string_view host = "127.0.0.1") const {
    return fmt::format("{}://{}:{}{}", scheme, host, acceptor_.local_endpoint().port(), path);
  }
  int connections() const { return connections_; }

 private:
  void play() {
    for (auto& part : scripts_) {
      tcp::socket socket(io_);
      error_code ec;
      acceptor_.accept(socket, ec);
      if (ec || over_) return;
      ++connections_;
      part(socket);
    }
  }
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::vector<script> scripts_;
  std::atomic<int> connections_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

/// Reads one request, head and body; empty when the client has gone.
template <class Stream>
inline std::string read_request(Stream& stream) {
  std::string bytes;
  error_code ec;
  auto head = asio::read_until(stream, asio::dynamic_buffer(bytes), "\r\n\r\n", ec);
  if (ec) return {};
  std::size_t length = 0;
  if (auto at = bytes.find("Content-Length: "); at != std::string::npos)
    length = std::stoul(bytes.substr(at + 16));
  if (bytes.size() < head + length)
    asio::read(stream, asio::dynamic_buffer(bytes),
               asio::transfer_exactly(head + length - bytes.size()), ec);
  return bytes;
}

template <class Stream>
inline void say(Stream& stream, std::string_view bytes) {
  error_code ignored;
  asio::write(stream, asio::buffer(bytes.data(), bytes.size()), ignored);
}

/// Returns when the client has closed its end.
inline void until_closed(tcp::socket& socket) {
  error_code ec;
  char byte = 0;
  while (!ec)
    socket.read_some(asio::buffer(&byte, 1), ec);
}

inline std::string ok(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

inline scripted_server::script answering(std::string bytes) {
  return [bytes](tcp::socket& s) {
    if (!read_request(s).empty()) say(s, bytes);
  };
}

class HttpClient : public testing::Test {
 protected:
  HttpClient() : thread_([this] { io_.run(); }) {}
  ~HttpClient() override {
    client_.reset();
    work_.reset();
    thread_.join();
  }

  http_client& client(http_client_options options = {}) {
    client_ = std::make_unique<http_client>(io_, std::move(options));
    return *client_;
  }
  http_client& local(http_client_options options = {}) {
    options.allow_private_addresses = true;
    return client(std::move(options));
  }
  static http_client::outcome fetch(http_client& client, http_request request) {
    std::promise<http_client::outcome> answered;
    client.fetch(std::move(request),
                 [&](http_client::outcome o) { answered.set_value(std::move(o)); });
    return answered.get_future().get();
  }
  static http_client::outcome get(http_client& client, std::string url) {
    http_request request;
    request.url = std::move(url);
    return fetch(client, std::move(request));
  }
  static http_request post(std::string url) {
    http_request request;
    request.method = "POST";
    request.url = std::move(url);
    request.body = "{}";
    return request;
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  std::unique_ptr<http_client> client_;
  std::thread thread_;
};

template <class T>
http_client_options with(T http_client_options::*option, std::type_identity_t<T> value) {
  http_client_options options;
  options.*option = std::move(value);
  return options;
}

inline http_errc code_of(const http_client::outcome& o) {
  EXPECT_FALSE(o.has_value());
  return o ? http_errc::internal : o.error().code;
}

}  // namespace fibrehub::protocols::transport
