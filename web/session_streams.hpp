// What a connection becomes when its answer has no end in sight: a stream of pieces, or a
// WebSocket. Internal to the server; include it from .cpp files only.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "web/session_reading.hpp"
#include "web/websocket_stream.hpp"

namespace fibrehub::web::detail {

template <class Stream>
class session_streams : public session_reading<Stream>, public stream_writer {
 public:
  asio::awaitable<bool> start(response head) override {
    if (streaming_ || !open()) co_return false;
    streaming_ = true;
    out_.clear();
    framing f = frame(false);
    f.streamed = true;
    write_response(out_, head, f);
    if (!head.body.empty()) append_piece(head.body);
    stream_status_ = head.status;
    const bool sent = co_await send(out_);
    if (sent) {
      const std::shared_ptr<io> self = this->shared_from_this();
      asio::co_spawn(
          core_->io, [self] { return self->watch(); }, asio::detached);
    }
    co_return sent&& open();
  }

  asio::awaitable<bool> write(std::string piece) override {
    if (!streaming_ || !open()) co_return false;
    if (piece.empty()) co_return true;
    out_.clear();
    append_piece(piece);
    const bool sent = co_await send(out_);
    co_return sent&& open();
  }

  bool open() const override { return this->can_send(); }
  void on_close(std::function<void()> f) override { on_close_ = std::move(f); }
  void cut() override { io::cut(); }

 protected:
  using io = session_io<Stream>;
  using typename io::phase;
  using session_reading<Stream>::session_reading;
  using io::begin_;
  using io::core_;
  using io::ctx_;
  using io::draining_;
  using io::end_;
  using io::enter;
  using io::enter_handling;
  using io::frame;
  using io::gone_;
  using io::head_;
  using io::lose;
  using io::on_close_;
  using io::out_;
  using io::route_;
  using io::send;
  using io::started_;
  using io::stream_;
  using io::streaming_;
  using io::tell_closed;

  /// The connection as a handler of WebSockets sees it.
  class socket_view final : public web_socket {
   public:
    explicit socket_view(session_streams& s) : s_(s) {}
    asio::awaitable<bool> accept(web_socket_limits limits) override {
      co_return co_await s_.accept_socket(limits);
    }
    asio::awaitable<std::optional<std::string>> receive() override {
      std::optional<std::string> text;
      if (s_.websocket_ && !s_.gone_) text = co_await s_.websocket_->receive();
      if (text) {
        s_.core_->metrics.received_bytes.add(text->size());
      } else {
        s_.lose();
      }
      co_return text;
    }
    asio::awaitable<bool> send(std::shared_ptr<const std::string> text) override {
      co_return co_await s_.send_message(std::move(text));
    }
    asio::awaitable<void> close(unsigned code, std::string reason) override {
      if (s_.websocket_ && !s_.gone_) co_await s_.websocket_->close(code, std::move(reason));
    }
    bool open() const override { return s_.open(); }
    bool stopping() const override { return s_.draining_; }
    void on_close(std::function<void()> f) override { s_.on_close(std::move(f)); }
    void cut() override { s_.cut(); }

   private:
    session_streams& s_;
  };

  asio::awaitable<bool> accept_socket(web_socket_limits limits) {
    if (streaming_ || !open()) co_return false;
    streaming_ = true;
    stream_status_ = 101;
    websocket_ = make_websocket(stream_, limits);
    std::string key{ctx_.header("sec-websocket-key")};
    const bool accepted = co_await websocket_->accept(std::move(key), ctx_.request_id);
    if (!accepted) lose();
    co_return accepted&& open();
  }

  asio::awaitable<bool> send_message(std::shared_ptr<const std::string> text) {
    if (!websocket_ || gone_) co_return false;
    const std::size_t bytes = text->size();
    enter(phase::writing, core_->options.write_timeout);
    const bool sent = co_await websocket_->send(std::move(text));
    enter_handling();
    if (sent) {
      core_->metrics.sent_bytes.add(bytes);
    } else {
      lose();
    }
    co_return sent && !gone_;
  }

  /// Hands the connection to the handler; one that does not accept answers like any other.
  asio::awaitable<response> call_converser(const route& r) {
    auto refusal = refuse_upgrade(ctx_, head_.http11);
    if (!refusal && begin_ != end_)
      refusal = failure(ctx_, 400, "malformed_request",
                        "a WebSocket begins after the answer to its handshake");
    if (refusal) co_return std::move(*refusal);
    socket_view socket(*this);
    response answer = co_await r.converse(ctx_, socket);
    if (websocket_) gone_ = true;  // whatever was to be said has been
    co_return answer;
  }

  void append_piece(std::string_view piece) {
    if (head_.http11) {
      write_chunk(out_, piece);
    } else {
      out_ += piece;
    }
  }

  asio::awaitable<bool> end_stream() {
    on_close_ = nullptr;
    if (websocket_) gone_ = true;
    if (!gone_ && head_.http11) co_await send("0\r\n\r\n");
    core_->metrics.count(route_, stream_status_, steady::now() - started_);
    co_return false;
  }

  std::unique_ptr<websocket_stream> websocket_;  // over the stream, once accepted
  unsigned stream_status_ = 200;
};

}  // namespace fibrehub::web::detail
