#include "domain/workflow.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fibrehub::domain {
namespace {

using s = ticket_status;
using r = role;

struct usual_move {
  ticket_status from, to;
  role least;
  bool needs_reason;
};

constexpr usual_move default_transitions[] = {{s::new_, s::triaged, r::team_lead, false},
                                              {s::new_, s::assigned, r::team_lead, false},
                                              {s::new_, s::pending_approval, r::team_lead, false},
                                              {s::new_, s::closed, r::team_lead, true},
                                              {s::pending_approval, s::assigned, r::manager, false},
                                              {s::pending_approval, s::new_, r::manager, false},
                                              {s::pending_approval, s::closed, r::manager, true},
                                              {s::triaged, s::assigned, r::team_lead, false},
                                              {s::triaged, s::closed, r::team_lead, true},
                                              {s::assigned, s::scheduled, r::technician, false},
                                              {s::assigned, s::in_progress, r::technician, false},
                                              {s::assigned, s::triaged, r::team_lead, true},
                                              {s::assigned, s::blocked, r::technician, true},
                                              {s::scheduled, s::in_progress, r::technician, false},
                                              {s::scheduled, s::assigned, r::technician, false},
                                              {s::scheduled, s::blocked, r::technician, true},
                                              {s::in_progress, s::blocked, r::technician, true},
                                              {s::in_progress, s::qa, r::technician, false},
                                              {s::in_progress, s::resolved, r::technician, false},
                                              {s::in_progress, s::assigned, r::technician, false},
                                              {s::blocked, s::in_progress, r::technician, false},
                                              {s::blocked, s::assigned, r::technician, false},
                                              {s::blocked, s::closed, r::team_lead, true},
                                              {s::qa, s::resolved, r::team_lead, false},
                                              {s::qa, s::in_progress, r::team_lead, true},
                                              {s::resolved, s::closed, r::team_lead, false},
                                              {s::resolved, s::in_progress, r::technician, true},
                                              {s::closed, s::new_, r::team_lead, true}};

int rank(role who) {
  switch (who) {
    case role::admin:
      return 4;
    case role::manager:
      return 3;
    case role::team_lead:
      return 2;
    case role::technician:
      return 1;
    default:
      return 0;
  }
}

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(" \t") - from + 1));
}

tl::expected<transition, std::string> read(const std::string& line) {
  const auto arrow = line.find('>'), colon = line.find(':');
  if (arrow == std::string::npos)
    return tl::unexpected(
        fmt::format("\"{}\": write from > to, with ': role, reason, fields' behind", line));
  const auto from = ticket_status_from(trimmed(std::string_view(line).substr(0, arrow)));
  const auto to = ticket_status_from(trimmed(std::string_view(line).substr(
      arrow + 1, colon == std::string::npos ? colon : colon - arrow - 1)));
  if (!from || !to || *from == *to)
    return tl::unexpected(
        fmt::format("\"{}\": statuses are {}", line, fmt::join(ticket_status_names(), ", ")));
  transition out{*from, *to, role::technician, false};
  std::string_view rest =
      colon == std::string::npos ? "" : std::string_view(line).substr(colon + 1);
  while (!trimmed(rest).empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    const std::string word = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const auto least = role_from(word);
    if (word == "reason") {
      out.needs_reason = true;
    } else if (least && rank(*least) > 0) {
      out.least = *least;
    } else if (const field_def* def = find_field(word)) {
      out.needs.push_back(def->id);
    } else {
      return tl::unexpected(fmt::format(
          "\"{}\": after the colon stand technician, team_lead, manager or admin, reason, and the "
          "fields that must be filled in",
          line));
    }
  }
  return out;
}

}  // namespace

bool has_rank(role who, role least) {
  return rank(who) >= rank(least) && rank(who) > 0;
}

workflow workflow::defaults() {
  workflow out;
  for (const usual_move& m : default_transitions)
    out.transitions_.push_back({m.from, m.to, m.least, m.needs_reason});
  return out;
}

tl::expected<workflow, std::string> workflow::parse(std::span<const std::string> lines) {
  workflow out;
  for (const std::string& line : lines) {
    auto one = read(line);
    if (!one) return tl::unexpected(one.error());
    if (out.find(one->from, one->to))
      return tl::unexpected(fmt::format("\"{}\": this move is given twice", line));
    out.transitions_.push_back(*one);
  }
  return out;
}

const transition* workflow::find(ticket_status from, ticket_status to) const {
  const auto it = std::find_if(transitions_.begin(), transitions_.end(),
                               [&](const transition& x) { return x.from == from && x.to == to; });
  return it == transitions_.end() ? nullptr : &*it;
}

std::vector<std::string_view> workflow::legal_moves(ticket_status from, role as) const {
  std::vector<std::string_view> out;
  for (const transition& x : transitions_)
    if (x.from == from && has_rank(as, x.least)) out.push_back(name_of(x.to));
  return out;
}

}  // namespace fibrehub::domain
