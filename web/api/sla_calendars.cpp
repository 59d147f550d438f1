// Business calendars.
#include <fmt/format.h>

#include "store/sla/config.hpp"
#include "web/api/backend.hpp"
#include "web/api/body.hpp"
#include "web/api/calendar_json.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"
#include "web/api/sla_edit.hpp"
#include "web/api/sla_rows.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

/// `name` must not be blank, `calendar` is checked as a whole.
store::save_calendar read_fields(body_reader& body) {
  store::save_calendar out;
  out.name = body.text("name", 100);
  if (out.name && out.name->find_first_not_of(" \t\r\n") == std::string::npos)
    body.complain("name", "must not be blank");
  if (const auto* hours = body.member("calendar"); hours && !hours->IsNull()) {
    std::vector<field_problem> problems;
    out.versions = read_calendar_versions(*hours, "calendar", problems);
    for (const field_problem& p : problems)
      body.complain(p.field, p.reason);
  }
  out.is_default = body.boolean("default");
  return out;
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_calendars ask;
  ask.archived = ctx.query_boolean("archived").value_or(false);
  auto found = co_await b.read(ask);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success_json(found->data_json);
}

store::save_calendar read_new(body_reader& body) {
  store::save_calendar request = read_fields(body);
  if (body.object())
    for (const char* field : {"name", "calendar"})
      if (!body.has(field) || body.is_null(field)) body.complain(field, "is required");
  return request;
}

store::save_calendar read_change(body_reader& body, const request_context& ctx) {
  store::save_calendar request = read_fields(body);
  read_edit(body, ctx, request);
  request.is_repair = body.boolean("repair").value_or(false);
  return request;
}

route on_calendars(backend& b, method verb, const char* path, const char* id, const char* summary,
                   domain::permission needed, resource_action run) {
  route r = resource_route(b, verb, path, id, summary, "sla", allowed_to(needed), run);
  if (std::string_view(path).ends_with("{id}")) {
    r.parameters = {path_id_parameter("The calendar's id.")};
    r.answers = {{200, "The calendar", "Calendar"}, {404, "No such calendar", ""}};
  }
  return r;
}

}  // namespace

std::vector<route> calendar_routes(backend& b) {
  using p = domain::permission;
  const answer_description wrong{400, "A field is wrong; details name it", ""};
  route all = on_calendars(b, method::get, "/calendars", "listCalendars",
                           "Business calendars, the default one first", p::read_people, list);
  all.parameters = {archived_instead()};
  all.answers = {{200, "The calendars", "CalendarList"}};
  route get = on_calendars(b, method::get, "/calendars/{id}", "getCalendar", "A calendar",
                           p::read_people, one_row<store::list_calendars>);
  route add = on_calendars(b, method::post, "/calendars", "createCalendar", "Make a calendar",
                           p::manage_rules, save<read_new>);
  add.body = body_description{"NewCalendar", "application/json", true, ""};
  add.answers = {{201, "Made", "Calendar"}, wrong, {409, "The name is taken", ""}};
  route edit = on_calendars(b, method::patch, "/calendars/{id}", "editCalendar",
                            "Change a calendar from now on", p::manage_rules, save<read_change>);
  edit.description =
      "`calendar` is added as a version that takes effect at its `effective_from`, or now. The "
      "past "
      "stays as it was counted; `repair` rewrites it. Clocks that run by it are worked out anew.";
  edit.body = body_description{"CalendarEdit", "application/json", true, ""};
  edit.answers.push_back(wrong);
  edit.answers.push_back({409, "Changed since the version you saw, or in use", ""});
  route trial = preview_route(edit, "previewCalendar", "What other hours would do");
  trial.handle = [&b](request_context& ctx) { return preview<read_change>(b, ctx); };
  return {std::move(all), std::move(get), std::move(add), std::move(edit), std::move(trial)};
}

}  // namespace fibrehub::web::api
