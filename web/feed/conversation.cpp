#include "web/feed/conversation.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "store/tickets/json.hpp"
#include "web/feed/ws_protocol.hpp"

namespace fibrehub::web {
namespace {

namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

/// Two coroutines: this one writes, `read_all` reads. The queue is between them, so that only one
/// ever writes.
class conversation : public std::enable_shared_from_this<conversation> {
 public:
  conversation(feed_desk& desk, const request_context& ctx, web_socket& socket,
               std::optional<feed_wish> wish)
      : desk_(desk),
        socket_(socket),
        shown_(credential_of(ctx)),
        wish_(std::move(wish)),
        caller_(ctx.caller),
        queue_(std::make_shared<listener_queue>(desk.io, desk.options.queue)),
        timer_(desk.io),
        grace_(desk.io),
        protocol_(steady::now()) {}

  asio::awaitable<void> run() {
    const bool accepted = co_await socket_.accept(desk_.options.socket);
    if (!accepted) co_return;
    const unhook_at_end unhook{*this};
    sign_in_by_ = steady::now() + desk_.options.sign_in_within;
    queue_->on_wake([this] {
      // An overflow must end the listener even while a write to it hangs.
      if (queue_->overflowed()) expect_the_end();
      timer_.cancel();
    });
    socket_.on_close([this] { timer_.cancel(); });
    if (caller_) welcome(caller_);
    asio::co_spawn(
        desk_.io, [self = shared_from_this()] { return self->read_all(); }, asio::detached);
    const feed_ending why = co_await write_all();
    written_ = true;
    if (listener_) listener_->leave();
    listener_.reset();
    if (!peer_left_) {
      expect_the_end();
      co_await socket_.close(why.code, why.reason);
    }
    socket_.cut();
    while (reading_)
      co_await pause(std::chrono::hours{1});
  }

 private:
  struct unhook_at_end {
    explicit unhook_at_end(conversation& c) : it(c) {}
    unhook_at_end(const unhook_at_end&) = delete;
    unhook_at_end& operator=(const unhook_at_end&) = delete;
    ~unhook_at_end() {
      it.done_ = true;
      it.grace_.cancel();
      it.socket_.on_close(nullptr);
      it.queue_->abandon();
    }
    conversation& it;
  };

  asio::awaitable<void> pause(steady::duration at_most) {
    timer_.expires_after(at_most);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  /// The peer has a little while to read what is left, then it is cut.
  void expect_the_end() {
    if (std::exchange(ending_soon_, true)) return;
    grace_.expires_after(desk_.options.goodbye_within);
    grace_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
      if (!ec && !self->done_) self->socket_.cut();
    });
  }

  /// Why there is nothing more to write; nothing: go on.
  std::optional<feed_ending> over() const {
    if (socket_.stopping()) return feed_ending{feed_ending::going_away, "the hub stops"};
    if (peer_left_ || !socket_.open()) return feed_ending{feed_ending::going_away, "bye"};
    if (queue_->overflowed()) return queue_->ending();
    if (queue_->closed() && queue_->waiting() == 0) return queue_->ending();
    if (!protocol_.is_signed_in() && steady::now() >= sign_in_by_)
      return feed_ending{feed_ending::policy, "sign_in_timeout"};
    return std::nullopt;
  }

  asio::awaitable<feed_ending> write_all() {
    while (true) {
      if (auto why = over()) co_return *why;
      text_ptr text = queue_->take_one();
      if (!text) {
        const steady::duration heartbeat = queue_->limits().heartbeat;
        const auto left = sign_in_by_ - steady::now();
        co_await pause(protocol_.is_signed_in() ? heartbeat : std::min(heartbeat, left));
        if (timer_.expiry() > steady::now()) continue;  // woken
        text = position();
      }
      if (text) co_await socket_.send(std::move(text));
    }
  }

  /// So that a listener who hears little can resume as well.
  text_ptr position() {
    const text_ptr id = queue_->take_position();
    if (!id) return nullptr;
    return std::make_shared<const std::string>(
        fmt::format(R"({{"type":"position","id":{}}})", store::json_string(*id)));
  }

  asio::awaitable<void> read_all() {
    bool more = true;
    while (more) {
      const auto message = co_await socket_.receive();
      peer_left_ = !message;
      if (!message) break;
      ws_protocol::action what = protocol_.take(*message, steady::now());
      if (const auto* who = std::get_if<ws_protocol::authenticate>(&what)) {
        more = co_await sign_in(who->token);
      } else {
        more = act(what);
      }
    }
    reading_ = false;
    timer_.cancel();
  }

  bool refuse(std::string reason) {
    queue_->end({feed_ending::policy, std::move(reason)});
    return false;
  }

  asio::awaitable<bool> sign_in(std::string token) {
    shown_.authorization = "Bearer " + token;
    shown_.cookie.clear();
    const auto found = co_await desk_.auth->check_shown(shown_, desk_.wanted());
    if (!found && found.error().status >= 500) {
      queue_->end({feed_ending::try_again, error_code_of(found.error())});
      co_return false;
    }
    if (!found) co_return refuse(error_code_of(found.error()));
    if (written_) co_return false;  // it has ended meanwhile
    queue_->offer(fmt::format(R"({{"type":"signed_in","name":{},"role":"{}"}})",
                              store::json_string((*found)->name),
                              domain::name_of((*found)->who.as)));
    welcome(*found);
    co_return true;
  }

  void welcome(std::shared_ptr<const principal> who) {
    protocol_.signed_in();
    listener_.emplace(desk_, queue_, std::move(who), shown_, feed_format::json);
    if (!wish_) return;
    protocol_.begun();
    begin(std::move(wish_->filter), std::move(wish_->last_event_id));
  }

  void begin(feed_filter filter, std::optional<std::string> last_event_id) {
    if (!listener_->begin(std::move(filter), std::move(last_event_id)))
      queue_->end({feed_ending::try_again, "unavailable"});
  }

  bool act(ws_protocol::action& what) {
    if (written_) return false;
    if (auto* b = std::get_if<ws_protocol::begin>(&what)) {
      begin(std::move(b->filter), std::move(b->last_event_id));
    } else if (auto* c = std::get_if<ws_protocol::change>(&what)) {
      listener_->change(std::move(c->filter));
      queue_->offer(R"({"type":"subscribed"})");
    } else if (auto* s = std::get_if<ws_protocol::say>(&what)) {
      queue_->offer(std::move(s->text));
    } else if (auto* r = std::get_if<ws_protocol::refuse>(&what)) {
      return refuse(std::move(r->reason));
    }
    return true;
  }

  feed_desk& desk_;
  web_socket& socket_;
  credential shown_;
  std::optional<feed_wish> wish_;
  const std::shared_ptr<const principal> caller_;
  const std::shared_ptr<listener_queue> queue_;
  asio::steady_timer timer_;
  asio::steady_timer grace_;
  ws_protocol protocol_;
  std::optional<feed_listener> listener_;
  steady::time_point sign_in_by_{};
  bool peer_left_ = false;
  bool reading_ = true;
  bool ending_soon_ = false;
  bool written_ = false;  // nothing but the goodbye will be sent
  bool done_ = false;     // the socket may be gone
};

}  // namespace

asio::awaitable<response> converse(feed_desk& desk, request_context& ctx, web_socket& socket,
                                   std::optional<feed_wish> wish) {
  const auto it = std::make_shared<conversation>(desk, ctx, socket, std::move(wish));
  co_await it->run();
  co_return response{};
}

}  // namespace fibrehub::web
