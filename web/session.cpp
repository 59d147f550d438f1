// One connection: reads requests, has them answered, writes the answers, watches its own clock.
#include "web/session_streams.hpp"

namespace fibrehub::web {
namespace {

using namespace detail;

template <class Stream>
class session final : public session_streams<Stream> {
 public:
  using session_streams<Stream>::session_streams;

  asio::awaitable<void> run() {
    enter(phase::handshake, core_->options.handshake_timeout);
    bool more = co_await shake_hands(stream_);
    if (!more) co_return;
    while (more)
      more = co_await serve_one();
    co_await close_gently();
  }

 private:
  using io = session_io<Stream>;
  using io::close_gently;
  using io::core_;
  using io::ctx_;
  using io::current;
  using io::enter;
  using io::enter_handling;
  using io::head_;
  using io::respond;
  using io::route_;
  using io::started_;
  using io::stream_;
  using io::streaming_;
  using typename io::phase;
  using session_reading<Stream>::read_head;
  using session_reading<Stream>::take_request;
  using session_reading<Stream>::read_body;
  using session_reading<Stream>::answer_early;
  using session_streams<Stream>::call_converser;
  using session_streams<Stream>::end_stream;

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

  std::shared_ptr<void> place_;  // among those who may do the same at a time
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
