// Who gets new work: the rules, and asking them about one ticket.
#include <fmt/format.h>

#include <charconv>

#include "domain/ticket.hpp"
#include "store/assignment/assign.hpp"
#include "store/assignment/rules.hpp"
#include "web/api/backend.hpp"
#include "web/api/body.hpp"
#include "web/api/parameters.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

constexpr std::size_t max_values = 50;  // in one list of a rule
constexpr std::int64_t max_position = 1'000'000;

std::int64_t id_in(const request_context& ctx) {
  const std::string_view text = ctx.path_value("id");
  std::int64_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  return id;
}

/// A list whose values have to be known ones.
std::optional<std::vector<std::string>> known_texts(body_reader& body, const char* field,
                                                    std::span<const std::string_view> known) {
  auto out = body.texts(field, max_values);
  if (out)
    for (const std::string& text : *out)
      if (std::find(known.begin(), known.end(), text) == known.end())
        body.complain(field, fmt::format("may hold {} only", fmt::join(known, ", ")));
  return out;
}

store::assignment_rule_fields read_fields(body_reader& body) {
  store::assignment_rule_fields out;
  out.name = body.text("name", 100);
  if (out.name && out.name->find_first_not_of(" \t\r\n") == std::string::npos)
    body.complain("name", "must not be empty");
  if (const auto at = body.integer("position", 0, max_position))
    out.position = static_cast<std::int32_t>(*at);
  out.zones = body.texts("zones", max_values);
  out.types = known_texts(body, "types", domain::ticket_type_names());
  out.sources = known_texts(body, "sources", domain::ticket_source_names());
  out.team_id = body.integer("team_id", 1, std::numeric_limits<std::int64_t>::max());
  if (const auto method = body.text("method")) {
    out.method = domain::assignment_method_from(*method);
    if (!out.method)
      body.complain("method", fmt::format("must be one of {}",
                                          fmt::join(domain::assignment_method_names(), ", ")));
  }
  out.enabled = body.boolean("enabled");
  return out;
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  auto rules = co_await b.read(store::list_assignment_rules{});
  if (!rules) co_return from_store_error(ctx, rules.error());
  std::string all;
  for (const store::assignment_rule_view& r : *rules)
    all += (all.empty() ? "" : ",") + store::assignment_rule_json(r);
  co_return success_json(fmt::format(R"({{"rules":[{}]}})", all));
}

asio::awaitable<response> create(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::create_assignment_rule request;
  request.fields = read_fields(body);
  if (body.object())
    for (const char* field : {"name", "team_id", "method"})
      if (!body.has(field) || body.is_null(field)) body.complain(field, "is required");
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> update(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::update_assignment_rule request;
  request.id = id_in(ctx);
  request.fields = read_fields(body);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> remove(backend& b, const request_context& ctx) {
  store::delete_assignment_rule request;
  request.id = id_in(ctx);
  response out = co_await b.change(ctx, request);
  co_return out;
}

asio::awaitable<response> assign(backend& b, const request_context& ctx) {
  store::auto_assign_ticket request;
  request.ticket_uid = ctx.path_value("uid");
  if (!ctx.body.empty()) {
    body_reader body(ctx);
    request.dry_run = body.boolean("dry_run").value_or(false);
    if (auto no = body.refusal(ctx)) co_return std::move(*no);
  }
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

route on_rules(method verb, std::string id, std::string summary) {
  route r;
  r.verb = verb;
  r.path = "/api/v1/assignment-rules";
  r.operation_id = std::move(id);
  r.summary = std::move(summary);
  r.tag = "assignment";
  r.auth = allowed_to(domain::permission::manage_rules);
  return r;
}

route on_rule(method verb, std::string id, std::string summary) {
  route r = on_rules(verb, std::move(id), std::move(summary));
  r.path += "/{id}";
  parameter which = number("id", 1, std::numeric_limits<std::int64_t>::max(), "The rule's id.");
  which.in = place::path;
  which.required = true;
  r.parameters = {std::move(which)};
  r.answers = {{200, "The rule", "AssignmentRule"}, {404, "No such rule", ""}};
  return r;
}

}  // namespace

std::vector<route> assignment_routes(backend& b) {
  const answer_description wrong{400, "A field is wrong; details name it", ""};
  route all = on_rules(method::get, "listAssignmentRules",
                       "The assignment rules in the order in which they are asked");
  all.answers = {{200, "All rules", "AssignmentRuleList"}};
  all.handle = [&b](request_context& ctx) { return list(b, ctx); };

  route add = on_rules(method::post, "createAssignmentRule", "Make an assignment rule");
  add.description =
      "The first rule that fits a new ticket decides who gets it. Empty lists fit every ticket. "
      "Tickets that were there before the first rule are left alone.";
  add.body = body_description{"NewAssignmentRule", "application/json", true, ""};
  add.answers = {{201, "Made", "AssignmentRule"}, wrong, {409, "There are too many", ""}};
  add.handle = [&b](request_context& ctx) { return create(b, ctx); };

  route change =
      on_rule(method::patch, "editAssignmentRule", "Change fields of an assignment rule");
  change.body = body_description{"AssignmentRuleEdit", "application/json", true, ""};
  change.answers.push_back(wrong);
  change.handle = [&b](request_context& ctx) { return update(b, ctx); };

  route gone = on_rule(method::delete_, "deleteAssignmentRule", "Delete an assignment rule");
  gone.handle = [&b](request_context& ctx) { return remove(b, ctx); };

  route ask;
  ask.verb = method::post;
  ask.path = "/api/v1/tickets/{uid}/auto-assign";
  ask.aliases = {"/api/tickets/{uid}/auto-assign"};
  ask.operation_id = "autoAssignTicket";
  ask.summary = "Assign a ticket by the rules, or say what they would do and why";
  ask.tag = "assignment";
  ask.auth = allowed_to(domain::permission::assign_ticket);
  ask.parameters = {ticket_uid()};
  ask.body = body_description{"AutoAssign", "application/json", false, ""};
  ask.answers = {{200, "The decision and its reasons", "AssignmentDecision"},
                 {404, "No such ticket, or not yours to see", ""},
                 {409, "Somebody works on it already, or it is closed", ""}};
  ask.handle = [&b](request_context& ctx) { return assign(b, ctx); };
  return {std::move(all), std::move(add), std::move(change), std::move(gone), std::move(ask)};
}

}  // namespace fibrehub::web::api
