#include "domain/ticket.hpp"

#include <algorithm>
#include <array>

namespace fibrehub::domain {
namespace {

using namespace std::string_view_literals;

constexpr std::array sources{"qcontact"sv, "fibertime"sv,    "wa_inbound"sv,
                             "email"sv,    "construction"sv, "ff_internal"sv,
                             "adhoc"sv,    "preventative"sv, "api"sv};
constexpr std::array statuses{"new"sv,       "triaged"sv,     "pending_approval"sv, "assigned"sv,
                              "scheduled"sv, "in_progress"sv, "blocked"sv,          "qa"sv,
                              "resolved"sv,  "closed"sv};
constexpr std::array priorities{"critical"sv, "high"sv, "medium"sv, "low"sv};
constexpr std::array types{"build"sv, "fault"sv, "infrastructure"sv, "preventative"sv, "adhoc"sv};

template <class Enum, std::size_t N>
std::optional<Enum> lookup(const std::array<std::string_view, N>& names, std::string_view name) {
  auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<Enum>(it - names.begin());
}

}  // namespace

std::string_view name_of(ticket_source v) {
  return sources[static_cast<std::size_t>(v)];
}
std::string_view name_of(ticket_status v) {
  return statuses[static_cast<std::size_t>(v)];
}
std::string_view name_of(ticket_priority v) {
  return priorities[static_cast<std::size_t>(v)];
}
std::string_view name_of(ticket_type v) {
  return types[static_cast<std::size_t>(v)];
}

std::optional<ticket_source> ticket_source_from(std::string_view name) {
  return lookup<ticket_source>(sources, name);
}
std::optional<ticket_status> ticket_status_from(std::string_view name) {
  return lookup<ticket_status>(statuses, name);
}
std::optional<ticket_priority> ticket_priority_from(std::string_view name) {
  return lookup<ticket_priority>(priorities, name);
}
std::optional<ticket_type> ticket_type_from(std::string_view name) {
  return lookup<ticket_type>(types, name);
}

std::span<const std::string_view> ticket_source_names() {
  return sources;
}
std::span<const std::string_view> ticket_status_names() {
  return statuses;
}
std::span<const std::string_view> ticket_priority_names() {
  return priorities;
}
std::span<const std::string_view> ticket_type_names() {
  return types;
}

}  // namespace fibrehub::domain
