#include "store/sla/clock_news.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "store/notify/notify.hpp"
#include "store/people/sql.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;

/// What is as late as that comes from a hub that was down: each person gets one e-mail of it all.
constexpr std::chrono::minutes gathered_from{5};

domain::notice_kind kind_of(int level_bp) {
  if (level_bp >= sla::whole_bp) return domain::notice_kind::clock_breached;
  return level_bp >= 9'000 ? domain::notice_kind::clock_90 : domain::notice_kind::clock_75;
}

// What is told of a clock and to whom; its client is told nothing.
constexpr sql select_told{
    "sla_told_tickets",
    "SELECT id, uid, title, source, type, coalesce(zone, ''), priority, coalesce(assigned_to, 0),"
    " coalesce(assigned_team, 0), coalesce(client_id, 0) FROM tickets WHERE id = ANY"
    " ($1::bigint[]) AND deleted_at IS NULL"};

std::unordered_map<std::int64_t, domain::noticed_ticket> load_noticed(
    connection& db, pqxx::transaction_base& tx, std::span<const told_clock> told) {
  std::vector<std::int64_t> ids;
  for (const told_clock& t : told)
    ids.push_back(t.what.ticket_id);
  std::unordered_map<std::int64_t, domain::noticed_ticket> out;
  const pqxx::result rows = db.run(tx, select_told, {{people::id_array(ids)}, nullptr});
  for (const auto& r : rows) {
    domain::noticed_ticket t;
    t.id = r[0].as<std::int64_t>();
    t.uid = r[1].c_str();
    t.title = r[2].c_str();
    t.source = r[3].c_str();
    t.type = r[4].c_str();
    t.zone = r[5].c_str();
    t.priority =
        domain::ticket_priority_from(r[6].c_str()).value_or(domain::ticket_priority::medium);
    t.whose = {r[7].as<std::int64_t>(), r[8].as<std::int64_t>(), r[9].as<std::int64_t>()};
    out.emplace(t.id, std::move(t));
  }
  return out;
}

std::string sentence(const told_clock& t) {
  const sla::level_event& e = t.what.event;
  const auto late = std::chrono::duration_cast<std::chrono::seconds>(e.late_by);
  std::string out = fmt::format(
      "{} of {} {} at {}", name_of(t.what.kind), sla::duration_text(t.clock.terms.target.length),
      e.level_bp >= sla::whole_bp ? "was exceeded"
                                  : fmt::format("is used up to {:g} %", e.level_bp / 100.0),
      domain::to_rfc3339(std::chrono::floor<std::chrono::seconds>(e.at)));
  const auto due =
      e.level_bp < sla::whole_bp ? due_at(t.clock.terms.terms, t.clock.state) : std::nullopt;
  if (due)
    out +=
        fmt::format("; due {}", domain::to_rfc3339(std::chrono::floor<std::chrono::seconds>(*due)));
  // What a healthy hub takes is not worth a word.
  if (late.count() >= 5) out += fmt::format("; noticed {} late", sla::duration_text(late));
  return out;
}

}  // namespace

bool tell_of_clocks(connection& db, pqxx::transaction_base& tx, std::span<const told_clock> told,
                    std::vector<committed_event>& events) {
  if (told.empty()) return false;
  const auto tickets = load_noticed(db, tx, told);
  std::vector<domain::ticket_news> all;
  for (const told_clock& t : told) {
    const auto ticket = tickets.find(t.what.ticket_id);
    if (ticket == tickets.end()) continue;
    domain::ticket_news& news = all.emplace_back();
    news.ticket = ticket->second;
    news.by_name = "SLA clock";
    news.at = t.what.noticed_at;
    domain::ticket_notice& n = news.notices.emplace_back();
    n.kind = kind_of(t.what.event.level_bp);
    n.detail = sentence(t);
    if (t.what.event.late_by >= gathered_from)
      n.late = sla::duration_text(
          std::chrono::duration_cast<std::chrono::seconds>(t.what.event.late_by));
    n.key = fmt::format("{}:{}:{}:{}", name_of(t.what.kind), t.what.cycle, t.what.event.level_bp,
                        t.what.event.epoch);
  }
  return notify(db, tx, std::move(all), events);
}

}  // namespace fibrehub::store
