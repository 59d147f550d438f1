#include "domain/priority_matrix.hpp"

#include <fmt/format.h>

#include "domain/ticket.hpp"

namespace fibrehub::domain {
namespace {

using sv = std::string_view;

constexpr std::array<sv, 16> default_matrix{
    "critical", "critical", "high",   "medium",  // critical urgency
    "critical", "high",     "high",   "medium",  // high
    "high",     "medium",   "medium", "low",     // medium
    "medium",   "medium",   "low",    "low"};    // low

}  // namespace

priority_matrix priority_matrix::defaults() {
  priority_matrix out;
  out.cells_ = default_matrix;
  return out;
}

tl::expected<priority_matrix, std::string> priority_matrix::parse(
    std::span<const std::string> names) {
  priority_matrix out;
  if (names.size() != out.cells_.size())
    return tl::unexpected(fmt::format("needs 16 priorities, {} are given", names.size()));
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto p = ticket_priority_from(names[i]);
    if (!p) return tl::unexpected(fmt::format("\"{}\" is no priority", names[i]));
    out.cells_[i] = name_of(*p);
  }
  return out;
}

std::string_view priority_matrix::of(std::string_view urgency, std::string_view importance) const {
  const auto u = ticket_priority_from(urgency), i = ticket_priority_from(importance);
  if (!u || !i) return "medium";
  return cells_[static_cast<std::size_t>(*u) * 4 + static_cast<std::size_t>(*i)];
}

}  // namespace fibrehub::domain
