#include "store/ingest/billing.hpp"

namespace fibrehub::store {

void bill_new_tickets(ingest_rows& rows, const known_drops& drops, const sla_book& book) {
  for (ticket_row& row : rows.tickets) {
    billed_work work;
    work.source = domain::ticket_source_from(row.source).value_or(domain::ticket_source::api);
    work.type = domain::ticket_type_from(row.type).value_or(domain::ticket_type::fault);
    if (const auto drop = drops.find(row.drop); drop != drops.end()) {
      work.client_id = drop->second.client_id;
      work.project_id = drop->second.project_id;
      work.install_date = drop->second.install_date;
    }
    work.came_in = row.created_at;
    row.billing = billing_of(book, work, row.progress.updated_at);
  }
}

}  // namespace fibrehub::store
