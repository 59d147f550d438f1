#include "actors/delivery.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <random>

#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock::time_point;
using outcome = delivery_attempt::outcome;
using scope = delivery_attempt::scope;
using breaker_state = protocols::circuit_breaker::state;

constexpr milliseconds store_retry{1'000};  // after a failure of the store
// What is in doubt may be cleared up by other news, of which nobody tells.
constexpr milliseconds doubt_lasts{60'000};
constexpr milliseconds look_in_doubt{2'000};
constexpr milliseconds default_hold{30'000};  // of what could not be tried, where nobody says more

class courier;
struct delivery_state {
  delivery_state() = default;
  static inline const char* name = "delivery";
  std::unique_ptr<courier> it;
};
using delivery_self = delivery::stateful_pointer<delivery_state>;

/// The actor's work, apart from its messages.
class courier {
 public:
  courier(delivery_self self, delivery_options options)
      : self_(self), o_(std::move(options)), breaker_(o_.breaker), random_(o_.seed) {
    if (!o_.figures) o_.figures = std::make_shared<delivery_figures>();
  }

  void start() { look(); }
  void grew();
  void woken(std::uint64_t generation);
  void taken(detail::taken& got);
  void attempted(std::uint64_t flight, delivery_attempt how);
  void finish(std::uint64_t flight);
  void finished(const detail::finished& done);

 private:
  struct flight {
    delivery_item item;
    bool settled = false;  // the attempt has ended
    delivery_end end;
  };
  using rests = std::map<std::string, steady>;

  steady now() const { return self_->clock().now(); }
  domain::instant wall() const {
    return o_.now ? o_.now()
                  : std::chrono::time_point_cast<std::chrono::microseconds>(
                        std::chrono::system_clock::now());
  }
  double random() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  milliseconds spread(milliseconds gap) {
    return gap +
           milliseconds(static_cast<std::int64_t>(static_cast<double>(gap.count()) / 2 * random()));
  }

  void look();
  void wake_at(steady when);
  void wake_for_rests();
  std::size_t room() const;
  delivery_wish wish();
  void launch(delivery_item item);
  delivery_end end_of(const delivery_attempt& how, std::uint32_t attempts);
  void rest(const flight& f, const delivery_attempt& how);
  void count(outcome what);
  void tell(const std::string& trouble);

  /// Sends to itself from elsewhere; does not keep the actor alive.
  template <class Message>
  static void send_to(const caf::actor_addr& to, Message m) {
    if (auto there = caf::actor_cast<caf::strong_actor_ptr>(to))
      store::send(caf::actor_cast<delivery>(there), std::move(m));
  }

  delivery_self self_;
  delivery_options o_;
  protocols::circuit_breaker breaker_;
  std::mt19937_64 random_;
  std::map<std::uint64_t, flight> flights_;
  std::uint64_t last_flight_ = 0;
  rests group_rests_, lane_rests_;
  steady peer_rests_until_{};
  bool taking_ = false, again_ = false, found_nothing_ = false;
  bool freed_ = false;      // something ended during the present look, which did not see that
  bool all_known_ = false;  // what is in flight in the store is what is here
  bool has_taken_ = false;  // once: whatever others had begun is dealt with
  steady last_look_{}, doubt_until_{};
  std::optional<steady> wake_at_;
  std::uint64_t generation_ = 0;
  std::string trouble_;
};

// --- looking ------------------------------------------------------------------------------------

void courier::grew() {
  if (taking_) {
    again_ = true;
  } else if (found_nothing_ && now() < last_look_ + o_.between_looks) {
    wake_at(last_look_ + o_.between_looks);
  } else {
    look();
  }
}

void courier::woken(std::uint64_t generation) {
  if (generation != generation_) return;
  wake_at_.reset();
  look();
}

/// One reminder is enough: the earliest.
void courier::wake_at(steady when) {
  if (wake_at_ && *wake_at_ <= when) return;
  wake_at_ = when;
  const auto wait = std::max(std::chrono::nanoseconds(when - now()), std::chrono::nanoseconds(0));
  store::remind(self_, wait, detail::look{++generation_});
}

void courier::wake_for_rests() {
  for (const rests* all : {&group_rests_, &lane_rests_})
    for (const auto& [who, until] : *all)
      wake_at(until);
}

/// How many more may be under way.
std::size_t courier::room() const {
  std::size_t most = o_.max_in_flight;
  if (breaker_.at(now()) == breaker_state::half_open) most = 1;
  return flights_.size() < most ? most - flights_.size() : 0;
}

delivery_wish courier::wish() {
  delivery_wish out;
  out.limit = room();
  out.somebody_was_lost = !all_known_;
  out.never_begun = has_taken_ && !all_known_;
  const steady t = now();
  for (rests* all : {&group_rests_, &lane_rests_})
    std::erase_if(*all, [&](const auto& rest) { return rest.second <= t; });
  for (const auto& [id, f] : flights_) {
    out.held.push_back(f.item.id);
    out.busy_groups.push_back(f.item.group);
    out.busy_lanes.push_back(f.item.lane);
  }
  for (const auto& [group, until] : group_rests_)
    out.busy_groups.push_back(group);
  for (const auto& [lane, until] : lane_rests_)
    out.busy_lanes.push_back(lane);
  return out;
}

void courier::look() {
  if (taking_) {
    again_ = true;
    return;
  }
  const steady t = now();
  if (peer_rests_until_ > t) return wake_at(peer_rests_until_);
  if (breaker_.at(t) == breaker_state::open) return wake_at(breaker_.open_until());
  o_.figures->resting = false;
  if (room() == 0) return;  // whatever ends looks again
  taking_ = true;
  again_ = freed_ = false;
  last_look_ = t;
  o_.take(wish(), store::reply<delivery_batch>(
                      [to = self_->address()](tl::expected<delivery_batch, store::error> batch) {
                        send_to(to, detail::taken{std::move(batch)});
                      }));
}

void courier::taken(detail::taken& got) {
  taking_ = false;
  if (!got.batch) {
    spdlog::debug("{}: the outbox cannot be read now: {}", o_.name, got.batch.error().message);
    // It may have been taken nevertheless.
    all_known_ = false;
    found_nothing_ = true;
    return wake_at(now() + store_retry);
  }
  all_known_ = has_taken_ = true;
  found_nothing_ = got.batch->items.empty();
  for (delivery_item& item : got.batch->items)
    launch(std::move(item));
  wake_at(now() + (now() < doubt_until_ ? look_in_doubt : o_.idle));
  wake_for_rests();
  if (got.batch->next_at)
    wake_at(now() + std::max(std::chrono::microseconds(*got.batch->next_at - wall()),
                             std::chrono::microseconds(o_.between_looks)));
  if (std::exchange(freed_, false)) return look();
  if (again_) grew();
}

// --- one delivery -------------------------------------------------------------------------------

void courier::launch(delivery_item item) {
  const std::uint64_t id = ++last_flight_;
  flight& f = flights_[id];
  f.item = std::move(item);
  o_.figures->in_flight = flights_.size();
  store::remind(self_, o_.attempt_limit, detail::attempt_overdue{id});
  f.item.send([to = self_->address(), id](delivery_attempt how) {
    send_to(to, detail::attempted{id, std::move(how)});
  });
}

void courier::attempted(std::uint64_t id, delivery_attempt how) {
  const auto it = flights_.find(id);
  if (it == flights_.end() || it->second.settled) return;
  flight& f = it->second;
  f.settled = true;
  if (how.peer_failed) {
    breaker_.failed(now(), random());
  } else {
    breaker_.succeeded();
  }
  if (how.what == outcome::in_doubt) doubt_until_ = now() + doubt_lasts;
  rest(f, how);
  count(how.what);
  f.end = end_of(how, f.item.attempts);
  const bool resting = peer_rests_until_ > now() || breaker_.at(now()) == breaker_state::open;
  o_.figures->resting = resting;
  // One group's trouble stands with its rows; who looks after the channel hears of the peer's.
  tell(resting ? how.status : "");
  finish(id);
}

/// Who is left alone for a while because of it.
void courier::rest(const flight& f, const delivery_attempt& how) {
  const steady t = now();
  if (how.pause == scope::peer) peer_rests_until_ = t + how.after.value_or(default_hold);
  if (how.pause == scope::group) group_rests_[f.item.group] = t + how.after.value_or(default_hold);
  if (how.what != outcome::done && how.what != outcome::in_doubt) return;
  if (o_.group_gap.count() > 0)
    group_rests_[f.item.group] = std::max(group_rests_[f.item.group], t + spread(o_.group_gap));
  if (o_.lane_gap.count() > 0) lane_rests_[f.item.lane] = t + spread(o_.lane_gap);
}

delivery_end courier::end_of(const delivery_attempt& how, std::uint32_t attempts) {
  delivery_end out{how.what, how.status, wall(), how.what != outcome::held};
  const milliseconds hold = how.after.value_or(default_hold);
  const milliseconds wait = how.what == outcome::held
                                ? hold
                                : how.after.value_or(protocols::full_jitter(
                                      o_.backoff, attempts > 0 ? attempts - 1 : 0, random()));
  out.next_at += wait;
  return out;
}

void courier::finish(std::uint64_t id) {
  const auto it = flights_.find(id);
  if (it == flights_.end() || !it->second.settled) return;
  it->second.item.finish(
      it->second.end,
      store::reply<bool>([to = self_->address(), id](tl::expected<bool, store::error> done) {
        send_to(to, detail::finished{id, done.has_value(), done ? "" : done.error().message});
      }));
}

void courier::finished(const detail::finished& done) {
  if (!done.settled) {
    // Until it is settled its lane and group wait: whatever was done must be known first.
    spdlog::warn("{}: a delivery cannot be settled now, trying again: {}", o_.name, done.why);
    store::remind(self_, store_retry, detail::finish_now{done.flight});
    return;
  }
  flights_.erase(done.flight);
  o_.figures->in_flight = flights_.size();
  freed_ = taking_;
  look();
}

void courier::count(outcome what) {
  delivery_figures& f = *o_.figures;
  std::atomic<std::uint64_t>& n = what == outcome::done       ? f.done
                                  : what == outcome::again    ? f.again
                                  : what == outcome::in_doubt ? f.in_doubt
                                  : what == outcome::refused  ? f.refused
                                                              : f.held;
  ++n;
}

/// Said once, at its beginning and at its end.
void courier::tell(const std::string& trouble) {
  if (trouble == trouble_) return;
  if (!trouble.empty()) {
    spdlog::warn("{}: {}", o_.name, trouble);
  } else {
    spdlog::info("{}: goes on", o_.name);
  }
  trouble_ = trouble;
  if (o_.tell) o_.tell(trouble);
}

// --- messages -----------------------------------------------------------------------------------

delivery::behavior_type delivery_actor(delivery_self self, delivery_options options) {
  self->state.it = std::make_unique<courier>(self, std::move(options));
  courier& it = *self->state.it;
  it.start();
  return {
      [&it](outbox_grew) { it.grew(); },
      [&it](const detail::look& due) { it.woken(due.generation); },
      [&it](detail::taken& got) { it.taken(got); },
      [&it](detail::attempted& done) { it.attempted(done.flight, std::move(done.how)); },
      [&it](const detail::attempt_overdue& due) {
        delivery_attempt never;
        never.what = outcome::in_doubt;
        never.status = "no answer came";
        it.attempted(due.flight, std::move(never));
      },
      [&it](const detail::finished& done) { it.finished(done); },
      [&it](const detail::finish_now& due) { it.finish(due.flight); },
  };
}

}  // namespace

delivery spawn_delivery(caf::actor_system& system, delivery_options options) {
  return store::spawn(system, delivery_actor, std::move(options));
}

}  // namespace fibrehub::actors
