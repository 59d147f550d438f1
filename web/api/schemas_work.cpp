// Schemas of what goes on around a ticket: files, presence, followers, automatic assignment.
#include <fmt/format.h>

#include "domain/assignment.hpp"
#include "domain/event_kinds.hpp"
#include "domain/ticket.hpp"
#include "web/api/routes.hpp"
#include "web/api/schema_text.hpp"

namespace fibrehub::web::api {
namespace {

std::string rule_properties() {
  return fmt::format(
      R"("name":{{"type":"string","minLength":1,"maxLength":100}},)"
      R"("position":{{"type":"integer","minimum":0,"maximum":1000000,"description":"Lower ones are asked first; after the last if not given"}},)"
      R"("zones":{{"type":"array","maxItems":50,"items":{{"type":"string","maxLength":100}},"description":"Empty: every zone, also none"}},)"
      R"("types":{{"type":"array","maxItems":50,"items":{{{}}}}},)"
      R"("sources":{{"type":"array","maxItems":50,"items":{{{}}}}},)"
      R"("team_id":{{"type":"integer","minimum":1}},)"
      R"("method":{{{},"description":"team: a member claims it; round_robin: the next in turn; least_loaded: the one with the fewest open tickets"}},)"
      R"("enabled":{{"type":"boolean","default":true}})",
      enum_of(domain::ticket_type_names()), enum_of(domain::ticket_source_names()),
      enum_of(domain::assignment_method_names()));
}

constexpr const char* decision =
    R"({"type":"object","properties":{"ticket_uid":{"type":"string"},"version":{"type":"integer"},
"dry_run":{"type":"boolean"},"assigned":{"type":"boolean","description":"It was done"},
"rule":{"type":["object","null"],"properties":{"id":{"type":"integer"},"name":{"type":"string"}}},
"assigned_to":{"type":["integer","null"]},"assigned_to_name":{"type":["string","null"]},
"assigned_team":{"type":["integer","null"]},"assigned_team_name":{"type":["string","null"]},
"explanation":{"type":"array","items":{"type":"string"},"description":"A sentence for each rule that was looked at",
"examples":[["rule 'South' does not fit: zone North, the rule takes South","rule 'North' fits: zone North; round robin after Thabo → Lerato"]]
}
}
})";

std::string event_schema() {
  return fmt::format(
      R"({{"type":"object","required":["type","id","event","at","data"],"properties":{{)"
      R"("type":{{"const":"event"}},"id":{{"type":"string","examples":["1795237018886.1-55"]}},)"
      R"("event":{{{}}},"ticket_uid":{{"type":["string","null"]}},)"
      R"("at":{{"type":"string","format":"date-time"}},)"
      R"("data":{{"type":"object","additionalProperties":true,"description":"By kind, see docs/events.md; )"
      R"(out_of_sight is true when the ticket has left your sight","properties":{{)"
      R"("out_of_sight":{{"const":true}}}}}}}}}})",
      enum_of(domain::event_kinds));
}

}  // namespace

schema_registry work_schemas() {
  const std::string rule = rule_properties();
  return {
      {"Event", event_schema()},
      {"AddedAttachments",
       R"({"type":"object","properties":{"ticket_uid":{"type":"string"},"version":{"type":"integer"},)"
       R"("attachments":{"type":"array","items":{"$ref":"#/components/schemas/Attachment"}}}})"},
      {"DeletedAttachment",
       R"({"type":"object","properties":{"ticket_uid":{"type":"string"},"version":{"type":"integer"},"id":{"type":"string"}}})"},
      {"PresenceReport",
       R"({"type":"object","additionalProperties":false,"required":["state"],"properties":{"state":{"enum":["viewing","editing","left"]}}})"},
      {"Presence",
       R"({"type":"object","properties":{"ticket_uid":{"type":"string"},"present":{"type":"array","items":{"type":"object",)"
       R"("properties":{"id":{"type":"string"},"name":{"type":"string"},"state":{"enum":["viewing","editing"]}}}}}})"},
      {"Following",
       R"({"type":"object","properties":{"ticket_uid":{"type":"string"},"following":{"type":"boolean"}}})"},
      {"NewAssignmentRule",
       fmt::format(
           R"({{"type":"object","additionalProperties":false,"required":["name","team_id","method"],"properties":{{{}}}}})",
           rule)},
      {"AssignmentRuleEdit",
       fmt::format(R"({{"type":"object","additionalProperties":false,"properties":{{{}}}}})",
                   rule)},
      {"AssignmentRule",
       fmt::format(
           R"({{"type":"object","properties":{{"id":{{"type":"integer"}},{},"team_name":{{"type":"string"}},)"
           R"("last_assigned_to":{{"type":["integer","null"]}},"last_assigned_to_name":{{"type":["string","null"]}},)"
           R"("updated_at":{{"type":"string","format":"date-time"}}}}}})",
           rule)},
      {"AssignmentRuleList",
       R"({"type":"object","properties":{"rules":{"type":"array","items":{"$ref":"#/components/schemas/AssignmentRule"}}}})"},
      {"AutoAssign",
       R"({"type":"object","additionalProperties":false,"properties":{"dry_run":{"type":["boolean","null"],"default":false}}})"},
      {"AssignmentDecision", decision},
  };
}

}  // namespace fibrehub::web::api
