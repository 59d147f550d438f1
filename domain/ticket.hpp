// The vocabulary of a ticket: the closed sets every room uses, with their names on the wire.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace fibrehub::domain {

enum class ticket_source {
  qcontact,
  fibertime,
  wa_inbound,
  email,
  construction,
  ff_internal,
  adhoc,
  preventative,
  api
};

enum class ticket_status {
  new_,
  triaged,
  pending_approval,
  assigned,
  scheduled,
  in_progress,
  blocked,
  qa,
  resolved,
  closed
};

enum class ticket_priority { critical, high, medium, low };

enum class ticket_type { build, fault, infrastructure, preventative, adhoc };

std::string_view name_of(ticket_source v);
std::string_view name_of(ticket_status v);
std::string_view name_of(ticket_priority v);
std::string_view name_of(ticket_type v);

std::optional<ticket_source> ticket_source_from(std::string_view name);
std::optional<ticket_status> ticket_status_from(std::string_view name);
std::optional<ticket_priority> ticket_priority_from(std::string_view name);
std::optional<ticket_type> ticket_type_from(std::string_view name);

/// Every name in declaration order, for messages that say what is allowed and for the API
/// description.
std::span<const std::string_view> ticket_source_names();
std::span<const std::string_view> ticket_status_names();
std::span<const std::string_view> ticket_priority_names();
std::span<const std::string_view> ticket_type_names();

/// A ticket that new messages of its chat still belong to.
constexpr bool is_open(ticket_status s) {
  return s != ticket_status::closed;
}

}  // namespace fibrehub::domain
