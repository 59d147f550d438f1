// bench-growth: whether one more costs the same however many there are. Each figure is measured
// with N, 4 N and 16 N items in the real actor system, in CPU time of the process, the best of some
// interleaved rounds; when an item costs more than 2.5 times as much with 16 N as with N, something
// grows quadratically, and the exit code is 1.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_actor.hpp>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "actors/clock_service.hpp"
#include "actors/event_hub.hpp"
#include "store/caf/caf.hpp"
#include "store/caf/config.hpp"

namespace fibrehub::bench {

struct poke {
  std::shared_ptr<std::atomic<std::size_t>> counted;
};
struct poke_all {
  std::shared_ptr<std::atomic<std::size_t>> counted;
};
using idle_actor = caf::typed_actor<caf::reacts_to<poke>>;
using poker_actor = caf::typed_actor<caf::reacts_to<poke_all>>;

}  // namespace fibrehub::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::bench::poke)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::bench::poke_all)

namespace fibrehub::bench {
namespace {

using namespace std::chrono_literals;
using counter = std::shared_ptr<std::atomic<std::size_t>>;

double cpu_s() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Whatever does not come to its end is a failure as well.
void wait_for(const counter& c, std::size_t wanted) {
  const auto deadline = std::chrono::steady_clock::now() + 100s;
  while (*c < wanted) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("it does not come to an end");
    std::this_thread::sleep_for(200us);
  }
}

struct idle_state {
  idle_state() = default;
  static inline const char* name = "idle";
};
idle_actor::behavior_type idle(idle_actor::stateful_pointer<idle_state>) {
  return {[](const poke& p) { ++*p.counted; }};
}
struct poker_state {
  poker_state() = default;
  static inline const char* name = "poker";
  std::vector<idle_actor> all;
};
poker_actor::behavior_type poker(poker_actor::stateful_pointer<poker_state> self,
                                 std::vector<idle_actor> all) {
  self->state.all = std::move(all);
  return {[self](const poke_all& p) {
    for (const idle_actor& a : self->state.all)
      store::send(a, poke{p.counted});
  }};
}

/// One actor speaks to N idle ones.
double fan_out(caf::actor_system& system, std::size_t n) {
  std::vector<idle_actor> all;
  for (std::size_t i = 0; i < n; ++i)
    all.push_back(store::spawn(system, idle));
  const poker_actor speaker = store::spawn(system, poker, all);
  const counter counted = std::make_shared<std::atomic<std::size_t>>(0);
  const double begun = cpu_s();
  store::send(speaker, poke_all{counted});
  wait_for(counted, n);
  const double used = cpu_s() - begun;
  store::ask_to_stop(speaker);
  for (const idle_actor& a : all)
    store::ask_to_stop(a);
  return used;
}

/// N clocks are armed by news, and all are due at one instant.
double arm_and_fire(caf::actor_system& system, std::size_t n) {
  const counter looked_at = std::make_shared<std::atomic<std::size_t>>(0);
  const auto time = std::make_shared<std::atomic<std::int64_t>>(1'795'000'000'000'000);
  const domain::instant due = domain::from_us(*time + 60'000'000);
  const auto service = std::make_shared<actors::clock_service>();
  actors::clock_service_options o;
  // The wall clock is the test's, and so is the one it is compared with.
  o.now = [time] { return domain::from_us(*time); };
  o.monotonic = [time] { return actors::time_gate::steady{std::chrono::microseconds{*time}}; };
  o.tick = 1ms;
  o.sweep = 24h;
  o.evaluate = [looked_at, service](const std::vector<store::clock_key>& clocks,
                                    const store::reply<store::evaluated_clocks>& to) {
    std::vector<store::clock_wake> wakes;
    for (const store::clock_key& k : clocks)
      wakes.push_back({k.ticket_id, k.is_resolution, std::nullopt});
    store::send(*service, actors::clocks_moved{std::move(wakes)});
    to.answer(store::evaluated_clocks{});
    *looked_at += clocks.size();
  };
  o.list = [](const store::list_clocks&, const store::reply<std::vector<store::clock_wake>>& to) {
    to.answer(std::vector<store::clock_wake>{});
  };
  o.list_due = [](const store::list_due_clocks&,
                  const store::reply<std::vector<store::clock_wake>>& to) {
    to.answer(std::vector<store::clock_wake>{});
  };
  const auto figures = o.figures;
  *service = actors::spawn_clock_service(system, std::move(o));
  const double begun = cpu_s();
  for (std::size_t i = 0; i < n; i += 100) {
    actors::clocks_moved news;
    for (std::size_t k = i; k < std::min(n, i + 100); ++k)
      news.wakes.push_back({static_cast<std::int64_t>(k) + 1, true, due});
    store::send(*service, std::move(news));
  }
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (figures->armed < n && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(200us);
  *time += 61'000'000;
  wait_for(looked_at, n);
  const double used = cpu_s() - begun;
  store::ask_to_stop(*service);
  *service = nullptr;
  return used;
}

struct counting_sink : actors::event_sink {
  explicit counting_sink(counter to) : counted(std::move(to)) {}
  bool offer(const std::shared_ptr<const actors::event>& what) override {
    *counted += what->forms[0].get([] { return std::string("once"); }).size() > 0 ? 1 : 0;
    return true;
  }
  counter counted;
};

/// One event for each of N listeners.
double tell_listeners(caf::actor_system& system, std::size_t n) {
  const counter counted = std::make_shared<std::atomic<std::size_t>>(0);
  const actors::event_hub hub = actors::spawn_event_hub(system, "1");
  for (std::size_t i = 0; i < n; ++i)
    store::send(hub, actors::subscribe{std::make_shared<counting_sink>(counted), std::nullopt});
  store::committed_events first;
  first.items.emplace_back();
  store::send(hub, std::move(first));
  wait_for(counted, n);  // all are there
  const double begun = cpu_s();
  store::committed_events commit;
  for (int i = 0; i < 20; ++i)
    commit.items.emplace_back().kind = "ticket.updated";
  store::send(hub, std::move(commit));
  wait_for(counted, 21 * n);
  const double used = cpu_s() - begun;
  store::ask_to_stop(hub);
  return used;
}

struct figure {
  const char* name;
  std::size_t n;
  std::function<double(caf::actor_system&, std::size_t)> run;
};

struct outcome {
  std::array<double, 3> ns_an_item{};
  double ratio() const { return ns_an_item[2] / ns_an_item[0]; }
};

outcome measure(const figure& f, const std::string& policy, int rounds) {
  constexpr std::array<std::size_t, 3> times{1, 4, 16};
  outcome best;
  best.ns_an_item.fill(1e300);
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < times.size(); ++i) {
      store::actor_config config;
      if (!policy.empty()) config.set("scheduler.policy", caf::atom("stealing"));
      caf::actor_system system{config};
      // Small figures are over in a moment: as many of them as make one large one.
      const std::size_t repeats = times.back() / times[i];
      double used = 0;
      for (std::size_t r = 0; r < repeats; ++r) {
        used += f.run(system, f.n * times[i]);
        system.await_all_actors_done();  // their end is no part of what comes next
      }
      const double items = static_cast<double>(f.n * times[i] * repeats);
      best.ns_an_item[i] = std::min(best.ns_an_item[i], used * 1e9 / items);
    }
  return best;
}

int run(const std::string& policy, int rounds, double limit) {
  const std::array<figure, 3> figures{
      {{"messages to idle actors", 4'000, fan_out},
       {"clocks armed and fired at one instant", 20'000, arm_and_fire},
       {"listeners told of 20 events", 2'000, tell_listeners}}};
  bool all_hold = true;
  for (const figure& f : figures) {
    const outcome o = measure(f, policy, rounds);
    const bool holds = o.ratio() <= limit;
    all_hold = all_hold && holds;
    std::printf("%-40s %7zu: %6.0f ns  %7zu: %6.0f ns  %7zu: %6.0f ns  ratio %.2f  %s\n", f.name,
                f.n, o.ns_an_item[0], f.n * 4, o.ns_an_item[1], f.n * 16, o.ns_an_item[2],
                o.ratio(), holds ? "holds" : "GROWS");
    std::fflush(stdout);
  }
  return all_hold ? 0 : 1;
}

}  // namespace
}  // namespace fibrehub::bench

int main(int argc, char** argv) {
  CLI::App app{"Answers 1 when an item costs more the more of them there are."};
  std::string policy;
  int rounds = 3;
  double limit = 2.5;
  app.add_option("--policy", policy, "another scheduler than the hub's: stealing")
      ->check(CLI::IsMember({"stealing"}));
  app.add_option("--rounds", rounds, "the best of so many")->capture_default_str();
  app.add_option("--limit", limit, "how much more an item may cost with 16 times as many")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::off);
  try {
    return fibrehub::bench::run(policy, rounds, limit);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench-growth: %s\n", e.what());
    return 2;
  }
}
