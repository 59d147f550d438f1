#include "web/api/read_shares.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <unordered_map>

namespace fibrehub::web::api {

namespace asio = boost::asio;

namespace {

struct waiter {
  explicit waiter(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  bool granted = false;
};

struct share {
  std::size_t running = 0;
  std::deque<std::shared_ptr<waiter>> waiting;
};

}  // namespace

struct read_shares::state {
  state(asio::any_io_executor e, read_share_limits l) : executor(std::move(e)), limits(l) {}

  void give_back(const std::string& who) {
    if (closed) return;
    const auto it = shares.find(who);
    if (it == shares.end()) return;
    share& s = it->second;
    if (!s.waiting.empty()) {
      // The place goes on to the next in line.
      const auto next = std::move(s.waiting.front());
      s.waiting.pop_front();
      next->granted = true;
      next->timer.cancel();
    } else if (--s.running == 0) {
      shares.erase(it);
    }
  }

  asio::any_io_executor executor;
  read_share_limits limits;
  std::unordered_map<std::string, share> shares;
  std::atomic<std::uint64_t> refused{0};
  bool closed = false;  // nobody is woken any more
};

read_shares::read_shares(asio::any_io_executor executor, read_share_limits limits)
    : state_(std::make_shared<state>(std::move(executor), limits)) {}

read_shares::~read_shares() {
  state_->closed = true;
  state_->shares.clear();
}

read_shares::place::place(std::shared_ptr<state> of, std::string who)
    : of_(std::move(of)), who_(std::move(who)) {}

read_shares::place::~place() {
  if (of_) of_->give_back(who_);
}

asio::awaitable<std::optional<read_shares::place>> read_shares::enter(std::string who) {
  const std::shared_ptr<state> s = state_;
  share& mine = s->shares[who];
  if (mine.running < s->limits.at_a_time) {
    ++mine.running;
    co_return place(s, std::move(who));
  }
  if (mine.waiting.size() >= s->limits.waiting) {
    ++s->refused;
    co_return std::nullopt;
  }
  const auto me = std::make_shared<waiter>(s->executor);
  me->timer.expires_after(s->limits.patience);
  mine.waiting.push_back(me);
  co_await me->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (me->granted) co_return place(s, std::move(who));
  if (const auto it = s->shares.find(who); it != s->shares.end())
    std::erase(it->second.waiting, me);
  ++s->refused;
  co_return std::nullopt;
}

store::error read_shares::refusal() const {
  return {store::errc::overloaded,
          fmt::format("you have {} searches and reports under way and others waiting: ask one "
                      "after another, or for less (status:open, a span of time, rarer words)",
                      state_->limits.at_a_time),
          "too_many_reads"};
}

std::uint64_t read_shares::refused() const {
  return state_->refused;
}

std::size_t read_shares::callers() const {
  return state_->shares.size();
}

}  // namespace fibrehub::web::api
