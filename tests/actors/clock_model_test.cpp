// SLA clocks against their model: whatever happens to tickets, whenever somebody looks, and
// whatever is lost on the way, the same levels are recorded, once, and none is forgotten. A failure
// names its seed; FIBREHUB_MODEL_SEED=n starts there, FIBREHUB_MODEL_TIMES=n runs n times as many.
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
using model::dice;
using model::minute_us;
using sla::clock_kind;
using store::clock_key;
using store::clock_wake;

clock_kind kind_of(bool is_resolution) {
  return is_resolution ? clock_kind::resolution : clock_kind::response;
}

store::clocked_ticket some_ticket(dice& d, std::int64_t id, const model::world& w, int& start,
                                  int minute) {
  store::clocked_ticket t;
  t.id = id;
  t.type = static_cast<domain::ticket_type>(d.between(0, 4));
  t.priority = static_cast<domain::ticket_priority>(d.between(0, 3));
  t.status = d.one_in(8) ? ticket_status::pending_approval : ticket_status::new_;
  start = d.one_in(6) ? std::max(0, minute - d.between(1, 600)) : minute;
  t.start = w.time(start);
  return t;
}

/// The life of one ticket, looked at at any moments; some looks are lost in a crash.
class history {
 public:
  explicit history(std::uint64_t seed)
      : dice_(seed),
        where_(dice_.one_of(model::places())),
        untold_(dice_),
        world_(where_, dice_),
        ideal_(where_, untold_),
        store_(world_) {
    minute_ = model::first_min + dice_.between(0, 200);
    create();
    for (int n = dice_.between(0, 10); n > 0; --n) {
      const int next = minute_ + (dice_.one_in(8) ? 0 : dice_.between(1, 180));
      look_between(minute_, next);
      minute_ = next;
      if (dice_.one_in(7)) {
        edit_calendar();
      } else {
        happen();
      }
    }
    const int end = std::min(minute_ + dice_.between(1, 1'200), model::horizon_min - 1);
    look_between(minute_, end);
    for (const bool is_resolution : {false, true}) {
      look(is_resolution, end * minute_us, false);
      ideal_.look(1, is_resolution, end * minute_us);
    }
    check();
  }
  std::size_t recorded() const { return store_.facts().size(); }

 private:
  void create() {
    int start = 0;
    const store::clocked_ticket t = some_ticket(dice_, 1, world_, start, minute_);
    store_.transact({}, false, [&](store::clock_moves& m) { m.start(t, world_.time(minute_)); });
    for (model::world* w : {&world_, &ideal_})
      w->create(1, t.type, t.priority, t.status, start, minute_);
  }
  void edit_calendar() {
    const auto which = static_cast<std::size_t>(dice_.between(0, 2));
    const auto version = static_cast<std::size_t>(dice_.between(3, 5));
    store_.edit_calendar(which, version, minute_);
    world_.edit_calendar(which, version, minute_);
    ideal_.edit_calendar(which, version, minute_);
  }
  void happen() {
    const model::ticket& t = world_.tickets().at(1);
    if (t.is_gone) return;
    const model::event e = next_event(dice_, t.status, t.type, t.priority);
    const ticket_status from = t.status;
    // A transaction that is lost is made again.
    for (const bool is_lost : {true, false})
      store_.transact({1}, is_lost, [&](store::clock_moves& m) {
        tests::happen(m, 1, e, from, world_.time(minute_));
      });
    world_.happen(1, e, minute_);
    ideal_.happen(1, e, minute_);
  }
  void look(bool is_resolution, std::int64_t at_us, bool is_lost) {
    const instant now = where_.origin + std::chrono::microseconds{at_us};
    store_.look(1, kind_of(is_resolution), now, is_lost);
    if (!is_lost) world_.look(1, is_resolution, at_us);
  }
  void look_between(int from, int to) {
    std::int64_t at = from * minute_us;
    for (int n = dice_.between(0, 4); n > 0; --n) {
      const std::int64_t left = to * minute_us - at;
      if (left <= 0) return;
      // On the minute, right after it, or anywhere.
      std::int64_t when = at + left / dice_.between(1, 4);
      if (!dice_.one_in(3)) when = std::max(at, when / minute_us * minute_us + dice_.between(0, 1));
      at = std::min(when, to * minute_us);
      const bool is_resolution = !dice_.one_in(3), is_lost = dice_.one_in(3);
      look(is_resolution, at, is_lost);
      if (dice_.one_in(4)) look(is_resolution, at, false);
      // The database's clock steps back: nothing new, and nothing is deleted.
      if (dice_.one_in(8) && !is_any_outdated()) look(is_resolution, from * minute_us, false);
    }
  }
  bool is_any_outdated() const {
    for (const auto& [key, row] : store_.rows())
      if (store_.is_outdated(row)) return true;
    return false;
  }
  void check() {
    EXPECT_EQ(model::difference(world_.facts(), store_.facts()), "");
    // What is recorded, and its date, do not depend on who looked when.
    auto ideal = ideal_.facts();
    auto real = store_.facts();
    for (auto* facts : {&ideal, &real})
      for (auto& [key, f] : *facts)
        f.what.clear();
    EXPECT_EQ(model::difference(ideal, real), "") << "looked at in time";
  }

  dice dice_;
  const model::place& where_;
  dice untold_;
  model::world world_, ideal_;
  clock_memory_store store_;
  int minute_ = 0;
};

TEST(ClockModel, AnyInterleavingOfEventsCrashesAndLooksRecordsWhatTheModelSays) {
  std::size_t recorded = 0;
  const int histories = 12'000 * model::times_as_many();
  for (int n = 0; n < histories; ++n) {
    const std::uint64_t seed = model::first_seed() + static_cast<std::uint64_t>(n);
    SCOPED_TRACE(fmt::format("FIBREHUB_MODEL_SEED={}", seed));
    recorded += history(seed).recorded();
    if (HasFailure()) return;
  }
  EXPECT_GT(recorded, static_cast<std::size_t>(histories)) << "the histories say something";
}

/// Many tickets of one world under the real clock service, whose store, news, answers and time are
/// disturbed.
class ClockModelService : public fixtures::actor_fixture {
 protected:
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override {
    late_answers_.clear();
    service_ = nullptr;
    spdlog::set_level(spdlog::level::info);
  }

  /// Where news are lost only the looks for what was not heard of find it; elsewhere nothing may
  /// wait for them.
  std::chrono::minutes sweep() const { return loses_news_ ? 5min : 40min; }
  std::chrono::minutes seen_within() const { return loses_news_ ? 3 * sweep() : 6min; }

  instant db_now() const {
    return where_->origin + std::chrono::minutes{model::first_min} +
           std::chrono::duration_cast<std::chrono::microseconds>(elapsed() - begun_);
  }
  int minute() const { return static_cast<int>(world_->us(db_now()) / minute_us); }

  void start() {
    clock_service_options o;
    o.now = [this] { return db_now() + skew_; };
    o.monotonic = [this] { return time_gate::steady{elapsed()}; };
    o.tick = 37s;
    o.sweep = sweep();
    o.retry = 1min;
    o.batch = 7;
    o.storm_batch = 11;
    o.evaluate = [this](std::vector<clock_key> keys, store::reply<store::evaluated_clocks> to) {
      perhaps_later([this, keys = std::move(keys), to = std::move(to)] { evaluate(keys, to); });
    };
    o.list = [this](const store::list_clocks& ask, store::reply<std::vector<clock_wake>> to) {
      perhaps_later(
          [page = store_->page_after(ask.after, 5), to = std::move(to)] { to.answer(page); });
    };
    o.list_due = [this](const store::list_due_clocks& ask,
                        store::reply<std::vector<clock_wake>> to) {
      perhaps_later(
          [found = store_->due_until(ask.until), to = std::move(to)] { to.answer(found); });
    };
    service_ = spawn_clock_service(system(), std::move(o));
    watch(store::untyped(service_));
    run();
  }
  void perhaps_later(std::function<void()> f) {
    if (holds_back_)
      late_answers_.push_back(std::move(f));
    else
      f();
  }
  void stop() {
    store::ask_to_stop(service_);
    run();
    service_ = nullptr;
  }

  void evaluate(const std::vector<clock_key>& keys,
                const store::reply<store::evaluated_clocks>& to) {
    if (away_) {
      to.answer(tl::unexpected(store::error{store::errc::unavailable, "away"}));
      return;
    }
    store::evaluated_clocks done;
    done.drifted = std::chrono::abs(skew_) > 5s;
    if (!done.drifted) {
      done = store_->evaluate(keys, db_now());
      for (const clock_key& k : keys)
        world_->look(k.ticket_id, k.is_resolution, world_->us(db_now()));
      tell(done.wakes);
    }
    to.answer(std::move(done));
  }
  void tell(std::vector<clock_wake> wakes) {
    if (service_ && !(loses_news_ && dice_->one_in(8)))
      store::send(service_, clocks_moved{std::move(wakes)});
  }

  void create_or_happen() {
    auto& tickets = world_->tickets();
    if (tickets.size() < tickets_ && dice_->one_in(2)) {
      const auto id = static_cast<std::int64_t>(tickets.size()) + 1;
      int start = 0;
      const store::clocked_ticket t = some_ticket(*dice_, id, *world_, start, minute());
      const int now = minute();
      tell(store_->transact({}, false,
                            [&](store::clock_moves& m) { m.start(t, world_->time(now)); }));
      world_->create(id, t.type, t.priority, t.status, start, now);
      return;
    }
    if (tickets.empty()) return;
    const std::int64_t id = dice_->between(1, static_cast<int>(tickets.size()));
    const model::ticket& t = tickets.at(id);
    if (t.is_gone) return;
    const model::event e = next_event(*dice_, t.status, t.type, t.priority);
    const ticket_status from = t.status;
    const int now = minute();
    tell(store_->transact({id}, false, [&](store::clock_moves& m) {
      tests::happen(m, id, e, from, world_->time(now));
    }));
    world_->happen(id, e, now);
  }
  void edit_calendar() {
    const auto which = static_cast<std::size_t>(dice_->between(0, 2));
    const auto version = static_cast<std::size_t>(dice_->between(3, 5));
    const int now = minute();
    store_->edit_calendar(which, version, now);
    world_->edit_calendar(which, version, now);
    tell({{}});
  }
  void let_late_answers_come() {
    auto late = std::exchange(late_answers_, {});
    for (auto& f : late)
      f();
    run();
  }
  /// The hub is killed: what was on its way has reached the database or not, its answer is lost.
  void crash() {
    stop();
    if (dice_->one_in(2)) let_late_answers_come();
    late_answers_.clear();
    holds_back_ = false;
    advance(std::chrono::minutes{dice_->between(0, 200)});
    if (dice_->one_in(2)) skew_ = 0s;
    disturbed_ = elapsed();
    start();
  }
  /// Another hub looks, or the same one twice.
  void look_at_any() {
    if (world_->tickets().empty()) return;
    const std::int64_t id = dice_->between(1, static_cast<int>(world_->tickets().size()));
    for (const bool is_resolution : {true, false}) {
      store_->look(id, kind_of(is_resolution), db_now(), false);
      world_->look(id, is_resolution, world_->us(db_now()));
    }
  }
  void disturb() {
    disturbed_ = elapsed();
    switch (dice_->between(0, 5)) {
      case 0:
        return crash();
      case 1:
        skew_ = std::chrono::seconds{dice_->between(-10'000, 10'000)};
        return;
      case 2:
        skew_ = std::chrono::milliseconds{dice_->between(-4'000, 4'000)};
        return;
      case 3:
        holds_back_ = !holds_back_;
        return holds_back_ ? void() : let_late_answers_come();
      case 4:
        away_ = !away_;
        return;
      default:
        // All of them are read anew; the pages may come late, and older than the news meanwhile.
        holds_back_ = dice_->one_in(2);
        store::send(service_, clocks_unknown{});
        run();
    }
  }
  void calm_down() {
    disturbed_ = elapsed();
    skew_ = 0s;
    away_ = holds_back_ = false;
    let_late_answers_come();
  }
  void expect_all_seen() {
    const auto until = world_->us(db_now() - seen_within());
    EXPECT_EQ(world_->unseen(until), 0U) << "forgotten at minute " << minute();
  }

  void live(std::uint64_t seed) {
    dice d(seed);
    dice_ = &d;
    where_ = &d.one_of(model::places());
    world_ = std::make_unique<model::world>(*where_, d);
    store_ = std::make_unique<clock_memory_store>(*world_);
    tickets_ = static_cast<std::size_t>(d.between(1, 40));
    loses_news_ = d.one_in(2);
    begun_ = elapsed();
    disturbed_ = elapsed();
    start();
    while (minute() < 2'400 && !HasFailure()) {
      advance(std::chrono::minutes{d.one_in(5) ? d.between(0, 90) : d.between(0, 8)});
      const bool is_calm = skew_ == 0s && !away_ && !holds_back_;
      if (is_calm && elapsed() - disturbed_ > 2 * seen_within()) expect_all_seen();
      const int throw_of = d.between(1, 40);
      if (throw_of <= 30)
        create_or_happen();
      else if (throw_of <= 32)
        edit_calendar();
      else if (throw_of <= 35)
        look_at_any();
      else if (is_calm)
        disturb();
      else
        calm_down();
    }
    calm_down();
    advance(2 * seen_within());
    expect_all_seen();
    EXPECT_EQ(model::difference(world_->facts(), store_->facts()), "");
    stop();
    histories_ += world_->tickets().size();
    recorded_ += store_->facts().size();
  }

  dice* dice_ = nullptr;
  const model::place* where_ = nullptr;
  std::unique_ptr<model::world> world_;
  std::unique_ptr<clock_memory_store> store_;
  clock_service service_;
  std::vector<std::function<void()>> late_answers_;
  std::chrono::nanoseconds begun_{}, disturbed_{};
  std::chrono::microseconds skew_{0};
  std::size_t tickets_ = 0;
  bool holds_back_ = false, away_ = false, loses_news_ = false;
  std::size_t histories_ = 0, recorded_ = 0;
};

TEST_F(ClockModelService, RecordsWhatTheModelSaysWhateverIsLostOnTheWay) {
  const int worlds = 300 * model::times_as_many();
  for (int n = 0; n < worlds; ++n) {
    const std::uint64_t seed = model::first_seed() + static_cast<std::uint64_t>(n);
    SCOPED_TRACE(fmt::format("FIBREHUB_MODEL_SEED={}", seed));
    live(seed);
    if (HasFailure()) return;
  }
  EXPECT_GT(recorded_, histories_);
  RecordProperty("histories", static_cast<int>(histories_));
  RecordProperty("recorded", static_cast<int>(recorded_));
}

}  // namespace
}  // namespace fibrehub::actors::tests
