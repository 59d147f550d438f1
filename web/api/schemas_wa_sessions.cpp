// Schemas of WhatsApp sessions, with what they look like.
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

constexpr const char* session =
    R"({"type":"object","properties":{"channel":{"type":"string","description":"The bridge"},
"name":{"type":"string"},"status":{"type":"string","description":"WAHA's word: STOPPED, STARTING, SCAN_QR_CODE, WORKING, FAILED, or what newer versions add"},
"status_at":{"type":"string","format":"date-time"},
"me":{"type":["object","null"],"description":"Its account; null until it is paired","properties":{"id":{"type":"string"},
"name":{"type":["string","null"]},"lid":{"type":["string","null"]}}},
"connected":{"type":"boolean","description":"It is WORKING"},
"phoneNumber":{"type":["string","null"],"description":"Of the account"},
"lastSeen":{"type":["string","null"],"format":"date-time","description":"When anything of it last arrived"},
"engine":{"type":["string","null"]},"version":{"type":["string","null"]},"tier":{"type":["string","null"]},
"capabilities":{"type":["object","null"],"description":"What a bridge of this engine and version can do","additionalProperties":{"type":"boolean"}},
"last_inbound_at":{"type":["string","null"],"format":"date-time","description":"A message somebody sent us; written every session_check"},
"last_heard_at":{"type":["string","null"],"format":"date-time","description":"Any webhook but of its state"},
"silent":{"type":"boolean","description":"It says WORKING, and the bridge has messages no webhook told of"},
"silent_since":{"type":["string","null"],"format":"date-time"},
"trouble":{"type":["string","null"],"description":"Why messages that were missed cannot be fetched"},
"restriction":{"type":["object","null"],"description":"WhatsApp lets it write to nobody new","properties":{
"since":{"type":"string","format":"date-time"},"until":{"type":"string","format":"date-time"},"reason":{"type":"string"}}},
"catch_up":{"type":["object","null"],"description":"Fetching what no webhook told of","properties":{
"state":{"enum":["owed","idle"]},"reason":{"type":"string","description":"start, working, restarted, activity or silence"},
"caught_up_to":{"type":["string","null"],"format":"date-time","description":"Nothing from before is missing"},
"ended_at":{"type":["string","null"],"format":"date-time"},"failed_at":{"type":["string","null"],"format":"date-time"},
"failure":{"type":["string","null"]},"looked_at":{"type":"integer","description":"Messages, ever"},
"found":{"type":"integer","description":"Of them, those no webhook had told of"},
"found_at":{"type":["string","null"],"format":"date-time"}}},
"first_seen_at":{"type":"string","format":"date-time"},
"gone_at":{"type":["string","null"],"format":"date-time","description":"The bridge has it no more"}}})";

constexpr const char* history =
    R"({"type":"object","properties":{"history":{"type":"array","items":{"type":"object","properties":{
"id":{"type":"string"},"at":{"type":"string","format":"date-time"},
"kind":{"enum":["told","seen","asked"],"description":"told: WAHA said so, at its own time; seen: a look showed it; asked: something was done to it"},
"value":{"type":"string","description":"The state, or what was done"},"by":{"type":["string","null"]},
"by_name":{"type":["string","null"]},"outcome":{"type":["string","null"],"description":"done, or the code of the refusal"}}}},
"pagination":{"$ref":"#/components/schemas/Pagination"}}})";

constexpr const char* new_session =
    R"({"type":"object","additionalProperties":false,"required":["name"],"properties":{
"name":{"type":"string","maxLength":54,"pattern":"^[A-Za-z0-9_-]+$"},"start":{"type":"boolean","default":true},
"config":{"type":"object","description":"WAHA's; a webhook to this hub and a store of the past are added"}}})";

constexpr const char* session_start =
    R"({"type":"object","additionalProperties":false,"required":["sessionName"],"properties":{
"sessionName":{"type":"string","maxLength":54,"pattern":"^[A-Za-z0-9_-]+$"},
"engine":{"enum":["WEBJS","NOWEB","GOWS","WPP"],"description":"Has to be the bridge's own"}}})";

constexpr const char* started =
    R"({"type":"object","properties":{"sessionId":{"type":"string"},
"status":{"enum":["qr_pending","connected","starting","failed"]},"state":{"type":"string","description":"WAHA's word"},
"qrCode":{"type":["string","null"],"description":"The text behind the code to scan"}}})";

}  // namespace

schema_registry wa_session_schemas() {
  return {
      {"WaSession", session},
      {"WaSessionPage",
       R"({"type":"object","properties":{"sessions":{"type":"array","items":{"$ref":"#/components/schemas/WaSession"}},
"pagination":{"$ref":"#/components/schemas/Pagination"}}})"},
      {"WaSessionHistory", history},
      {"NewWaSession", new_session},
      {"WaSessionStart", session_start},
      {"WaSessionStarted", started},
      {"WaSessionChange",
       R"({"type":"object","properties":{"channel":{"type":"string"},"name":{"type":"string"},
"status":{"type":["string","null"],"description":"As WAHA showed it after that; null when it did not"}}})"},
      {"WaQrCode", R"({"type":"object","properties":{"value":{"type":"string"}}})"},
      {"WaPhoneNumber",
       R"({"type":"object","additionalProperties":false,"required":["phone_number"],"properties":{
"phone_number":{"type":"string","maxLength":40,"description":"With the country's code"}}})"},
      {"WaPairingCode", R"({"type":"object","properties":{"code":{"type":"string"}}})"},
  };
}

example_registry wa_session_examples() {
  return {
      {"WaSession",
       R"({"channel":"main","name":"default","status":"WORKING","status_at":"2026-11-21T20:02:56Z",
"me":{"id":"27820000001@c.us","name":"Desk","lid":"111111111111111@lid"},
"connected":true,"phoneNumber":"+27820000001","lastSeen":"2026-11-21T20:01:12Z","engine":"NOWEB","version":"2026.7.1",
"tier":"CORE","capabilities":{"message_ids":true,"passkeys":false},"last_inbound_at":"2026-11-21T20:01:10Z",
"last_heard_at":"2026-11-21T20:01:12Z","silent":false,"silent_since":null,"trouble":null,"restriction":null,
"catch_up":{"state":"idle","reason":"activity","caught_up_to":"2026-11-21T20:00:00Z","ended_at":"2026-11-21T20:00:01Z",
"failed_at":null,"failure":null,"looked_at":120,"found":3,"found_at":"2026-11-21T18:12:44Z"},
"first_seen_at":"2026-11-20T08:00:00Z","gone_at":null})"},
      {"WaSessionPage",
       R"({"sessions":[{"$example":"WaSession"}],"pagination":{"$example":"Pagination"}})"},
      {"WaSessionHistory",
       R"({"history":[{"id":"12","at":"2026-11-21T20:02:56Z","kind":"told","value":"WORKING","by":null,
"by_name":null,"outcome":null},{"id":"10","at":"2026-11-21T20:02:50Z","kind":"asked","value":"restart","by":"user:1",
"by_name":"Sarah","outcome":"done"}],"pagination":{"$example":"Pagination"}})"},
      {"NewWaSession",
       R"({"name":"lawley","start":true,"config":{"metadata":{"project":"Lawley"}}})"},
      {"WaSessionStart", R"({"sessionName":"fibreflow-ticketing","engine":"NOWEB"})"},
      {"WaSessionStarted",
       R"({"sessionId":"fibreflow-ticketing","status":"qr_pending","state":"SCAN_QR_CODE","qrCode":"2@AbCd,EfGh"})"},
      {"WaSessionChange", R"({"channel":"main","name":"lawley","status":"STARTING"})"},
      {"WaQrCode", R"({"value":"2@AbCd,EfGh"})"},
      {"WaPhoneNumber", R"({"phone_number":"+27 83 123 4567"})"},
      {"WaPairingCode", R"({"code":"ABCD-1234"})"},
  };
}

}  // namespace fibrehub::web::api
