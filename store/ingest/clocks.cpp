#include "store/ingest/clocks.hpp"

#include <algorithm>
#include <set>

namespace fibrehub::store {
namespace {

bool has_ended(const std::string& status) {
  return status == "resolved" || status == "closed";
}

}  // namespace

void intake_clocks::start(ticket_row& row, const known_drops& drops) {
  clocked_ticket t;
  t.id = row.id;
  t.type = domain::ticket_type_from(row.type).value_or(domain::ticket_type::fault);
  t.priority =
      domain::ticket_priority_from(row.fields.priority).value_or(domain::ticket_priority::medium);
  t.status = domain::ticket_status_from(row.fields.status).value_or(domain::ticket_status::new_);
  if (const auto drop = drops.find(row.drop); drop != drops.end())
    t.client_id = drop->second.client_id;
  const domain::instant at = row.progress.updated_at;
  t.start = std::min(row.created_at, at);
  if (has_ended(row.fields.status))
    t.ended = row.fields.resolved_at == domain::instant{} ? at : row.fields.resolved_at;
  clocks_.start(t, at);
  latest_ = std::max(latest_, at);
  row.due_at = clocks_.due_of(row.id).value_or(std::nullopt).value_or(domain::instant{});
}

/// What the other desk did is what its people did, and its client has seen it there.
void intake_clocks::follow_cases(const ingest_rows& rows) {
  std::set<std::int64_t> cases;
  for (const ticket_change& c : rows.changes)
    if (c.sets_fields) cases.insert(c.id);
  for (const history_row& h : rows.history) {
    if (h.entry.action != "field" || !cases.contains(h.entry.ticket_id)) continue;
    latest_ = std::max(latest_, h.entry.at);
    if (h.entry.field == "status") {
      const auto from = domain::ticket_status_from(h.entry.old_value);
      const auto to = domain::ticket_status_from(h.entry.new_value);
      if (from && to) clocks_.move(h.entry.ticket_id, *from, *to, true, h.entry.at);
    } else if (h.entry.field == "priority") {
      clocks_.retarget(h.entry.ticket_id, std::nullopt,
                       domain::ticket_priority_from(h.entry.new_value), std::nullopt, h.entry.at);
    }
  }
}

void intake_clocks::plan(ingest_rows& rows, const known_drops& drops) {
  std::set<std::int64_t> fresh, known;
  for (ticket_row& row : rows.tickets) {
    fresh.insert(row.id);
    start(row, drops);
  }
  for (const ticket_change& c : rows.changes)
    if (c.sets_fields) known.insert(c.id);
  for (const staff_answer& a : rows.answers)
    if (!fresh.contains(a.ticket_id)) known.insert(a.ticket_id);
  clocks_.load(std::vector<std::int64_t>(known.begin(), known.end()));
  follow_cases(rows);
  for (const staff_answer& a : rows.answers) {
    clocks_.answer(a.ticket_id, a.at);
    latest_ = std::max(latest_, a.at);
  }
}

void intake_clocks::write(ingest_rows& rows) {
  clocks_.write_due(latest_);
  clocks_.write(rows.events, rows.clocks);
}

}  // namespace fibrehub::store
