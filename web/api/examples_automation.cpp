// Examples of automation rules, their rehearsals and runs, shown in the description of the API.
// {"$example":"X"} stands for the example of the schema X.
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

// Every action there is, once.
#define EXAMPLE_ACTIONS                                                                              \
  R"("actions":[{"do":"notify","to":{"assignee":true,"lead":true,"followers":false,"all_agents":)"   \
  R"(false,"roles":["manager"],"people":[7],"teams":[10]},"text":"Nobody has taken it"},)"           \
  R"({"do":"set_status","status":"triaged","reason":"Looked at"},{"do":"set_priority","priority":)"  \
  R"("high"},{"do":"assign","user_id":7,"team_id":10,"reason":"Their zone"},{"do":"assign","auto":)" \
  R"(true},{"do":"add_tag","tag":"waits"},{"do":"add_note","text":"See the list of the week"},)"     \
  R"({"do":"follow","people":[7]}])"
#define EXAMPLE_TRIGGER R"("trigger":{"on":"time","anchor":"unassigned","after_seconds":7200})"

}  // namespace

example_registry automation_examples() {
  return {
      {"AutomationRule",
       R"({"id":1,"name":"Unassigned for 2 hours","enabled":true,)" EXAMPLE_TRIGGER
       R"(,"query":"status:open is:unassigned",)" EXAMPLE_ACTIONS R"(,
"does":["notify the team's lead, managers: Nobody has taken it"],"version":1,"generation":1,
"active_from":"2026-11-21T20:03:06Z","updated_by":"the hub","updated_at":"2026-11-21T20:03:06Z"})"},
      {"AutomationRuleList", R"({"rules":[{"$example":"AutomationRule"}]})"},
      {"NewAutomationRule",
       R"({"name":"Unassigned for 2 hours","enabled":false,)" EXAMPLE_TRIGGER
       R"(,"query":"status:open is:unassigned",)" EXAMPLE_ACTIONS R"(,"backfill":false})"},
      {"AutomationRuleEdit", R"({"name":"Unassigned for 2 hours","enabled":true,)" EXAMPLE_TRIGGER
                             R"(,"query":"status:open is:unassigned",)" EXAMPLE_ACTIONS
                             R"(,"backfill":true,"version":1})"},
      {"AutomationRehearsal",
       R"({"counts":{"tickets":1200,"fit":40,"not_so":0,"not_yet":31,"before_rule":6,"done":2,"now":1},
"does":["set status closed"],"would_act_on":[{"ticket_uid":"DR1730654-01","title":"No light",
"steps":[{"do":"set status closed","changes":[{"field":"status","from":"resolved",
"to":"closed"}]},{"do":"set status triaged",
"refused":"a ticket that is closed cannot become triaged"},{"do":"add tag waits",
"skipped":true}]}]})"},
      {"AutomationRunPage",
       R"({"runs":[{"id":7,"rule_id":3,"rule":"Resolved for 3 days: close","version":1,
"ticket_uid":"DR1730654-01","outcome":"done","detail":"set status closed",
"anchor":"time:1795291200000000","depth":1,"due_at":"2026-11-21T20:00:00Z",
"at":"2026-11-21T20:00:01.204Z"}],"pagination":{"$example":"Pagination"}})"},
  };
}

}  // namespace fibrehub::web::api
