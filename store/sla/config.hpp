// How long tickets may take, as people set it: targets by type and priority, business calendars,
// contracts. A change is in the audit log and reaches the clocks that run by it, soon after
// (store/sla/retarget.hpp; for calendars, evaluate_clocks.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/sla/calendar.hpp"
#include "domain/ticket.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

inline constexpr std::size_t max_sla_calendars = 200;

/// Something as the API shows it.
struct sla_answer {
  std::string data_json;
  std::int64_t next_after = 0;  // of a page; 0: it is the last
};

/// The rule, and the targets of all twenty pairs as they follow from it and from the rows.
struct get_sla_configs {
  using result = sla_answer;
};
std::optional<sla_answer> run(connection& db, const get_sla_configs& request);

struct sla_type_edit {
  domain::ticket_type type{};
  std::int64_t base_seconds = 0;
};
struct sla_priority_edit {
  domain::ticket_priority priority{};
  std::optional<std::int64_t> multiplier_percent, response_seconds;
};
/// What is not given stays; `by_rule` fields go back to the rule.
struct sla_pair_edit {
  domain::ticket_type type{};
  domain::ticket_priority priority{};
  std::optional<std::int64_t> response_seconds, resolution_seconds, calendar_id;
  std::optional<std::vector<int>> levels_bp;  // ascending, ends with the whole
  bool response_by_rule = false, resolution_by_rule = false, usual_levels = false,
       default_calendar = false;
};
struct edit_sla_configs {
  std::optional<std::int32_t> version;  // the one the caller saw
  std::vector<sla_type_edit> types;
  std::vector<sla_priority_edit> priorities;
  std::vector<sla_pair_edit> pairs;
};
/// Answers as get_sla_configs does.
write_outcome run(connection& db, pqxx::transaction_base& tx, const edit_sla_configs& request,
                  change_context& context);

/// All of them, or one by its id.
struct list_calendars {
  using result = sla_answer;
  std::optional<std::int64_t> id;
  bool archived = false;
};
std::optional<sla_answer> run(connection& db, const list_calendars& request);

/// Without an id: a new one, which needs name and versions. An edit adds one version, from now on
/// unless it says when; the past is rewritten only as a repair.
struct save_calendar {
  std::optional<std::int64_t> id;
  std::optional<std::int32_t> version;  // the one the caller saw
  std::optional<std::string> name;
  std::optional<std::vector<domain::sla::calendar_version>> versions;
  bool is_repair = false;
  std::optional<bool> is_default;  // only true: another one takes its place otherwise
  std::optional<bool> archived;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const save_calendar& request,
                  change_context& context);

/// A page of those that are (not) archived, perhaps of one client, as a JSON list; or one by its
/// id.
struct list_contracts {
  using result = sla_answer;
  std::optional<std::int64_t> id, client_id;
  bool archived = false;
  std::int64_t after_id = 0;
  std::int64_t limit = 50;
};
std::optional<sla_answer> run(connection& db, const list_contracts& request);

/// Without an id: a new one, which needs number, client and beginning. An outer nothing leaves a
/// field as it is, an inner one empties it.
struct save_contract {
  std::optional<std::int64_t> id;
  std::optional<std::int32_t> version;
  std::optional<std::string> number, starts_on;
  std::optional<std::int64_t> client_id;
  std::optional<std::optional<std::string>> ends_on;
  std::optional<std::optional<std::int64_t>> response_seconds, resolution_seconds, calendar_id;
  std::optional<bool> archived;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const save_contract& request,
                  change_context& context);

}  // namespace fibrehub::store
