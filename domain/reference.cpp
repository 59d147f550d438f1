#include "domain/reference.hpp"

#include <algorithm>
#include <array>

namespace fibrehub::domain {
namespace {

using c = reference_column;
using kind = reference_kind;
using t = column_type;

constexpr std::array<std::string_view, 2> outcomes{"passed", "failed"};

constexpr c code(std::string_view text, std::string_view example) {
  return {"code", "code", t::text, true, 1, 60, {}, {}, text, example};
}
constexpr c text(std::string_view name, std::int64_t max, std::string_view what,
                 std::string_view example, bool required = false) {
  return {name, name, t::text, required, 0, max, {}, {}, what, example};
}
constexpr c refers(std::string_view name, std::string_view sql_name, kind to, std::string_view what,
                   std::string_view example) {
  return {name, sql_name, t::reference, false, 0, 60, {}, to, what, example};
}
constexpr c email{
    "email", "email", t::email, false, 0, 254, {}, {}, "Where to write to", "office@example.com"};
constexpr c phone = text("phone", 50, "Under which number to call", "+27 11 555 0100");
constexpr c zone = text("zone", 100, "Area", "Zone A");
constexpr c latitude{"latitude", "latitude", t::number, false,           -90,
                     90,         {},         {},        "Degrees north", "-26.20410000"};
constexpr c longitude{"longitude", "longitude", t::number, false,          -180,
                      180,         {},          {},        "Degrees east", "28.04730000"};
constexpr c archived{"archived",
                     "archived_at",
                     t::archived,
                     false,
                     0,
                     0,
                     {},
                     {},
                     "True: it is no longer in use, and kept for what refers to it",
                     "false"};
constexpr c client =
    refers("client", "client_id", kind::clients, "Code of the client company", "C-12");
constexpr c project =
    refers("project", "project_id", kind::projects, "Code of the project", "LAWLEY-2");

constexpr std::array projects{
    code("The project's code, unique", "LAWLEY-2"),
    text("name", 200, "Its name", "Lawley Phase 2", true),
    client,
    archived,
};
constexpr std::array clients{
    code("The client's code, unique", "C-12"),
    text("name", 200, "Its name", "Acme Fibre", true),
    email,
    phone,
    archived,
};
constexpr std::array contractors{
    code("The contractor's code, unique", "SPLICE-CO"),
    text("name", 200, "Its name", "Splice & Co", true),
    email,
    phone,
    archived,
};
constexpr std::array poles{
    code("The pole's code, unique", "P-4521"), project, zone, latitude, longitude, archived,
};
constexpr std::array drops{
    c{"code",
      "code",
      t::drop,
      true,
      1,
      12,
      {},
      {},
      "The drop number: DR1730654, dr 1730654 and 1730654 are the same",
      "1730654"},
    project,
    refers("pole", "pole_id", kind::poles, "Code of the pole it hangs on", "P-4521"),
    refers("contractor", "contractor_id", kind::contractors, "Code of the contractor who built it",
           "SPLICE-CO"),
    client,
    zone,
    text("pon", 50, "Passive optical network", "PON-07"),
    text("address", 1000, "Where it is", "213 Vygie Crescent"),
    c{"install_date",
      "install_date",
      t::date,
      false,
      0,
      0,
      {},
      {},
      "When it was installed",
      "2025-03-14"},
    latitude,
    longitude,
    archived,
};
constexpr std::array qa_photo_reviews{
    code("The review's number where it was made, unique", "QA-2025-0815"),
    c{"drop",
      "drop_code",
      t::drop,
      true,
      1,
      12,
      {},
      {},
      "Number of the drop that was photographed; it need not be imported yet",
      "1730654"},
    c{"outcome",
      "outcome",
      t::choice,
      true,
      0,
      0,
      outcomes,
      {},
      "A failed review raises a construction ticket, once",
      "failed"},
    text("reason", 2000, "Why it failed", "The cable is not clamped at the pole"),
    text("reviewer", 200, "Who looked at the photos", "Lerato M."),
    c{"reviewed_at", "reviewed_at", t::time, true, 0, 0, {}, {}, "When", "2025-12-01T09:30:00Z"},
};
constexpr std::array teams{
    c{"name",
      "name",
      t::text,
      true,
      1,
      100,
      {},
      {},
      "The team's name, unique; it stands for a code",
      "Lawley splicers"},
    zone,
    c{"specialties",
      "specialties",
      t::words,
      false,
      0,
      60,
      {},
      {},
      "What it is good at",
      "splicing|otdr"},
    c{"lead",
      "lead_id",
      t::user,
      false,
      0,
      254,
      {},
      {},
      "E-mail address of the user who leads it",
      "lerato@example.com"},
    c{"members",
      "user_id",
      t::users,
      false,
      0,
      254,
      {},
      {},
      "E-mail addresses of the users in it; the whole list each time",
      "lerato@example.com|thabo@example.com"},
    archived,
};

constexpr std::array<reference_declaration, reference_kind_count> all{{
    {kind::projects, "projects", "project", "What is being built, for whom", projects},
    {kind::clients, "clients", "client", "Companies whose network it is", clients},
    {kind::contractors, "contractors", "contractor", "Companies that build and repair",
     contractors},
    {kind::poles, "poles", "pole", "Poles, with their place", poles},
    {kind::drops, "drops", "drop", "Connections from a pole to a house", drops},
    {kind::qa_photo_reviews, "qa_photo_reviews", "QA photo review",
     "What quality assurance found on the photos of a drop", qa_photo_reviews},
    {kind::teams, "teams", "team", "Teams and who is in them", teams},
}};

}  // namespace

std::span<const reference_declaration> reference_declarations() {
  return all;
}

const reference_declaration& declaration_of(reference_kind k) {
  return all[static_cast<std::size_t>(k)];
}

const reference_declaration* find_reference(std::string_view name) {
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.name == name; });
  return it == all.end() ? nullptr : &*it;
}

std::optional<std::size_t> find_column(const reference_declaration& of, std::string_view name) {
  for (std::size_t i = 0; i < of.columns.size(); ++i)
    if (of.columns[i].name == name) return i;
  return std::nullopt;
}

}  // namespace fibrehub::domain
