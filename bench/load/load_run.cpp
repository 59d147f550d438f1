#include "bench/load/load_run.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/load/http_response.hpp"
#include "bench/load/sockets.hpp"

namespace fibrehub::bench {
namespace {

constexpr std::int64_t ms = 1'000'000;
// After a failure a connection rests, so a server that is down is not hammered.
constexpr std::int64_t rest_ns = 20 * ms;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

enum class phase { resting, connecting, idle, sending, waiting };

struct connection {
  descriptor fd;
  phase now = phase::resting;
  bool watches_writes = false;
  bool busy = false;             // owes an answer for `position`, also while it reconnects
  std::size_t position = 0;      // in the stream
  std::size_t sent = 0;          // bytes of the request
  std::int64_t intended_ns = 0;  // when the request should have left
  std::int64_t rest_until_ns = 0;
  std::array<char, 8192> answer{};
  std::size_t answer_bytes = 0;
  bool head_read = false;
  std::size_t body_left = 0;
  response_head head;
};

class load_run {
 public:
  load_run(const load_options& options, request_source& source,
           const std::function<bool()>& stopped)
      : options_(options),
        source_(source),
        stopped_(stopped),
        ledger_(options.ledger),
        address_(reachable_address(options.url)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        connections_(options.connections) {
    if (!epoll_) throw std::runtime_error("cannot create an epoll: " + errno_text(errno));
  }

  load_result run() {
    start_ns_ = now_ns();
    measure_from_ns_ = start_ns_ + options_.warmup_ms * ms;
    end_ns_ = measure_from_ns_ + options_.duration_ms * ms;
    for (auto& c : connections_)
      connect(c, start_ns_);
    std::int64_t now = start_ns_;
    while (!over(now))
      now = turn(now, end_ns_);
    finish_measuring(now);
    draining_ = true;
    const std::int64_t give_up_ns = now + options_.drain_ms * ms;
    while (in_flight_ > 0 && now < give_up_ns)
      now = turn(now, give_up_ns);
    result_.unanswered = in_flight_;
    result_.made_late = source_.made_late();
    return std::move(result_);
  }

 private:
  bool over(std::int64_t now) const {
    return now >= end_ns_ || stopped_() || (options_.count != 0 && started_ >= options_.count);
  }

  // One round: start what is due, wait for the sockets, serve those that are ready.
  std::int64_t turn(std::int64_t now, std::int64_t until_ns) {
    if (!measuring_ && !draining_ && now >= measure_from_ns_) start_measuring(now);
    wake_rested(now);
    start_due(now);
    const std::int64_t timeout = std::max<std::int64_t>(0, next_deadline(until_ns) - now);
    const timespec ts{timeout / 1'000'000'000, timeout % 1'000'000'000};
    const int n = ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                                 &ts, nullptr);
    if (n < 0 && errno != EINTR) throw std::runtime_error("epoll_wait: " + errno_text(errno));
    now = now_ns();
    for (int i = 0; i < n; ++i) {
      serve(connections_[events_[static_cast<std::size_t>(i)].data.u32], now);
    }
    if (ledger_.wanted()) ledger_.flush();
    return now;
  }

  std::int64_t next_deadline(std::int64_t until_ns) const {
    std::int64_t next = until_ns;
    if (!measuring_ && !draining_) next = std::min(next, measure_from_ns_);
    if (resting_ > 0) {
      for (const auto& c : connections_) {
        if (c.now == phase::resting) next = std::min(next, c.rest_until_ns);
      }
    }
    if (open_loop() && !draining_ && !idle_.empty()) next = std::min(next, due_ns(started_));
    return next;
  }

  bool open_loop() const { return options_.rate_per_s > 0; }
  std::int64_t due_ns(std::uint64_t nth) const {
    return start_ns_ +
           static_cast<std::int64_t>(static_cast<double>(nth) * 1e9 / options_.rate_per_s);
  }
  bool may_start() const {
    return !draining_ && (options_.count == 0 || started_ < options_.count);
  }

  void start_due(std::int64_t now) {
    if (!open_loop()) return;
    while (!idle_.empty() && may_start() && due_ns(started_) <= now) {
      auto& c = *idle_.back();
      idle_.pop_back();
      start_request(c, due_ns(started_));
    }
  }

  void start_measuring(std::int64_t now) {
    measuring_ = true;
    measured_from_ns_ = now;
    cpu_from_s_ = own_cpu_s();
  }

  void finish_measuring(std::int64_t now) {
    if (measuring_) {
      result_.measured_s = static_cast<double>(now - measured_from_ns_) / 1e9;
      result_.driver_cpu_s = own_cpu_s() - cpu_from_s_;
    }
    measuring_ = false;
    if (open_loop() && options_.count == 0) {
      const auto due = static_cast<std::uint64_t>(static_cast<double>(now - start_ns_) *
                                                  options_.rate_per_s / 1e9);
      result_.backlog = due > started_ ? due - started_ : 0;
    }
  }

  void watch(connection& c, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.u32 = static_cast<std::uint32_t>(&c - connections_.data());
    ::epoll_ctl(epoll_.get(), operation, c.fd.get(), &event);
  }

  void watch_writes(connection& c, bool wanted) {
    c.watches_writes = wanted;
    watch(c, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
  }

  void connect(connection& c, std::int64_t now) {
    c.fd = start_connecting(address_);
    if (!c.fd) {
      connect_failed(c, errno, now);
      return;
    }
    c.now = phase::connecting;
    c.watches_writes = true;
    watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
  }

  void connect_failed(connection& c, int error, std::int64_t now) {
    ++result_.connect_errors;
    result_.last_error = errno_text(error);
    rest(c, now);
  }

  void rest(connection& c, std::int64_t now) {
    c.fd.reset();
    if (c.now == phase::idle) std::erase(idle_, &c);
    c.now = phase::resting;
    c.rest_until_ns = now + rest_ns;
    ++resting_;
  }

  void wake_rested(std::int64_t now) {
    if (resting_ == 0) return;
    for (auto& c : connections_) {
      if (c.now != phase::resting || c.rest_until_ns > now) continue;
      --resting_;
      connect(c, now);
    }
  }

  // Connected or answered: what next?
  void become_free(connection& c, std::int64_t now) {
    if (c.busy) {
      send_again(c);
    } else if (!open_loop() && may_start()) {
      start_request(c, now);
    } else {
      c.now = phase::idle;
      idle_.push_back(&c);
    }
  }

  void start_request(connection& c, std::int64_t intended_ns) {
    c.busy = true;
    c.position = started_++;
    c.intended_ns = intended_ns;
    ++in_flight_;
    send_again(c);
  }

  void send_again(connection& c) {
    c.sent = 0;
    c.answer_bytes = 0;
    c.head_read = false;
    ++result_.sent_total;
    c.now = phase::sending;
    send_rest(c);
  }

  void send_rest(connection& c) {
    const auto request = source_.request(c.position);
    const ssize_t n = ::send(c.fd.get(), request.data() + c.sent, request.size() - c.sent,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) c.sent += static_cast<std::size_t>(n);
    const bool complete = c.sent == request.size();
    if (complete) c.now = phase::waiting;
    // Incomplete: a full socket buffer, or a broken connection, which shows up as an event too.
    if (c.watches_writes == complete) watch_writes(c, !complete);
  }

  void serve(connection& c, std::int64_t now) {
    if (c.now == phase::connecting) {
      if (const int error = connect_outcome(c.fd.get()); error != 0) {
        connect_failed(c, error, now);
        return;
      }
      watch_writes(c, false);
      become_free(c, now);
      return;
    }
    if (!read_answer(c, now)) return;
    if (c.now == phase::sending) send_rest(c);
  }

  // False when the connection is gone or its answer is complete.
  bool read_answer(connection& c, std::int64_t now) {
    const ssize_t n = ::recv(c.fd.get(), c.answer.data() + c.answer_bytes,
                             c.answer.size() - c.answer_bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n <= 0) {
      connection_ended(c, n < 0 ? errno : 0, now);
      return false;
    }
    if (!c.busy) {
      bad_answer(c, now);  // nobody asked
      return false;
    }
    c.answer_bytes += static_cast<std::size_t>(n);
    if (!c.head_read && !take_head(c, now)) return false;
    if (!c.head_read) return true;
    if (c.answer_bytes > c.body_left) {
      bad_answer(c, now);
      return false;
    }
    c.body_left -= c.answer_bytes;
    c.answer_bytes = 0;
    if (c.body_left > 0) return true;
    answered(c, now);
    return false;
  }

  // Leaves what follows the head at the start of the buffer. False when it is no usable answer.
  bool take_head(connection& c, std::int64_t now) {
    const std::string_view text{c.answer.data(), c.answer_bytes};
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      if (c.answer_bytes < c.answer.size()) return true;
      bad_answer(c, now);
      return false;
    }
    const auto head = read_head(text.substr(0, end + 4));
    if (!head) {
      bad_answer(c, now);
      return false;
    }
    c.head = *head;
    c.head_read = true;
    c.body_left = head->body_bytes;
    c.answer_bytes -= end + 4;
    std::memmove(c.answer.data(), c.answer.data() + end + 4, c.answer_bytes);
    return true;
  }

  void answered(connection& c, std::int64_t now) {
    ++result_.by_status[static_cast<std::size_t>(c.head.status)];
    const bool accepted = c.head.status >= 200 && c.head.status < 300;
    if (accepted) acknowledge(c, now);
    const bool again = !accepted && options_.resend && !draining_;
    if (!again) settle(c);
    if (c.head.close || again) {
      rest(c, now);
    } else {
      become_free(c, now);
    }
  }

  void acknowledge(connection& c, std::int64_t now) {
    ++result_.acknowledged_total;
    const auto message = source_.message(c.position);
    if (message >= seen_.size()) seen_.resize(std::max<std::size_t>(message + 1, 2 * seen_.size()));
    if (!seen_[message]) ++result_.distinct_acknowledged;
    seen_[message] = true;
    if (ledger_.wanted()) ledger_.add(source_.message_id(message));
    if (!measuring_) return;
    ++result_.acknowledged;
    result_.latency.record(now - c.intended_ns);
  }

  void settle(connection& c) {
    c.busy = false;
    --in_flight_;
  }

  void connection_ended(connection& c, int error, std::int64_t now) {
    if (c.busy) {
      ++result_.lost;
      result_.last_error = error == 0 ? "the server closed the connection" : errno_text(error);
      if (!options_.resend || draining_) settle(c);
    }
    rest(c, now);
  }

  void bad_answer(connection& c, std::int64_t now) {
    ++result_.bad_answers;
    result_.last_error = "not an HTTP/1.1 answer with a Content-Length";
    if (c.busy) settle(c);
    rest(c, now);
  }

  const load_options& options_;
  request_source& source_;
  const std::function<bool()>& stopped_;
  line_file ledger_;
  socket_address address_;
  descriptor epoll_;
  std::array<epoll_event, 256> events_{};
  std::vector<connection> connections_;
  std::vector<connection*> idle_;
  std::vector<bool> seen_;  // messages acknowledged so far
  load_result result_;
  std::uint64_t started_ = 0;
  std::uint64_t in_flight_ = 0;
  std::size_t resting_ = 0;
  std::int64_t start_ns_ = 0;
  std::int64_t measure_from_ns_ = 0;
  std::int64_t measured_from_ns_ = 0;
  std::int64_t end_ns_ = never;
  double cpu_from_s_ = 0;
  bool measuring_ = false;
  bool draining_ = false;
};

}  // namespace

load_result run_load(const load_options& options, request_source& source,
                     const std::function<bool()>& stopped) {
  return load_run(options, source, stopped).run();
}

}  // namespace fibrehub::bench
