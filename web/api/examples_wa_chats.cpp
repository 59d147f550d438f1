// Examples of chats, of what waits for a person, and of conversations.
#include "web/api/routes.hpp"

namespace fibrehub::web::api {

example_registry wa_chat_examples() {
  return {
      {"Chat",
       R"({"id":"65537","chat_id":"120363041234567890@g.us","channel":"main","session":"default",
"kind":"group","name":"Lawley Maintenance Team","phone":null,"project_id":1,"project":"LAWLEY-2",
"unmatched":"triage","commands":true,"open_tickets":0,"waiting":2,"ticket_uid":null,
"last_message_at":"2026-11-21T20:04:58Z","created_at":"2026-11-01T06:30:00Z"})"},
      {"ChatPage", R"({"chats":[{"$example":"Chat"}],"pagination":{"$example":"Pagination"}})"},
      {"ChatDetail",
       R"({"chat":{"$example":"Chat"},"members":[{"name":"Thabo Radebe","phone":"27831112222",
"ids":["27831112222@c.us","98765432109876@lid"],"messages":14,"last_at":"2026-11-21T20:04:58Z"}]})"},
      {"ChatEdit", R"({"project_id":1,"unmatched":"triage","commands":true})"},
      {"NewChat",
       R"({"ticket_uid":"FF-0123","chat_type":"individual","phone_number":"083 111 2222"})"},
      {"TicketChat",
       R"({"mode":"auto","kind":"individual","chat_id":"65550","chat":"27831112222@c.us",
"channel":"main","session":"default","name":"Thabo Radebe",
"reason":"priority critical: one to one with Thabo Radebe","chosen_by":null})"},
      {"OpenedChat",
       R"({"mode":"chat","kind":"individual","chat_id":"65551","chat":"27831112222@c.us",
"channel":"main","session":"default","name":"Thabo Radebe","reason":"this chat was chosen",
"chosen_by":"Mandla Nkosi","created":true})"},
      {"TicketChatChoice", R"({"mode":"group"})"},
      {"TriagePage",
       R"({"messages":[{"id":"65560","reason":"unmatched","message_id":"3EB0F5A2F04530B7032ADC",
"author":"Nomsa Dube","phone":"27831234567","type":"text","text":"Is somebody coming?","media":null,
"reply_to":null,"chat":{"id":"65559","chat_id":"27831234567@c.us","channel":"main",
"session":"default","kind":"direct","name":"Nomsa Dube","project":null,"waiting":1},
"sent_at":"2026-11-21T20:04:58Z","since":"2026-11-21T20:05:00Z"}],"waiting":1,
"pagination":{"$example":"Pagination"}})"},
      {"Placing", R"({"ticket_uid":"FF-0123","with_chat":true})"},
      {"Placed", R"({"state":"placed","ticket_uid":"FF-0123","messages":["65560"]})"},
      {"Said",
       R"({"item":"message","id":"65541","message_id":"3EB0F5A2F04530B7032ADC","direction":"inbound",
"author":"Nomsa Dube","phone":"27831234567","chat":"27831234567@c.us","session":"default",
"type":"text","text":"Still no light at DR1730654","media":null,"reply_to":null,"delivery":null,
"sent_at":"2026-11-21T20:04:58Z","received_at":"2026-11-21T20:05:00Z","internal":false,
"evidence":false,"chat_kind":"direct","chat_name":null,"ticket_uid":"DR1730654-01"})"},
      {"Conversation",
       R"({"ticket_uid":"DR1730654-01","messages":[{"$example":"Said"}],"pagination":{"limit":50,
"earlier_cursor":null,"later_cursor":null},"context":{"ticket":{"$example":"Ticket"},
"assigned_to_name":"Thabo Radebe","assigned_team_name":"North","client_name":"Acme Estates",
"project_name":"Lawley Phase 2","people":[{"name":"Nomsa Dube","phone":"27831234567",
"ids":["27831234567@c.us","98765432109876@lid"]}],"related":[{"ticket_uid":"DR1730654-02",
"title":"Red light","status":"closed","why":"same_drop"}],"history":[{"$example":"HistoryEntry"}],
"staff_chat":{"$example":"TicketChat"}}})"},
      {"ChatMessages",
       R"({"messages":[{"$example":"Said"}],"pagination":{"limit":50,"earlier_cursor":null,
"later_cursor":null}})"},
      {"MessagePage", R"({"messages":[{"$example":"Said"}],"total":1,"limit":50,"offset":0})"},
  };
}

}  // namespace fibrehub::web::api
