// Schemas of chats, of what waits for a person, and of conversations.
#include <fmt/format.h>

#include "domain/chat_routing.hpp"
#include "web/api/routes.hpp"
#include "web/api/schema_text.hpp"

namespace fibrehub::web::api {
namespace {

std::string unmatched() {
  std::string names;
  for (const std::string_view name : domain::unmatched_policy_names())
    names += fmt::format(R"("{}",)", name);
  return fmt::format(
      R"("unmatched":{{"enum":[{}null],"description":"What becomes of a message that nothing leads to a ticket: it opens one, waits for a person, or is kept in the chat; null: as the bridge says"}})",
      names);
}

constexpr const char* settings =
    R"("project_id":{"type":["integer","null"],"minimum":1,"description":"A group of a project is where its tickets are talked about"},)"
    R"("commands":{"type":["boolean","null"],"description":"Technicians' commands are obeyed here"},)";

std::string chat() {
  return R"({"type":"object","properties":{"id":{"type":"string","description":"The hub's own"},)"
         R"("chat_id":{"type":"string","description":"WhatsApp's"},"channel":{"type":"string"},"session":{"type":"string"},)"
         R"("kind":{"enum":["direct","group"]},"name":{"type":["string","null"]},"phone":{"type":["string","null"]},)" +
         std::string(settings) +
         R"("project":{"type":["string","null"],"description":"Its code"},)" + unmatched() +
         R"(,"open_tickets":{"type":"integer"},"waiting":{"type":"integer","description":"Messages that wait for a person"},)"
         R"("ticket_uid":{"type":["string","null"],"description":"The open ticket that was written to last"},)"
         R"("last_message_at":{"type":["string","null"],"format":"date-time"},"created_at":{"type":"string","format":"date-time"}}})";
}

constexpr const char* chat_detail =
    R"({"type":"object","properties":{"chat":{"$ref":"#/components/schemas/Chat"},"members":{"type":"array","items":{"type":"object",
"properties":{"name":{"type":["string","null"]},"phone":{"type":["string","null"]},
"ids":{"type":"array","items":{"type":"string"},"description":"A phone's and hidden ones"},
"messages":{"type":"integer","description":"Of the latest 1000"},"last_at":{"type":"string","format":"date-time"}}}}}})";

constexpr const char* new_chat =
    R"({"type":"object","additionalProperties":false,"properties":{"ticket_uid":{"type":["string","null"],"maxLength":40},
"ticketUid":{"type":["string","null"],"maxLength":40,"description":"The same"},
"chat_type":{"enum":["individual","group",null]},"chatType":{"enum":["individual","group",null],"description":"The same"},
"phone_number":{"type":["string","null"],"maxLength":40,"description":"Of an individual chat; without it that of whoever works on the ticket"},
"phoneNumber":{"type":["string","null"],"maxLength":40,"description":"The same"}}})";

constexpr const char* ticket_chat_members =
    R"("mode":{"enum":["auto","group","individual","chat"]},"kind":{"enum":["none","group","individual"]},
"chat_id":{"type":["string","null"],"description":"The chat's id; null while nobody has written in it"},
"chat":{"type":["string","null"],"description":"WhatsApp's id of it"},"channel":{"type":["string","null"]},
"session":{"type":["string","null"]},"name":{"type":["string","null"]},
"reason":{"type":"string","description":"Why it is this one, or why there is none"},
"chosen_by":{"type":["string","null"],"description":"Null: it follows the priority"})";

constexpr const char* waiting =
    R"({"type":"object","properties":{"id":{"type":"string","description":"To be placed by"},
"reason":{"enum":["unmatched","ambiguous"],"description":"ambiguous: whoever wrote it has several tickets"},
"message_id":{"type":"string"},"author":{"type":["string","null"]},"phone":{"type":["string","null"]},"type":{"type":"string"},
"text":{"type":"string"},"media":{"type":["object","null"]},"reply_to":{"type":["string","null"]},
"chat":{"type":"object","properties":{"id":{"type":"string"},"chat_id":{"type":"string"},"channel":{"type":"string"},
"session":{"type":"string"},"kind":{"type":"string"},"name":{"type":["string","null"]},"project":{"type":["string","null"]},
"waiting":{"type":"integer","description":"Messages of this chat that wait"}}},
"sent_at":{"type":"string","format":"date-time"},"since":{"type":"string","format":"date-time"}}})";

constexpr const char* placing =
    R"({"type":"object","additionalProperties":false,"properties":{
"ticket_uid":{"type":["string","null"],"maxLength":40,"description":"One of this,"},
"new":{"oneOf":[{"$ref":"#/components/schemas/TicketEdit"},{"type":"null"}],"description":"this: fields of a new ticket, whose title is the message's if not given,"},
"dismiss":{"type":["boolean","null"],"default":false,"description":"and this"},
"with_chat":{"type":["boolean","null"],"default":false,"description":"And all others of its chat that wait"}}})";

constexpr const char* said_members =
    R"("item":{"enum":["message","note"],"description":"A note has id, internal, body, author, mentions, created_at"},
"internal":{"type":"boolean","description":"Said among staff"},
"evidence":{"type":"boolean","description":"A picture that shows the work done"},"chat_kind":{"type":"string"},
"chat_name":{"type":["string","null"]},"ticket_uid":{"type":["string","null"]})";

std::string said() {
  return fmt::format(
      R"({{"allOf":[{{"$ref":"#/components/schemas/Message"}},{{"type":"object","properties":{{{}}}}}]}})",
      said_members);
}

constexpr const char* talk_members =
    R"("messages":{"type":"array","description":"Oldest first","items":{"$ref":"#/components/schemas/Said"}},
"pagination":{"type":"object","properties":{"limit":{"type":"integer"},"earlier_cursor":{"type":["string","null"]},
"later_cursor":{"type":["string","null"]}}})";

constexpr const char* context_members =
    R"("context":{"type":"object","properties":{"ticket":{"$ref":"#/components/schemas/Ticket"},
"assigned_to_name":{"type":["string","null"]},"assigned_team_name":{"type":["string","null"]},
"client_name":{"type":["string","null"]},"project_name":{"type":["string","null"]},
"people":{"type":"array","description":"Who wrote, those of the customer's chat first","items":{"type":"object","properties":{
"name":{"type":["string","null"]},"phone":{"type":["string","null"]},"ids":{"type":"array","items":{"type":"string"}}}}},
"related":{"type":"array","items":{"type":"object","properties":{"ticket_uid":{"type":"string"},"title":{"type":"string"},
"status":{"type":"string"},"why":{"type":"string","description":"same_drop, same_contact, or the kind of a link"}}}},
"history":{"type":"array","description":"The latest rows, newest first","items":{"$ref":"#/components/schemas/HistoryEntry"}},
"staff_chat":{"oneOf":[{"$ref":"#/components/schemas/TicketChat"},{"type":"null"}]}}})";

std::string object(const std::string& members) {
  return R"({"type":"object","properties":{)" + members + "}}";
}

std::string closed_object(const std::string& members) {
  return R"({"type":"object","additionalProperties":false,"properties":{)" + members + "}}";
}

}  // namespace

schema_registry wa_chat_schemas() {
  const std::string ticket_chat = ticket_chat_members, talk = talk_members;
  return {
      {"Chat", chat()},
      {"ChatPage",
       object(R"("chats":{"type":"array","items":{"$ref":"#/components/schemas/Chat"}},)"
              R"("pagination":{"$ref":"#/components/schemas/Pagination"})")},
      {"ChatDetail", chat_detail},
      {"ChatEdit",
       closed_object(std::string(settings) +
                     R"("name":{"type":["string","null"],"maxLength":255},)" + unmatched())},
      {"NewChat", new_chat},
      {"TicketChat", object(ticket_chat)},
      {"OpenedChat", object(ticket_chat + R"(,"created":{"type":"boolean"})")},
      {"TicketChatChoice",
       R"({"type":"object","additionalProperties":false,"required":["mode"],"properties":{"mode":{"enum":["auto","group","individual","chat"]},)"
       R"("chat_id":{"type":["string","null"],"maxLength":20,"description":"Of the mode chat: its id"}}})"},
      {"TriagePage",
       object(fmt::format(
           R"("messages":{{"type":"array","items":{}}},"waiting":{{"type":"integer","description":"All of them"}},)"
           R"("pagination":{{"$ref":"#/components/schemas/Pagination"}})",
           waiting))},
      {"Placing", placing},
      {"Placed",
       object(R"("state":{"enum":["placed","dismissed"]},"ticket_uid":{"type":["string","null"]},)"
              R"("messages":{"type":"array","items":{"type":"string"}})")},
      {"Said", said()},
      {"Conversation", object(R"("ticket_uid":{"type":"string"},)" + talk + "," + context_members)},
      {"ChatMessages", object(talk)},
      {"MessagePage",
       object(
           R"("messages":{"type":"array","items":{"$ref":"#/components/schemas/Said"}},)"
           R"("total":{"type":"integer"},"limit":{"type":"integer"},"offset":{"type":"integer"})")},
  };
}

}  // namespace fibrehub::web::api
