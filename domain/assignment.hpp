// Who gets new work: a ticket, the rules in their order and the people they could give it to go in;
// one decision comes out, and why, in sentences for the person who set the rules up. The first rule
// that fits decides. Pure: a rehearsal and the real thing cannot differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::domain {

enum class assignment_method {
  team,         // the team gets it, a member claims it
  round_robin,  // the member after the one who had the last
  least_loaded  // the member with the fewest open tickets; among equals the next in turn
};
std::string_view name_of(assignment_method m);
std::optional<assignment_method> assignment_method_from(std::string_view name);
std::span<const std::string_view> assignment_method_names();

/// What of a ticket rules look at.
struct assignment_facts {
  std::string zone;  // empty: none is known
  std::string type;
  std::string source;
};

/// A member of a rule's team who can work on tickets.
struct assignment_candidate {
  std::int64_t user_id = 0;
  std::string name;
  std::int64_t open_tickets = 0;  // neither resolved nor closed
};

/// An empty list fits every ticket; names compare without regard to ASCII case.
struct assignment_rule {
  std::int64_t id = 0;
  std::string name;
  std::vector<std::string> zones, types, sources;
  std::int64_t team_id = 0;
  std::string team_name;
  bool team_archived = false;
  assignment_method method = assignment_method::team;
  bool enabled = true;
  std::int64_t last_user = 0;  // who had the last ticket by this rule; 0: nobody yet
  std::string last_user_name;
  std::vector<assignment_candidate> candidates;  // in any order
};

struct assignment_decision {
  std::optional<std::size_t> rule;       // index of the one that decided; nothing: none fits
  std::int64_t team = 0;                 // 0 when no rule fits
  std::int64_t user = 0;                 // 0: the team alone
  std::vector<std::string> explanation;  // one sentence for each rule that was looked at
};

/// `rules` in the order in which they are asked.
assignment_decision decide_assignment(const assignment_facts& ticket,
                                      std::span<const assignment_rule> rules);

}  // namespace fibrehub::domain
