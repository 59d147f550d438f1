#include "web/sse.hpp"

#include <boost/asio/as_tuple.hpp>
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

constexpr std::size_t max_piece_bytes = std::size_t{256} * 1024;

/// Ends with the listener's coroutine, also when that is destroyed in mid-air at shutdown: whoever
/// still holds the queue must not reach the io thread's things through it.
struct unhook_at_end {
  unhook_at_end(listener_queue& q, stream_writer& o) : queue(q), out(o) {}
  unhook_at_end(const unhook_at_end&) = delete;
  unhook_at_end& operator=(const unhook_at_end&) = delete;
  ~unhook_at_end() {
    out.on_close(nullptr);
    queue.abandon();
  }
  listener_queue& queue;
  stream_writer& out;
};

/// Remembered by the listener without being an event.
std::string format_position(std::string_view id) {
  std::string out;
  append_single_line(out, "id: ", id);
  out += ": still here\n\n";
  return out;
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

asio::awaitable<response> serve_events(stream_writer& out, std::shared_ptr<listener_queue> queue) {
  constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
  response head;
  head.content_type = "text/event-stream";
  head.headers.emplace_back("X-Accel-Buffering", "no");  // or nginx would hold events back
  head.body = ": connected\n\n";
  const bool started = co_await out.start(std::move(head));
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<asio::steady_timer>(executor);
  const unhook_at_end attached{*queue, out};
  bool over = !started;
  // An overflow must end the listener even while a write to it hangs.
  queue->on_wake([&out, timer, q = queue.get()] {
    if (q->overflowed()) out.cut();
    timer->cancel();
  });
  out.on_close([timer] { timer->cancel(); });
  while (!over && out.open() && !queue->overflowed()) {
    timer->expires_after(queue->limits().heartbeat);
    const bool last = queue->closed();
    std::string text = queue->take(max_piece_bytes);
    if (text.empty() && last) break;
    if (text.empty()) {
      const auto [ec] = co_await timer->async_wait(as_value);
      if (ec) continue;  // woken
      const auto passed = queue->take_position();
      text = format_position(passed ? *passed : std::string());
    }
    const bool sent = co_await out.write(std::move(text));
    over = !sent;
  }
  const auto why = queue->ending();
  if (!over && why && !why->reason.empty() && !queue->overflowed())
    co_await out.write(": " + why->reason + "\n\n");
  co_return response{};
}

}  // namespace fibrehub::web
