// Schemas of automation rules, their rehearsals and runs.
#include <fmt/format.h>

#include "domain/automation.hpp"
#include "web/api/routes.hpp"
#include "web/api/schema_text.hpp"

namespace fibrehub::web::api {
namespace {

std::string trigger_schema() {
  return fmt::format(
      R"({{"type":"object","additionalProperties":false,"required":["on"],"properties":{{)"
      R"("on":{{"enum":["time","change"]}},)"
      R"("anchor":{{{},"description":"On time: since when. unanswered: since the first of the client's words that staff have not answered"}},)"
      R"("after_seconds":{{"type":"integer","minimum":1,"maximum":{},"description":"On time: so long after the anchor, if the query fits then"}},)"
      R"("events":{{"type":"array","minItems":1,"items":{{{}}},"description":"On change: any of these"}},)"
      R"("fields":{{"type":"array","items":{{"type":"string"}},"description":"Of changed: any of these fields; none: whichever"}}}}}})",
      enum_of(domain::automation_anchor_names()), domain::longest_automation_wait.count(),
      enum_of(domain::automation_event_names()));
}

std::string action_schema() {
  constexpr const char* ids =
      R"({"type":"array","maxItems":50,"items":{"type":"integer","minimum":1}})";
  return fmt::format(
      R"({{"type":"object","additionalProperties":false,"required":["do"],"properties":{{"do":{{{0}}},)"
      R"("to":{{"type":"object","additionalProperties":false,"description":"Of notify","properties":{{"assignee":{{"type":"boolean"}},)"
      R"("lead":{{"type":"boolean"}},"followers":{{"type":"boolean"}},"all_agents":{{"type":"boolean"}},)"
      R"("roles":{{"type":"array","items":{{"enum":["admin","manager","team_lead","technician","viewer"]}}}},"people":{1},"teams":{1}}}}},)"
      R"("text":{{"type":"string","maxLength":2000,"description":"Of notify and add_note"}},)"
      R"("status":{{{2}}},"priority":{{{3}}},"reason":{{"type":"string","maxLength":500,"description":"Of set_status and assign"}},)"
      R"("auto":{{"type":"boolean","description":"Of assign: as the assignment rules say"}},)"
      R"("user_id":{{"type":"integer","minimum":0,"description":"Of assign; 0: nobody"}},)"
      R"("team_id":{{"type":"integer","minimum":0,"description":"Of assign; 0: no team"}},)"
      R"("tag":{{"type":"string","maxLength":50}},"people":{1}}}}})",
      enum_of(domain::automation_action_names()), ids, enum_of(domain::ticket_status_names()),
      enum_of(domain::ticket_priority_names()));
}

std::string rule_fields() {
  return fmt::format(
      R"("name":{{"type":"string","minLength":1,"maxLength":100}},"enabled":{{"type":"boolean","default":false}},"trigger":{},)"
      R"("query":{{"type":"string","maxLength":2000,"description":"The condition, in the query language of ticket lists; me, mine and is:mine mean nothing here","examples":["status:open is:unassigned"]}},)"
      R"("actions":{{"type":"array","minItems":1,"maxItems":{},"items":{}}})",
      trigger_schema(), domain::max_automation_actions, action_schema());
}

constexpr const char* rehearsal =
    R"({"type":"object","properties":{"counts":{"type":"object","description":"Tickets; fit is those that the query finds, what follows adds up to it","properties":{
"tickets":{"type":"integer"},"fit":{"type":"integer"},"not_so":{"type":"integer","description":"It is not unassigned, unanswered …"},
"not_yet":{"type":"integer","description":"Not for so long"},"before_rule":{"type":"integer","description":"Came due before the rule began; backfill would take them"},
"done":{"type":"integer","description":"Were acted on"},"now":{"type":"integer","description":"Would be acted on now"}}},
"does":{"type":"array","items":{"type":"string"}},
"would_act_on":{"type":"array","description":"Some of them; of a rule on change, those it would act on if such a change came now","items":{"type":"object","properties":{
"ticket_uid":{"type":"string"},"title":{"type":"string"},"steps":{"type":"array","items":{"type":"object","properties":{"do":{"type":"string"},
"changes":{"type":"array","items":{"type":"object","properties":{"field":{"type":"string"},"from":{"type":"string"},"to":{"type":"string"}}}},
"refused":{"type":"string"},"skipped":{"type":"boolean"}}}}}}}}})";

constexpr const char* run_page =
    R"({"type":"object","properties":{"runs":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},
"rule_id":{"type":"integer"},"rule":{"type":"string","description":"Its name then"},"version":{"type":"integer"},"ticket_uid":{"type":"string"},
"outcome":{"enum":["done","refused","stopped","failed"]},"detail":{"type":"string","description":"What was done, or why not"},
"anchor":{"type":"string","description":"What it acted on; once each"},"depth":{"type":"integer","description":"How many rules followed from each other"},
"due_at":{"type":"string","format":"date-time"},"at":{"type":"string","format":"date-time"}}}},
"pagination":{"$ref":"#/components/schemas/Pagination"}}})";

}  // namespace

schema_registry automation_schemas() {
  const std::string fields = rule_fields();
  const std::string backfill =
      R"("backfill":{"type":"boolean","default":false,"description":"Begin anew, also with what is due already"})";
  return {
      {"AutomationRule",
       fmt::format(
           R"({{"type":"object","properties":{{"id":{{"type":"integer"}},{},"does":{{"type":"array","items":{{"type":"string"}}}},)"
           R"("version":{{"type":"integer"}},"generation":{{"type":"integer","description":"Rises when it begins anew"}},)"
           R"("active_from":{{"type":["string","null"],"format":"date-time","description":"What came due before is left alone"}},)"
           R"("updated_by":{{"type":"string"}},"updated_at":{{"type":"string","format":"date-time"}}}}}})",
           fields)},
      {"AutomationRuleList",
       R"({"type":"object","properties":{"rules":{"type":"array","items":{"$ref":"#/components/schemas/AutomationRule"}}}})"},
      {"NewAutomationRule",
       fmt::format(
           R"({{"type":"object","additionalProperties":false,"required":["name","trigger","query","actions"],"properties":{{{},{}}}}})",
           fields, backfill)},
      {"AutomationRuleEdit",
       fmt::format(
           R"({{"type":"object","additionalProperties":false,"properties":{{{},{},"version":{{"type":"integer","minimum":1}}}}}})",
           fields, backfill)},
      {"AutomationRehearsal", rehearsal},
      {"AutomationRunPage", run_page},
  };
}

}  // namespace fibrehub::web::api
