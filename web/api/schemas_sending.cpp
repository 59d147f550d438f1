#include "web/api/schemas_sending.hpp"

#include <fmt/format.h>

#include "domain/send_kind.hpp"
#include "domain/send_state.hpp"
#include "domain/ticket_commands.hpp"
#include "domain/wa_template.hpp"
#include "web/api/routes.hpp"
#include "web/api/schema_text.hpp"

namespace fibrehub::web::api {
namespace {

std::string object(const std::string& properties, const std::string& required = {}) {
  return R"({"type":"object","additionalProperties":false,"properties":{)" + properties + "}" +
         (required.empty() ? "" : R"(,"required":)" + required) + "}";
}

std::string seen(const std::string& properties) {
  return R"({"type":"object","properties":{)" + properties + "}}";
}

/// A count for each state.
std::string state_counts() {
  std::string out;
  for (const std::string_view name : domain::send_state_names())
    out += fmt::format(R"({}"{}":{{"type":"integer"}})", out.empty() ? "" : ",", name);
  return out;
}

std::string send_page() {
  return seen(
      R"("sends":{"type":"array","items":{"$ref":"#/components/schemas/Send"}},)"
      R"("counts":{"type":"object","description":"With the first page only: all that fit but for the state, by state; without from those of the last seven days","properties":{)" +
      state_counts() + R"(}},"pagination":{"$ref":"#/components/schemas/Pagination"})");
}

std::string send() {
  return seen(
      R"("id":{"type":"string"},"outbox_id":{"type":"integer"},)"
      R"("kind":{"type":"string","description":"message, or what a notification is about"},)"
      R"("what":{"type":"string","description":"text, image, file, voice, video, location, reaction, edit or delete"},)"
      R"("about":{"type":["string","null"],"description":"The message that is edited, deleted or reacted to"},)"
      R"("ticket_uid":{"type":["string","null"]},"channel":{"type":"string"},"session":{"type":"string"},)"
      R"("chat":{"type":"string"},"author":{"type":"string"},"message_id":{"type":["string","null"]},)" +
      delivery_members());
}

constexpr const char* version =
    R"("version":{"type":["integer","null"],"minimum":1,"description":"The ticket's version you saw"})";
constexpr const char* variables =
    R"("variables":{"type":["object","null"],"additionalProperties":{"type":"string"},"description":"Values by the names of variables"})";

std::string new_message() {
  return object(fmt::format(
      R"("kind":{{"type":["string","null"],"enum":["text","image","file","voice","video","location",null],"description":"Left out: as the fields and the file's type make it"}},)"
      R"("text":{{"type":["string","null"],"minLength":1,"maxLength":{}}},)"
      R"("attachment_id":{{"type":["string","null"],"description":"A file of the ticket"}},)"
      R"("caption":{{"type":["string","null"],"maxLength":1024,"description":"Of image, file or video"}},)"
      R"("latitude":{{"type":["number","null"],"minimum":-90,"maximum":90}},)"
      R"("longitude":{{"type":["number","null"],"minimum":-180,"maximum":180}},)"
      R"("title":{{"type":["string","null"],"maxLength":255,"description":"Of a location"}},)"
      R"("to":{{"enum":["customer","staff",null],"description":"Into the customer's chat or where staff talk about the ticket; without it the customer's, where the ticket has one"}},)"
      R"("reply_to":{{"type":["string","null"],"maxLength":255,"description":"id or message_id of a message of this conversation"}},)"
      R"("template":{{"type":["string","null"],"maxLength":100,"description":"Name of a template whose text it is"}},)"
      R"("language":{{"type":["string","null"],"maxLength":10,"description":"Of the template, where it has several"}},{},{})",
      domain::max_message_characters, variables, version));
}

std::string bridge_message() {
  return object(
      fmt::format(
          R"("ticketUid":{{"type":"string"}},"chatId":{{"type":["string","null"],"description":"Must be the chat of the ticket"}},)"
          R"("content":{{"type":["string","null"],"maxLength":{},"description":"The text, or the caption"}},)"
          R"("messageType":{{"type":["string","null"],"enum":["text","image","video","audio","document",null],"default":"text"}},)"
          R"("mediaUrl":{{"type":"null","description":"Not fetched: upload the file and give attachmentId"}},)"
          R"("attachmentId":{{"type":["string","null"]}},"replyToMessageId":{{"type":["string","null"],"maxLength":255}},{})",
          domain::max_message_characters, version),
      R"(["ticketUid"])");
}

std::string message_act() {
  return seen(
      R"("id":{"type":"string","description":"The message's"},"ticket_uid":{"type":"string"},"version":{"type":"integer"},)"
      R"("send_id":{"type":"string","description":"Shows in /wa-bridge/sends; the message's own where it had not left"},)"
      R"("kind":{"enum":["edit","delete","reaction"]},"text":{"type":["string","null"]},)"
      R"("delivery":{"$ref":"#/components/schemas/Delivery"})");
}

constexpr const char* times_of =
    R"({"type":"object","properties":{"median_s":{"type":["number","null"]},"p95_s":{"type":["number","null"]}}})";

std::string delivery_report() {
  return seen(
      R"("from":{"type":"string","format":"date-time"},"to":{"type":"string","format":"date-time"},"tz":{"type":"string"},)"
      R"("rows":{"type":"array","items":{"type":"object","properties":{"day":{"type":"string","format":"date"},)"
      R"("channel":{"type":"string"},"session":{"type":"string"},"kind":{"type":"string"},"total":{"type":"integer"},)"
      R"("states":{"type":"object","properties":{)" +
      state_counts() +
      fmt::format(
          R"(}}}},"to_sent":{0},"to_delivered":{0},"to_read":{0},"reasons":{{"type":"object","description":"Of failed and uncertain ones","additionalProperties":{{"type":"integer"}}}}}}}}}})",
          times_of));
}

std::string template_members(bool writing) {
  const char* version_text = "The version you saw";
  return fmt::format(
             R"("name":{{"type":"string","maxLength":100,"description":"Small letters, digits, _ and -"}},)"
             R"("language":{{"type":"string","description":"en, af, en-ZA"}},)"
             R"("text":{{"type":"string","minLength":1,"maxLength":{},"description":"With blanks such as {{{{contact.name}}}}"}})",
             domain::max_message_characters) +
         (writing
              ? fmt::format(
                    R"(,"version":{{"type":["integer","null"],"minimum":1,"description":"{}"}})",
                    version_text)
              : std::string());
}

std::string template_view() {
  return seen(
      R"("id":{"type":"integer"},)" + template_members(false) +
      R"(,"variables":{"type":"array","items":{"type":"string"}},"version":{"type":"integer"},)"
      R"("created_at":{"type":"string","format":"date-time"},"updated_at":{"type":"string","format":"date-time"},"updated_by":{"type":"string"})");
}

std::string template_page() {
  return seen(
      R"("templates":{"type":"array","items":{"$ref":"#/components/schemas/Template"}},)"
      R"("variables":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"text":{"type":"string"},"of_ticket":{"type":"boolean"}}},"description":"All there are"},)"
      R"("pagination":{"$ref":"#/components/schemas/Pagination"})");
}

}  // namespace

std::string delivery_members() {
  return fmt::format(
      R"("state":{{{},"description":"queued: still here; accepted: the bridge has it; sent: WhatsApp has it; delivered; read; failed: it will not arrive; uncertain: a person has to look; cancelled: taken back before it left"}},)"
      R"("reason":{{"type":["string","null"]}},"queued_at":{{"type":["string","null"],"format":"date-time"}},)"
      R"("accepted_at":{{"type":["string","null"],"format":"date-time"}},"sent_at":{{"type":["string","null"],"format":"date-time"}},)"
      R"("delivered_at":{{"type":["string","null"],"format":"date-time"}},"read_at":{{"type":["string","null"],"format":"date-time"}},)"
      R"("ended_at":{{"type":["string","null"],"format":"date-time","description":"Since when it has failed, is uncertain or was cancelled"}})",
      enum_of(domain::send_state_names()));
}

schema_registry sending_schemas() {
  return {
      {"NewMessage", new_message()},
      {"BridgeMessage", bridge_message()},
      {"BridgeMessageSent", seen(R"("messageId":{"type":"string"},"status":{"enum":["pending"]})")},
      {"MessageEdit",
       object(fmt::format(R"("text":{{"type":"string","minLength":1,"maxLength":{}}},{})",
                          domain::max_message_characters, version),
              R"(["text"])")},
      {"Reaction",
       object(
           fmt::format(R"("emoji":{{"type":"string","description":"One; empty takes it away"}},{})",
                       version),
           R"(["emoji"])")},
      {"Typing", object(fmt::format(R"("on":{{"type":"boolean"}},{})", version), R"(["on"])")},
      {"ChatSignal",
       seen(
           R"("ticket_uid":{"type":"string"},"chat":{"type":"string"},"kind":{"enum":["typing","seen"]})")},
      {"MessageAct", message_act()},
      {"Send", send()},
      {"SendPage", send_page()},
      {"SendSettlement",
       object(R"("outcome":{"enum":["sent","not_sent","resend"]})", R"(["outcome"])")},
      {"SettledSend",
       seen(
           R"("id":{"type":"string"},"outbox_id":{"type":"integer"},"state":{"type":"string"},"reason":{"type":["string","null"]})")},
      {"DeliveryReport", delivery_report()},
      {"Template", template_view()},
      {"TemplatePage", template_page()},
      {"NewTemplate", object(template_members(false), R"(["name","language","text"])")},
      {"TemplateEdit", object(template_members(true))},
      {"TemplatePreview",
       object(
           fmt::format(
               R"("ticket_uid":{{"type":"string"}},"template":{{"type":["string","null"]}},"language":{{"type":["string","null"]}},)"
               R"("text":{{"type":["string","null"],"description":"Instead of a template that is kept"}},{})",
               variables),
           R"(["ticket_uid"])")},
      {"PreviewedText", seen(R"("text":{"type":"string"})")},
      {"DeletedTemplate", seen(R"("id":{"type":"integer"})")},
  };
}

}  // namespace fibrehub::web::api
