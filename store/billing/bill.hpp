// How the work on a ticket is billed, by what is agreed with its client and its project.
#pragma once

#include <span>
#include <string>

#include "domain/billing.hpp"
#include "store/sla/book.hpp"

namespace fibrehub::store {

/// What of a ticket decides it.
struct billed_work {
  domain::ticket_source source{};
  domain::ticket_type type{};
  std::int64_t client_id = 0, project_id = 0;  // 0: none
  std::string install_date;                    // YYYY-MM-DD or empty
  domain::instant came_in{};
};

/// By the agreements in force now; dates are those of UTC.
domain::billing_verdict billing_of(const sla_book& book, const billed_work& work,
                                   domain::instant now);

/// As above, for a ticket with its fields; see domain::bill.
void bill(domain::ticket_draft& draft, const sla_book& book, domain::instant now);

/// Writes how these tickets are billed, with their heads, in one statement. What was worked out for
/// the first time is no change of the ticket: its version is as it was.
void write_billing(connection& db, pqxx::transaction_base& tx,
                   std::span<const domain::ticket_record* const> tickets);

}  // namespace fibrehub::store
