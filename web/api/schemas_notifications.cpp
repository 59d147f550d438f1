// Schemas of notifications, preferences and the outbox.
#include <fmt/format.h>

#include "domain/notifications.hpp"
#include "web/api/routes.hpp"
#include "web/api/schema_text.hpp"

namespace fibrehub::web::api {
namespace {

std::string notification() {
  return fmt::format(
      R"({{"type":"object","properties":{{"id":{{"type":"integer"}},"kind":{{{}}},)"
      R"("ticket_uid":{{"type":["string","null"]}},"actor":{{"type":["string","null"],"description":"Who did it"}},)"
      R"("subject":{{"type":"string"}},"text":{{"type":"string"}},"created_at":{{"type":"string","format":"date-time"}},)"
      R"("read_at":{{"type":["string","null"],"format":"date-time"}}}},)"
      R"("examples":[{{"id":812,"kind":"assigned","ticket_uid":"DR1730654-01","actor":"Mandla",)"
      R"("subject":"DR1730654-01 is assigned to you: No signal","text":"Ticket DR1730654-01, priority high, zone Zone A. By Mandla.",)"
      R"("created_at":"2026-11-21T08:00:00Z","read_at":null}}]}})",
      enum_of(domain::notice_kind_names()));
}

constexpr const char* minute =
    R"({"type":"string","pattern":"^([01][0-9]|2[0-3]):[0-5][0-9]$","examples":["22:00"]})";

/// `closed`: a body, where nothing else is taken.
std::string preferences(bool closed) {
  const char* no_more = closed ? R"("additionalProperties":false,)" : "";
  const std::string channels = fmt::format(
      R"({{"type":"object",{}"properties":{{"in_app":{{"type":"boolean"}},"email":{{"type":"boolean"}},)"
      R"("whatsapp":{{{},"description":"urgent: when the ticket's priority is high or critical"}}}}}})",
      no_more, enum_of(domain::whatsapp_choice_names()));
  std::string kinds;
  for (const std::string_view name : domain::notice_kind_names())
    kinds += fmt::format(R"({}"{}":{})", kinds.empty() ? "" : ",", name, channels);
  // What is answered names every kind; what is sent, only what it changes.
  const std::string example =
      !closed
          ? ""
          : R"(,"examples":[{"time_zone":"Africa/Johannesburg","quiet_hours":{"from":"22:00","to":"06:00"},)"
            R"("urgent_breaks_through":true,"digest":{"mode":"daily","at":"07:30"},)"
            R"("kinds":{"status_changed":{"in_app":true,"email":true,"whatsapp":"off"}}}])";
  return fmt::format(
      R"({{"type":"object",{0}"properties":{{"time_zone":{{"type":"string","maxLength":64,)"
      R"("description":"An IANA name; quiet hours and the daily digest are in its local time. Left out: hub.time_zone"}},)"
      R"("quiet_hours":{{"type":["object","null"],{0}"required":["from","to"],"properties":{{"from":{1},"to":{1}}},)"
      R"("description":"E-mail and WhatsApp wait until they end; over midnight when to is earlier"}},)"
      R"("urgent_breaks_through":{{"type":"boolean","default":true,)"
      R"("description":"A breached clock, or a critical ticket, waits for neither quiet hours nor digest"}},)"
      R"("digest":{{"type":"object",{0}"properties":{{"mode":{{{2},"default":"off"}},"at":{1}}},)"
      R"("description":"E-mails of an hour, or of a day until this time, come as one"}},)"
      R"("kinds":{{"type":"object",{0}"properties":{{{3}}}}}}}{4}}})",
      no_more, minute, enum_of(domain::digest_mode_names()), kinds, example);
}

constexpr const char* outbox_row =
    R"({"type":"object","properties":{"id":{"type":"integer"},
"key":{"type":"string","description":"One effect, one key, whatever is repeated"},"channel":{"type":"string"},
"peer":{"type":["string","null"]},"lane":{"type":"string","description":"Rows of a lane leave in order"},
"state":{"enum":["ready","inflight","done","dead"]},"attempts":{"type":"integer"},
"next_at":{"type":"string","format":"date-time","description":"Not before"},
"last_status":{"type":["string","null"]},"ticket_uid":{"type":["string","null"]},"body":{"type":"object"},
"created_at":{"type":"string","format":"date-time"},"finished_at":{"type":["string","null"],"format":"date-time"}},
"examples":[{"id":44,"key":"notify:65540:2:assigned:12:email","channel":"email","peer":null,"lane":"user:12",
"state":"ready","attempts":0,"next_at":"2026-11-22T04:00:00Z","last_status":null,"ticket_uid":"DR1730654-01",
"body":{"kind":"assigned","to":"thabo@example.com","name":"Thabo","subject":"DR1730654-01 is assigned to you: No signal",
"text":"Ticket DR1730654-01, priority high. By Mandla.","ticket":"DR1730654-01"},
"created_at":"2026-11-21T20:30:00Z","finished_at":null}]})";

std::string page_of(const char* name, const char* item, const char* more) {
  return fmt::format(
      R"({{"type":"object","properties":{{"{}":{{"type":"array","items":{{"$ref":"#/components/schemas/{}"}}}},)"
      R"({}"pagination":{{"$ref":"#/components/schemas/Pagination"}}}}}})",
      name, item, more);
}

}  // namespace

schema_registry notification_schemas() {
  return {
      {"Notification", notification()},
      {"NotificationPage", page_of("notifications", "Notification",
                                   R"("unread_count":{"type":"integer","maximum":1000},)")},
      {"UnreadCount",
       R"({"type":"object","properties":{"unread_count":{"type":"integer","maximum":1000}},"examples":[{"unread_count":3}]})"},
      {"ReadNotification",
       R"({"type":"object","properties":{"id":{"type":"integer"},"read_at":{"type":"string","format":"date-time"}}})"},
      {"ReadNotificationsUpTo",
       R"({"type":"object","additionalProperties":false,"properties":{"up_to":{"type":["integer","null"],"minimum":1,)"
       R"("description":"The newest id that was seen; all of them if not given"}},"examples":[{"up_to":812}]})"},
      {"ReadNotifications",
       R"({"type":"object","properties":{"marked":{"type":"integer"}},"examples":[{"marked":3}]})"},
      {"NotificationPreferences", preferences(false)},
      {"NotificationPreferencesEdit", preferences(true)},
      {"OutboxRow", outbox_row},
      {"OutboxPage", page_of("items", "OutboxRow", "")},
  };
}

}  // namespace fibrehub::web::api
