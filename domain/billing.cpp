#include "domain/billing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "domain/sla/calendar_check.hpp"

namespace fibrehub::domain {
namespace {

using namespace std::string_view_literals;

constexpr std::array types{"internal"sv, "guarantee"sv, "sla"sv, "billable"sv};

std::string day(std::chrono::sys_days d) {
  return sla::date_text(d);
}

bool covers(const guarantee_terms& g, ticket_type type) {
  return std::find(g.covers.begin(), g.covers.end(), type) != g.covers.end();
}

/// Why there is no guarantee, as the first half of a reason.
std::string without_guarantee(const billing_facts& f, const billing_verdict& v) {
  if (!f.guarantee) return "no guarantee of a project";
  if (!covers(*f.guarantee, f.type))
    return fmt::format("the guarantee of project {} does not cover {}", f.guarantee->project,
                       name_of(f.type));
  if (!f.installed_on)
    return fmt::format("the guarantee of project {} needs an install date", f.guarantee->project);
  if (!v.guarantee_until) return fmt::format("not installed before {}", day(*f.installed_on));
  return fmt::format("the guarantee of project {} ended on {}", f.guarantee->project,
                     day(*v.guarantee_until));
}

}  // namespace

std::string_view name_of(billing_type v) {
  return types[static_cast<std::size_t>(v)];
}

std::optional<billing_type> billing_type_from(std::string_view name) {
  const auto it = std::find(types.begin(), types.end(), name);
  if (it == types.end()) return std::nullopt;
  return static_cast<billing_type>(it - types.begin());
}

std::span<const std::string_view> billing_type_names() {
  return types;
}

billing_verdict classify(const billing_facts& f) {
  billing_verdict v;
  const bool is_own =
      f.source == ticket_source::ff_internal || f.source == ticket_source::preventative;
  if (is_own && !f.has_client) {
    v.type = billing_type::internal;
    v.reason = fmt::format("{} work without a client",
                           f.source == ticket_source::ff_internal ? "internal" : "preventative");
    return v;
  }
  if (f.guarantee && f.installed_on && *f.installed_on <= f.came_in_on &&
      covers(*f.guarantee, f.type)) {
    v.guarantee_until = *f.installed_on + std::chrono::days{f.guarantee->period_days};
    if (*v.guarantee_until >= f.came_in_on) {
      v.type = billing_type::guarantee;
      v.reason = fmt::format("installed on {}, guaranteed by project {} for {} days, until {}",
                             day(*f.installed_on), f.guarantee->project, f.guarantee->period_days,
                             day(*v.guarantee_until));
      return v;
    }
  }
  if (f.contract) {
    v.type = billing_type::sla;
    v.contract_id = f.contract->id;
    v.reason = fmt::format("contract {} is in force", f.contract->number);
    return v;
  }
  v.reason = fmt::format("{}; {}", without_guarantee(f, v),
                         f.has_client ? "the client has no contract in force" : "no client");
  return v;
}

bool concerns_billing(std::span<const change_entry> entries) {
  const auto over = [](const std::string& status) {
    return status == "resolved" || status == "closed";
  };
  return std::any_of(entries.begin(), entries.end(), [&](const change_entry& e) {
    if (e.field == "status") return over(e.old_value) && !over(e.new_value);
    return e.field == "type" || e.field == "client_id" || e.field == "project_id" ||
           e.field == "install_date";
  });
}

void bill(ticket_draft& draft, const billing_verdict& given) {
  field_values& values = draft.ticket().values;
  const std::array<std::pair<field, std::optional<std::string>>, 4> wanted{{
      {field::billing_type, std::string(name_of(given.type))},
      {field::billing_reason, given.reason},
      {field::guarantee_until,
       given.guarantee_until ? std::optional(day(*given.guarantee_until)) : std::nullopt},
      {field::contract_id,
       given.contract_id != 0 ? std::optional(std::to_string(given.contract_id)) : std::nullopt},
  }};
  if (std::all_of(wanted.begin(), wanted.end(),
                  [&](const auto& w) { return at(values, w.first) == w.second; }))
    return;
  const std::string before = at(values, field::billing_type).value_or("");
  for (const auto& [f, value] : wanted)
    at(values, f) = value;
  draft.note("billing", "billing_type", before,
             fmt::format("{} ({})", name_of(given.type), given.reason));
}

}  // namespace fibrehub::domain
