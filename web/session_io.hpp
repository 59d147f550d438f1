// One connection's bytes: what has been read and not used yet, what is sent, and its own clock. The
// same code serves plain sockets and TLS. Internal to the server; include it from .cpp files only.
#pragma once

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "web/admission.hpp"
#include "web/response_writer.hpp"
#include "web/server_core.hpp"

namespace fibrehub::web::detail {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using steady = std::chrono::steady_clock;

constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t first_buffer_bytes = std::size_t{8} * 1024;
constexpr std::size_t body_step_bytes = std::size_t{64} * 1024;

using tls_stream = asio::ssl::stream<tcp::socket>;

// Overloads, because a co_await inside `if constexpr` makes GCC 12 lay the coroutine's frame out
// wrongly: it crashes at the first resumption.
inline asio::awaitable<bool> shake_hands(tcp::socket&) {
  co_return true;
}
inline asio::awaitable<bool> shake_hands(tls_stream& s) {
  const auto [ec] = co_await s.async_handshake(asio::ssl::stream_base::server, as_value);
  co_return !ec;
}
inline asio::awaitable<void> say_goodbye(tcp::socket&) {
  co_return;
}
inline asio::awaitable<void> say_goodbye(tls_stream& s) {
  co_await s.async_shutdown(as_value);
}

template <class Stream>
class session_io : public connection, public std::enable_shared_from_this<session_io<Stream>> {
 public:
  static constexpr bool is_tls = !std::is_same_v<Stream, tcp::socket>;

  session_io(std::shared_ptr<server_core> core, Stream stream,
             std::shared_ptr<asio::ssl::context> tls)
      : core_(std::move(core)), tls_(std::move(tls)), stream_(std::move(stream)) {
    error_code ec;
    peer_.address = plain(socket().remote_endpoint(ec).address());
    peer_.text = peer_.address.to_string();
    in_.resize(first_buffer_bytes);
    core_->connections.insert(this);
    core_->metrics.connections.add(1);
  }

  ~session_io() override {
    core_->connections.erase(this);
    if (retired_) --core_->retiring;
    if (!core_->abandoned) core_->metrics.connections.add(-1);
    if (core_->stopping && core_->connections.empty()) core_->finish_stop();
  }

  void sweep(steady::time_point now) override {
    if (now < deadline_) return;
    deadline_ = steady::time_point::max();
    error_code ignored;
    switch (phase_) {
      case phase::idle:
      case phase::reading:
        timed_out_ = true;
        socket().cancel(ignored);
        break;
      case phase::writing:
        core_->metrics.rejected("slow_reader");
        cut();
        break;
      case phase::handshake:
      case phase::lingering:
        cut();
        break;
      case phase::handling:
        break;
    }
  }

  void drain() override {
    error_code ignored;
    draining_ = true;
    if (phase_ == phase::handshake) return cut();
    if (phase_ == phase::idle) socket().cancel(ignored);
    if (streaming_) tell_closed();
  }

  void cut() override {
    error_code ignored;
    gone_ = true;
    socket().close(ignored);
    tell_closed();
  }

  std::optional<steady::time_point> idle_since() const override {
    if (phase_ != phase::idle || retired_ || gone_ || end_ > begin_) return std::nullopt;
    return entered_;
  }

  void retire() override {
    error_code ignored;
    retired_ = true;
    ++core_->retiring;
    socket().cancel(ignored);
  }

  /// Whether anything can still be sent.
  bool can_send() const { return !gone_ && !draining_; }

  /// While a stream is written nobody reads: this notices that the peer has left.
  asio::awaitable<void> watch() {
    std::array<char, 512> scrap{};
    while (!gone_) {
      const auto [ec, n] = co_await stream_.async_read_some(asio::buffer(scrap), as_value);
      if (ec) break;
    }
    gone_ = true;
    tell_closed();
  }

 protected:
  enum class phase { handshake, idle, reading, handling, writing, lingering };

  tcp::socket& socket() {
    if constexpr (is_tls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  std::string_view pending() const { return {in_.data() + begin_, end_ - begin_}; }

  void enter(phase p, std::chrono::milliseconds allowed) {
    phase_ = p;
    entered_ = steady::now();
    deadline_ = entered_ + allowed;
  }
  void enter_handling() {
    phase_ = phase::handling;
    deadline_ = steady::time_point::max();  // whoever answers has limits of its own
  }

  void tell_closed() {
    if (auto f = std::exchange(on_close_, nullptr)) f();
  }

  /// Nothing can be sent any more.
  void lose() {
    gone_ = true;
    tell_closed();
  }

  framing frame(bool keep_alive) {
    framing f;
    f.http11 = head_.http11;
    f.keep_alive = keep_alive;
    f.head_only = ctx_.verb == method::head;
    f.tls = is_tls;
    f.date = core_->date();
    f.request_id = ctx_.request_id;
    return f;
  }

  /// Makes room and reads once. False: the end, an error, or the clock.
  asio::awaitable<bool> fill() {
    if (timed_out_ || gone_) co_return false;
    if (begin_ > 0) {
      std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == in_.size()) in_.resize(in_.size() * 2);
    const auto [ec, n] = co_await stream_.async_read_some(
        asio::buffer(in_.data() + end_, in_.size() - end_), as_value);
    end_ += n;
    core_->metrics.received_bytes.add(n);
    co_return !ec && !timed_out_;
  }

  asio::awaitable<bool> send(std::string_view bytes) {
    const auto& o = core_->options;
    const auto patience = o.write_timeout;
    const auto last =
        steady::now() + patience +
        std::chrono::seconds{bytes.size() / std::max<std::size_t>(1, o.min_write_bytes_per_s)};
    enter(phase::writing, patience);
    while (!bytes.empty()) {
      if (gone_) co_return false;
      const auto [ec, n] =
          co_await stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()), as_value);
      core_->metrics.sent_bytes.add(n);
      if (ec) {
        gone_ = true;
        tell_closed();
        co_return false;
      }
      bytes.remove_prefix(n);
      if (!bytes.empty()) deadline_ = std::min(steady::now() + patience, last);
    }
    enter_handling();
    co_return true;
  }

  /// Sends an answer; true when the connection can serve another request.
  asio::awaitable<bool> respond(const response& r, bool keep_alive) {
    keep_alive = keep_alive && !core_->stopping && !retired_;
    out_.clear();
    write_response(out_, r, frame(keep_alive));
    const bool sent = co_await send(out_);
    core_->metrics.count(route_, r.status, steady::now() - started_);
    spdlog::debug("{} {} {} {}", name_of(ctx_.verb), ctx_.path, r.status, ctx_.request_id);
    co_return sent&& keep_alive;
  }

  /// Answers something that is not (or not in time) a request, and ends.
  asio::awaitable<void> refuse(const http_failure& why) {
    core_->metrics.rejected(why.limit);
    head_.http11 = true;
    ctx_.verb = method::other;
    route_ = core_->table.routes().size();
    started_ = steady::now();
    ctx_.request_id = core_->next_request_id();
    timed_out_ = false;
    linger_ = true;
    const response r = failure(ctx_, why.status, why.code, why.message);
    co_await respond(r, false);
  }

  asio::awaitable<void> refuse_slow() {
    http_failure why;
    why.status = 408;
    why.code = "request_timeout";
    why.message = fmt::format("the request did not arrive within {} ms",
                              core_->options.request_timeout.count());
    why.limit = "request_time";
    co_await refuse(why);
  }

  /// An idle connection keeps small buffers only.
  void give_back_memory() {
    if (out_.capacity() > body_step_bytes) std::string{}.swap(out_);
    if (ctx_.body.capacity() > body_step_bytes) std::string{}.swap(ctx_.body);
    if (begin_ == end_ && in_.size() > first_buffer_bytes) {
      begin_ = end_ = 0;
      std::string(first_buffer_bytes, '\0').swap(in_);
    }
  }

  const route& current() const { return core_->table.routes()[route_]; }

  /// Lets the peer read the last answer before the connection goes: closing with unread input
  /// would make the kernel reset it.
  asio::awaitable<void> close_gently() {
    error_code ignored;
    if (!gone_) {
      enter(phase::lingering, core_->options.linger_timeout);
      // The watcher of a stream still reads; two readers at once would garble the TLS state.
      if (!streaming_) co_await say_goodbye(stream_);
      socket().shutdown(tcp::socket::shutdown_send, ignored);
      while (linger_ && !gone_) {
        const auto [ec, n] = co_await socket().async_read_some(asio::buffer(in_), as_value);
        if (ec) break;
      }
    }
    gone_ = true;
    socket().close(ignored);
  }

  const std::shared_ptr<server_core> core_;
  const std::shared_ptr<asio::ssl::context> tls_;  // outlives the stream
  Stream stream_;
  peer_info peer_;

  std::string in_;  // read but not used: [begin_, end_)
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string out_;
  std::string head_block_;
  request_head head_;
  request_context ctx_;
  std::size_t route_ = 0;
  std::function<void()> on_close_;

  phase phase_ = phase::idle;
  steady::time_point entered_{};  // its phase
  steady::time_point deadline_ = steady::time_point::max();
  steady::time_point request_deadline_ = steady::time_point::max();
  steady::time_point started_{};
  bool first_ = true;
  bool timed_out_ = false;  // the sweeper ended a read
  bool gone_ = false;       // nothing can be sent any more
  bool draining_ = false;   // the server stops
  bool retired_ = false;    // another has its place
  bool streaming_ = false;
  bool linger_ = false;
};

}  // namespace fibrehub::web::detail
