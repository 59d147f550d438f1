#include "channels/waha/session_actor.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <deque>

#include "store/caf/caf.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_waiting = 4;
// After something was done its states follow within seconds; webhooks may not be set up yet.
constexpr unsigned max_looks = 4;

struct session_data {
  session_data() = default;
  static inline const char* name = "waha session";
  session_options options;
  std::shared_ptr<const session_ports> ports;
  std::string status;  // empty: not seen yet
  std::optional<silence_watch> silence;
  // One wish is under way at a time; answers that bear an older number come too late.
  std::optional<session_errand> errand;
  store::reply<actors::session_result> errand_to;
  std::uint64_t generation = 0;
  std::deque<do_session_call> waiting;
};

using self_pointer = session_actor::stateful_pointer<session_data>;

void begin_next(self_pointer self);

// --- silence -------------------------------------------------------------------------------------

std::string why_silent(const session_data& s) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(s.options.silence_alarm);
  if (s.silence->is_unproven())
    return fmt::format(
        "The session says WORKING and nothing was received for {} min; whether anything was missed "
        "cannot be asked, because the bridge keeps no messages.",
        minutes.count());
  return fmt::format(
      "The session says WORKING and nothing was received for {} min, but the bridge has messages "
      "no webhook told of. They are fetched; restart the session.",
      minutes.count());
}

std::string why_over(const session_data& s) {
  switch (s.silence->ended_by()) {
    case silence_watch::ending::heard:
      break;
    case silence_watch::ending::nothing_missing:
      return "The bridge was asked again: nothing is missing.";
    case silence_watch::ending::not_working:
      return s.status == "WORKING"
                 ? "It has signed in anew."
                 : fmt::format("It does not say WORKING any more, but {}.", s.status);
  }
  return "It is heard again.";
}

void restart_silent(self_pointer self) {
  session_data& s = self->state;
  do_session_call wish;
  wish.call.what = actors::session_action::restart;
  wish.call.session = s.options.name;
  wish.facts = s.ports->facts();
  wish.to = store::reply<actors::session_result>(
      [ports = s.ports,
       name = s.options.name](const tl::expected<actors::session_result, store::error>& done) {
        ports->restarted(name, done ? "done" : done.error().reason);
      });
  store::send(caf::actor_cast<session_actor>(self), std::move(wish));
}

void heed(self_pointer self, silence_watch::verdict verdict) {
  session_data& s = self->state;
  switch (verdict) {
    case silence_watch::verdict::nothing:
      break;
    case silence_watch::verdict::check:
      s.ports->want_pull(s.options.name, "silence");
      break;
    case silence_watch::verdict::silent:
      s.ports->silent(s.options.name, s.silence->silent_since(), why_silent(s));
      if (s.options.restart_silent) restart_silent(self);
      break;
    case silence_watch::verdict::over:
      s.ports->silent(s.options.name, std::nullopt, why_over(s));
      break;
  }
}

void see(self_pointer self, const session_seen& seen) {
  session_data& s = self->state;
  const std::string before = std::exchange(s.status, seen.info.status);
  const bool is_working = s.status == "WORKING";
  // What came while it was away was told to nobody.
  if (is_working && !before.empty() && before != "WORKING")
    s.ports->want_pull(s.options.name, "working");
  heed(self, s.silence->look(is_working, seen.heard_at, s.ports->now()));
}

// --- what is done to it --------------------------------------------------------------------------

void send(self_pointer self, protocols::transport::http_request request) {
  session_data& s = self->state;
  s.ports->fetch(std::move(request), [to = caf::actor_cast<session_actor>(self),
                                      mine = ++s.generation](rest_outcome outcome) {
    store::send(to, detail::errand_answered{mine, std::move(outcome)});
  });
}

/// Says what the session is now, and looks again until it has come to rest.
void follow(self_pointer self) {
  session_data& s = self->state;
  if (!s.errand->moves_session()) return;
  if (s.errand->call().what == actors::session_action::remove) {
    session_info gone;
    gone.name = s.options.name;
    s.ports->shown(gone);
    return;
  }
  if (s.errand->shown()) s.ports->shown(*s.errand->shown());
  store::remind(self, 2s, detail::look_again{1});
}

void take(self_pointer self, session_errand::step step) {
  session_data& s = self->state;
  if (auto* request = std::get_if<protocols::transport::http_request>(&step))
    return send(self, std::move(*request));
  auto& outcome = std::get<session_errand::outcome>(step);
  if (outcome) follow(self);
  s.errand_to.answer(std::move(outcome));
  s.errand.reset();
  s.errand_to = {};
  begin_next(self);
}

void begin_next(self_pointer self) {
  session_data& s = self->state;
  while (!s.errand && !s.waiting.empty()) {
    do_session_call next = std::move(s.waiting.front());
    s.waiting.pop_front();
    // Who asked may have left while it waited: then it is not done.
    if (!next.to.claim()) continue;
    s.errand.emplace(std::move(next.call), std::move(next.facts));
    s.errand_to = std::move(next.to);
    take(self, s.errand->begin());
    return;
  }
}

void accept(self_pointer self, do_session_call&& wish) {
  session_data& s = self->state;
  if (s.waiting.size() >= max_waiting) {
    store::error full{store::errc::conflict,
                      fmt::format("Five wishes for the session {} are under way or wait already; "
                                  "try again when they are done.",
                                  s.options.name)};
    full.reason = "busy";
    wish.to.answer(tl::unexpected(std::move(full)));
    return;
  }
  s.waiting.push_back(std::move(wish));
  if (!s.errand) begin_next(self);
}

void look_again(self_pointer self, unsigned number) {
  session_data& s = self->state;
  s.ports->fetch(session_request(s.ports->facts().address, s.options.name),
                 [to = self->address(), number](rest_outcome outcome) {
                   if (auto there = caf::actor_cast<caf::strong_actor_ptr>(to))
                     store::send(caf::actor_cast<session_actor>(there),
                                 detail::looked_again{number, std::move(outcome)});
                 });
}

void looked_again(self_pointer self, const detail::looked_again& look) {
  const auto got = read_session(look.outcome, "GET", "/api/sessions/session");
  if (!got || got->name.empty()) return;  // the keeper's next look will tell
  self->state.ports->shown(*got);
  const bool is_moving = got->status == "STARTING" || got->status == "STOPPED";
  if (is_moving && look.number < max_looks)
    store::remind(self, std::chrono::seconds(1U << (look.number + 1)),
                  detail::look_again{look.number + 1});
}

session_actor::behavior_type session_behavior(self_pointer self, session_options options,
                                              session_ports ports) {
  session_data& s = self->state;
  s.silence.emplace(options.silence_alarm, options.silent_since);
  s.options = std::move(options);
  s.ports = std::make_shared<const session_ports>(std::move(ports));
  return {
      [self](const session_seen& seen) { see(self, seen); },
      [self](do_session_call& wish) { accept(self, std::move(wish)); },
      [self](const session_pulled& pulled) {
        heed(self, self->state.silence->pulled(pulled.evidence, self->state.ports->now()));
      },
      [self](const detail::errand_answered& done) {
        if (done.generation != self->state.generation || !self->state.errand) return;
        take(self, self->state.errand->answered(done.outcome));
      },
      [self](const detail::look_again& look) { look_again(self, look.number); },
      [self](const detail::looked_again& look) { looked_again(self, look); },
  };
}

}  // namespace

session_actor spawn_session(caf::actor_system& system, session_options options,
                            session_ports ports) {
  return store::spawn(system, session_behavior, std::move(options), std::move(ports));
}

}  // namespace fibrehub::channels::waha
