// Guarantees: how long projects answer for what was built in them.
#include <fmt/format.h>

#include "domain/billing.hpp"
#include "store/billing/guarantees.hpp"
#include "web/api/backend.hpp"
#include "web/api/body.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"
#include "web/api/sla_edit.hpp"
#include "web/api/sla_rows.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

constexpr std::size_t longest_notes = 2000;
constexpr std::size_t longest_name = 50;

std::optional<std::vector<domain::ticket_type>> types_in(body_reader& body) {
  const auto names = domain::ticket_type_names();
  const auto given = body.texts("ticket_types", names.size(), longest_name);
  if (!given) return std::nullopt;
  std::vector<domain::ticket_type> out;
  for (const std::string& name : *given) {
    const auto type = domain::ticket_type_from(name);
    if (!type) {
      body.complain("ticket_types", fmt::format("may hold {}", fmt::join(names, ", ")));
      return std::nullopt;
    }
    if (std::find(out.begin(), out.end(), *type) == out.end()) out.push_back(*type);
  }
  if (out.empty())
    body.complain("ticket_types", "must not be empty; archive the guarantee instead");
  return out;
}

store::save_guarantee read_guarantee(body_reader& body) {
  store::save_guarantee out;
  const auto project = body.integer("project_id", 1, std::numeric_limits<std::int64_t>::max());
  if (body.object() && (!body.has("project_id") || body.is_null("project_id")))
    body.complain("project_id", "is required");
  out.project_id = project.value_or(0);
  if (const auto version = body.integer("version", 1, std::numeric_limits<std::int32_t>::max()))
    out.version = static_cast<std::int32_t>(*version);
  out.period_days = body.integer("period_days", 1, domain::longest_guarantee_days);
  out.covers = types_in(body);
  out.notes = body.text("notes", longest_notes);
  out.archived = body.boolean("archived");
  return out;
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  return page_of_rows(b, ctx, store::list_guarantees{}, "guarantees");
}

route on_guarantees(backend& b, method verb, const std::string& path, const char* id,
                    const char* summary, domain::permission needed, resource_action run) {
  route r = resource_route(b, verb, path, id, summary, "billing", allowed_to(needed), run);
  r.aliases.push_back("/api/ticketing" + path);
  return r;
}

}  // namespace

std::vector<route> guarantee_routes(backend& b) {
  using p = domain::permission;
  route all =
      on_guarantees(b, method::get, "/guarantees", "listGuarantees",
                    "How long projects answer for what was built in them", p::read_people, list);
  all.parameters = {archived_instead(), page_limit(), page_cursor()};
  all.answers = {{200, "A page of guarantees", "GuaranteePage"}};
  route get =
      on_guarantees(b, method::get, "/guarantees/{id}", "getGuarantee",
                    "The guarantee of a project", p::read_people, one_row<store::list_guarantees>);
  get.parameters = {path_id_parameter("The project's id.")};
  get.answers = {{200, "The guarantee", "Guarantee"}, {404, "The project gives none", ""}};
  route save_one = on_guarantees(b, method::post, "/guarantees", "saveGuarantee",
                                 "Make or change the guarantee of a project", p::manage_rules,
                                 save<read_guarantee>);
  save_one.description =
      "Open tickets of the project are billed by it within seconds: a drop's work is covered until "
      "its install date plus `period_days`. What is not given stays; a new guarantee covers "
      "`build` and `fault` unless it says otherwise.";
  save_one.body = body_description{"GuaranteeEdit", "application/json", true, ""};
  save_one.answers = {
      {200, "Changed", "Guarantee"},
      {201, "Made", "Guarantee"},
      {400, "A field is wrong; details name it", ""},
      {409, "Changed since the version you saw; data.current is what it is now", ""}};
  return {std::move(all), std::move(get), std::move(save_one)};
}

}  // namespace fibrehub::web::api
