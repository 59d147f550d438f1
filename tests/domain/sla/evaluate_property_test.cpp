// Whatever happens to a clock, and whenever somebody looks or crashes while looking: the events are
// those of a model that looks at exactly the right moments.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "domain/sla/evaluate.hpp"
#include "tests/domain/sla/random_clocks.hpp"

namespace fibrehub::domain::sla {
namespace {

enum class step { pause, resume, stop, reopen, retarget, edit_calendar };

struct operation {
  instant when;
  step what;
  terms after;  // of retarget and edit_calendar
};

struct story {
  terms first;
  clock_state clock;
  std::vector<operation> operations;
  instant end;
};

story any_story() {
  story s;
  s.first = {made(any_versions()), seconds{between(60, 400'000)}};
  s.clock.start = any_minute();
  instant when = s.clock.start;
  terms now = s.first;
  for (int n = between(0, 10); n > 0; --n) {
    when += seconds{between(0, 200'000)};
    const auto what = static_cast<step>(between(0, 5));
    if (what == step::retarget) now.target = seconds{between(60, 400'000)};
    if (what == step::edit_calendar) {
      auto versions = edited(now.hours->versions(), any_version(), when);
      if (versions) now.hours = made(*versions);
    }
    s.operations.push_back({when, what, now});
  }
  s.end = when + seconds{between(0, 2'000'000)};
  return s;
}

/// What the store would hold: rows under their unique key, with the instant they are dated at.
class ledger {
 public:
  void write(const clock_state& c, const decision& d) {
    int sent = 0;
    for (const level_event& e : d.events) {
      const bool is_new = rows_.emplace(std::tuple(c.cycle, e.level_bp, e.epoch), e.at).second;
      RC_ASSERT(is_new);  // no level twice within an epoch
      RC_ASSERT(e.late_by >= 0us);
      sent += e.what == disposition::send ? 1 : 0;
    }
    RC_ASSERT(sent <= 1);
  }
  std::map<std::tuple<int, int, int>, instant> rows_;
};

class hub {
 public:
  hub(const story& s, bool restless) : terms_(s.first), clock_(s.clock), restless_(restless) {
    instant last = clock_.start;
    for (const operation& o : s.operations) {
      look_between(last, o.when);
      perform(o);
      last = o.when;
    }
    look_between(last, s.end);
    look(s.end);
  }
  const ledger& book() const { return book_; }
  const clock_state& clock() const { return clock_; }
  const terms& now() const { return terms_; }

 private:
  void look(instant when) {
    const decision d = evaluate(terms_, clock_, when);
    book_.write(clock_, d);
    clock_.marks = d.marks;
    RC_ASSERT(!d.wake || *d.wake > when);
  }
  /// Looks at arbitrary moments; some answers are lost in a crash.
  void look_between(instant from, instant to) {
    if (!restless_) return;
    for (int n = between(0, 3); n > 0 && from < to; --n) {
      from += microseconds{(to - from).count() / between(1, 3)};
      const bool crashes = between(0, 2) == 0;
      if (crashes)
        static_cast<void>(evaluate(terms_, clock_, from));
      else
        look(from);
    }
  }
  void perform(const operation& o) {
    if (o.what == step::retarget || o.what == step::edit_calendar) {
      const changed_clock r = change_terms(terms_, o.after, clock_, o.when);
      book_.write(clock_, r.decided);
      clock_ = r.state;
      terms_ = o.after;
      return;
    }
    look(o.when);
    if (o.what == step::pause) clock_ = paused_at(clock_, o.when);
    if (o.what == step::resume) clock_ = resumed_at(clock_, o.when);
    if (o.what == step::stop) clock_ = stopped_at(clock_, o.when);
    if (o.what == step::reopen) clock_ = reopened_at(clock_, o.when);
    look(o.when);
  }

  terms terms_;
  clock_state clock_;
  bool restless_;
  ledger book_;
};

TEST(EvaluateProperty, AnyInterleavingOfEventsCrashesAndEvaluationsGivesTheSameEvents) {
  EXPECT_TRUE(rc::check("the model's event set", [] {
    const story s = any_story();
    const hub model(s, false);
    for (int i = 0; i < 3; ++i) {
      const hub restless(s, true);
      RC_ASSERT(restless.book().rows_ == model.book().rows_);
      RC_ASSERT(restless.clock().marks == model.clock().marks);
    }
  }));
}

TEST(EvaluateProperty, FollowingTheRemindersMissesNothingAndIsNeverLate) {
  EXPECT_TRUE(rc::check("wake instants are enough", [] {
    story s = any_story();
    s.operations.clear();
    clock_state c = s.clock;
    c.pauses = any_pauses(c.start, true);
    std::map<int, instant> seen;
    std::optional<instant> wake = c.start;
    for (int i = 0; wake && i < 10; ++i) {
      const decision d = evaluate(s.first, c, *wake);
      for (const level_event& e : d.events) {
        seen[e.level_bp] = e.at;
        RC_ASSERT(e.late_by <= 1us);
      }
      c.marks = d.marks;
      wake = d.wake;
    }
    RC_ASSERT(!wake);
    for (const level_instant& level : view(s.first, c, c.start).levels)
      RC_ASSERT(seen.contains(level.level_bp) == level.at.has_value());
  }));
}

TEST(EvaluateProperty, ABreachIsRecordedExactlyWhenTheVerdictIsBreached) {
  EXPECT_TRUE(rc::check("events and verdict agree", [] {
    story s = any_story();
    std::erase_if(s.operations, [](const operation& o) {
      return o.what == step::retarget || o.what == step::edit_calendar;
    });
    const hub h(s, true);
    const bool has_breach = h.book().rows_.contains(std::tuple(1, whole_bp, 0));
    const clock_view v = view(h.now(), h.clock(), s.end);
    RC_ASSERT(has_breach == (v.status == clock_status::breached));
  }));
}

TEST(EvaluateProperty, EpochsOnlyRise) {
  EXPECT_TRUE(rc::check("epochs", [] {
    const story s = any_story();
    clock_state c = s.clock;
    terms t = s.first;
    std::map<int, int> epochs;
    for (const operation& o : s.operations) {
      const changed_clock r = change_terms(t, o.after, c, o.when);
      for (const level_mark& m : r.state.marks) {
        RC_ASSERT(m.epoch >= epochs[m.level_bp]);
        RC_ASSERT(m.epoch <= epochs[m.level_bp] + 1);
        epochs[m.level_bp] = m.epoch;
      }
      c = r.state;
      t = o.after;
    }
  }));
}

}  // namespace
}  // namespace fibrehub::domain::sla
