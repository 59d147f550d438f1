#include "store/raise_ticket.hpp"

#include <map>

#include "domain/sla/calendar_check.hpp"
#include "domain/uid.hpp"
#include "store/billing/bill.hpp"
#include "store/ingest/event_json.hpp"
#include "store/ingest/load.hpp"
#include "store/notify/notify.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/sla/clock_set.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

// Takes `value` numbers of each scope; the row stays locked until the end of the transaction.
constexpr sql take_numbers{"take_ticket_numbers",
                           "INSERT INTO uid_counters AS c (scope, value)"
                           " SELECT * FROM unnest($1::text[], $2::bigint[])"
                           " ON CONFLICT (scope) DO UPDATE SET value = c.value + excluded.value"
                           " RETURNING scope, value"};

constexpr sql insert_tickets{
    "raise_tickets",
    R"(
INSERT INTO tickets (id, uid, title, description, source, source_reference, type, priority, status, drop_number,
                     drop_known, project_id, pole_id, contractor_id, client_id, pon, zone, address, latitude, longitude,
                     install_date, version, history_seq, history_hash, created_by, created_at, updated_at, due_at,
                     billing_type, billing_reason, guarantee_until, contract_id)
SELECT r.id, r.uid, r.title, r.description, 'construction', r.reference, 'build', 'medium', 'new', r.drop_number,
       p.drop_id IS NOT NULL, p.project_id, p.pole_id, p.contractor_id, p.client_id, p.pon, p.zone, p.address, p.latitude,
       p.longitude, p.install_date, 1, 1, decode(r.hash, 'hex'), $7, )" FIBREHUB_SQL_INSTANT(
        "$8::bigint") ", " FIBREHUB_SQL_INSTANT("$8::bigint") ", " FIBREHUB_SQL_INSTANT_OR_NULL("r."
                                                                                                "du"
                                                                                                "e_"
                                                                                                "u"
                                                                                                "s") R"(,
       r.billing_type, r.billing_reason, r.guarantee_until, r.contract_id
FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS uid, unnest($3::text[]) AS title,
      unnest($4::text[]) AS description, unnest($5::text[]) AS reference, unnest($6::text[]) AS
      drop_number, unnest($9::text[]) AS hash,
      unnest($10::bigint[]) AS due_us, unnest($11::text[]) AS billing_type, unnest($12::text[]) AS
      billing_reason, unnest($13::date[]) AS guarantee_until, unnest($14::bigint[]) AS contract_id) AS r
LEFT JOIN drop_places p ON p.drop_number = r.drop_number
RETURNING uid, coalesce(client_id, 0))"};

constexpr sql insert_history{
    "raise_tickets_history",
    R"(
INSERT INTO ticket_history (ticket_id, seq, at, actor_kind, actor, address, action, field, old_value, new_value, hash)
SELECT r.id, 1, )" FIBREHUB_SQL_INSTANT(
        "$5::bigint") R"(, $6, $7, $8, 'created', r.cause, '', r.reference, decode(r.hash, 'hex')
FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS cause, unnest($3::text[]) AS
      reference, unnest($4::text[]) AS hash) AS r)"};

std::string hex(const domain::history_digest& digest) {
  std::string out;
  for (const std::uint8_t byte : digest)
    out += fmt::format("{:02x}", byte);
  return out;
}

domain::history_actor actor_of(const domain::principal& by) {
  using kind = domain::principal::kind;
  const char* what = by.what == kind::user ? "user" : by.what == kind::token ? "token" : "system";
  return {what, by.name.empty() ? by.id : by.name, by.address};
}

/// Gives every ticket its UID, counting on from the last number of each scope.
std::vector<std::string> give_uids(connection& db, pqxx::transaction_base& tx,
                                   std::span<const construction_ticket> wanted,
                                   domain::instant at) {
  static const domain::uid_templates templates = domain::uid_templates::defaults();
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  struct numbered {
    const domain::uid_template* form = nullptr;
    domain::uid_inputs in;
    std::string scope;
  };
  std::vector<numbered> names;
  std::map<std::string, std::int64_t> next;  // in order, so that nobody waits crosswise
  for (const construction_ticket& t : wanted) {
    numbered n;
    n.in = {t.reference, t.drop, static_cast<int>(day.year())};
    n.form = &templates.select(domain::ticket_source::construction, n.in);
    n.scope = n.form->counts() ? n.form->scope(n.in) : std::string();
    if (!n.scope.empty()) ++next[n.scope];
    names.push_back(std::move(n));
  }
  pq_array scopes, counts;
  for (const auto& [scope, count] : next) {
    scopes.add(std::string_view(scope));
    counts.add(count);
  }
  const pqxx::result taken = db.run(tx, take_numbers, {{scopes.take(), counts.take()}, nullptr});
  for (const auto& r : taken)
    next[r[0].c_str()] = r[1].as<std::int64_t>() - next[r[0].c_str()];
  std::vector<std::string> out;
  out.reserve(names.size());
  for (const numbered& n : names)
    out.push_back(n.form->render(n.in, n.scope.empty() ? 0 : ++next[n.scope]));
  return out;
}

committed_event created_event(const construction_ticket& t, const std::string& uid,
                              domain::instant at) {
  ticket_row row;
  row.source = domain::name_of(domain::ticket_source::construction);
  row.drop = t.drop;
  row.fields.title = t.title;
  row.fields.status = domain::name_of(domain::ticket_status::new_);
  row.fields.priority = domain::name_of(domain::ticket_priority::medium);
  committed_event out;
  out.kind = "ticket.created";
  out.ticket_uid = uid;
  out.at = at;
  out.data_json = ticket_event_data(uid, &row, nullptr, nullptr);
  out.access.who = domain::event_access::circle::ticket;
  return out;
}

domain::ticket_news news_of(const domain::history_entry& created, const construction_ticket& t,
                            const std::string& uid, const write_origin& origin) {
  domain::ticket_news news;
  news.ticket.id = created.ticket_id;
  news.ticket.uid = uid;
  news.ticket.title = t.title;
  news.ticket.source = domain::name_of(domain::ticket_source::construction);
  news.ticket.type = domain::name_of(domain::ticket_type::build);
  news.by_user = origin.by.user_id;
  news.by_name = created.actor.name;
  news.at = created.at;
  const domain::change_entry entry{"created", t.cause, {}, t.reference};
  domain::read_entries(news, created.seq, {&entry, 1});
  return news;
}

/// What follows from the drops: when each ticket is due, and who pays for it.
struct agreed_columns {
  pq_array due, billing_types, billing_reasons, guarantees_until, contracts;
};

agreed_columns start_clocks(connection& db, pqxx::transaction_base& tx, clock_set& clocks,
                            std::span<const construction_ticket> wanted,
                            std::span<const domain::ticket_news> news, domain::instant at) {
  std::vector<std::string> numbers;
  for (const construction_ticket& t : wanted)
    numbers.push_back(t.drop);
  const known_drops drops = load_drops(db, tx, numbers);
  agreed_columns out;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::int64_t id = news[i].ticket.id;
    const auto known = drops.find(wanted[i].drop);
    const drop_facts drop = known == drops.end() ? drop_facts{} : known->second;
    clocks.start({id, domain::ticket_type::build, domain::ticket_priority::medium, drop.client_id,
                  domain::ticket_status::new_, at},
                 at);
    const auto due = clocks.due_of(id).value_or(std::nullopt);
    out.due.add(due ? domain::to_us(*due) : 0);
    const domain::billing_verdict billing =
        billing_of(clocks.book(),
                   {domain::ticket_source::construction, domain::ticket_type::build, drop.client_id,
                    drop.project_id, drop.install_date, at},
                   at);
    out.billing_types.add(name_of(billing.type));
    out.billing_reasons.add(std::string_view(billing.reason));
    out.guarantees_until.add_or_null(std::string_view(
        billing.guarantee_until ? domain::sla::date_text(*billing.guarantee_until) : ""));
    out.contracts.add_or_null(billing.contract_id);
  }
  return out;
}

}  // namespace

std::vector<std::string> raise_tickets(connection& db, pqxx::transaction_base& tx,
                                       std::span<const construction_ticket> wanted,
                                       change_context& context) {
  if (wanted.empty()) return {};
  const domain::instant at = context.origin.at;
  const domain::history_actor actor = actor_of(context.origin.by);
  std::vector<std::string> uids = give_uids(db, tx, wanted, at);
  std::vector<domain::ticket_news> news;
  pq_array ids, names, titles, descriptions, references, drops, hashes, causes;
  std::unordered_map<std::string, committed_event> created_events;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const construction_ticket& t = wanted[i];
    const domain::history_entry created{context.next_id(), 1,       at, actor,
                                        "created",         t.cause, {}, t.reference};
    ids.add(created.ticket_id);
    names.add(std::string_view(uids[i]));
    titles.add(std::string_view(t.title));
    descriptions.add(std::string_view(t.description));
    references.add(std::string_view(t.reference));
    drops.add(std::string_view(t.drop));
    hashes.add(std::string_view(hex(domain::chain({}, created))));
    causes.add(std::string_view(t.cause));
    created_events.emplace(uids[i], created_event(t, uids[i], at));
    news.push_back(news_of(created, t, uids[i], context.origin));
  }
  clock_set clocks(db, tx);
  agreed_columns agreed = start_clocks(db, tx, clocks, wanted, news, at);
  const std::string id_list = ids.take(), reference_list = references.take(),
                    hash_list = hashes.take(), now = std::to_string(domain::to_us(at));
  const pqxx::result made = db.run(
      tx, insert_tickets,
      {{id_list, names.take(), titles.take(), descriptions.take(), reference_list, drops.take(),
        actor.name, now, hash_list, agreed.due.take(), agreed.billing_types.take(),
        agreed.billing_reasons.take(), agreed.guarantees_until.take(), agreed.contracts.take()},
       nullptr});
  for (const auto& row : made)
    created_events.at(row[0].c_str()).access.owner.client_id = row[1].as<std::int64_t>();
  db.run(tx, insert_history,
         {{id_list, causes.take(), reference_list, hash_list, now, actor.kind, actor.name,
           actor.address},
          nullptr});
  for (const std::string& uid : uids)
    context.events.push_back(std::move(created_events.at(uid)));
  context.grows_outbox |= notify(db, tx, std::move(news), context.events);
  context.grows_outbox |= clocks.write(context.events, context.clocks);
  return uids;
}

}  // namespace fibrehub::store
