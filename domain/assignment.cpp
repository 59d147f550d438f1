#include "domain/assignment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fibrehub::domain {
namespace {

constexpr std::array<std::string_view, 3> methods{"team", "round_robin", "least_loaded"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

/// One of the three lists of a rule, held against the ticket.
struct criterion {
  std::string_view what;
  const std::vector<std::string>& wanted;
  const std::string& value;

  bool is_open() const { return wanted.empty(); }
  bool fits() const {
    return is_open() || std::any_of(wanted.begin(), wanted.end(),
                                    [&](const std::string& w) { return same_text(w, value); });
  }
  std::string mismatch() const {
    const std::string list = fmt::format("{}", fmt::join(wanted, ", "));
    if (value.empty()) return fmt::format("the ticket has no {} (the rule takes {})", what, list);
    return fmt::format("{} {} (the rule takes {})", what, value, list);
  }
};

std::array<criterion, 3> criteria_of(const assignment_rule& r, const assignment_facts& t) {
  return {{{"zone", r.zones, t.zone}, {"type", r.types, t.type}, {"source", r.sources, t.source}}};
}

/// Why a rule does not fit, or nothing.
std::optional<std::string> objection(const assignment_rule& r, const assignment_facts& t) {
  if (!r.enabled) return "it is switched off";
  if (r.team_archived) return fmt::format("its team {} is archived", r.team_name);
  for (const criterion& c : criteria_of(r, t))
    if (!c.fits()) return c.mismatch();
  return std::nullopt;
}

/// "zone North, type fault"; what the rule leaves open is not mentioned.
std::string why_it_fits(const assignment_rule& r, const assignment_facts& t) {
  std::string out;
  for (const criterion& c : criteria_of(r, t))
    if (!c.is_open()) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", c.what, c.value);
  return out.empty() ? "it takes every ticket" : out;
}

using people = std::vector<const assignment_candidate*>;

/// By id, so that the turn does not depend on how the database lists them.
people in_turn(const std::vector<assignment_candidate>& candidates) {
  people out;
  for (const assignment_candidate& c : candidates)
    out.push_back(&c);
  std::sort(out.begin(), out.end(),
            [](const auto* a, const auto* b) { return a->user_id < b->user_id; });
  return out;
}

/// The first after the one who had the last, going round.
const assignment_candidate& next_in_turn(const people& all, std::int64_t last) {
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const auto* c) { return c->user_id > last; });
  return it == all.end() ? *all.front() : **it;
}

struct choice {
  std::int64_t user = 0;
  std::string why;
};

choice take_turns(const assignment_rule& r) {
  const assignment_candidate& next = next_in_turn(in_turn(r.candidates), r.last_user);
  if (r.last_user == 0) return {next.user_id, fmt::format("round robin begins with {}", next.name)};
  const std::string_view last =
      r.last_user_name.empty() ? "somebody who has left" : std::string_view(r.last_user_name);
  return {next.user_id, fmt::format("round robin after {} → {}", last, next.name)};
}

choice least_loaded(const assignment_rule& r) {
  const people all = in_turn(r.candidates);
  const std::int64_t fewest =
      (*std::min_element(all.begin(), all.end(), [](const auto* a, const auto* b) {
        return a->open_tickets < b->open_tickets;
      }))->open_tickets;
  people equals;
  std::copy_if(all.begin(), all.end(), std::back_inserter(equals),
               [&](const auto* c) { return c->open_tickets == fewest; });
  const assignment_candidate& next = next_in_turn(equals, r.last_user);
  std::string others;
  for (const assignment_candidate* c : all)
    if (c != &next)
      others += fmt::format("{}{} {}", others.empty() ? "" : ", ", c->name, c->open_tickets);
  std::string why = fmt::format("least loaded: {} has {} open", next.name, fewest);
  if (!others.empty()) why += fmt::format(" ({})", others);
  if (equals.size() > 1) why += ", the next in turn among equals";
  return {next.user_id, std::move(why)};
}

choice choose(const assignment_rule& r) {
  if (r.method == assignment_method::team)
    return {0, fmt::format("the team {} gets it, a member claims it", r.team_name)};
  if (r.candidates.empty())
    return {0, fmt::format("nobody in the team {} can work on tickets, so the team gets it",
                           r.team_name)};
  return r.method == assignment_method::round_robin ? take_turns(r) : least_loaded(r);
}

}  // namespace

std::string_view name_of(assignment_method m) {
  return methods[static_cast<std::size_t>(m)];
}

std::optional<assignment_method> assignment_method_from(std::string_view name) {
  const auto it = std::find(methods.begin(), methods.end(), name);
  if (it == methods.end()) return std::nullopt;
  return static_cast<assignment_method>(it - methods.begin());
}

std::span<const std::string_view> assignment_method_names() {
  return methods;
}

assignment_decision decide_assignment(const assignment_facts& ticket,
                                      std::span<const assignment_rule> rules) {
  assignment_decision out;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const assignment_rule& r = rules[i];
    if (const auto why_not = objection(r, ticket)) {
      out.explanation.push_back(fmt::format("rule '{}' does not fit: {}", r.name, *why_not));
      continue;
    }
    const choice chosen = choose(r);
    out.rule = i;
    out.team = r.team_id;
    out.user = chosen.user;
    out.explanation.push_back(
        fmt::format("rule '{}' fits: {}; {}", r.name, why_it_fits(r, ticket), chosen.why));
    return out;
  }
  out.explanation.emplace_back(rules.empty() ? "there are no rules" : "no rule fits");
  return out;
}

}  // namespace fibrehub::domain
