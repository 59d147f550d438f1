// Every field of a ticket, declared once: its name in the API and in the database, its type and
// bounds, and who may set it. Checking, histories, the SQL of reads and writes, the JSON and the
// API description all come from this table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "domain/people.hpp"
#include "domain/priority_matrix.hpp"

namespace fibrehub::domain {

enum class field : std::uint8_t {
  title,
  description,
  source,
  source_reference,
  type,
  category,
  priority,
  urgency,
  importance,
  status,
  drop_number,
  drop_known,
  project_id,
  pole_id,
  contractor_id,
  client_id,
  contact_name,
  contact_phone,
  contact_email,
  pon,
  zone,
  address,
  latitude,
  longitude,
  install_date,
  assigned_to,
  assigned_team,
  scheduled_at,
  due_at,
  tags,
  custom_fields,
  wa_message_id,
  fiber_type,
  splice_count,
  olt_port,
  signal_level_dbm,
  splice_loss_db,
  test_results,
  build_phase,
  defect_type,
  rework_required,
  rework_count,
  original_ticket,
  as_built_required,
  as_built_submitted,
  permit_reference,
  penalty,
  billing_type,
  billing_reason,
  guarantee_until,
  contract_id,
  merged_into,
  created_by,
  created_at,
  resolved_at,
  closed_at,
  deleted_at
};
inline constexpr std::size_t field_count = static_cast<std::size_t>(field::deleted_at) + 1;

enum class field_type {
  text,     // `max` characters
  choice,   // one of `choices`
  integer,  // `min` to `max`
  decimal,  // `scale` digits after the point, at most `max` before it; never floating point
  boolean,
  time,    // RFC 3339
  date,    // YYYY-MM-DD
  object,  // a JSON object of at most `max` bytes
  words,   // a set of at most 50 words of at most `max` characters
  id       // of another thing, a positive whole number
};

/// Who may set a field by naming it; the others change through commands of their own.
enum class set_by {
  nobody,    // follows from commands
  creation,  // given once, when the ticket is made
  office,    // whoever may edit tickets
  site       // the people who do the work as well
};

struct field_def {
  field id = field::title;
  std::string_view name;
  field_type type = field_type::text;
  set_by by = set_by::nobody;
  std::int64_t min = 0;
  std::int64_t max = 255;
  int scale = 0;
  std::span<const std::string_view> choices = {};
  bool required = false;  // never nothing
  std::string_view text;  // for the reader of the API description
};

std::span<const field_def> ticket_fields();
const field_def& definition(field f);
const field_def* find_field(std::string_view name);

/// Canonical texts, one per field; nothing where the ticket has nothing. Decimals have their full
/// scale, instants are RFC 3339 in UTC, booleans `true`/`false`, words sorted and joined by U+001F.
using field_values = std::array<std::optional<std::string>, field_count>;

inline std::optional<std::string>& at(field_values& v, field f) {
  return v[static_cast<std::size_t>(f)];
}
inline const std::optional<std::string>& at(const field_values& v, field f) {
  return v[static_cast<std::size_t>(f)];
}

/// A value as a request spells it.
struct field_input {
  enum class kind { null, text, number, boolean, object, words } what = kind::null;
  std::string text;  // of a text; digits of a number; "true"/"false"; compact JSON of an object
  std::vector<std::string> words;
};

/// The canonical text, nothing for null, or what is wrong as a phrase that follows the field's
/// name.
tl::expected<std::optional<std::string>, std::string> canonical(const field_def& def,
                                                                const field_input& input);

/// A canonical text as people read it: words with commas.
std::string for_people(const field_def& def, const std::optional<std::string>& value);

/// `build/splicing` and its like: the tree's leaves and branches that a ticket may carry.
std::span<const std::string_view> ticket_categories();

}  // namespace fibrehub::domain
