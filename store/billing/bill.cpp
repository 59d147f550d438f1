#include "store/billing/bill.hpp"

#include <algorithm>
#include <array>

#include "domain/sla/calendar_check.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

std::int64_t id_at(const domain::field_values& values, domain::field f) {
  const auto& id = domain::at(values, f);
  return id ? std::stoll(*id) : 0;
}

constexpr sql update_billing{
    "write_billing",
    "UPDATE tickets t SET version = r.version, history_seq = r.seq, history_hash ="
    " substring($1::bytea FROM r.hash_at FOR 32), updated_at = " FIBREHUB_SQL_INSTANT(
        "r.updated_us") ", billing_type = r.type, billing_reason = r.reason, guarantee_until ="
                        " r.until, contract_id = r.contract FROM (SELECT unnest($2::bigint[]) AS"
                        " id, unnest($3::integer[]) AS version, unnest($4::integer[]) AS seq,"
                        " unnest($5::integer[]) AS hash_at, unnest($6::bigint[]) AS updated_us,"
                        " unnest($7::text[]) AS type, unnest($8::text[]) AS reason,"
                        " unnest($9::date[]) AS until, unnest($10::bigint[]) AS contract) AS r"
                        " WHERE t.id = r.id"};

}  // namespace

domain::billing_verdict billing_of(const sla_book& book, const billed_work& work,
                                   domain::instant now) {
  domain::billing_facts facts;
  facts.source = work.source;
  facts.type = work.type;
  facts.has_client = work.client_id != 0;
  facts.installed_on = domain::sla::parse_date(work.install_date);
  if (const auto g = book.guarantees.find(work.project_id); g != book.guarantees.end())
    facts.guarantee = &g->second;
  domain::billing_contract contract;
  if (const sla_contract* c = book.contract_of(work.client_id, now)) {
    contract = {c->id, c->terms.name};
    facts.contract = &contract;
  }
  facts.came_in_on = std::chrono::floor<std::chrono::days>(std::min(work.came_in, now));
  return domain::classify(facts);
}

void bill(domain::ticket_draft& draft, const sla_book& book, domain::instant now) {
  using domain::field;
  const domain::field_values& values = draft.ticket().values;
  billed_work work;
  work.source = domain::ticket_source_from(domain::at(values, field::source).value_or(""))
                    .value_or(domain::ticket_source::api);
  work.type = domain::ticket_type_from(domain::at(values, field::type).value_or(""))
                  .value_or(domain::ticket_type::fault);
  work.client_id = id_at(values, field::client_id);
  work.project_id = id_at(values, field::project_id);
  work.install_date = domain::at(values, field::install_date).value_or("");
  const auto made = domain::parse_rfc3339(domain::at(values, field::created_at).value_or(""));
  work.came_in = made.value_or(now);
  domain::bill(draft, billing_of(book, work, now));
}

void write_billing(connection& db, pqxx::transaction_base& tx,
                   std::span<const domain::ticket_record* const> tickets) {
  if (tickets.empty()) return;
  std::string hashes;
  std::array<pq_array, 9> c;
  for (const domain::ticket_record* t : tickets) {
    c[0].add(t->id);
    c[1].add(t->version);
    c[2].add(t->history_seq);
    c[3].add(static_cast<std::int64_t>(hashes.size()) + 1);
    hashes.append(reinterpret_cast<const char*>(t->history_hash.data()), t->history_hash.size());
    c[4].add(domain::to_us(t->updated_at));
    std::size_t column = 5;
    for (const domain::field f : {domain::field::billing_type, domain::field::billing_reason,
                                  domain::field::guarantee_until, domain::field::contract_id})
      c[column++].add_or_null(std::string_view(domain::at(t->values, f).value_or("")));
  }
  sql_params params;
  params.binary = &hashes;
  for (pq_array& column : c)
    params.texts.push_back(column.take());
  db.run(tx, update_billing, params);
}

}  // namespace fibrehub::store
