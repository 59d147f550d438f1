#include "store/sla/clock_set.hpp"

#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sla/clock_news.hpp"
#include "store/sla/due_rows.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr sql update_due{
    "sla_write_due",
    "UPDATE tickets t SET due_at = " FIBREHUB_SQL_INSTANT_OR_NULL("r.due_us")
    " FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::bigint[]) AS due_us) AS r WHERE t.id ="
    " r.id AND t.due_at IS DISTINCT FROM " FIBREHUB_SQL_INSTANT_OR_NULL("r.due_us")};

}  // namespace

void clock_set::load(std::span<const std::int64_t> tickets) {
  if (tickets.empty()) return;
  for (stored_clock& c : load_clocks(db_, tx_, book(), tickets))
    add(std::move(c));
}

void clock_set::load_due(std::span<const clock_key> clocks) {
  std::vector<std::int64_t> outdated;
  for (stored_clock& c : load_due_clocks(db_, tx_, book(), clocks)) {
    if (is_outdated(c)) {
      outdated.push_back(c.ticket_id);
    } else {
      add(std::move(c));
    }
  }
  // They get other terms: that takes all of them.
  load(outdated);
}

void clock_set::write_due(domain::instant now) {
  pq_array ids, due;
  bool any = false;
  for (const auto& [ticket, at] : moved_due(now)) {
    any = true;
    ids.add(ticket);
    due.add(at ? domain::to_us(*at) : 0);
  }
  if (any) db_.run(tx_, update_due, {{ids.take(), due.take()}, nullptr});
}

bool clock_set::write(std::vector<committed_event>& events, std::vector<clock_wake>& wakes) {
  const clock_changes made = take();
  wakes.insert(wakes.end(), made.wakes.begin(), made.wakes.end());
  write_clocks(db_, tx_, made.clocks, made.at);
  const std::vector<bool> is_new = write_clock_events(db_, tx_, made.events);
  std::vector<told_clock> told;
  for (std::size_t i = 0; i < made.events.size(); ++i) {
    if (!is_new[i]) continue;
    ++recorded_;
    const recorded_event& e = made.events[i];
    if (e.event.what != domain::sla::disposition::send) continue;
    ++sent_;
    told.push_back({e, clock(e.ticket_id, e.kind)});
  }
  return tell_of_clocks(db_, tx_, told, events);
}

}  // namespace fibrehub::store
