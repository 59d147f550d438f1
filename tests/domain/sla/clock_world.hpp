// Random worlds for the checks of SLA clocks against their model: calendars around changes of
// offsets, targets for every pair, and what may happen to a ticket next. All of it follows from one
// seed.
#pragma once

#include <date/tz.h>

#include <cstdlib>
#include <random>

#include "domain/workflow.hpp"
#include "tests/domain/sla/clock_model.hpp"
#include "tests/domain/sla/support.hpp"

namespace fibrehub::domain::sla::model {

inline constexpr int horizon_min = 3'600;
/// Before it nothing happens; tickets that are imported began somewhere in it.
inline constexpr int first_min = 700;

class dice {
 public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}
  int between(int low, int high_inclusive) {
    return low + static_cast<int>(engine_() % static_cast<std::uint64_t>(high_inclusive - low + 1));
  }
  bool one_in(int n) { return between(1, n) == 1; }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[static_cast<std::size_t>(between(0, static_cast<int>(all.size()) - 1))];
  }

 private:
  std::mt19937_64 engine_;
};

/// The seed of the run: FIBREHUB_MODEL_SEED, or always the same one.
inline std::uint64_t first_seed() {
  const char* given = std::getenv("FIBREHUB_MODEL_SEED");
  return given ? std::strtoull(given, nullptr, 10) : 1;
}
/// How many times as many histories: FIBREHUB_MODEL_TIMES.
inline int times_as_many() {
  const char* given = std::getenv("FIBREHUB_MODEL_TIMES");
  return given ? std::atoi(given) : 1;
}

inline day_hours some_hours(dice& d) {
  day_hours out;
  int from = 0;
  for (int n = d.between(1, 3); n > 0 && from < 95; --n) {
    const int begin = d.between(from, std::min(95, from + 40));
    const int end = d.between(begin + 1, 96);
    out.push_back({begin * 15, end * 15});
    from = end;
  }
  return out;
}

inline calendar_version some_version(dice& d, instant near) {
  static const std::vector<std::string> zones{"Africa/Johannesburg", "Europe/Berlin",
                                              "America/New_York",    "Africa/Casablanca",
                                              "Australia/Lord_Howe", "Asia/Kathmandu"};
  calendar_version v;
  v.zone = d.one_of(zones);
  const bool is_around_the_clock = d.one_in(4);
  for (day_hours& hours : v.weekly)
    hours = is_around_the_clock ? day_hours{{0, 1'440}} : some_hours(d);
  const local_day today = std::chrono::floor<std::chrono::days>(near);
  if (d.one_in(4)) v.holidays.push_back(today + std::chrono::days{1});
  if (d.one_in(4)) v.exceptions[today + std::chrono::days{d.between(0, 2)}] = some_hours(d);
  return v;
}

inline minute_table table_of(const calendar_version& v, instant origin) {
  const auto* zone = date::locate_zone(v.zone);
  minute_table out(horizon_min, 0);
  for (int m = 0; m < horizon_min; ++m) {
    const auto local =
        zone->to_local(std::chrono::floor<std::chrono::seconds>(origin + std::chrono::minutes{m}));
    const auto midnight = date::floor<date::days>(local);
    const local_day today{std::chrono::days{midnight.time_since_epoch().count()}};
    const auto minute = std::chrono::duration_cast<std::chrono::minutes>(local - midnight).count();
    const day_hours* of_day = &v.weekly[(std::chrono::weekday{today}.c_encoding() + 6) % 7];
    static const day_hours closed;
    if (std::count(v.holidays.begin(), v.holidays.end(), today) > 0) of_day = &closed;
    if (const auto e = v.exceptions.find(today); e != v.exceptions.end()) of_day = &e->second;
    for (const day_interval& i : *of_day)
      if (i.begin_min <= minute && minute < i.end_min) out[static_cast<std::size_t>(m)] = 1;
  }
  return out;
}

/// Some days somewhere, with calendars and what they come to.
struct place {
  instant origin;
  std::vector<calendar_version> versions;
  std::vector<minute_table> tables;
};

inline const std::vector<place>& places() {
  static const std::vector<place> all = [] {
    std::vector<place> out;
    dice d(7);
    const instant around[] = {at("2026-03-08T07:00:00Z"), at("2026-03-29T01:00:00Z"),
                              at("2026-10-25T01:00:00Z"), at("2026-04-04T15:00:00Z"),
                              at("2026-02-14T12:00:00Z"), at("2026-06-10T12:00:00Z")};
    for (int n = 0; n < 18; ++n) {
      place p;
      p.origin = around[n % 6] - std::chrono::minutes{d.between(first_min, 2'400)};
      for (int v = 0; v < 6; ++v) {
        p.versions.push_back(some_version(d, p.origin));
        p.tables.push_back(table_of(p.versions.back(), p.origin));
      }
      out.push_back(std::move(p));
    }
    return out;
  }();
  return all;
}

/// What the configuration says of a type and a priority.
struct pair_terms {
  int response_min = 20, resolution_min = 20;
  std::vector<int> levels;
  std::size_t calendar = 0;
};

inline pair_terms some_pair(dice& d, std::size_t calendars) {
  static const std::vector<std::vector<int>> levels{{7'500, 9'000, breach},
                                                    {7'500, 9'000, breach},
                                                    {5'000, breach},
                                                    {breach},
                                                    {2'500, 7'500, breach}};
  // Multiples of twenty minutes: then each level ends with a whole minute.
  return {20 * d.between(1, 15), 20 * d.between(1, 40), d.one_of(levels),
          static_cast<std::size_t>(d.between(0, static_cast<int>(calendars) - 1))};
}

enum class happening { move, answer, retarget, withdraw };
struct event {
  happening what{};
  ticket_status to{};
  bool is_told = true;
  ticket_type type{};
  ticket_priority priority{};
};

/// What may happen to a ticket in this status.
inline event next_event(dice& d, ticket_status status, ticket_type type, ticket_priority priority) {
  event e;
  e.type = type;
  e.priority = priority;
  const int throw_of = d.between(1, 20);
  if (throw_of == 1) {
    e.what = d.one_in(4) ? happening::withdraw : happening::answer;
  } else if (throw_of <= 4) {
    e.what = happening::answer;
  } else if (throw_of <= 9) {
    e.what = happening::retarget;
    do {
      e.type = static_cast<ticket_type>(d.between(0, 4));
      e.priority = static_cast<ticket_priority>(d.between(0, 3));
    } while (e.type == type && e.priority == priority);
  } else {
    e.what = happening::move;
    e.is_told = !d.one_in(4);
    static const workflow flow = workflow::defaults();
    std::vector<ticket_status> next;
    for (const transition& t : flow.all())
      if (t.from == status) next.push_back(t.to);
    e.to = d.one_of(next);
  }
  return e;
}

/// All tickets, and what had to be recorded of them.
class world {
 public:
  world(const place& where, dice& d) : where_(where) {
    for (std::size_t c = 0; c < 3; ++c)
      calendars_.push_back(std::make_unique<hours>(&where.tables[c]));
    for (auto& of_type : pairs_)
      for (pair_terms& p : of_type)
        p = some_pair(d, calendars_.size());
  }

  instant time(int minute) const { return where_.origin + std::chrono::minutes{minute}; }
  std::int64_t us(instant t) const { return (t - where_.origin).count(); }
  const place& where() const { return where_; }
  const pair_terms& pair(ticket_type t, ticket_priority p) const {
    return pairs_[static_cast<std::size_t>(t)][static_cast<std::size_t>(p)];
  }

  void create(std::int64_t id, ticket_type type, ticket_priority priority, ticket_status status,
              int start, int minute) {
    ticket t{status,
             type,
             priority,
             false,
             {id, false, terms_of(type, priority, false), start, minute, horizon_min},
             {id, true, terms_of(type, priority, true), start, minute, horizon_min}};
    if (ticket::pauses(status)) t.resolution.pause(start);
    write(t.look(minute * minute_us));
    tickets_.emplace(id, std::move(t));
  }
  void happen(std::int64_t id, const event& e, int minute) {
    ticket& t = tickets_.at(id);
    if (e.what == happening::move) write(t.move(e.to, e.is_told, minute));
    if (e.what == happening::answer) write(t.answer(minute));
    if (e.what == happening::withdraw) write(t.withdraw(minute));
    if (e.what != happening::retarget) return;
    t.type = e.type;
    t.priority = e.priority;
    write(t.response.retarget(terms_of(e.type, e.priority, false), minute));
    write(t.resolution.retarget(terms_of(e.type, e.priority, true), minute));
  }
  void edit_calendar(std::size_t which, std::size_t version, int from_minute) {
    calendars_[which]->edit(from_minute, &where_.tables[version]);
    for (auto& [id, t] : tickets_) {
      t.response.forget();
      t.resolution.forget();
    }
  }
  void look(std::int64_t id, bool is_resolution, std::int64_t now_us) {
    ticket& t = tickets_.at(id);
    write((is_resolution ? t.resolution : t.response).look(now_us));
  }

  std::map<std::int64_t, ticket>& tickets() { return tickets_; }
  /// In the order of their keys.
  const std::map<decltype(fact{}.key()), fact>& facts() const { return facts_; }
  /// Levels that nobody has seen although they were crossed by then.
  std::size_t unseen(std::int64_t now_us) const {
    std::size_t out = 0;
    for (const auto& [id, t] : tickets_)
      out += t.response.unseen(now_us) + t.resolution.unseen(now_us);
    return out;
  }

 private:
  terms terms_of(ticket_type type, ticket_priority priority, bool is_resolution) const {
    const pair_terms& p = pair(type, priority);
    return {is_resolution ? p.resolution_min : p.response_min, p.levels,
            calendars_[p.calendar].get()};
  }
  void write(const std::vector<fact>& found) {
    for (const fact& f : found)
      if (!facts_.emplace(f.key(), f).second) ADD_FAILURE() << "the model says it twice";
  }

  const place& where_;
  std::vector<std::unique_ptr<hours>> calendars_;
  std::array<std::array<pair_terms, 4>, 5> pairs_;
  std::map<std::int64_t, ticket> tickets_;
  std::map<decltype(fact{}.key()), fact> facts_;
};

inline std::string to_text(const fact& f) {
  return fmt::format("ticket {} {} cycle {} level {} epoch {} at {} min {} us: {}", f.ticket,
                     f.is_resolution ? "resolution" : "response", f.cycle, f.level, f.epoch,
                     f.at_us / minute_us, f.at_us % minute_us, f.what);
}

/// What is in one and not in the other, as text; empty when they agree.
template <class Facts>
std::string difference(const Facts& expected, const Facts& found) {
  std::string out;
  for (const auto& [key, f] : expected) {
    const auto other = found.find(key);
    if (other == found.end())
      out += "forgotten: " + to_text(f) + "\n";
    else if (other->second != f)
      out += "expected: " + to_text(f) + "\n   found: " + to_text(other->second) + "\n";
  }
  for (const auto& [key, f] : found)
    if (!expected.contains(key)) out += "too much: " + to_text(f) + "\n";
  return out;
}

}  // namespace fibrehub::domain::sla::model
