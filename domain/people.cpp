#include "domain/people.hpp"

#include <algorithm>
#include <array>

namespace fibrehub::domain {
namespace {

constexpr std::array<std::string_view, 6> roles{"admin",      "manager", "team_lead",
                                                "technician", "viewer",  "client"};

bool contains(const std::vector<std::int64_t>& ids, std::int64_t id) {
  return id != 0 && std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool technician_may(permission p) {
  switch (p) {
    case permission::read_tickets:
    case permission::create_ticket:
    case permission::edit_field_work:
    case permission::move_ticket:
    case permission::claim_ticket:
    case permission::write_note:
    case permission::write_public_note:
    case permission::send_message:
    case permission::attach_file:
    case permission::read_internal_notes:
    case permission::read_people:
      return true;
    default:
      return false;
  }
}

bool lead_may(permission p) {
  switch (p) {
    case permission::edit_ticket:
    case permission::assign_ticket:
    case permission::link_tickets:
    case permission::merge_tickets:
    case permission::bulk_edit:
    case permission::read_channels:
    case permission::read_review:
    case permission::read_reports:
      return true;
    default:
      return technician_may(p);
  }
}

bool manager_may(permission p) {
  return p != permission::manage_people && p != permission::manage_tokens &&
         p != permission::manage_outbox && p != permission::manage_channels;
}

bool viewer_may(permission p) {
  return p == permission::read_tickets || p == permission::read_internal_notes ||
         p == permission::read_channels || p == permission::read_people ||
         p == permission::read_review || p == permission::follow_everything ||
         p == permission::read_reports;
}

bool client_may(permission p) {
  return p == permission::read_tickets || p == permission::create_ticket ||
         p == permission::write_public_note || p == permission::attach_file;
}

}  // namespace

std::string_view name_of(role r) {
  return roles[static_cast<std::size_t>(r)];
}

std::optional<role> role_from(std::string_view name) {
  const auto it = std::find(roles.begin(), roles.end(), name);
  if (it == roles.end()) return std::nullopt;
  return static_cast<role>(it - roles.begin());
}

std::span<const std::string_view> role_names() {
  return roles;
}

bool allows(role r, permission wanted) {
  switch (r) {
    case role::admin:
      return true;
    case role::manager:
      return manager_may(wanted);
    case role::team_lead:
      return lead_may(wanted);
    case role::technician:
      return technician_may(wanted);
    case role::viewer:
      return viewer_may(wanted);
    case role::client:
      return client_may(wanted);
  }
  return false;
}

bool may_see(const principal& who, const ticket_ownership& t) {
  switch (who.as) {
    case role::admin:
    case role::manager:
    case role::viewer:
      return true;
    case role::team_lead:
      return (who.user_id != 0 && t.assigned_to == who.user_id) ||
             contains(who.crew, t.assigned_to) || contains(who.led, t.assigned_team) ||
             (t.assigned_to == 0 && contains(who.teams, t.assigned_team));
    case role::technician:
      return (who.user_id != 0 && t.assigned_to == who.user_id) ||
             (t.assigned_to == 0 && contains(who.teams, t.assigned_team));
    case role::client:
      return who.client_id != 0 && t.client_id == who.client_id;
  }
  return false;
}

bool is_same_phone(std::string_view kept, std::string_view digits) {
  constexpr std::size_t shortest_number = 8;
  std::string own;
  for (const char c : kept)
    if (c >= '0' && c <= '9') own += c;
  const bool is_local = own.size() > 1 && own[0] == '0' && own[1] != '0';
  own.erase(0, std::min(own.find_first_not_of('0'), own.size()));
  if (own.size() < shortest_number) return false;
  return is_local ? digits.ends_with(own) && digits.size() <= own.size() + 3 : digits == own;
}

}  // namespace fibrehub::domain
