// Examples of what goes on around a ticket: files, presence, assignment, events, channels, review.
// Shown in the description of the API. {"$example":"X"} stands for the example of the schema X.
#include "web/api/routes.hpp"

namespace fibrehub::web::api {

example_registry work_examples() {
  return {
      {"AddedAttachments",
       R"({"ticket_uid":"FF-0001","version":13,"attachments":[{"$example":"Attachment"}]})"},
      {"AssignmentDecision",
       R"({"ticket_uid":"FF-0001","version":4,"dry_run":true,"assigned":false,"rule":{"id":1,
"name":"North"},"assigned_to":2,"assigned_to_name":"Thabo Radebe","assigned_team":1,
"assigned_team_name":"North",
"explanation":["rule 'North' fits: zone Zone A, type fault; least loaded: Thabo Radebe has 0 open (Mandla Nkosi 0), the next in turn among equals"]})"},
      {"AssignmentRule",
       R"({"id":1,"position":1,"name":"North","zones":["Zone A"],"types":["fault"],
"sources":["wa_inbound","email"],"team_id":1,"team_name":"North","method":"least_loaded",
"enabled":true,"last_assigned_to":2,"last_assigned_to_name":"Thabo Radebe",
"updated_at":"2026-11-21T20:03:06Z"})"},
      {"AssignmentRuleEdit", R"({"method":"least_loaded","enabled":true})"},
      {"AssignmentRuleList", R"({"rules":[{"$example":"AssignmentRule"}]})"},
      {"AutoAssign", R"({"dry_run":true})"},
      {"ChannelList",
       R"({"channels":[{"kind":"qcontact","name":"velocity","state":"polling","detail":null,
"last_attempt_at":"2026-11-21T20:02:56.542218Z","last_success_at":"2026-11-21T20:02:56.588562Z",
"lag_s":0.046,"restarts":0,"backlog":0,"silent":false,"sessions":null,"counters":{"received":54,"stored":54,
"duplicates":0,"conflicts":0,"reviews":0,"errors":0}}]})"},
      {"DeletedAttachment", R"({"ticket_uid":"FF-0001","version":15,"id":"65539"})"},
      {"Event",
       R"({"type":"event","id":"1795237018886.1-55","event":"ticket.assigned","ticket_uid":"FF-0001",
"at":"2026-11-21T20:03:06Z","data":{"by":"Mandla Nkosi"}})"},
      {"Following", R"({"ticket_uid":"FF-0001","following":true})"},
      {"NewAssignmentRule",
       R"({"name":"North","zones":["Zone A"],"types":["fault"],"sources":["wa_inbound","email"],
"team_id":1,"method":"round_robin"})"},
      {"Presence",
       R"({"ticket_uid":"FF-0001","present":[{"id":"user:3","name":"Mandla Nkosi","state":"viewing"}]})"},
      {"PresenceReport", R"({"state":"viewing"})"},
      {"ReviewPage",
       R"({"items":[{"id":"c1.1emb","reason":"invalid_json","detail":"Not JSON at byte 5: Invalid value.",
"state":"open","source":"waha","channel":"main","event":null,
"external_id":"main/raw/ffb38b22ee3e0ca90325ebce953a9846",
"headers":{"x-webhook-request-id":"01m7y7e16pk2eaf6c97wghcher","user-agent":"WAHA/2026.2.1"},
"body":"{\"a\":","body_bytes":5,"created_at":"2026-11-21T20:03:06Z"}],"open":1,
"pagination":{"$example":"Pagination"}})"},
  };
}

}  // namespace fibrehub::web::api
