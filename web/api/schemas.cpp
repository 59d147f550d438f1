#include "web/api/routes.hpp"
#include "web/api/schema_text.hpp"
#include "web/api/schemas_sending.hpp"

namespace fibrehub::web::api {
namespace {

constexpr const char* message_members =
    R"("id":{"type":"string","description":"The hub's own, which stays"},
"message_id":{"type":"string","description":"WhatsApp's name for it; wa/… until it has one"},"direction":{"enum":["inbound","outbound"]},"author":{"type":["string","null"]},
"phone":{"type":["string","null"]},"chat":{"type":"string"},"session":{"type":"string"},"type":{"type":"string"},
"text":{"type":"string"},"media":{"oneOf":[{"$ref":"#/components/schemas/MessageMedia"},{"type":"null"}],"description":"The file that came with it"},"reply_to":{"type":["string","null"]},
"delivery":{"oneOf":[{"$ref":"#/components/schemas/MessageDelivery"},{"type":"null"}],"description":"Of what we sent"},
"sent_at":{"type":"string","format":"date-time"},"received_at":{"type":"string","format":"date-time"})";

#define FIBREHUB_SCHEMA_PERSON                                                \
  R"({"type":"object","properties":{"id":{"type":["string","null"]},"name":)" \
  R"({"type":["string","null"]}}})"

constexpr const char* message_extras =
    R"("edited_at":{"type":["string","null"],"format":"date-time","description":"text is what it says since then"},
"edits":{"type":"integer"},
"revoked_at":{"type":["string","null"],"format":"date-time","description":"Its author took it back; the text is for staff only"},
"reactions":{"type":"array","items":{"type":"object","properties":{"emoji":{"type":"string"},"by":)" FIBREHUB_SCHEMA_PERSON
    R"(,
"at":{"type":"string","format":"date-time"}}}},
"quoted":{"type":["object","null"],"description":"What it answers; id is null while that is not here","properties":{
"id":{"type":["string","null"]},"message_id":{"type":"string"},"author":{"type":["string","null"]},
"direction":{"enum":["inbound","outbound",null]},"type":{"type":["string","null"]},"text":{"type":"string"},
"revoked":{"type":"boolean"}}},
"mentions":{"type":"array","description":"People named with @","items":)" FIBREHUB_SCHEMA_PERSON
    R"(},
"poll":{"type":["object","null"],"properties":{"question":{"type":["string","null"]},"options":{"type":"array","items":{"type":"string"}},
"multiple":{"type":"boolean"},"votes":{"type":"array","items":{"type":"object","properties":{
"options":{"type":"array","items":{"type":"string"}},"by":)" FIBREHUB_SCHEMA_PERSON R"(,
"at":{"type":"string","format":"date-time"}}}}}},)";

constexpr const char* message_edits =
    R"({"type":"object","properties":{"edits":{"type":"array","items":{"type":"object","properties":{"text":{"type":"string"},
"by":{"type":["string","null"],"description":"null: its author"},"at":{"type":"string","format":"date-time"}}}},
"revoked_at":{"type":["string","null"],"format":"date-time"},"revoked_by":{"type":["string","null"]}}})";

constexpr const char* message_media =
    R"({"type":"object","properties":{
"state":{"enum":["due","kept","too_large","refused","gone","unknown"],"description":"due: not fetched yet; kept: the hub has it, see attachment_id or /wa-bridge/media/{id}; too_large, refused: it is not kept; gone: it could not be had; unknown: it came before files were fetched"},
"reason":{"type":"string","description":"Why it is not kept yet or at all, or is kept but not attached"},
"attachment_id":{"type":"string","description":"Of the ticket's attachment made of it"},
"name":{"type":"string"},"size_bytes":{"type":"integer"},
"content_type":{"type":"string","description":"By its content"},
"mime":{"type":"string","description":"As the sender's phone said"},
"filename":{"type":"string","description":"As the sender named it"},
"error":{"type":"string","description":"Why WAHA did not have it when the message came"}}})";

std::string message(const std::string& more = {}) {
  return R"({"type":"object","properties":{)" + more + message_members + "}}";
}

constexpr const char* history = R"({"type":"object","properties":{
"seq":{"type":"integer"},"at":{"type":"string","format":"date-time"},"actor_kind":{"type":"string"},"actor":{"type":"string"},
"address":{"type":["string","null"]},"action":{"type":"string"},"field":{"type":["string","null"]},
"old_value":{"type":["string","null"]},"new_value":{"type":["string","null"]},
"hash":{"type":"string","description":"SHA-256 over this row and the hash of the row before"}}})";

constexpr const char* pagination = R"({"type":"object","properties":{
"limit":{"type":"integer"},"next_cursor":{"type":["string","null"]},"page":{"type":"integer"},"total":{"type":"integer"},
"totalPages":{"type":"integer"}}})";

constexpr const char* channel_list =
    R"({"type":"object","properties":{"channels":{"type":"array","items":{"type":"object","properties":{
"kind":{"type":"string"},"name":{"type":"string"},"state":{"type":"string"},"detail":{"type":["string","null"]},
"last_attempt_at":{"type":["string","null"],"format":"date-time"},"last_success_at":{"type":["string","null"],"format":"date-time"},
"lag_s":{"type":["number","null"]},"restarts":{"type":"integer"},"backlog":{"type":"integer"},"silent":{"type":"boolean"},
"sessions":{"type":["object","null"],"description":"Of a WhatsApp bridge whose url is known: how its sessions are, and what pulls found since the hub's start"},
"counters":{"type":"object","additionalProperties":{"type":"integer"}}}}}}})";

constexpr const char* review_page =
    R"({"type":"object","properties":{"items":{"type":"array","items":{"type":"object","properties":{
"id":{"type":"string"},"reason":{"type":"string"},"detail":{"type":"string"},"state":{"enum":["open","resolved","discarded"]},
"source":{"type":"string"},"channel":{"type":"string"},"event":{"type":["string","null"]},"external_id":{"type":"string"},
"headers":{"type":["object","null"]},"body":{"type":"string"},"body_bytes":{"type":"integer"},
"created_at":{"type":"string","format":"date-time"}}}},"open":{"type":"integer"},
"pagination":{"$ref":"#/components/schemas/Pagination"}}})";

}  // namespace

schema_registry schemas() {
  schema_registry all{
      {"TicketPage",
       R"({"type":"object","properties":{"tickets":{"type":"array","items":{"$ref":"#/components/schemas/Ticket"}},)"
       R"("pagination":{"$ref":"#/components/schemas/Pagination"}}})"},
      {"Message", message(message_extras)},
      {"MessageEdits", message_edits},
      {"MessageMedia", message_media},
      {"SentMessage",
       message(
           R"("ticket_uid":{"type":"string"},"version":{"type":"integer","description":"The ticket's now"},)"
           R"("internal":{"type":"boolean","description":"Said among staff"},)")},
      {"Delivery", "{\"type\":\"object\",\"properties\":{" + delivery_members() + "}}"},
      {"MessageDelivery",
       "{\"type\":\"object\",\"properties\":{" + delivery_members() +
           R"(,"participants":{"type":"array","description":"In groups, as far as the bridge tells","items":{"type":"object",)"
           R"("properties":{"id":{"type":"string"},"name":{"type":["string","null"]},"state":{"type":"string"},)"
           R"("at":{"type":"string","format":"date-time"}}}}}})"},
      {"HistoryEntry", history},
      {"Pagination", pagination},
      {"ChannelList", channel_list},
      {"ReviewPage", review_page},
  };
  all.merge(reference_schemas());
  all.merge(ticket_schemas());
  all.merge(people_schemas());
  all.merge(work_schemas());
  all.merge(find_schemas());
  all.merge(report_schemas());
  all.merge(notification_schemas());
  all.merge(sla_schemas());
  all.merge(automation_schemas());
  all.merge(wa_chat_schemas());
  all.merge(sending_schemas());
  all.merge(wa_session_schemas());
  return all;
}

example_registry examples() {
  example_registry all = ticket_examples();
  all.merge(people_examples());
  all.merge(reference_examples());
  all.merge(sla_examples());
  all.merge(automation_examples());
  all.merge(wa_chat_examples());
  all.merge(sending_examples());
  all.merge(wa_session_examples());
  all.merge(work_examples());
  all.merge(reading_examples());
  return all;
}

std::map<std::string, std::string> tags() {
  return {
      {"assignment", "Who gets new work"},
      {"attachments", "Files of tickets"},
      {"automation", "What is done to tickets by itself, on time and on change"},
      {"audit", "Who signed in, and what was done to accounts, teams and tokens"},
      {"billing", "Who pays for the work: guarantees of projects"},
      {"channels", "The systems the hub is connected with"},
      {"events", "What happens, as it happens"},
      {"health", "Whether the hub is well, for load balancers and monitoring"},
      {"meta", "The API about itself"},
      {"notifications", "What one is told, and how"},
      {"outbox", "What is owed to the outside"},
      {"people", "Accounts of those who work with the hub"},
      {"reference", "What the network is made of, and who builds it"},
      {"reports", "Figures about tickets, for screens, spreadsheets and paper"},
      {"review", "Input that a person has to look at"},
      {"sign-in", "Sessions, passwords, second factors"},
      {"sla", "How long tickets may take: targets, business hours, contracts, clocks"},
      {"teams", "Who belongs together, where and for what"},
      {"tickets", "What people work on"},
      {"tokens", "Keys of programs that use the API"},
      {"views", "Queries kept under a name"},
      {"wa-bridge",
       "WhatsApp: sessions, chats, what waits for a person, what was said, what was sent and "
       "became "
       "of it"},
      {"webhooks", "Where other systems deliver to"},
  };
}

}  // namespace fibrehub::web::api
