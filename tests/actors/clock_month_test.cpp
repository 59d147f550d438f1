// A month of ten thousand tickets under virtual time: the office hours of South Africa, with Easter
// in them, and tickets that are blocked, resolved and reopened at any microsecond. When each level
// has to fire is computed up front; each fires then, once.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "actors/clock_service.hpp"
#include "tests/actors/clock_memory_store.hpp"
#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;
using domain::instant;
using domain::ticket_status;
using std::chrono::microseconds;

constexpr std::int64_t tickets = 10'000;
constexpr auto month = std::chrono::days{30};
constexpr auto tick = 1s;

struct step {
  instant at;
  std::int64_t ticket = 0;
  ticket_status from{}, to{};  // the same: it is made
  domain::ticket_type type{};
  domain::ticket_priority priority{};
  auto operator<=>(const step& other) const {
    return std::tie(at, ticket) <=> std::tie(other.at, other.ticket);
  }
};

struct level_key {
  std::int64_t ticket = 0;
  sla::clock_kind kind{};
  int level_bp = 0;
  auto operator<=>(const level_key&) const = default;
};

/// A clock as it will have been when the month is over.
struct whole_clock {
  instant start;
  std::vector<sla::pause> pauses;
  instant end;  // it stops, or the month does
};

class ClockMonth : public fixtures::actor_fixture {
 protected:
  void SetUp() override {
    spdlog::set_level(spdlog::level::off);
    auto book = std::make_shared<store::sla_book>();
    book->rule = sla::default_target_rule();
    book->default_calendar = 1;
    book->calendars[1] = {1, "Office", 1, sla::za()};
    store_.book_ = std::move(book);
  }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  instant now() const { return begin_ + std::chrono::duration_cast<microseconds>(elapsed()); }

  microseconds up_to(std::chrono::hours most) {
    return microseconds{static_cast<std::int64_t>(
        random_() % static_cast<std::uint64_t>(microseconds{most}.count()))};
  }
  /// What happens to a ticket, in order, as far as the month goes.
  void plan(std::int64_t id) {
    using enum ticket_status;
    step s;
    s.ticket = id;
    s.type = static_cast<domain::ticket_type>(random_() % 5);
    s.priority = static_cast<domain::ticket_priority>(random_() % 4);
    s.at = begin_ + up_to(24h * 25);
    s.from = s.to = new_;
    whole_clock response{s.at, {}, begin_ + month}, resolution = response;
    steps_.push_back(s);
    const auto go = [&](ticket_status to, std::chrono::hours within) {
      const instant at = s.at + up_to(within);
      if (at >= begin_ + month) return false;
      s.at = at;
      s.from = std::exchange(s.to, to);
      steps_.push_back(s);
      return true;
    };
    const auto work = [&] {
      for (auto n = random_() % 3; n > 0; --n) {
        if (!go(blocked, 60h)) return false;
        resolution.pauses.push_back({s.at, std::nullopt});
        if (!go(in_progress, 40h)) return false;
        resolution.pauses.back().end = s.at;
      }
      return random_() % 5 != 0 && go(resolved, 100h);
    };
    if (go(assigned, 40h)) {
      response.end = s.at;
      if (go(in_progress, 20h)) {
        bool is_resolved = work();
        while (is_resolved && random_() % 3 == 0) {
          const instant stopped = s.at;
          if (!go(in_progress, 50h)) break;
          resolution.pauses.push_back({stopped, s.at});
          is_resolved = work();
        }
        if (s.to == resolved) resolution.end = s.at;
      }
    }
    expect(id, sla::clock_kind::response, response, s);
    expect(id, sla::clock_kind::resolution, resolution, s);
  }
  void expect(std::int64_t id, sla::clock_kind kind, const whole_clock& c, const step& s) {
    const sla::terms t = store_.book_->terms_for(kind, s.type, s.priority, 0, c.start).terms;
    for (const int level : t.levels_bp) {
      const auto at = reach(*t.hours, c.start, c.pauses, sla::share_of(t.target, level));
      // What is due when it stops is in time.
      if (at && (level == sla::whole_bp ? *at < c.end : *at <= c.end))
        expected_[{id, kind, level}] = *at;
    }
  }

  void start_service() {
    clock_service_options o;
    o.now = [this] { return now(); };
    o.monotonic = [this] { return time_gate::steady{elapsed()}; };
    o.tick = tick;
    o.sweep = 1h;
    o.figures = figures_;
    o.evaluate = [this](const std::vector<store::clock_key>& keys,
                        const store::reply<store::evaluated_clocks>& to) {
      store::evaluated_clocks done = store_.evaluate(keys, now());
      store::send(service_, clocks_moved{done.wakes});
      to.answer(std::move(done));
    };
    o.list = [this](const store::list_clocks& ask,
                    const store::reply<std::vector<store::clock_wake>>& to) {
      to.answer(store_.page_after(ask.after, 10'000));
    };
    o.list_due = [this](const store::list_due_clocks& ask,
                        const store::reply<std::vector<store::clock_wake>>& to) {
      to.answer(store_.due_until(ask.until));
    };
    service_ = spawn_clock_service(system(), std::move(o));
    watch(store::untyped(service_));
    run();
  }
  void stop_service() {
    store::ask_to_stop(service_);
    run();
    service_ = nullptr;
  }
  void perform(const step& s) {
    advance(s.at - now());
    auto wakes = store_.transact({s.ticket}, false, [&](store::clock_moves& m) {
      if (s.from == s.to) {
        m.start({s.ticket, s.type, s.priority, 0, s.to, s.at, {}}, s.at);
      } else {
        m.move(s.ticket, s.from, s.to, true, s.at);
      }
    });
    store::send(service_, clocks_moved{std::move(wakes)});
  }
  void record(const store::recorded_event& e) {
    const level_key key{e.ticket_id, e.kind, e.event.level_bp};
    EXPECT_TRUE(fired_.emplace(key, e.event.at).second) << "twice: ticket " << e.ticket_id;
    EXPECT_EQ(e.cycle, 1);
    latest_ = std::max(latest_, e.noticed_at - e.event.at);
  }

  const instant begin_ = sla::at("2026-03-30T00:00:00Z");
  std::mt19937_64 random_{20'260'330};
  std::vector<step> steps_;
  std::map<level_key, instant> expected_, fired_;
  microseconds latest_{0};
  std::shared_ptr<clock_figures> figures_ = std::make_shared<clock_figures>();
  clocks_in_memory store_{[this](const store::recorded_event& e) { record(e); }};
  clock_service service_;
};

TEST_F(ClockMonth, EachLevelOfTenThousandTicketsFiresOnceAtItsInstant) {
  for (std::int64_t id = 1; id <= tickets; ++id)
    plan(id);
  std::sort(steps_.begin(), steps_.end());
  start_service();
  bool is_restarted = false;
  for (const step& s : steps_) {
    if (!is_restarted && s.at > begin_ + month / 2) {
      is_restarted = true;
      stop_service();
      start_service();
    }
    perform(s);
    if (HasFailure()) return;
  }
  advance(begin_ + month - now());
  std::erase_if(expected_, [this](const auto& e) { return e.second > now() - 2 * tick; });
  std::erase_if(fired_, [this](const auto& e) { return e.second > now() - 2 * tick; });
  EXPECT_GT(expected_.size(), 20'000U);
  EXPECT_EQ(fired_.size(), expected_.size());
  std::string wrong;
  for (const auto& [key, at] : expected_)
    if (const auto it = fired_.find(key); it == fired_.end() || it->second != at)
      wrong += fmt::format("ticket {} {} {} at {}: {}\n", key.ticket, name_of(key.kind),
                           key.level_bp, domain::to_rfc3339(at),
                           it == fired_.end() ? "never" : domain::to_rfc3339(it->second));
  EXPECT_EQ(wrong, "");
  // The wheel turns by whole ticks, and after its start between two of them.
  EXPECT_LE(latest_, 2 * tick);
  RecordProperty("steps", static_cast<int>(steps_.size()));
  RecordProperty("levels", static_cast<int>(fired_.size()));
  stop_service();
}

}  // namespace
}  // namespace fibrehub::actors::tests
