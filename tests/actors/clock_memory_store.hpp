// A store of SLA clocks without a database: rows in a map, changed by the same decisions in the
// same order as the real one changes its rows, in transactions that are committed or lost.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "store/sla/clock_moves.hpp"
#include "store/sla/evaluate_clocks.hpp"
#include "tests/domain/sla/clock_world.hpp"

namespace fibrehub::actors::tests {

namespace sla = domain::sla;
namespace model = domain::sla::model;

/// The rows, and whom to tell of what is recorded.
class clocks_in_memory {
 public:
  using row_key = std::pair<std::int64_t, sla::clock_kind>;
  using recorder = std::function<void(const store::recorded_event&)>;

  explicit clocks_in_memory(recorder to) : record_(std::move(to)) {}

  /// One transaction on these tickets; answers its wakes. When it is lost nothing has happened.
  template <class F>
  std::vector<store::clock_wake> transact(const std::vector<std::int64_t>& tickets, bool is_lost,
                                          F&& f) {
    store::clock_moves moves([this] { return book_; });
    for (const std::int64_t id : tickets)
      for (const auto kind : {sla::clock_kind::response, sla::clock_kind::resolution})
        if (const auto row = rows_.find({id, kind}); row != rows_.end())
          moves.add(loaded(row->second));
    f(moves);
    store::clock_changes made = moves.take();
    if (is_lost) return {};
    for (store::stored_clock& c : made.clocks) {
      c.worked_out_by = c.terms.calendar_version;
      c.is_new = false;
      c.known_pauses = c.state.pauses.size();
      const row_key key{c.ticket_id, c.kind};
      rows_.insert_or_assign(key, std::move(c));
    }
    for (const store::recorded_event& e : made.events)
      record_(e);
    return made.wakes;
  }
  const std::map<row_key, store::stored_clock>& rows() const { return rows_; }
  bool is_outdated(const store::stored_clock& c) const {
    return !c.state.stop && c.worked_out_by < book_->calendars.at(c.terms.calendar_id).version;
  }

  /// What the clock service asks of readers.
  std::vector<store::clock_wake> page_after(store::clock_key after, std::size_t limit) const {
    std::vector<store::clock_wake> page;
    auto it = rows_.lower_bound({after.ticket_id, sla::clock_kind::response});
    for (; it != rows_.end() && page.size() < limit; ++it) {
      const store::clock_key k{it->first.first, it->first.second == sla::clock_kind::resolution};
      if (it->second.wake && k > after)
        page.push_back({k.ticket_id, k.is_resolution, it->second.wake});
    }
    return page;
  }
  std::vector<store::clock_wake> due_until(domain::instant until) const {
    std::vector<store::clock_wake> found;
    for (const auto& [key, row] : rows_) {
      const bool is_resolution = key.second == sla::clock_kind::resolution;
      if (row.wake && *row.wake <= until) found.push_back({key.first, is_resolution, row.wake});
      if (is_outdated(row)) found.push_back({key.first, is_resolution, domain::instant{}});
    }
    return found;
  }
  /// What it asks of the writer.
  store::evaluated_clocks evaluate(const std::vector<store::clock_key>& keys, domain::instant now) {
    store::evaluated_clocks done;
    std::vector<std::int64_t> tickets;
    for (const store::clock_key& k : keys)
      tickets.push_back(k.ticket_id);
    transact(tickets, false, [&](store::clock_moves& m) {
      for (const store::clock_key& k : keys) {
        const auto kind = k.is_resolution ? sla::clock_kind::resolution : sla::clock_kind::response;
        m.look(k.ticket_id, kind, now);
        done.wakes.push_back({k.ticket_id, k.is_resolution, m.wake_of(k.ticket_id, kind)});
      }
    });
    return done;
  }

  store::sla_book_ptr book_;

 private:
  /// As from a row: the terms it got, by the calendar as it is now.
  store::stored_clock loaded(store::stored_clock c) const {
    c.terms = book_->kept(c.terms.target, c.terms.terms.levels_bp, c.terms.calendar_id);
    return c;
  }

  recorder record_;
  std::map<row_key, store::stored_clock> rows_;
};

/// That of a random world.
class clock_memory_store : public clocks_in_memory {
 public:
  explicit clock_memory_store(const model::world& w)
      : clocks_in_memory([this](const store::recorded_event& e) { record(e); }), world_(w) {
    auto book = std::make_shared<store::sla_book>();
    book->rule = sla::default_target_rule();
    book->default_calendar = 1;
    for (std::int64_t c = 0; c < 3; ++c) {
      versions_.push_back({w.where().versions[static_cast<std::size_t>(c)]});
      book->calendars[c + 1] = {c + 1, "", 1, sla::made(versions_.back())};
    }
    for (int t = 0; t < 5; ++t)
      for (int p = 0; p < 4; ++p) {
        const auto type = static_cast<domain::ticket_type>(t);
        const auto priority = static_cast<domain::ticket_priority>(p);
        const model::pair_terms& from = w.pair(type, priority);
        book->pairs.push_back({{type, priority, std::chrono::minutes{from.response_min},
                                std::chrono::minutes{from.resolution_min}},
                               from.levels,
                               static_cast<std::int64_t>(from.calendar) + 1});
      }
    book_ = std::move(book);
  }

  void edit_calendar(std::size_t which, std::size_t version, int from_minute) {
    sla::calendar_version added = world_.where().versions[version];
    added.effective_from = world_.time(from_minute);
    versions_[which] = edited(versions_[which], added, world_.time(from_minute)).value();
    auto book = std::make_shared<store::sla_book>(*book_);
    store::sla_calendar& c = book->calendars.at(static_cast<std::int64_t>(which) + 1);
    c.hours = sla::made(versions_[which]);
    ++c.version;
    book_ = std::move(book);
  }
  void look(std::int64_t ticket, sla::clock_kind kind, domain::instant now, bool is_lost) {
    transact({ticket}, is_lost, [&](store::clock_moves& m) { m.look(ticket, kind, now); });
  }

  const std::map<decltype(model::fact{}.key()), model::fact>& facts() const { return facts_; }

 private:
  void record(const store::recorded_event& e) {
    model::fact f{e.ticket_id,
                  e.kind == sla::clock_kind::resolution,
                  e.cycle,
                  e.event.level_bp,
                  e.event.epoch,
                  world_.us(e.event.at),
                  std::string(name_of(e.event.what))};
    if (!facts_.emplace(f.key(), f).second) ADD_FAILURE() << "twice: " << model::to_text(f);
    if (e.event.late_by < std::chrono::microseconds{0})
      ADD_FAILURE() << "before its time: " << model::to_text(f);
  }

  const model::world& world_;
  std::vector<std::vector<sla::calendar_version>> versions_;
  std::map<decltype(model::fact{}.key()), model::fact> facts_;
};

/// The same happening in the store.
inline void happen(store::clock_moves& m, std::int64_t id, const model::event& e,
                   domain::ticket_status from, domain::instant at) {
  if (e.what == model::happening::move) m.move(id, from, e.to, e.is_told, at);
  if (e.what == model::happening::answer) m.answer(id, at);
  if (e.what == model::happening::withdraw) m.withdraw(id, at);
  if (e.what == model::happening::retarget) m.retarget(id, e.type, e.priority, std::nullopt, at);
}

}  // namespace fibrehub::actors::tests
