// Which status follows which, who may move a ticket there, and when a reason has to be given: a
// table that configuration may replace. Pure.
#pragma once

#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "domain/people.hpp"
#include "domain/ticket.hpp"
#include "domain/ticket_fields.hpp"

namespace fibrehub::domain {

struct transition {
  ticket_status from = ticket_status::new_;
  ticket_status to = ticket_status::new_;
  role least = role::technician;  // this role and those above it: manager, admin
  bool needs_reason = false;
  std::vector<field> needs = {};  // that must not be empty by then
};

class workflow {
 public:
  static workflow defaults();
  /// Lines such as `in_progress > qa: technician, reason, test_results`: a role, whether a reason
  /// is asked for, fields that must be filled in. The error names the line.
  static tl::expected<workflow, std::string> parse(std::span<const std::string> lines);

  const transition* find(ticket_status from, ticket_status to) const;
  /// Where `as` may move a ticket from here.
  std::vector<std::string_view> legal_moves(ticket_status from, role as) const;
  std::span<const transition> all() const { return transitions_; }

 private:
  std::vector<transition> transitions_;
};

/// Technicians, leads, managers, admins: each may what the ones before may. Viewers and clients
/// move nothing.
bool has_rank(role who, role least);

}  // namespace fibrehub::domain
