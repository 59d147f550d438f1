// What SLA clocks have to record, said a second time and in the plainest way: working time is the
// count of open minutes, found by asking the civil time of each; a level is crossed at the end of
// the minute that fills it. It shares no code with the real clocks, and is as slow as it looks.
//
// Everything that happens lies on whole minutes after `origin`; only looks come at any microsecond.
#pragma once

#include <algorithm>
#include <climits>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "domain/ticket.hpp"

namespace fibrehub::domain::sla::model {

inline constexpr std::int64_t minute_us = 60'000'000;
inline constexpr int breach = 10'000;

/// Of each minute whether it is open.
using minute_table = std::vector<char>;

/// A calendar and its edits: each minute goes by the version in force then.
class hours {
 public:
  explicit hours(const minute_table* first) : versions_{{INT_MIN, first}} {}
  void edit(int from_minute, const minute_table* open) { versions_[from_minute] = open; }
  bool is_open(int minute) const {
    return (*std::prev(versions_.upper_bound(minute))->second)[static_cast<std::size_t>(minute)] !=
           0;
  }

 private:
  std::map<int, const minute_table*> versions_;
};

/// Something recorded: the row's key, when it was crossed, and who hears of it.
struct fact {
  std::int64_t ticket = 0;
  bool is_resolution = false;
  int cycle = 0, level = 0, epoch = 0;
  std::int64_t at_us = 0;
  std::string what;
  auto key() const { return std::tuple(ticket, is_resolution, cycle, level, epoch); }
  auto operator<=>(const fact&) const = default;
};

struct terms {
  int target_min = 0;
  std::vector<int> levels;
  const hours* calendar = nullptr;
};

class clock {
 public:
  clock(std::int64_t ticket, bool is_resolution, terms t, int start_min, int known_from_min,
        int horizon_min)
      : ticket_(ticket),
        is_resolution_(is_resolution),
        terms_(std::move(t)),
        start_(start_min),
        off_(static_cast<std::size_t>(horizon_min), 0) {
    if (start_min < known_from_min) silent_before_us_ = known_from_min * minute_us;
  }

  bool is_stopped() const { return stop_.has_value(); }
  /// The minute it is due at, as far as the horizon.
  std::optional<int> due_minute() const {
    const auto it = crossings().find(breach);
    return it == crossings().end() ? std::nullopt : std::optional(it->second);
  }

  /// Somebody looks, and what they see is committed.
  std::vector<fact> look(std::int64_t now_us) {
    std::vector<fact> found = notice(now_us);
    only_the_highest_is_sent(found);
    return found;
  }
  /// What a look at `now_us` would find.
  std::size_t unseen(std::int64_t now_us) const {
    clock copy = *this;
    return copy.notice(now_us).size();
  }

  void pause(int minute) {
    if (!off_since_) off_since_ = minute;
    forget();
  }
  void resume(int minute) {
    if (stop_ || !off_since_) return;
    count_nothing(*off_since_, minute);
    off_since_.reset();
    forget();
  }
  void stop(int minute) {
    if (stop_) return;
    resume(minute);
    off_since_ = stop_ = minute;
    forget();
  }
  void withdraw(int minute) {
    if (stop_) return;
    stop(minute);
    withdrawn_ = true;
  }
  void reopen(int minute) {
    if (!stop_) return;
    // What was changed while it stood still shows when it runs again.
    if (not_dated_before_us_ >= *stop_ * minute_us) not_dated_before_us_ = minute * minute_us;
    count_nothing(*stop_, minute);
    off_since_.reset();
    stop_.reset();
    withdrawn_ = false;
    forget();
  }
  void next_cycle(int minute) {
    ++cycle_;
    start_ = minute;
    off_.assign(off_.size(), 0);
    off_since_.reset();
    stop_.reset();
    withdrawn_ = false;
    not_dated_before_us_ = LLONG_MIN;
    silent_before_us_ = LLONG_MIN;
    levels_.clear();
    forget();
  }
  std::vector<fact> retarget(terms t, int minute) {
    const std::int64_t now_us = minute * minute_us;
    std::vector<fact> found = look(now_us);
    terms_ = std::move(t);
    forget();
    not_dated_before_us_ = std::max(not_dated_before_us_, now_us);
    for (const int level : terms_.levels) {
      const auto known = levels_.find(level);
      if (known == levels_.end() || !known->second.is_recorded || has_passed(level, now_us))
        continue;
      known->second = {known->second.epoch + 1, false};
      // It will be said again: so it need not be said now.
      for (fact& f : found)
        if (f.level == level) f.what = "superseded";
    }
    const std::vector<fact> brought = notice(now_us);
    found.insert(found.end(), brought.begin(), brought.end());
    std::sort(found.begin(), found.end(),
              [](const fact& a, const fact& b) { return a.level < b.level; });
    only_the_highest_is_sent(found);
    return found;
  }
  /// Its calendar was edited.
  void forget() { is_known_ = false; }

 private:
  struct mark {
    int epoch = 0;
    bool is_recorded = false;
  };

  void count_nothing(int from, int to) {
    for (int m = from; m < to; ++m)
      off_[static_cast<std::size_t>(m)] = 1;
  }
  /// The ends of the minutes that fill each level.
  const std::map<int, int>& crossings() const {
    if (is_known_) return crossings_;
    crossings_.clear();
    int counted = 0;
    std::size_t next = 0;
    const int end = off_since_ ? *off_since_ : static_cast<int>(off_.size());
    for (int m = start_; m < end && next < terms_.levels.size(); ++m) {
      if (off_[static_cast<std::size_t>(m)] == 0 && terms_.calendar->is_open(m)) ++counted;
      while (next < terms_.levels.size() &&
             counted * 10'000 >= terms_.target_min * terms_.levels[next])
        crossings_[terms_.levels[next++]] = m + 1;
    }
    is_known_ = true;
    return crossings_;
  }
  /// Until the due instant has passed it is in time.
  static std::int64_t certain_us(int minute, int level) {
    return minute * minute_us + (level == breach ? 1 : 0);
  }
  bool has_passed(int level, std::int64_t now_us) const {
    const auto at = crossings().find(level);
    const std::int64_t until = stop_ ? std::min(now_us, *stop_ * minute_us) : now_us;
    return at != crossings().end() && certain_us(at->second, level) <= until;
  }

  std::vector<fact> notice(std::int64_t now_us) {
    std::vector<fact> found;
    int highest_known = 0;
    for (const auto& [level, m] : levels_)
      if (m.is_recorded) highest_known = level;
    for (const auto& [level, minute] : crossings()) {
      std::int64_t at = minute * minute_us, certain = certain_us(minute, level);
      if (at < not_dated_before_us_) at = certain = not_dated_before_us_;
      mark& m = levels_[level];
      if (m.is_recorded || certain > now_us || (stop_ && certain > *stop_ * minute_us)) continue;
      m.is_recorded = true;
      const bool is_idle = stop_ && (level != breach || withdrawn_);
      const char* what = at < silent_before_us_             ? "silent"
                         : highest_known > level || is_idle ? "superseded"
                                                            : "send";
      found.push_back({ticket_, is_resolution_, cycle_, level, m.epoch, at, what});
    }
    return found;
  }
  static void only_the_highest_is_sent(std::vector<fact>& found) {
    for (std::size_t i = 0; i < found.size(); ++i)
      for (std::size_t j = i + 1; j < found.size(); ++j)
        if (found[i].what == "send" && found[j].what == "send") found[i].what = "superseded";
  }

  std::int64_t ticket_;
  bool is_resolution_;
  terms terms_;
  int start_ = 0;
  int cycle_ = 1;
  std::vector<char> off_;         // minutes that do not count
  std::optional<int> off_since_;  // and all from here on
  std::optional<int> stop_;
  bool withdrawn_ = false;
  std::int64_t not_dated_before_us_ = LLONG_MIN;
  std::int64_t silent_before_us_ = LLONG_MIN;
  std::map<int, mark> levels_;
  mutable std::map<int, int> crossings_;
  mutable bool is_known_ = false;
};

/// A ticket's two clocks and its status.
struct ticket {
  ticket_status status{};
  ticket_type type{};
  ticket_priority priority{};
  bool is_gone = false;
  clock response, resolution;

  static bool pauses(ticket_status s) {
    return s == ticket_status::blocked || s == ticket_status::pending_approval;
  }
  static bool ends(ticket_status s) {
    return s == ticket_status::resolved || s == ticket_status::closed;
  }

  /// A move of staff that the client hears of, or not.
  std::vector<fact> move(ticket_status to, bool is_told, int minute) {
    const std::int64_t now_us = minute * minute_us;
    std::vector<fact> found = look(now_us);
    const ticket_status from = std::exchange(status, to);
    if (from == ticket_status::closed) {
      response.next_cycle(minute);
      resolution.next_cycle(minute);
    } else {
      if (ends(to)) resolution.stop(minute);
      if (ends(from) && !ends(to)) resolution.reopen(minute);
      if (pauses(from) && !pauses(to) && !ends(to)) resolution.resume(minute);
      if (to == ticket_status::closed) response.stop(minute);
    }
    if (pauses(to)) resolution.pause(minute);
    const bool goes_on = to != ticket_status::new_ && to != ticket_status::triaged;
    if (is_told && goes_on) response.stop(minute);
    for (fact& f : look(now_us))
      found.push_back(std::move(f));
    return found;
  }
  std::vector<fact> answer(int minute) {
    if (response.is_stopped()) return {};
    std::vector<fact> found = response.look(minute * minute_us);
    response.stop(minute);
    return found;
  }
  std::vector<fact> withdraw(int minute) {
    std::vector<fact> found;
    is_gone = true;
    for (clock* c : {&response, &resolution}) {
      if (c->is_stopped()) continue;
      for (fact& f : c->look(minute * minute_us))
        found.push_back(std::move(f));
      c->withdraw(minute);
    }
    return found;
  }
  std::vector<fact> look(std::int64_t now_us) {
    std::vector<fact> found = response.look(now_us);
    for (fact& f : resolution.look(now_us))
      found.push_back(std::move(f));
    return found;
  }
};

}  // namespace fibrehub::domain::sla::model
