#include "store/sla/older_tickets.hpp"

#include <fmt/format.h>

#include <map>

#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sla/clock_set.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_progress{"sla_older_progress",
                              "SELECT up_to_id FROM sla_older_tickets FOR UPDATE"};
constexpr sql update_progress{"sla_older_write",
                              "UPDATE sla_older_tickets SET up_to_id = $1::bigint"};
constexpr sql select_tickets{
    "sla_older_tickets",
    "SELECT t.id, t.type, t.priority, coalesce(t.client_id, 0), t.status, " FIBREHUB_SQL_US(
        "t.created_at") ", t.source = 'wa_inbound' AND t.chat_id IS NOT NULL, t.deleted_at IS NULL"
                        " AND t.status NOT IN ('resolved', 'closed') AND NOT EXISTS (SELECT 1 FROM"
                        " sla_clocks c WHERE c.ticket_id = t.id) FROM tickets t WHERE t.id <="
                        " $1::bigint ORDER BY t.id DESC LIMIT $2::bigint"};
constexpr sql select_moves{
    "sla_older_moves",
    "SELECT ticket_id, " FIBREHUB_SQL_US(
        "at") ", old_value, new_value FROM ticket_history WHERE ticket_id = ANY ($1::bigint[]) AND"
              " field = 'status' ORDER BY ticket_id, seq"};
constexpr sql select_answers{
    "sla_older_answers",
    "SELECT a.ticket_id, min(a.us) FROM (SELECT m.ticket_id, " FIBREHUB_SQL_US(
        "m.received_at") " AS us FROM messages m WHERE m.ticket_id = ANY ($1::bigint[]) AND"
                         " m.outbound AND NOT m.by_api UNION ALL SELECT n.ticket_id, "
    FIBREHUB_SQL_US("n.created_at") " FROM ticket_notes n LEFT JOIN users u ON u.id = n.author_id"
                                    " WHERE n.ticket_id = ANY ($1::bigint[]) AND NOT n.internal AND"
                                    " coalesce(u.role, '') <> 'client') a GROUP BY a.ticket_id"};

struct page {
  std::map<std::int64_t, clock_past> open;
  std::int64_t last_id = 0;  // 0: there was nothing left
  std::size_t size = 0;
};

page load_page(connection& db, pqxx::transaction_base& tx, std::int64_t up_to, std::size_t limit) {
  page out;
  const pqxx::result rows =
      db.run(tx, select_tickets, {{std::to_string(up_to), std::to_string(limit)}, nullptr});
  for (const auto& r : rows) {
    ++out.size;
    out.last_id = r[0].as<std::int64_t>();
    if (!r[7].as<bool>()) continue;
    clock_past past;
    past.ticket.id = out.last_id;
    past.ticket.type = domain::ticket_type_from(r[1].c_str()).value_or(domain::ticket_type::fault);
    past.ticket.priority =
        domain::ticket_priority_from(r[2].c_str()).value_or(domain::ticket_priority::medium);
    past.ticket.client_id = r[3].as<std::int64_t>();
    past.ticket.status =
        domain::ticket_status_from(r[4].c_str()).value_or(domain::ticket_status::new_);
    past.ticket.start = domain::from_us(r[5].as<std::int64_t>());
    past.is_told = !r[6].as<bool>();
    out.open.emplace(out.last_id, std::move(past));
  }
  return out;
}

void load_past(connection& db, pqxx::transaction_base& tx, page& p) {
  std::vector<std::int64_t> ids;
  for (const auto& [id, past] : p.open)
    ids.push_back(id);
  const pqxx::result moves = db.run(tx, select_moves, {{people::id_array(ids)}, nullptr});
  for (const auto& r : moves) {
    const auto from = domain::ticket_status_from(r[2].c_str());
    const auto to = domain::ticket_status_from(r[3].c_str());
    if (from && to)
      p.open.at(r[0].as<std::int64_t>())
          .moves.push_back({*from, *to, domain::from_us(r[1].as<std::int64_t>())});
  }
  const pqxx::result answers = db.run(tx, select_answers, {{people::id_array(ids)}, nullptr});
  for (const auto& r : answers)
    p.open.at(r[0].as<std::int64_t>()).answered = domain::from_us(r[1].as<std::int64_t>());
}

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const start_older_clocks& request,
                  change_context& context) {
  older_tickets_run done;
  const auto up_to = db.run(tx, select_progress)[0][0].as<std::int64_t>();
  if (up_to > 0) {
    page p = load_page(db, tx, up_to, request.limit);
    done.more = p.size == request.limit;
    if (!p.open.empty()) {
      load_past(db, tx, p);
      clock_set clocks(db, tx);
      for (const auto& [id, past] : p.open)
        clocks.restore(past, context.origin.at);
      clocks.write_due(context.origin.at);
      context.grows_outbox |= clocks.write(context.events, context.clocks);
      for (const auto& [id, past] : p.open)
        context.tickets.push_back(id);
      done.started = p.open.size();
    }
    const std::int64_t rest = done.more ? p.last_id - 1 : 0;
    db.run(tx, update_progress, {{std::to_string(rest)}, nullptr});
  }
  if (request.result) *request.result = done;
  return write_answer{200, fmt::format(R"({{"started":{}}})", done.started)};
}

}  // namespace fibrehub::store
