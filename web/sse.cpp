#include "web/sse.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fibrehub::web {
namespace {

namespace asio = boost::asio;

void append_single_line(std::string& out, std::string_view field, std::string_view value) {
  if (value.empty()) return;
  out += field;
  for (const char c : value)
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  out += '\n';
}

}  // namespace

std::string format_event(std::string_view id, std::string_view event, std::string_view data) {
  std::string out;
  out.reserve(data.size() + id.size() + event.size() + 32);
  append_single_line(out, "id: ", id);
  append_single_line(out, "event: ", event);
  while (true) {
    const auto end = data.find_first_of("\r\n");
    out += "data: ";
    out += data.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) break;
    data.remove_prefix(data.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  out += '\n';
  return out;
}

sse_queue::sse_queue(asio::any_io_executor executor, sse_limits limits)
    : executor_(std::move(executor)), limits_(limits) {}

bool sse_queue::offer(std::string text) {
  const std::lock_guard lock{mutex_};
  if (closed_ || overflow_) return false;
  if (waiting_.size() >= limits_.events || bytes_ + text.size() > limits_.bytes) {
    overflow_ = true;
    waiting_.clear();
    bytes_ = 0;
    wake();
    return false;
  }
  bytes_ += text.size();
  waiting_.push_back(std::move(text));
  wake();
  return true;
}

void sse_queue::close() {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  wake();
}

bool sse_queue::overflowed() const {
  const std::lock_guard lock{mutex_};
  return overflow_;
}

bool sse_queue::closed() const {
  const std::lock_guard lock{mutex_};
  return closed_;
}

std::size_t sse_queue::waiting() const {
  const std::lock_guard lock{mutex_};
  return waiting_.size();
}

std::string sse_queue::take_all() {
  const std::lock_guard lock{mutex_};
  std::string out;
  out.reserve(bytes_);
  for (const auto& text : waiting_)
    out += text;
  waiting_.clear();
  bytes_ = 0;
  return out;
}

/// With the mutex held: one wake-up at a time is enough, it finds everything queued until then.
void sse_queue::wake() {
  if (waking_) return;
  waking_ = true;
  asio::post(executor_, [self = shared_from_this()] {
    {
      const std::lock_guard lock{self->mutex_};
      self->waking_ = false;
    }
    if (self->on_wake_) self->on_wake_();
  });
}

/// Ends with the listener's coroutine, also when that is destroyed in mid-air at shutdown: whoever
/// still holds the queue must not reach the io thread's things through it.
struct sse_queue::attachment {
  attachment(sse_queue& q, stream_writer& o) : queue(q), out(o) {}
  attachment(const attachment&) = delete;
  attachment& operator=(const attachment&) = delete;
  ~attachment() {
    queue.on_wake_ = nullptr;
    out.on_close(nullptr);
    const std::lock_guard lock{queue.mutex_};
    queue.closed_ = true;
    queue.waiting_.clear();
    queue.bytes_ = 0;
  }
  sse_queue& queue;
  stream_writer& out;
};

asio::awaitable<response> serve_events(stream_writer& out, std::shared_ptr<sse_queue> queue) {
  constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
  response head;
  head.content_type = "text/event-stream";
  head.headers.emplace_back("X-Accel-Buffering", "no");  // or nginx would hold events back
  head.body = ": connected\n\n";
  const bool started = co_await out.start(std::move(head));
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<asio::steady_timer>(executor);
  const sse_queue::attachment attached{*queue, out};
  bool over = !started;
  // An overflow must end the listener even while a write to it hangs.
  queue->on_wake_ = [&out, timer, q = queue.get()] {
    if (q->overflowed()) out.cut();
    timer->cancel();
  };
  out.on_close([timer] { timer->cancel(); });
  while (!over && out.open() && !queue->overflowed()) {
    timer->expires_after(queue->limits().heartbeat);
    const bool last = queue->closed();
    std::string text = queue->take_all();
    if (text.empty() && last) break;
    if (text.empty()) {
      const auto [ec] = co_await timer->async_wait(as_value);
      if (ec) continue;  // woken
      text = ": still here\n\n";
    }
    const bool sent = co_await out.write(std::move(text));
    over = !sent;
  }
  co_return response{};
}

}  // namespace fibrehub::web
