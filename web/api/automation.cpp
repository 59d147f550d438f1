// Automation rules: what tickets have done to them by themselves; rehearsals, and the log of runs.
#include <fmt/format.h>

#include <chrono>

#include "store/automation/runs.hpp"
#include "web/api/automation_body.hpp"
#include "web/api/backend.hpp"
#include "web/api/json.hpp"
#include "web/api/page_answer.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

using setup_ptr = std::shared_ptr<const store::automation_setup>;

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  auto rules = co_await b.read(store::list_automation_rules{});
  if (!rules) co_return from_store_error(ctx, rules.error());
  std::string all;
  for (const store::automation_rule_view& r : *rules)
    all += (all.empty() ? "" : ",") + store::automation_rule_json(r);
  co_return success_json(fmt::format(R"({{"rules":[{}]}})", all));
}

asio::awaitable<response> one(backend& b, const request_context& ctx) {
  store::list_automation_rules ask;
  ask.id = path_id(ctx);
  auto rules = co_await b.read(ask);
  if (!rules) co_return from_store_error(ctx, rules.error());
  co_return success_json(store::automation_rule_json(rules->front()));
}

asio::awaitable<response> create(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::save_automation_rule request = read_automation_rule(body, true);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> update(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::save_automation_rule request = read_automation_rule(body, false);
  request.id = path_id(ctx);
  if (const auto version = body.integer("version", 1, std::numeric_limits<std::int32_t>::max()))
    request.version = static_cast<std::int32_t>(*version);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> remove(backend& b, const request_context& ctx) {
  store::delete_automation_rule request;
  request.id = path_id(ctx);
  response out = co_await b.change(ctx, request);
  co_return out;
}

asio::awaitable<response> rehearse(backend& b, setup_ptr setup, const request_context& ctx,
                                   std::optional<std::int64_t> id) {
  store::rehearse_automation_rule ask;
  ask.setup = std::move(setup);
  ask.now =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  if (!id || !ctx.body.empty()) {
    body_reader body(ctx);
    ask.edit = read_automation_rule(body, !id);
    if (auto no = body.refusal(ctx)) co_return std::move(*no);
  }
  ask.edit.id = id;
  auto told = co_await b.read_share(ctx, std::move(ask));
  if (!told) co_return from_store_error(ctx, told.error());
  co_return success_json(*told);
}

void write_run(json_writer& w, const store::automation_run_view& v) {
  w.StartObject();
  integer_field(w, "id", v.id);
  integer_field(w, "rule_id", v.rule_id);
  text_field(w, "rule", v.rule);
  integer_field(w, "version", v.version);
  text_field(w, "ticket_uid", v.ticket_uid);
  text_field(w, "outcome", v.outcome);
  text_field(w, "detail", v.detail);
  text_field(w, "anchor", v.anchor);
  integer_field(w, "depth", v.depth);
  instant_field(w, "due_at", v.due_at);
  instant_field(w, "at", v.at);
  w.EndObject();
}

asio::awaitable<response> runs(backend& b, const request_context& ctx,
                               std::optional<std::int64_t> rule) {
  store::list_automation_runs ask;
  ask.rule_id = rule;
  ask.ticket_uid = ctx.query("ticket").value_or("");
  ask.outcome = ctx.query("outcome").value_or("");
  ask.by = ctx.caller->who;
  return page_answer(b, ctx, std::move(ask), "runs", write_run);
}

asio::awaitable<response> all_runs(backend& b, const request_context& ctx) {
  return runs(b, ctx, std::nullopt);
}
asio::awaitable<response> runs_of_rule(backend& b, const request_context& ctx) {
  return runs(b, ctx, path_id(ctx));
}

constexpr const char* saved_nothing = "nothing is changed that could be done twice";

route make(backend& b, method verb, const std::string& path, const char* id, const char* summary,
           std::vector<answer_description> answers, resource_action run) {
  route r = resource_route(b, verb, path, id, summary, "automation",
                           allowed_to(domain::permission::manage_rules), run);
  if (path.find("{id}") != std::string::npos) {
    r.parameters = {path_id_parameter("The rule's id.")};
    answers.push_back({404, "No such rule", ""});
  }
  r.answers = std::move(answers);
  return r;
}

void add_run_parameters(route& r) {
  parameter outcome;
  outcome.name = "outcome";
  outcome.text = "Of this outcome only.";
  outcome.allowed = {"done", "refused", "stopped", "failed"};
  r.parameters.push_back(words("ticket", "Of this ticket only: its UID.", 40));
  r.parameters.push_back(std::move(outcome));
  r.parameters.push_back(page_limit());
  r.parameters.push_back(page_cursor());
}

std::vector<route> rule_routes(backend& b) {
  const answer_description wrong{400, "A field is wrong; details name it", ""};
  route all =
      make(b, method::get, "/automation-rules", "listAutomationRules",
           "The automation rules, by name", {{200, "All rules", "AutomationRuleList"}}, list);
  route get = make(b, method::get, "/automation-rules/{id}", "getAutomationRule",
                   "An automation rule", {{200, "The rule", "AutomationRule"}}, one);
  route add =
      make(b, method::post, "/automation-rules", "createAutomationRule", "Make an automation rule",
           {{201, "Made", "AutomationRule"}, wrong, {409, "The name is taken", ""}}, create);
  add.description =
      "It acts on what comes due from now on; with `backfill` also on what is due already. Try it "
      "with dry-run first.";
  add.body = body_description{"NewAutomationRule", "application/json", true, ""};
  route edit = make(b, method::patch, "/automation-rules/{id}", "editAutomationRule",
                    "Change an automation rule, switch it on or off",
                    {{200, "The rule as it is now", "AutomationRule"},
                     wrong,
                     {409, "The name is taken, or it was changed since the version you saw", ""}},
                    update);
  edit.body = body_description{"AutomationRuleEdit", "application/json", true, ""};
  route gone = make(b, method::delete_, "/automation-rules/{id}", "deleteAutomationRule",
                    "Delete an automation rule; the log of its runs stays",
                    {{200, "The rule as it was", "AutomationRule"}}, remove);
  return {std::move(all), std::move(get), std::move(add), std::move(edit), std::move(gone)};
}

}  // namespace

std::vector<route> automation_routes(backend& b, setup_ptr setup) {
  std::vector<route> out = rule_routes(b);
  const answer_description wrong{400, "A field is wrong; details name it", ""};
  route unsaved = make(b, method::post, "/automation-rules/dry-run", "rehearseNewAutomationRule",
                       "What a rule would do that is not saved",
                       {{200, "What it would do", "AutomationRehearsal"}, wrong}, nullptr);
  unsaved.description = "Nothing is changed.";
  unsaved.no_key = saved_nothing;
  unsaved.body = body_description{"NewAutomationRule", "application/json", true, ""};
  unsaved.handle = [&b, setup](request_context& ctx) {
    return rehearse(b, setup, ctx, std::nullopt);
  };
  route saved = make(b, method::post, "/automation-rules/{id}/dry-run", "rehearseAutomationRule",
                     "What a rule would do if it were switched on now",
                     {{200, "What it would do", "AutomationRehearsal"}, wrong}, nullptr);
  saved.description = "Nothing is changed. A body is laid over the rule as PATCH would.";
  saved.no_key = saved_nothing;
  saved.body = body_description{"AutomationRuleEdit", "application/json", false, ""};
  saved.handle = [&b, setup](request_context& ctx) {
    return rehearse(b, setup, ctx, path_id(ctx));
  };
  route of_rule = make(b, method::get, "/automation-rules/{id}/runs", "listRunsOfAutomationRule",
                       "What a rule did, the latest first",
                       {{200, "A page of runs", "AutomationRunPage"}}, runs_of_rule);
  route all = make(b, method::get, "/automation-runs", "listAutomationRuns",
                   "What the rules did, the latest first",
                   {{200, "A page of runs", "AutomationRunPage"}}, all_runs);
  of_rule.answers.pop_back();  // of a deleted rule as well
  add_run_parameters(of_rule);
  add_run_parameters(all);
  for (route* r : {&unsaved, &saved, &of_rule, &all})
    out.push_back(std::move(*r));
  return out;
}

}  // namespace fibrehub::web::api
