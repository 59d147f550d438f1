#include "web/feed/access_watch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "domain/event_access.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::web {
namespace {

namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

}  // namespace

std::string error_code_of(const response& refusal) {
  const auto body = protocols::json::parse(refusal.body);
  const auto* error = body ? protocols::json::find(*body, "error") : nullptr;
  return error ? std::string(protocols::json::text(*error, "code")) : "refused";
}

access_watch::access_watch(asio::any_io_executor io, std::shared_ptr<authenticator> auth,
                           credential shown, auth_requirement wanted,
                           std::shared_ptr<const principal> who,
                           std::shared_ptr<listener_queue> queue, access_watch_options options)
    : io_(io),
      timer_(io),
      auth_(std::move(auth)),
      shown_(std::move(shown)),
      wanted_(std::move(wanted)),
      who_(std::move(who)),
      queue_(std::move(queue)),
      options_(options),
      sure_at_(steady::now()) {}

void access_watch::start() {
  changes_ = auth_->on_change([me = weak_from_this()] {
    if (const auto self = me.lock()) {
      self->again_ = true;
      self->timer_.cancel();
    }
  });
  asio::co_spawn(
      io_, [self = shared_from_this()] { return self->run(); }, asio::detached);
}

void access_watch::stop() {
  stopped_ = true;
  changes_ = nullptr;
  timer_.cancel();
}

asio::awaitable<void> access_watch::run() {
  while (!stopped_) {
    if (!again_) {
      timer_.expires_after(until_next());
      co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    again_ = false;
    if (stopped_) co_return;
    const authenticator::verdict found = co_await auth_->check_again(shown_, wanted_);
    if (stopped_ || !judge(found)) co_return;
  }
}

/// The next regular look, or right after the end of the session when that is sooner.
std::chrono::milliseconds access_watch::until_next() const {
  if (!who_->ends_at) return options_.every;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*who_->ends_at - auth_->now());
  return std::clamp(left, std::chrono::milliseconds{1}, options_.every);
}

/// False: the feed has ended.
bool access_watch::judge(const authenticator::verdict& found) {
  if (found && *found && domain::have_same_access((*found)->who, who_->who)) {
    sure_at_ = steady::now();
    return true;
  }
  if (found) {
    queue_->end({feed_ending::policy, "access_changed"});
  } else if (found.error().status < 500) {
    queue_->end({feed_ending::policy, error_code_of(found.error())});
  } else if (steady::now() - sure_at_ < options_.unsure_for) {
    return true;
  } else {
    queue_->end({feed_ending::try_again, "access_unconfirmed"});
  }
  return false;
}

}  // namespace fibrehub::web
