// Whom a rule tells of a ticket: by what they are to it, by role, by team, or by name. Who that is
// at the time is found out when it happens (domain/notices.hpp).
#pragma once

#include <string>
#include <vector>

#include "domain/people.hpp"

namespace fibrehub::domain {

struct audience {
  bool assignee = false;    // who has it; as long as nobody has, those who should take it up
  bool lead = false;        // of its team, of who has it, or of the team it concerns
  bool followers = false;   // as far as they may see it
  bool all_agents = false;  // everybody who works on tickets
  std::vector<role> roles;  // no clients
  std::vector<std::int64_t> people, teams;

  bool empty() const {
    return !assignee && !lead && !followers && !all_agents && roles.empty() && people.empty() &&
           teams.empty();
  }
  bool operator==(const audience&) const = default;
};

/// "assignee, lead, role manager, 2 people", for histories.
std::string describe(const audience& who);

}  // namespace fibrehub::domain
