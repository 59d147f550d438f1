#include "store/billing/bill.hpp"

#include "domain/sla/calendar_check.hpp"

namespace fibrehub::store {
namespace {

std::int64_t id_at(const domain::field_values& values, domain::field f) {
  const auto& id = domain::at(values, f);
  return id ? std::stoll(*id) : 0;
}

}  // namespace

domain::billing_verdict billing_of(const sla_book& book, const billed_work& work,
                                   domain::instant at) {
  domain::billing_facts facts;
  facts.source = work.source;
  facts.type = work.type;
  facts.has_client = work.client_id != 0;
  facts.installed_on = domain::sla::parse_date(work.install_date);
  if (const auto g = book.guarantees.find(work.project_id); g != book.guarantees.end())
    facts.guarantee = &g->second;
  domain::billing_contract contract;
  if (const sla_contract* c = book.contract_of(work.client_id, at)) {
    contract = {c->id, c->terms.name};
    facts.contract = &contract;
  }
  facts.today = std::chrono::floor<std::chrono::days>(at);
  return domain::classify(facts);
}

void bill(domain::ticket_draft& draft, const sla_book& book, domain::instant at) {
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
  domain::bill(draft, billing_of(book, work, at));
}

}  // namespace fibrehub::store
