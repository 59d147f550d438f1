// One connection: reads requests, has them answered, writes the answers, watches its own clock.
// The same code serves plain sockets and TLS.
#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "web/admission.hpp"
#include "web/body_sink.hpp"
#include "web/response_writer.hpp"
#include "web/server_core.hpp"
#include "web/websocket_stream.hpp"

namespace fibrehub::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using steady = std::chrono::steady_clock;

constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t first_buffer_bytes = 8 * 1024;
constexpr std::size_t body_step_bytes = 64 * 1024;

using tls_stream = asio::ssl::stream<tcp::socket>;

// Overloads, because a co_await inside `if constexpr` makes GCC 12 lay the coroutine's frame out
// wrongly: it crashes at the first resumption.
asio::awaitable<bool> shake_hands(tcp::socket&) {
  co_return true;
}
asio::awaitable<bool> shake_hands(tls_stream& s) {
  const auto [ec] = co_await s.async_handshake(asio::ssl::stream_base::server, as_value);
  co_return !ec;
}
asio::awaitable<void> say_goodbye(tcp::socket&) {
  co_return;
}
asio::awaitable<void> say_goodbye(tls_stream& s) {
  co_await s.async_shutdown(as_value);
}

template <class Stream>
class session final : public connection,
                      public stream_writer,
                      public std::enable_shared_from_this<session<Stream>> {
 public:
  static constexpr bool is_tls = !std::is_same_v<Stream, tcp::socket>;

  session(std::shared_ptr<server_core> core, Stream stream, std::shared_ptr<asio::ssl::context> tls)
      : core_(std::move(core)), tls_(std::move(tls)), stream_(std::move(stream)) {
    error_code ec;
    peer_.address = plain(socket().remote_endpoint(ec).address());
    peer_.text = peer_.address.to_string();
    in_.resize(first_buffer_bytes);
    core_->connections.insert(this);
    core_->metrics.connections.add(1);
  }

  ~session() override {
    core_->connections.erase(this);
    if (!core_->abandoned) core_->metrics.connections.add(-1);
    if (core_->stopping && core_->connections.empty()) core_->finish_stop();
  }

  asio::awaitable<void> run() {
    enter(phase::handshake, core_->options.handshake_timeout);
    bool more = co_await shake_hands(stream_);
    if (!more) co_return;
    while (more)
      more = co_await serve_one();
    co_await close_gently();
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
      const auto self = this->shared_from_this();
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

  bool open() const override { return !gone_ && !draining_; }
  void on_close(std::function<void()> f) override { on_close_ = std::move(f); }

 private:
  /// The connection as a handler of WebSockets sees it.
  class socket_view final : public web_socket {
   public:
    explicit socket_view(session& s) : s_(s) {}
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
    session& s_;
  };

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
    deadline_ = steady::now() + allowed;
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

  void append_piece(std::string_view piece) {
    if (head_.http11) {
      write_chunk(out_, piece);
    } else {
      out_ += piece;
    }
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
    keep_alive = keep_alive && !core_->stopping;
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

  /// Everything that can be said before the body is read; nothing: go on.
  asio::awaitable<std::optional<response>> admit() {
    auto found = find_route(core_->table, ctx_, head_, core_->options.body_bytes);
    if (auto* refusal = std::get_if<response>(&found)) {
      if (refusal->status == 413) core_->metrics.rejected("body");
      co_return std::move(*refusal);
    }
    route_ = std::get<std::size_t>(found);
    const route& r = current();
    if (r.rate_limited) {
      if (auto no = core_->limits.from_address(ctx_, started_)) {
        core_->metrics.rejected("address_rate");
        co_return no;
      }
    }
    if (r.auth.what != auth_requirement::kind::none) {
      enter_handling();
      auto who = co_await core_->auth->check(ctx_, r.auth);
      if (!who) {
        if (who.error().status == 429) core_->metrics.rejected("failed_sign_ins");
        co_return std::move(who.error());
      }
      ctx_.caller = std::move(*who);
    }
    if (r.rate_limited) {
      if (auto no = core_->limits.by_caller(ctx_, started_)) {
        core_->metrics.rejected("caller_rate");
        co_return no;
      }
    }
    auto refusal = check_request(r, ctx_, head_);
    if (refusal || !r.reserve) co_return std::move(refusal);
    auto place = r.reserve(ctx_);
    if (!place) co_return std::move(place.error());
    place_ = std::move(*place);
    co_return std::nullopt;
  }

  const route& current() const { return core_->table.routes()[route_]; }

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

  asio::awaitable<response> call_handler() {
    const route& r = current();
    std::string fault;
    try {
      if (r.handle) co_return co_await r.handle(ctx_);
      if (r.converse) co_return co_await call_converser(r);
      if (ctx_.verb != method::head) co_return co_await r.stream(ctx_, *this);
      response head;
      head.content_type = r.answers.empty() ? "" : r.answers.front().content_type;
      co_return head;
    } catch (const std::exception& e) {
      fault = e.what();
    } catch (...) {
      fault = "an exception that is no std::exception";
    }
    spdlog::error("request {} ({}) failed inside: {}", ctx_.request_id, r.operation_id, fault);
    co_return failure(ctx_, 500, "internal_error",
                      "something went wrong here; the log has the details under this request_id");
  }

  /// One request and its answer; false when the connection ends.
  asio::awaitable<bool> serve_one() {
    const bool there = co_await read_head();
    if (!there) co_return false;
    take_request();
    const auto early = co_await admit();
    if (early) co_return co_await answer_early(*early);
    if (head_.has_body()) {
      const bool whole = co_await read_body();
      if (!whole) co_return false;
    }
    enter_handling();
    const response answer = co_await call_handler();
    ctx_.sink.reset();
    place_.reset();
    if (streaming_) co_return co_await end_stream();
    co_return co_await respond(answer, head_.keep_alive);
  }

  asio::awaitable<bool> end_stream() {
    on_close_ = nullptr;
    if (websocket_) gone_ = true;
    if (!gone_ && head_.http11) co_await send("0\r\n\r\n");
    core_->metrics.count(route_, stream_status_, steady::now() - started_);
    co_return false;
  }

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
  std::unique_ptr<websocket_stream> websocket_;  // over the stream, once accepted
  peer_info peer_;

  std::string in_;  // read but not used: [begin_, end_)
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string out_;
  std::string head_block_;
  request_head head_;
  request_context ctx_;
  std::size_t route_ = 0;
  unsigned stream_status_ = 200;
  std::function<void()> on_close_;
  std::shared_ptr<void> place_;  // among those who may do the same at a time

  phase phase_ = phase::idle;
  steady::time_point deadline_ = steady::time_point::max();
  steady::time_point request_deadline_ = steady::time_point::max();
  steady::time_point started_{};
  bool first_ = true;
  bool timed_out_ = false;  // the sweeper ended a read
  bool gone_ = false;       // nothing can be sent any more
  bool draining_ = false;   // the server stops
  bool streaming_ = false;
  bool linger_ = false;
};

template <class Stream>
void spawn(const std::shared_ptr<server_core>& core, Stream stream,
           std::shared_ptr<asio::ssl::context> tls) {
  auto s = std::make_shared<session<Stream>>(core, std::move(stream), std::move(tls));
  asio::co_spawn(
      core->io, [s] { return s->run(); }, asio::detached);
}

}  // namespace

void start_session(const std::shared_ptr<server_core>& core, tcp::socket socket) {
  spawn(core, std::move(socket), nullptr);
}

void start_tls_session(const std::shared_ptr<server_core>& core, tcp::socket socket,
                       std::shared_ptr<asio::ssl::context> tls) {
  tls_stream stream{std::move(socket), *tls};
  spawn(core, std::move(stream), std::move(tls));
}

asio::awaitable<void> refuse_connection(std::shared_ptr<server_core> core, tcp::socket socket) {
  ++core->refusals;
  const auto shared = std::make_shared<tcp::socket>(std::move(socket));
  asio::steady_timer limit{core->io, core->options.linger_timeout};
  limit.async_wait([shared](error_code ec) {
    error_code ignored;
    if (!ec) shared->close(ignored);
  });
  request_context nobody;
  nobody.request_id = core->next_request_id();
  response r = failure(nobody, 503, "too_many_connections",
                       "this server has all the connections it takes; try again shortly");
  r.headers.emplace_back("Retry-After", "1");
  framing f;
  f.keep_alive = false;
  f.date = core->date();
  f.request_id = nobody.request_id;
  std::string bytes;
  write_response(bytes, r, f);
  std::array<char, 4096> scrap{};
  auto [ec, sent] = co_await shared->async_write_some(asio::buffer(bytes), as_value);
  error_code ignored;
  shared->shutdown(tcp::socket::shutdown_send, ignored);
  while (!ec) {
    const auto [end, n] = co_await shared->async_read_some(asio::buffer(scrap), as_value);
    ec = end;
  }
  limit.cancel();
  --core->refusals;
}

}  // namespace fibrehub::web
