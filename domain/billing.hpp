// Who pays for the work on a ticket: nobody, the guarantee of the project it was built in, the
// client's contract, or the client by the piece.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ticket.hpp"
#include "domain/ticket_commands.hpp"

namespace fibrehub::domain {

enum class billing_type {
  internal,   // work of our own: nobody is billed
  guarantee,  // whoever built it answers for it
  sla,        // the client's contract covers it
  billable    // by the piece
};
std::string_view name_of(billing_type v);
std::optional<billing_type> billing_type_from(std::string_view name);
std::span<const std::string_view> billing_type_names();

/// How long a project answers for what was built in it, and for which work.
struct guarantee_terms {
  std::string project;  // its code, for the reason
  int period_days = 0;
  std::vector<ticket_type> covers;
};
inline constexpr int longest_guarantee_days = 3650;

/// A contract that is in force.
struct billing_contract {
  std::int64_t id = 0;
  std::string number;
};

struct billing_facts {
  ticket_source source{};
  ticket_type type{};
  bool has_client = false;
  std::optional<std::chrono::sys_days> installed_on;
  const guarantee_terms* guarantee = nullptr;  // of the ticket's project; null: it gives none
  const billing_contract* contract = nullptr;  // of the ticket's client, in force today
  std::chrono::sys_days came_in_on;            // a guarantee covers what comes in while it lasts
};

struct billing_verdict {
  billing_type type = billing_type::billable;
  std::string reason;
  std::optional<std::chrono::sys_days> guarantee_until;  // its last day, passed or not
  std::int64_t contract_id = 0;                          // 0: none
};

/// The first that holds: internal work, a guarantee that covers it, a contract; else billable.
billing_verdict classify(const billing_facts& facts);

/// Whether one of these changes is of something that `classify` looks at, or opens the ticket
/// again.
bool concerns_billing(std::span<const change_entry> entries);

/// Puts the verdict into the ticket's fields; the history gets one row if that changes anything.
void bill(ticket_draft& draft, const billing_verdict& given);

}  // namespace fibrehub::domain
