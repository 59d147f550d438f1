// Reads a request: its head, then its body, whole or piece by piece. Internal to the server;
// include it from .cpp files only.
#pragma once

#include "web/body_sink.hpp"
#include "web/session_io.hpp"

namespace fibrehub::web::detail {

template <class Stream>
class session_reading : public session_io<Stream> {
 protected:
  using io = session_io<Stream>;
  using typename io::phase;
  using session_io<Stream>::session_io;
  using io::begin_;
  using io::core_;
  using io::ctx_;
  using io::current;
  using io::deadline_;
  using io::end_;
  using io::enter;
  using io::fill;
  using io::first_;
  using io::give_back_memory;
  using io::gone_;
  using io::head_;
  using io::head_block_;
  using io::in_;
  using io::linger_;
  using io::peer_;
  using io::pending;
  using io::phase_;
  using io::refuse;
  using io::refuse_slow;
  using io::request_deadline_;
  using io::respond;
  using io::route_;
  using io::send;
  using io::started_;
  using io::stream_;
  using io::timed_out_;

  void begin_reading() {
    enter(phase::reading, core_->options.request_timeout);
    request_deadline_ = deadline_;
  }

  /// Reads and parses a head. False: there is none, or it has been refused.
  asio::awaitable<bool> read_head() {
    head_scanner scanner;
    const auto& o = core_->options;
    enter(phase::idle, first_ ? o.request_timeout : o.idle_timeout);
    first_ = false;
    give_back_memory();
    while (true) {
      auto progress = head_scanner::progress::more;
      if (end_ > begin_) {
        if (phase_ == phase::idle) begin_reading();
        progress = scanner.scan(pending(), o.head);
      } else if (core_->stopping) {
        co_return false;
      }
      if (progress == head_scanner::progress::complete) break;
      if (progress == head_scanner::progress::failed) {
        co_await refuse(scanner.why());
        co_return false;
      }
      const bool more = co_await fill();
      if (!more) {
        if (timed_out_ && end_ > begin_) co_await refuse_slow();
        co_return false;
      }
    }
    // A copy, because the buffer moves on while the handler still reads the headers.
    head_block_.assign(pending().substr(scanner.begin(), scanner.end() - scanner.begin()));
    begin_ += scanner.end();
    if (const auto why = parse_head(head_block_, o.head, head_)) {
      co_await refuse(*why);
      co_return false;
    }
    co_return true;
  }

  void take_request() {
    started_ = steady::now();
    route_ = core_->table.routes().size();
    std::swap(ctx_.headers, head_.headers);
    fill_context(ctx_, head_, peer_, core_->trusted);
    if (ctx_.request_id.empty()) ctx_.request_id = core_->next_request_id();
  }

  /// Answers without looking at the body. A short one is read away, so that the connection stays
  /// usable; a long one is not waited for.
  asio::awaitable<bool> answer_early(const response& r) {
    bool keep = head_.keep_alive;
    if (head_.has_body()) {
      const bool small = !head_.chunked && !head_.expects_continue &&
                         head_.content_length <= core_->options.discard_bytes;
      if (small) {
        phase_ = phase::reading;
        deadline_ = request_deadline_;
        keep = co_await read_sized_body() && keep;
      } else {
        keep = false;
      }
      linger_ = linger_ || !keep;
      timed_out_ = false;
    }
    co_return co_await respond(r, keep);
  }

  /// Hands the body on piece by piece.
  asio::awaitable<bool> spool_sized_body() {
    std::uint64_t left = head_.content_length;
    while (left > 0) {
      if (begin_ == end_) {
        const bool more = co_await fill();
        if (!more) co_return false;
      }
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left, end_ - begin_));
      std::string piece(in_, begin_, n);
      begin_ += n;
      left -= n;
      co_await ctx_.sink->write(std::move(piece));
    }
    co_return true;
  }

  asio::awaitable<bool> read_sized_body() {
    const auto wanted = static_cast<std::size_t>(head_.content_length);
    std::size_t have = std::min(wanted, end_ - begin_);
    ctx_.body.assign(in_.data() + begin_, have);
    begin_ += have;
    while (have < wanted) {
      if (timed_out_ || gone_) co_return false;
      // Memory follows what has arrived, not what was announced.
      if (ctx_.body.size() == have)
        ctx_.body.resize(std::min(wanted, have + std::max(have, body_step_bytes)));
      const auto [ec, n] = co_await stream_.async_read_some(
          asio::buffer(ctx_.body.data() + have, ctx_.body.size() - have), as_value);
      core_->metrics.received_bytes.add(n);
      have += n;
      if (ec && have < wanted) co_return false;
    }
    co_return true;
  }

  asio::awaitable<std::optional<http_failure>> read_chunked_body() {
    chunked_decoder decoder;
    const std::size_t limit = body_limit(current(), core_->options.body_bytes);
    std::size_t spooled = 0;
    while (true) {
      std::size_t used = 0;
      const auto progress = decoder.decode(pending(), limit - spooled, ctx_.body, used);
      begin_ += used;
      if (ctx_.sink && !ctx_.body.empty()) {
        std::string piece = std::exchange(ctx_.body, {});
        spooled += piece.size();
        co_await ctx_.sink->write(std::move(piece));
      }
      if (progress == chunked_decoder::progress::complete) co_return std::nullopt;
      if (progress == chunked_decoder::progress::failed)
        co_return http_failure{400, "malformed_request", "the chunks of the body are malformed",
                               "malformed"};
      if (progress == chunked_decoder::progress::too_big)
        co_return http_failure{413, "body_too_large",
                               fmt::format("the body may be {} bytes long here", limit), "body"};
      const bool more = co_await fill();
      if (!more) co_return http_failure{0, "", "", ""};
    }
  }

  /// False: the request did not come to its end and the connection cannot go on.
  asio::awaitable<bool> read_body() {
    phase_ = phase::reading;
    deadline_ = request_deadline_;
    if (head_.expects_continue && begin_ == end_) {
      const bool sent = co_await send("HTTP/1.1 100 Continue\r\n\r\n");
      if (!sent) co_return false;
      phase_ = phase::reading;
      deadline_ = request_deadline_;
    }
    if (current().spool) {
      ctx_.sink = current().spool(ctx_);
      if (in_.size() < body_step_bytes) in_.resize(body_step_bytes);
    }
    bool whole = false;
    if (head_.chunked) {
      const auto why = co_await read_chunked_body();
      if (why && why->status != 0) {
        co_await refuse(*why);
        co_return false;
      }
      whole = !why;
    } else if (ctx_.sink) {
      whole = co_await spool_sized_body();
    } else {
      whole = co_await read_sized_body();
    }
    if (!whole && timed_out_) co_await refuse_slow();
    co_return whole;
  }
};

}  // namespace fibrehub::web::detail
