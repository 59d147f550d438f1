// Who acts, what their role allows, and which tickets they may see. The store's queries carry the
// same visibility rule as SQL (store/visibility.hpp); a test holds the two against each other.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::domain {

enum class role { admin, manager, team_lead, technician, viewer, client };

std::string_view name_of(role r);
std::optional<role> role_from(std::string_view name);
std::span<const std::string_view> role_names();

/// The one a request is made by.
struct principal {
  enum class kind { user, token, system };
  kind what = kind::system;
  std::int64_t user_id = 0;         // of a user
  std::string id;                   // stable: "user:12", "token:AbC…", "system"
  std::string name;                 // for people, in histories
  role as = role::viewer;           // a token has the role its scopes amount to
  std::vector<std::int64_t> teams;  // member of
  std::vector<std::int64_t> crew;   // users in the teams they lead
  std::vector<std::int64_t> led;    // teams they lead
  std::int64_t client_id = 0;       // a client's company
  std::string address;              // where the request came from
};

/// What can be allowed or not, whatever the ticket.
enum class permission {
  read_tickets,
  create_ticket,
  edit_ticket,      // the fields of the office; a technician has a list of their own
  edit_field_work,  // what is measured and done on site
  move_ticket,      // the workflow has roles of its own besides
  assign_ticket,
  claim_ticket,
  write_note,
  write_public_note,
  send_message,  // to the outside, through the ticket's channel
  link_tickets,
  merge_tickets,
  delete_ticket,
  attach_file,
  bulk_edit,
  read_internal_notes,
  manage_reference,
  manage_people,
  manage_teams,
  manage_rules,
  manage_tokens,
  read_review,
  read_channels,
  read_audit,
  follow_everything,  // of the live feed, also what belongs to no ticket and no other permission
  read_reports,       // figures about the tickets one may see
  read_people,
  manage_outbox,
  manage_channels  // sessions of bridges: start, stop, pair, remove
};

bool allows(role r, permission wanted);

/// What of a ticket decides who may see it.
struct ticket_ownership {
  std::int64_t assigned_to = 0;    // 0: nobody
  std::int64_t assigned_team = 0;  // 0: none
  std::int64_t client_id = 0;      // 0: none
};

/// Admins, managers and viewers see all; leads what belongs to their teams or people; technicians
/// what is theirs and their teams' unclaimed work; clients their company's.
bool may_see(const principal& who, const ticket_ownership& ticket);

/// Whether the number somebody keeps, written in whatever way, is this one: `digits` begin with the
/// country's code, as WhatsApp writes them. A number kept without its country (0831112222) is any
/// country's.
bool is_same_phone(std::string_view kept, std::string_view digits);

}  // namespace fibrehub::domain
