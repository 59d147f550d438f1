#include "domain/ticket_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>

#include "domain/drop_number.hpp"
#include "domain/text.hpp"
#include "domain/ticket.hpp"
#include "domain/time.hpp"

namespace fibrehub::domain {
namespace {

using sv = std::string_view;
using t = field_type;
using f = field;

constexpr std::array<sv, 24> categories{"build",
                                        "build/splicing",
                                        "build/installation",
                                        "build/testing",
                                        "build/documentation",
                                        "fault",
                                        "fault/service_outage",
                                        "fault/degraded_service",
                                        "fault/intermittent",
                                        "infrastructure",
                                        "infrastructure/pole_damage",
                                        "infrastructure/cable_damage",
                                        "infrastructure/enclosure_damage",
                                        "infrastructure/third_party_damage",
                                        "preventative",
                                        "preventative/scheduled_maintenance",
                                        "preventative/proactive_replacement",
                                        "preventative/audit_finding",
                                        "administrative",
                                        "administrative/permit_issue",
                                        "administrative/access_issue",
                                        "administrative/customer_complaint",
                                        "construction",
                                        "maintenance"};
constexpr std::array<sv, 4> fiber_types{"aerial", "underground", "indoor", "mixed"};
constexpr std::array<sv, 6> phases{"design",   "permit",  "construction",
                                   "splicing", "testing", "activation"};
constexpr std::array<sv, 4> defects{"installation", "material", "workmanship", "documentation"};

std::vector<field_def> make_table() {
  const auto p = ticket_priority_names();
  using enum set_by;
  return {
      {f::title, "title", t::text, office, 1, 255, 0, {}, true, "One line that says what is wrong"},
      {f::description, "description", t::text, office, 0, 65'536, 0, {}, true, "The whole story"},
      {f::source, "source", t::choice, creation, 0, 0, 0, ticket_source_names(), true,
       "Where it came from; staff make ff_internal, adhoc, preventative and construction tickets"},
      {f::source_reference,
       "source_reference",
       t::text,
       creation,
       1,
       100,
       0,
       {},
       false,
       "Its number where it came from"},
      {f::type, "type", t::choice, office, 0, 0, 0, ticket_type_names(), true, "What kind of work"},
      {f::category, "category", t::choice, office, 0, 0, 0, categories, false,
       "Place in the category tree; may change at any time"},
      {f::priority, "priority", t::choice, office, 0, 0, 0, p, true,
       "Given, or made from urgency and importance"},
      {f::urgency, "urgency", t::choice, office, 0, 0, 0, p, false, "How soon"},
      {f::importance, "importance", t::choice, office, 0, 0, 0, p, false, "How much depends on it"},
      {f::status, "status", t::choice, nobody, 0, 0, 0, ticket_status_names(), true,
       "Changes through the workflow only"},
      {f::drop_number,
       "drop_number",
       t::text,
       office,
       1,
       50,
       0,
       {},
       false,
       "Fills project, zone, address, pole and more when the drop is known"},
      {f::drop_known,
       "drop_known",
       t::boolean,
       nobody,
       0,
       0,
       0,
       {},
       false,
       "False: nobody has imported this drop yet"},
      {f::project_id, "project_id", t::id, office, 0, 0, 0, {}, false, "The project"},
      {f::pole_id, "pole_id", t::id, office, 0, 0, 0, {}, false, "The pole"},
      {f::contractor_id,
       "contractor_id",
       t::id,
       office,
       0,
       0,
       0,
       {},
       false,
       "The contractor whose work it concerns"},
      {f::client_id, "client_id", t::id, office, 0, 0, 0, {}, false, "The client company"},
      {f::contact_name, "contact_name", t::text, office, 1, 200, 0, {}, false, "Whom to call"},
      {f::contact_phone,
       "contact_phone",
       t::text,
       office,
       1,
       50,
       0,
       {},
       false,
       "Under which number"},
      {f::contact_email, "contact_email", t::text, office, 3, 254, 0, {}, false, "Or to write to"},
      {f::pon, "pon", t::text, office, 1, 50, 0, {}, false, "Passive optical network"},
      {f::zone, "zone", t::text, office, 1, 100, 0, {}, false, "Area"},
      {f::address, "address", t::text, office, 1, 1000, 0, {}, false, "Where it is"},
      {f::latitude, "latitude", t::decimal, site, -90, 90, 8, {}, false, "Degrees north"},
      {f::longitude, "longitude", t::decimal, site, -180, 180, 8, {}, false, "Degrees east"},
      {f::install_date,
       "install_date",
       t::date,
       office,
       0,
       0,
       0,
       {},
       false,
       "When the drop was installed"},
      {f::assigned_to, "assigned_to", t::id, nobody, 0, 0, 0, {}, false, "Person who works on it"},
      {f::assigned_team,
       "assigned_team",
       t::id,
       nobody,
       0,
       0,
       0,
       {},
       false,
       "Team it belongs to; without a person, any member may claim it"},
      {f::scheduled_at,
       "scheduled_at",
       t::time,
       office,
       0,
       0,
       0,
       {},
       false,
       "When the work is planned"},
      {f::due_at, "due_at", t::time, nobody, 0, 0, 0, {}, false, "When it has to be resolved"},
      {f::tags, "tags", t::words, office, 0, 50, 0, {}, false, "Free labels"},
      {f::custom_fields,
       "custom_fields",
       t::object,
       office,
       0,
       16'384,
       0,
       {},
       false,
       "Further fields of the ticket's type"},
      {f::wa_message_id,
       "wa_message_id",
       t::text,
       creation,
       1,
       255,
       0,
       {},
       false,
       "The WhatsApp message that began it"},
      {f::fiber_type, "fiber_type", t::choice, site, 0, 0, 0, fiber_types, false, "How it is laid"},
      {f::splice_count, "splice_count", t::integer, site, 0, 10'000, 0, {}, false, "Splices made"},
      {f::olt_port, "olt_port", t::text, site, 1, 50, 0, {}, false, "Port at the OLT"},
      {f::signal_level_dbm,
       "signal_level_dbm",
       t::decimal,
       site,
       -100,
       50,
       2,
       {},
       false,
       "Measured level"},
      {f::splice_loss_db,
       "splice_loss_db",
       t::decimal,
       site,
       0,
       100,
       3,
       {},
       false,
       "Measured loss of the splice"},
      {f::test_results,
       "test_results",
       t::object,
       site,
       0,
       65'536,
       0,
       {},
       false,
       "Readings of OTDR and power meter"},
      {f::build_phase, "build_phase", t::choice, site, 0, 0, 0, phases, false,
       "Phase of construction"},
      {f::defect_type, "defect_type", t::choice, site, 0, 0, 0, defects, false, "Kind of defect"},
      {f::rework_required,
       "rework_required",
       t::boolean,
       site,
       0,
       0,
       0,
       {},
       false,
       "Somebody has to come again"},
      {f::rework_count,
       "rework_count",
       t::integer,
       nobody,
       0,
       10'000,
       0,
       {},
       true,
       "How often quality assurance sent it back"},
      {f::original_ticket,
       "original_ticket",
       t::text,
       office,
       1,
       40,
       0,
       {},
       false,
       "UID of the ticket whose work is done again"},
      {f::as_built_required,
       "as_built_required",
       t::boolean,
       office,
       0,
       0,
       0,
       {},
       false,
       "The documentation has to be brought up to date"},
      {f::as_built_submitted,
       "as_built_submitted",
       t::boolean,
       site,
       0,
       0,
       0,
       {},
       false,
       "It was handed in"},
      {f::permit_reference,
       "permit_reference",
       t::text,
       office,
       1,
       100,
       0,
       {},
       false,
       "Number of the permit"},
      {f::penalty,
       "penalty",
       t::decimal,
       office,
       0,
       9'999'999'999,
       2,
       {},
       false,
       "Contractual penalty"},
      {f::merged_into,
       "merged_into",
       t::text,
       nobody,
       1,
       40,
       0,
       {},
       false,
       "UID of the ticket that goes on instead"},
      {f::created_by, "created_by", t::text, nobody, 1, 100, 0, {}, false, "Who made it"},
      {f::created_at, "created_at", t::time, nobody, 0, 0, 0, {}, true, "When it was made"},
      {f::resolved_at, "resolved_at", t::time, nobody, 0, 0, 0, {}, false, "When it was resolved"},
      {f::closed_at, "closed_at", t::time, nobody, 0, 0, 0, {}, false, "When it was closed"},
      {f::deleted_at, "deleted_at", t::time, nobody, 0, 0, 0, {}, false, "When it was deleted"},
  };
}

const std::vector<field_def>& table() {
  static const std::vector<field_def> all = make_table();
  return all;
}

std::size_t characters_in(sv text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

using outcome = tl::expected<std::optional<std::string>, std::string>;

outcome wrong(std::string why) {
  return tl::unexpected(std::move(why));
}

outcome canonical_text(const field_def& def, const field_input& in) {
  if (in.what != field_input::kind::text) return wrong("must be a text");
  if (!is_storable(in.text)) return wrong("holds a character that cannot be stored (U+0000)");
  const auto n = static_cast<std::int64_t>(characters_in(in.text));
  if (n > def.max) return wrong(fmt::format("is too long: {} characters, at most {}", n, def.max));
  if (n < def.min || (def.min > 0 && in.text.find_first_not_of(" \t\r\n") == std::string::npos))
    return wrong(def.required ? "is required" : "must not be empty; send null for nothing");
  if (def.id == f::drop_number) {
    const auto found = find_drop_numbers(in.text);
    const bool digits =
        in.text.size() <= 12 &&
        std::all_of(in.text.begin(), in.text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits) return in.text;
    if (found.size() != 1) return wrong("must be one drop number, DR1730654 for instance");
    return found.front();
  }
  if (def.id == f::contact_email && in.text.find('@') == std::string::npos)
    return wrong("must be an e-mail address");
  return in.text;
}

outcome canonical_choice(const field_def& def, const field_input& in) {
  if (in.what == field_input::kind::text &&
      std::find(def.choices.begin(), def.choices.end(), in.text) != def.choices.end())
    return in.text;
  return wrong(fmt::format("must be one of {}", fmt::join(def.choices, ", ")));
}

outcome canonical_integer(const field_def& def, const field_input& in, std::int64_t min,
                          std::int64_t max) {
  std::int64_t n = 0;
  const char* end = in.text.data() + in.text.size();
  const auto [p, ec] = std::from_chars(in.text.data(), end, n);
  if (in.what != field_input::kind::number || ec != std::errc{} || p != end || n < min || n > max)
    return wrong(def.type == t::id ? "must be an id, a positive whole number"
                                   : fmt::format("must be a whole number from {} to {}", min, max));
  return std::to_string(n);
}

outcome canonical_decimal(const field_def& def, const field_input& in) {
  const auto bad = [&] {
    return wrong(fmt::format("must be a number from {} to {} with at most {} decimals", def.min,
                             def.max, def.scale));
  };
  if (in.what != field_input::kind::number && in.what != field_input::kind::text) return bad();
  sv text = in.text;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string whole(text.substr(0, point));
  std::string part(point < text.size() ? text.substr(point + 1) : sv());
  const auto digits = [](const std::string& s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  while (part.size() > static_cast<std::size_t>(def.scale) && part.back() == '0')
    part.pop_back();
  if (whole.empty() || whole.size() > 15 || !digits(whole) || !digits(part) ||
      part.size() > static_cast<std::size_t>(def.scale))
    return bad();
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  part.resize(static_cast<std::size_t>(def.scale), '0');
  const std::int64_t magnitude = std::stoll(whole);
  const bool fraction = part.find_first_not_of('0') != std::string::npos;
  const bool zero = magnitude == 0 && !fraction;
  const std::int64_t limit = negative ? -def.min : def.max;
  if (!zero && (limit < 0 || magnitude > limit || (magnitude == limit && fraction))) return bad();
  return fmt::format("{}{}.{}", negative && !zero ? "-" : "", whole, part);
}

outcome canonical_date(const field_input& in) {
  int y = 0;
  unsigned m = 0, d = 0;
  char rest = 0;
  const bool read = in.what == field_input::kind::text && in.text.size() == 10 &&
                    std::sscanf(in.text.c_str(), "%4d-%2u-%2u%c", &y, &m, &d, &rest) == 3;
  const std::chrono::year_month_day day{std::chrono::year(y), std::chrono::month(m),
                                        std::chrono::day(d)};
  if (!read || !day.ok() || y < 1900 || y > 2200) return wrong("must be a date, YYYY-MM-DD");
  return in.text;
}

outcome canonical_words(const field_def& def, const field_input& in) {
  if (in.what != field_input::kind::words || in.words.size() > 50)
    return wrong("must be a list of at most 50 words");
  std::set<std::string> sorted;
  for (const std::string& w : in.words) {
    if (w.empty() || !is_storable(w) || characters_in(w) > static_cast<std::size_t>(def.max) ||
        std::any_of(w.begin(), w.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }))
      return wrong(fmt::format("must hold words of 1 to {} characters", def.max));
    sorted.insert(w);
  }
  if (sorted.empty()) return std::optional<std::string>();
  return fmt::format("{}", fmt::join(sorted, "\x1f"));
}

constexpr std::array<sv, 16> default_matrix{
    "critical", "critical", "high",   "medium",  // critical urgency
    "critical", "high",     "high",   "medium",  // high
    "high",     "medium",   "medium", "low",     // medium
    "medium",   "medium",   "low",    "low"};    // low

}  // namespace

std::span<const field_def> ticket_fields() {
  return table();
}

const field_def& definition(field id) {
  return table()[static_cast<std::size_t>(id)];
}

const field_def* find_field(std::string_view name) {
  for (const field_def& def : table())
    if (def.name == name) return &def;
  return nullptr;
}

tl::expected<std::optional<std::string>, std::string> canonical(const field_def& def,
                                                                const field_input& in) {
  if (in.what == field_input::kind::null) {
    if (def.required) return wrong("is required");
    return std::optional<std::string>();
  }
  switch (def.type) {
    case t::text:
      return canonical_text(def, in);
    case t::choice:
      return canonical_choice(def, in);
    case t::integer:
      return canonical_integer(def, in, def.min, def.max);
    case t::id:
      return canonical_integer(def, in, 1, std::numeric_limits<std::int64_t>::max());
    case t::decimal:
      return canonical_decimal(def, in);
    case t::boolean:
      if (in.what != field_input::kind::boolean) return wrong("must be true or false");
      return in.text;
    case t::time: {
      const auto at =
          in.what == field_input::kind::text ? parse_rfc3339(in.text) : std::optional<instant>();
      if (!at) return wrong("must be a time, 2026-01-31T08:00:00+02:00 for instance");
      return to_rfc3339(*at);
    }
    case t::date:
      return canonical_date(in);
    case t::object:
      if (in.what != field_input::kind::object) return wrong("must be a JSON object");
      if (in.text.size() > static_cast<std::size_t>(def.max))
        return wrong(fmt::format("is too large: at most {} bytes", def.max));
      return in.text;
    case t::words:
      return canonical_words(def, in);
  }
  return wrong("cannot be read");
}

std::string for_people(const field_def& def, const std::optional<std::string>& value) {
  if (!value) return {};
  if (def.id == f::drop_number) return "DR" + *value;
  if (def.type != t::words) return *value;
  std::string out = *value;
  for (std::size_t i = out.find('\x1f'); i != std::string::npos; i = out.find('\x1f', i + 2))
    out.replace(i, 1, ", ");
  return out;
}

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

std::span<const std::string_view> ticket_categories() {
  return categories;
}

}  // namespace fibrehub::domain
