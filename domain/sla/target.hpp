// How long a clock may run: the target and where it comes from.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/ticket.hpp"

namespace fibrehub::domain::sla {

enum class clock_kind { response, resolution };

std::string_view name_of(clock_kind v);
std::optional<clock_kind> clock_kind_from(std::string_view name);

/// A row of the SLA configuration: what holds for this pair instead of the rule.
struct target_row {
  ticket_type type{};
  ticket_priority priority{};
  std::optional<std::chrono::seconds> response;
  std::optional<std::chrono::seconds> resolution;
};

/// The rule for pairs without a row: resolution is base(type) × multiplier(priority), response
/// goes by priority alone. Indexed by the enumerations.
struct target_rule {
  std::array<std::chrono::seconds, 5> base{};
  std::array<int, 4> multiplier_percent{};
  std::array<std::chrono::seconds, 4> response{};
};
/// Build 48 h, fault 4 h, infrastructure 24 h, preventative 7 days, ad-hoc 24 h; critical × 0.25,
/// high × 0.5, medium × 1, low × 2; response 1 h, 4 h, 24 h, 48 h.
const target_rule& default_target_rule();

/// The hours of a client's contract, where it names them.
struct contract_terms {
  std::string name;  // for the reason
  std::optional<std::chrono::seconds> response;
  std::optional<std::chrono::seconds> resolution;
};

enum class target_source { rule, row, contract };
std::string_view name_of(target_source v);

struct target {
  std::chrono::seconds length{0};
  target_source source = target_source::rule;
  std::string reason;  // "fault, critical: 4 h x 0.25"
  bool operator==(const target&) const = default;
};

inline constexpr std::chrono::seconds longest_target{std::int64_t{366} * 86'400};

/// The contract's hours, else the pair's row, else the rule.
target target_of(clock_kind kind, ticket_type type, ticket_priority priority,
                 std::span<const target_row> rows, const std::optional<contract_terms>& contract,
                 const target_rule& rule = default_target_rule());

/// "4 h", "1 h 30 min", "90 s": working time for people.
std::string duration_text(std::chrono::seconds length);

}  // namespace fibrehub::domain::sla
