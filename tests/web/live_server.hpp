// A real server on loopback, and a client that can send what no honest client would.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <future>
#include <string>
#include <thread>

#include "protocols/json/parse.hpp"
#include "store/metrics.hpp"
#include "web/server.hpp"

namespace fibrehub::web::testing {

inline route get_route(std::string path, std::string id, handler h) {
  route r;
  r.path = std::move(path);
  r.operation_id = std::move(id);
  r.handle = std::move(h);
  return r;
}

/// Answers with the body it got, or "ok".
inline handler echo() {
  return [](request_context& ctx) -> boost::asio::awaitable<response> {
    response out;
    out.content_type = "text/plain";
    out.body = ctx.body.empty() ? "ok" : ctx.body;
    co_return out;
  };
}

inline route post_route(std::string path, std::string id) {
  route r = get_route(std::move(path), std::move(id), echo());
  r.verb = method::post;
  return r;
}

inline server_options quick_options() {
  server_options o;
  o.port = 0;
  o.linger_timeout = std::chrono::milliseconds{300};
  return o;
}

class live_server {
 public:
  explicit live_server(std::vector<route> routes, server_options options = quick_options(),
                       std::shared_ptr<authenticator> auth = nullptr)
      : work_(boost::asio::make_work_guard(io_)) {
    auto table = routing_table::make(std::move(routes));
    if (!table) throw std::runtime_error(table.error());
    server_ = std::make_unique<server>(io_, std::move(options), std::move(*table), std::move(auth),
                                       metrics_);
    if (auto started = server_->start(); !started) throw std::runtime_error(started.error());
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~live_server() {
    on_io([this] { server_.reset(); });
    work_.reset();
    io_.stop();
    thread_.join();
  }
  live_server(const live_server&) = delete;
  live_server& operator=(const live_server&) = delete;

  /// Runs `f` on the io thread and waits for it.
  template <class F>
  std::invoke_result_t<F> on_io(F f) {
    const auto task = std::make_shared<std::packaged_task<std::invoke_result_t<F>()>>(std::move(f));
    auto result = task->get_future();
    boost::asio::post(io_, [task] { (*task)(); });
    return result.get();
  }
  /// Waits until `condition` holds on the io thread; it is looked at after every turn of the loop.
  template <class F>
  bool eventually(F condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (std::chrono::steady_clock::now() < limit) {
      if (on_io(condition)) return true;
      std::this_thread::yield();
    }
    return false;
  }
  std::future<void> stop(std::chrono::milliseconds within) {
    auto done = std::make_shared<std::promise<void>>();
    server_->stop(within, [done] { done->set_value(); });
    return done->get_future();
  }
  std::uint64_t rejected(const std::string& limit) {
    return metrics_.make_counter("fibrehub_http_rejected_total", "", {{"limit", limit}}).value();
  }
  std::uint16_t port() const { return server_->port(); }
  std::size_t connections() {
    return on_io([this] { return server_->connections(); });
  }
  server& get() { return *server_; }
  boost::asio::io_context& io() { return io_; }
  store::metrics_registry& metrics() { return metrics_; }

 private:
  store::metrics_registry metrics_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unique_ptr<server> server_;
  std::thread thread_;
};

struct answer {
  unsigned status = 0;  // 0: the connection ended without an answer
  std::string head;
  std::string body;

  std::string header(const std::string& name) const {
    for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at)) {
      at += 2;
      const auto end = head.find("\r\n", at);
      const std::string line = head.substr(at, end - at);
      const auto colon = line.find(": ");
      if (colon != std::string::npos && same_name(line.substr(0, colon), name))
        return line.substr(colon + 2);
    }
    return {};
  }
  protocols::json::document json() const {
    auto doc = protocols::json::parse(body);
    if (!doc) return {};
    return std::move(*doc);
  }
  std::string error_code() const {
    const auto doc = json();
    const auto* error = protocols::json::find(doc, "error");
    return error ? std::string{protocols::json::text(*error, "code")} : "";
  }
  std::string error_message() const {
    const auto doc = json();
    const auto* error = protocols::json::find(doc, "error");
    return error ? std::string{protocols::json::text(*error, "message")} : "";
  }
};

class raw_client {
 public:
  explicit raw_client(std::uint16_t port, int receive_buffer_bytes = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (receive_buffer_bytes > 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("cannot connect");
  }
  ~raw_client() { hang_up(); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void hang_up() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// False when the server no longer takes it.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// Reads until `text` has come; false at the end of the connection.
  bool read_until(std::string_view text) {
    while (in_.find(text) == std::string::npos)
      if (!receive()) return false;
    return true;
  }
  /// One answer with Content-Length (or none for `head_only`); what follows stays for the next.
  answer read_answer(bool head_only = false) {
    answer out;
    if (!read_until("\r\n\r\n")) return out;
    const auto end = in_.find("\r\n\r\n") + 2;
    out.head = in_.substr(0, end);
    in_.erase(0, end + 2);
    std::from_chars(out.head.data() + 9, out.head.data() + 12, out.status);
    std::size_t length = 0;
    const std::string announced = out.header("Content-Length");
    std::from_chars(announced.data(), announced.data() + announced.size(), length);
    if (head_only) length = 0;
    while (in_.size() < length)
      if (!receive()) break;
    out.body = in_.substr(0, length);
    in_.erase(0, length);
    return out;
  }
  /// True when the server closes without sending anything more.
  bool closed() { return in_.empty() && !receive() && !timed_out_; }
  const std::string& received() const { return in_; }
  void shut_sending() { ::shutdown(fd_, SHUT_WR); }

 private:
  bool receive() {
    char buffer[16384];
    const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
    timed_out_ = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (n <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }
  int fd_;
  std::string in_;
  bool timed_out_ = false;
};

inline std::string get(std::string_view target, std::string_view more = {}) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: t\r\n{}\r\n", target, more);
}
inline std::string post(std::string_view target, std::string_view body,
                        std::string_view more = {}) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: t\r\nContent-Length: {}\r\n{}\r\n{}", target,
                     body.size(), more, body);
}

}  // namespace fibrehub::web::testing
