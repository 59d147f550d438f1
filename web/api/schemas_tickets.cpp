// Schemas of tickets, made from the declaration of their fields.
#include <fmt/format.h>

#include "domain/ticket_commands.hpp"
#include "domain/ticket_fields.hpp"
#include "store/commands/submit.hpp"
#include "store/tickets/json.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

using domain::field_def;
using domain::field_type;
using domain::set_by;

std::string choices_of(const field_def& def, bool nullable) {
  std::string out;
  for (const auto& c : def.choices)
    out += (out.empty() ? "" : ",") + store::json_string(c);
  return fmt::format(R"("enum":[{}{}])", out, nullable ? ",null" : "");
}

std::string type(const char* name, bool nullable) {
  return nullable ? fmt::format(R"("type":["{}","null"])", name)
                  : fmt::format(R"("type":"{}")", name);
}

/// The members of a field's schema, without braces.
std::string schema_of(const field_def& def, bool nullable) {
  switch (def.type) {
    case field_type::text:
      return fmt::format(R"({},"minLength":{},"maxLength":{})", type("string", nullable), def.min,
                         def.max);
    case field_type::choice:
      return choices_of(def, nullable);
    case field_type::integer:
      return fmt::format(R"({},"minimum":{},"maximum":{})", type("integer", nullable), def.min,
                         def.max);
    case field_type::id:
      return type("integer", nullable) + R"(,"minimum":1)";
    case field_type::decimal:
      return fmt::format(R"({},"minimum":{},"maximum":{})", type("number", nullable), def.min,
                         def.max);
    case field_type::boolean:
      return type("boolean", nullable);
    case field_type::time:
      return type("string", nullable) + R"(,"format":"date-time")";
    case field_type::date:
      return type("string", nullable) + R"(,"format":"date")";
    case field_type::object:
      return type("object", nullable);
    case field_type::words:
      return fmt::format(
          R"("type":"array","maxItems":50,"items":{{"type":"string","maxLength":{}}})", def.max);
  }
  return {};
}

std::string property(const field_def& def, bool nullable) {
  return fmt::format(R"("{}":{{{},"description":{}}})", def.name, schema_of(def, nullable),
                     store::json_string(def.text));
}

template <class Wanted>
std::string properties(Wanted&& wanted, bool reading) {
  std::string out;
  for (const field_def& def : domain::ticket_fields())
    if (wanted(def))
      out += (out.empty() ? "" : ",") + property(def, !def.required || (reading && !def.required));
  return out;
}

std::string ticket_properties() {
  return R"("ticket_uid":{"type":"string","examples":["DR1730654-01"]},)" +
         properties([](const field_def& d) { return d.id != domain::field::deleted_at; }, true) +
         R"(,"channel":{"type":["string","null"],"description":"The channel it came by"},)"
         R"("external":{"type":["object","null"],"description":"What the other desk says that has no field here"},)"
         R"("message_count":{"type":"integer"},"last_message_at":{"type":["string","null"],"format":"date-time"},)"
         R"("version":{"type":"integer","description":"Grows with every change; send it with a change to be told when the ticket has changed meanwhile"},)"
         R"("updated_at":{"type":"string","format":"date-time"})";
}

constexpr const char* version_property =
    R"("version":{"type":["integer","null"],"minimum":1,"description":"The version you saw; 409 when the ticket has changed since"})";
constexpr const char* reason_property =
    R"("reason":{"type":["string","null"],"maxLength":2000,"description":"Why; goes into the history"})";

std::string object(std::string members, const char* required = "") {
  return fmt::format(R"({{"type":"object","additionalProperties":false,"properties":{{{}}}{}{}}})",
                     members, *required ? R"(,"required":)" : "", required);
}

constexpr const char* note =
    R"({"type":"object","properties":{"id":{"type":"string"},"ticket_uid":{"type":"string"},"version":{"type":"integer"},
"internal":{"type":"boolean"},"body":{"type":"string"},"author":{"type":"string"},
"mentions":{"type":"array","items":{"type":"integer"},"description":"Ids of the people named with @"},
"created_at":{"type":"string","format":"date-time"}}})";

constexpr const char* bulk_result =
    R"({"type":"object","properties":{"succeeded":{"type":"integer"},"failed":{"type":"integer"},
"results":{"type":"array","items":{"type":"object","properties":{"success":{"type":"boolean"},"ticket_uid":{"type":"string"},
"data":{"$ref":"#/components/schemas/Ticket"},"error":{"type":"object","properties":{"code":{"type":"string"},
"message":{"type":"string"}}}}}}}})";

const std::string& statuses() {
  static const std::string all = choices_of(domain::definition(domain::field::status), false);
  return all;
}

std::string assignment_properties() {
  return R"("assigned_to":{"type":["integer","null"],"minimum":1,"description":"A person; null takes it from whoever has it"},)"
         R"("assigned_team":{"type":["integer","null"],"minimum":1,"description":"A team; null for none"},)" +
         std::string(reason_property);
}

std::string bulk_change() {
  return object(
      fmt::format(
          R"("tickets":{{"type":"array","minItems":1,"maxItems":{},"items":{{"type":"string"}}}},)"
          R"("status":{},"assign":{},"edit":{{"$ref":"#/components/schemas/TicketEdit"}},)"
          R"("add_tags":{{"type":"array","items":{{"type":"string"}}}},"remove_tags":{{"type":"array","items":{{"type":"string"}}}},)"
          R"({})",
          store::max_bulk_commands,
          object(fmt::format(R"("to":{{{}}},{})", statuses(), reason_property), R"(["to"])"),
          object(assignment_properties()), version_property),
      R"(["tickets"])");
}

}  // namespace

schema_registry ticket_schemas() {
  const auto writable = [](bool creating) {
    return [creating](const field_def& d) {
      return d.by == set_by::office || d.by == set_by::site ||
             (creating && d.by == set_by::creation);
    };
  };
  const std::string reason_and_version = std::string(reason_property) + "," + version_property;
  return {
      {"Ticket", R"({"type":"object","properties":{)" + ticket_properties() + "}}"},
      {"TicketDetail",
       R"({"type":"object","properties":{)" + ticket_properties() +
           R"(,"assigned_to_name":{"type":["string","null"]},"assigned_team_name":{"type":["string","null"]},)"
           R"("client_name":{"type":["string","null"]},"project_name":{"type":["string","null"]},)"
           R"("pole_code":{"type":["string","null"]},"contractor_name":{"type":["string","null"]},)"
           R"("messages":{"type":"array","items":{"$ref":"#/components/schemas/Message"}},)"
           R"("notes":{"type":"array","items":{"$ref":"#/components/schemas/Note"}},)"
           R"("links":{"type":"array","items":{"type":"object","properties":{"kind":{"type":"string"},"ticket_uid":{"type":"string"},)"
           R"("title":{"type":"string"},"status":{"type":"string"}}}},)"
           R"("attachments":{"type":"array","items":{"$ref":"#/components/schemas/Attachment"}},)"
           R"("clocks":{"type":"array","items":{"$ref":"#/components/schemas/Clock"}},)"
           R"("staff_chat":{"oneOf":[{"$ref":"#/components/schemas/TicketChat"},{"type":"null"}],"description":"Where staff talk about it; nothing for clients"},)"
           R"("followers":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"}}}},)"
           R"("history":{"type":"array","items":{"$ref":"#/components/schemas/HistoryEntry"}}}})"},
      {"Attachment",
       R"({"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"},"content_type":{"type":"string"},)"
       R"("size_bytes":{"type":"integer"},"sha256":{"type":"string"},"author":{"type":"string"},)"
       R"("created_at":{"type":"string","format":"date-time"}}})"},
      {"Note", note},
      {"NoteList",
       R"({"type":"object","properties":{"notes":{"type":"array","items":{"$ref":"#/components/schemas/Note"}}}})"},
      {"HistoryPage",
       R"({"type":"object","properties":{"history":{"type":"array","items":{"$ref":"#/components/schemas/HistoryEntry"}},)"
       R"("next_after":{"type":["integer","null"],"description":"Give as `after` for the next page"}}})"},
      {"NewTicket",
       object(properties(writable(true), false) + "," + version_property, R"(["title"])")},
      {"TicketEdit", object(properties(writable(false), false) + "," + version_property)},
      {"TicketMove", object(fmt::format(R"("status":{{{}}},{})", statuses(), reason_and_version),
                            R"(["status"])")},
      {"TicketAssignment", object(assignment_properties() + "," + version_property)},
      {"Version", object(version_property)},
      {"Reason", object(reason_and_version, R"(["reason"])")},
      {"NewNote",
       object(
           std::string(
               R"("body":{"type":"string","minLength":1,"maxLength":20000,"description":"@name mentions somebody"},)"
               R"("internal":{"type":["boolean","null"],"default":true,"description":"Not for clients"},)") +
               version_property,
           R"(["body"])")},
      {"TicketLink",
       object(
           std::string(
               R"("ticket_uid":{"type":"string"},"kind":{"enum":["duplicate_of","child_of","related",null],"default":"related"},)") +
               version_property,
           R"(["ticket_uid"])")},
      {"TicketMerge",
       object(R"("into":{"type":"string","description":"UID of the ticket that goes on"},)" +
                  reason_and_version,
              R"(["into"])")},
      {"TicketSplit",
       object(
           std::string(
               R"("message_id":{"type":"string"},"title":{"type":["string","null"],"maxLength":255},)") +
               version_property,
           R"(["message_id"])")},
      {"BulkChange", bulk_change()},
      {"BulkResult", bulk_result},
  };
}

}  // namespace fibrehub::web::api
