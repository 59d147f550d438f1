// Examples of automation rules, their rehearsals and runs, shown in the description of the API.
// {"$example":"X"} stands for the example of the schema X.
#include "web/api/routes.hpp"

namespace fibrehub::web::api {

example_registry automation_examples() {
  return {
      {"AutomationRule",
       R"({"id":1,"name":"Unassigned for 2 hours","enabled":true,
"trigger":{"on":"time","anchor":"unassigned","after_seconds":7200},
"query":"status:open is:unassigned",
"actions":[{"do":"notify","to":{"lead":true,"roles":["manager"]},"text":"Nobody has taken it"}],
"does":["notify the team's lead, managers: Nobody has taken it"],"version":1,"generation":1,
"active_from":"2026-11-21T20:03:06Z","updated_by":"the hub","updated_at":"2026-11-21T20:03:06Z"})"},
      {"AutomationRuleList", R"({"rules":[{"$example":"AutomationRule"}]})"},
      {"NewAutomationRule",
       R"({"name":"Resolved for 3 days","enabled":false,
"trigger":{"on":"time","anchor":"resolved","after_seconds":259200},"query":"status:resolved",
"actions":[{"do":"set_status","status":"closed","reason":"Resolved for 3 days"}],
"backfill":false})"},
      {"AutomationRuleEdit", R"({"enabled":true,"backfill":true,"version":1})"},
      {"AutomationRehearsal",
       R"({"counts":{"tickets":1200,"fit":40,"not_so":0,"not_yet":31,"before_rule":6,"done":2,"now":1},
"does":["set status closed"],"would_act_on":[{"ticket_uid":"DR1730654-01","title":"No light",
"steps":[{"do":"set status closed","changes":[{"field":"status","from":"resolved",
"to":"closed"}]}]}]})"},
      {"AutomationRunPage",
       R"({"runs":[{"id":7,"rule_id":3,"rule":"Resolved for 3 days: close","version":1,
"ticket_uid":"DR1730654-01","outcome":"done","detail":"set status closed",
"anchor":"time:1795291200000000","depth":1,"due_at":"2026-11-21T20:00:00Z",
"at":"2026-11-21T20:00:01.204Z"}],"pagination":{"$example":"Pagination"}})"},
  };
}

}  // namespace fibrehub::web::api
