// Saved views: queries under a name, for oneself or shared.
#include <fmt/format.h>

#include "domain/query/query.hpp"
#include "store/views/views.hpp"
#include "web/api/backend.hpp"
#include "web/api/body.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"
#include "web/api/ticket_filter.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

using p = domain::permission;

/// Reads and checks what a body says; problems are collected in it.
void read_fields(body_reader& body, const request_context& ctx, store::save_view& request) {
  request.name = body.text("name", 100);
  if (request.name && request.name->find_first_not_of(" \t") == std::string::npos)
    body.complain("name", "must not be blank");
  request.query = body.text("query", domain::query::max_query_bytes);
  if (request.query) {
    const auto tree = domain::query::parse(*request.query);
    if (!tree)
      body.complain("query",
                    fmt::format("column {}: {}", tree.error().column, tree.error().message));
  }
  request.sort = body.text("sort", 40);
  if (request.sort && !parse_order(*request.sort))
    body.complain("sort", "is no order there is; see the parameter sort of GET /api/v1/tickets");
  request.shared = body.boolean("shared");
  const domain::role as = ctx.caller->who.as;
  const bool may_share =
      as == domain::role::admin || as == domain::role::manager || as == domain::role::team_lead;
  if (request.shared.value_or(false) && !may_share)
    body.complain("shared", "is for team leads, managers and admins");
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_views ask;
  ask.by = ctx.caller->who;
  auto views = co_await b.read(std::move(ask));
  if (!views) co_return from_store_error(ctx, views.error());
  std::string all;
  for (const store::view& v : *views)
    all += (all.empty() ? "" : ",") + store::view_json(v, ctx.caller->who);
  co_return success_json(fmt::format(R"({{"views":[{}]}})", all));
}

asio::awaitable<response> one(backend& b, const request_context& ctx) {
  store::get_view ask;
  ask.id = path_id(ctx);
  ask.by = ctx.caller->who;
  auto found = co_await b.read(std::move(ask));
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success_json(store::view_json(*found, ctx.caller->who));
}

asio::awaitable<response> create(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::save_view request;
  read_fields(body, ctx, request);
  if (body.object())
    for (const char* field : {"name", "query"})
      if (!body.has(field) || body.is_null(field)) body.complain(field, "is required");
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> edit(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::save_view request;
  request.id = path_id(ctx);
  read_fields(body, ctx, request);
  if (const auto version = body.integer("version", 1, 2'000'000'000))
    request.version = static_cast<std::int32_t>(*version);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> remove(backend& b, const request_context& ctx) {
  store::delete_view request;
  request.id = path_id(ctx);
  response out = co_await b.change(ctx, request);
  co_return out;
}

route make(backend& b, method verb, const std::string& path, const char* id, const char* summary,
           const char* body, std::vector<answer_description> answers, resource_action run) {
  route r = resource_route(b, verb, "/views" + path, id, summary, "views",
                           allowed_to(p::read_tickets), run);
  if (!path.empty()) r.parameters = {path_id_parameter("The view's id.")};
  if (*body) r.body = body_description{body, "application/json", true, ""};
  r.answers = std::move(answers);
  return r;
}

}  // namespace

std::vector<route> view_routes(backend& b) {
  const answer_description missing{404, "No such view for you", ""};
  const answer_description clash{
      409, "You have one of this name already, or it was changed meanwhile", ""};
  std::vector<route> out;
  out.push_back(make(b, method::get, "", "listViews", "Your saved views and the shared ones", "",
                     {{200, "The views, by name", "ViewList"}}, list));
  out.push_back(make(b, method::post, "", "createView", "Save a query under a name", "NewView",
                     {{201, "Saved", "View"}, clash}, create));
  out.push_back(make(b, method::get, "/{id}", "getView", "One view", "",
                     {{200, "The view", "View"}, missing}, one));
  out.push_back(make(b, method::patch, "/{id}", "editView", "Change a view of yours", "ViewEdit",
                     {{200, "The view as it is now", "View"}, missing, clash}, edit));
  out.push_back(make(b, method::delete_, "/{id}", "deleteView",
                     "Delete a view of yours; admins may delete shared ones", "",
                     {{200, "Deleted", "DeletedView"}, missing}, remove));
  return out;
}

}  // namespace fibrehub::web::api
