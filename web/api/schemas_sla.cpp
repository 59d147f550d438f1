// Schemas of what decides how long tickets may take.
#include <fmt/format.h>

#include "domain/billing.hpp"
#include "web/api/routes.hpp"
#include "web/api/schema_text.hpp"

namespace fibrehub::web::api {
namespace {

constexpr const char* seconds = R"({"type":"integer","minimum":1,"maximum":31622400})";
constexpr const char* seconds_or_null =
    R"({"type":["integer","null"],"minimum":1,"maximum":31622400})";
constexpr const char* id_or_null = R"({"type":["integer","null"],"minimum":1})";
constexpr const char* clock =
    R"({"type":"object","properties":{"clock":{"enum":["response","resolution"]},"cycle":{"type":"integer"},
"state":{"enum":["running","paused","breached","met","stopped"]},
"warned":{"type":"boolean","description":"It runs, and people were told that it runs out"},"paused":{"type":"boolean"},
"started_at":{"type":"string","format":"date-time"},
"due_at":{"type":["string","null"],"format":"date-time","description":"null while a pause is open before it"},
"target_seconds":{"type":"number"},"target_source":{"enum":["rule","row","contract"]},"target_reason":{"type":"string"},
"calendar":{"type":"string"},"elapsed_seconds":{"type":"number"},
"remaining_seconds":{"type":"number","description":"Of working time; negative when it is overdue"},"percent":{"type":"number"},
"paused_since":{"type":["string","null"],"format":"date-time"},"stopped_at":{"type":["string","null"],"format":"date-time"},
"verdict":{"enum":["met","breached",null]},
"levels":{"type":"array","items":{"type":"object","properties":{"percent":{"type":"number"},"at":{"type":["string","null"],"format":"date-time"}}}},
"events":{"type":"array","items":{"type":"object","properties":{"percent":{"type":"number"},"epoch":{"type":"integer"},
"at":{"type":"string","format":"date-time"},"noticed_at":{"type":"string","format":"date-time"},"late_by_seconds":{"type":"number"},
"disposition":{"enum":["send","superseded","silent"]}}}}}})";

constexpr const char* explanation =
    R"({"type":"object","properties":{"start":{"type":"string","format":"date-time"},"target_seconds":{"type":"integer"},
"target_reason":{"type":"string"},"calendar_versions":{"type":"array","items":{"type":"object"}},
"counted_until":{"type":"string","format":"date-time"},
"counted":{"type":"array","items":{"type":"object","properties":{"from":{"type":"string","format":"date-time"},
"to":{"type":"string","format":"date-time"},"seconds":{"type":"number"},"total_seconds":{"type":"number"}}}},
"left_out":{"type":"object"},"pauses":{"type":"array","items":{"type":"object"}},"status":{"type":"string"},
"paused":{"type":"boolean"},"elapsed_seconds":{"type":"number"},"remaining_seconds":{"type":"number"},"percent":{"type":"number"},
"levels":{"type":"object"},"due_at":{"type":["string","null"],"format":"date-time"},"verdict":{"enum":["met","breached",null]}}})";

constexpr const char* levels =
    R"({"type":["array","null"],"maxItems":10,"items":{"type":"number"},"description":"Per cent of the target at which people are told; 100 is the breach","examples":[[75,90,100]]})";

constexpr const char* preview =
    R"({"type":"object","properties":{"tickets":{"type":"integer","description":"Open ones that were looked at"},"clocks":{"type":"integer"},
"changed":{"type":"integer","description":"Get other terms"},"moved":{"type":"integer","description":"Would be due at another instant"},
"breached_at_once":{"type":"integer"},"unbreached":{"type":"integer","description":"Are late now and would not be"},
"complete":{"type":"boolean","description":"false: there are more open tickets than are looked at"},
"sample":{"type":"array","items":{"type":"object","properties":{"ticket_uid":{"type":"string"},"clock":{"enum":["response","resolution"]},
"from":{"type":["string","null"],"format":"date-time","description":"Due; null while it is paused"},"to":{"type":["string","null"],"format":"date-time"},
"from_target_seconds":{"type":"integer"},"to_target_seconds":{"type":"integer"},"breached_at_once":{"type":"boolean"},"unbreached":{"type":"boolean"}}}},
"pagination":{"$ref":"#/components/schemas/Pagination"}}})";

std::string version_of_hours() {
  const std::string day =
      R"({"type":"array","items":{"type":"array","items":{"type":"string"},"minItems":2,"maxItems":2},"examples":[[["08:00","17:00"]]]})";
  return fmt::format(
      R"("zone":{{"type":"string","description":"IANA name","examples":["Africa/Johannesburg"]}},)"
      R"("weekly":{{"type":"object","description":"mon to sun; a day that is not named is closed","additionalProperties":{}}},)"
      R"("holidays":{{"type":"array","items":{{"type":"string","format":"date"}}}},)"
      R"("exceptions":{{"type":"object","description":"Dates with hours of their own","additionalProperties":{}}},)"
      R"("effective_from":{{"type":["string","null"],"format":"date-time"}})",
      day, day);
}

std::string configs(bool is_edit) {
  const std::string type = fmt::format(R"("type":{{{}}})", enum_of(domain::ticket_type_names()));
  const std::string priority =
      fmt::format(R"("priority":{{{}}})", enum_of(domain::ticket_priority_names()));
  const std::string answered =
      is_edit
          ? ""
          : R"(,"response_source":{"enum":["rule","row"]},"resolution_source":{"enum":["rule","row"]},"reason":{"type":"string"},"calendar":{"type":"string"})";
  const char* closed = is_edit ? R"("additionalProperties":false,)" : "";
  return fmt::format(
      R"({{"type":"object",{0}"properties":{{"version":{{"type":"integer","minimum":1}},)"
      R"("types":{{"type":"array","items":{{"type":"object",{0}"properties":{{{1},"base_seconds":{3}}}}}}},)"
      R"("priorities":{{"type":"array","items":{{"type":"object",{0}"properties":{{{2},"multiplier_percent":{{"type":"integer","minimum":1,"maximum":10000}},"response_seconds":{3}}}}}}},)"
      R"("configs":{{"type":"array","maxItems":20,"items":{{"type":"object",{0}"properties":{{{1},{2},)"
      R"("response_seconds":{4},"resolution_seconds":{4},"levels":{5},"calendar_id":{6}{7}}}}}}}}}}})",
      closed, type, priority, seconds, seconds_or_null, levels, id_or_null, answered);
}

std::string contract_fields() {
  return fmt::format(
      R"("number":{{"type":"string","minLength":1,"maxLength":50}},"client_id":{{"type":"integer","minimum":1}},)"
      R"("starts_on":{{"type":"string","format":"date"}},"ends_on":{{"type":["string","null"],"format":"date"}},)"
      R"("response_seconds":{0},"resolution_seconds":{0},"calendar_id":{1})",
      seconds_or_null, id_or_null);
}

std::string guarantee_fields() {
  return fmt::format(
      R"("project_id":{{"type":"integer","minimum":1}},"period_days":{{"type":"integer","minimum":1,"maximum":{}}},)"
      R"("ticket_types":{{"type":"array","minItems":1,"uniqueItems":true,"items":{{{}}}}},)"
      R"("notes":{{"type":"string","maxLength":2000}},"archived":{{"type":"boolean"}})",
      domain::longest_guarantee_days, enum_of(domain::ticket_type_names()));
}

}  // namespace

schema_registry sla_schemas() {
  const std::string calendar_fields =
      R"("name":{"type":"string","minLength":1,"maxLength":100},"calendar":{"$ref":"#/components/schemas/BusinessHours"},"default":{"type":"boolean"})";
  const std::string edit_of =
      R"("version":{"type":"integer","minimum":1},"archived":{"type":"boolean"})";
  const std::string answered =
      R"("id":{"type":"integer"},"version":{"type":"integer"},"archived":{"type":"boolean"},"updated_at":{"type":"string","format":"date-time"})";
  const std::string contract = contract_fields();
  const auto object = [](const std::string& members, const char* more) {
    return fmt::format(R"({{"type":"object",{}"properties":{{{}}}}})", more, members);
  };
  constexpr const char* closed = R"("additionalProperties":false,)";
  return {
      {"Clock", clock},
      {"ClockList",
       R"({"type":"object","properties":{"clocks":{"type":"array","items":{"$ref":"#/components/schemas/Clock"}}}})"},
      {"ClockExplanation", explanation},
      {"SlaConfigs", configs(false)},
      {"SlaConfigsEdit", configs(true)},
      {"BusinessHours",
       fmt::format(
           R"({{"type":"object","additionalProperties":false,"description":"One version, or several in `versions`","properties":{{{0},)"
           R"("versions":{{"type":"array","items":{{"type":"object","additionalProperties":false,"properties":{{{0}}}}}}}}}}})",
           version_of_hours())},
      {"Calendar", object(calendar_fields + "," + answered, "")},
      {"CalendarList",
       R"({"type":"object","properties":{"calendars":{"type":"array","items":{"$ref":"#/components/schemas/Calendar"}}}})"},
      {"NewCalendar",
       object(calendar_fields, R"("additionalProperties":false,"required":["name","calendar"],)")},
      {"CalendarEdit",
       object(calendar_fields + "," + edit_of + R"(,"repair":{"type":"boolean","default":false})",
              closed)},
      {"Contract", object(contract + R"(,"client":{"type":"string"},)" + answered, "")},
      {"ContractPage",
       R"({"type":"object","properties":{"contracts":{"type":"array","items":{"$ref":"#/components/schemas/Contract"}},"pagination":{"$ref":"#/components/schemas/Pagination"}}})"},
      {"NewContract",
       object(contract,
              R"("additionalProperties":false,"required":["number","client_id","starts_on"],)")},
      {"ContractEdit", object(contract + "," + edit_of, closed)},
      {"SlaPreview", preview},
      {"Guarantee",
       object(
           guarantee_fields() +
               R"(,"project":{"type":"string"},"project_name":{"type":"string"},"version":{"type":"integer"},"updated_at":{"type":"string","format":"date-time"})",
           "")},
      {"GuaranteePage",
       R"({"type":"object","properties":{"guarantees":{"type":"array","items":{"$ref":"#/components/schemas/Guarantee"}},"pagination":{"$ref":"#/components/schemas/Pagination"}}})"},
      {"GuaranteeEdit", object(guarantee_fields() + R"(,"version":{"type":"integer","minimum":1})",
                               R"("additionalProperties":false,"required":["project_id"],)")},
  };
}

}  // namespace fibrehub::web::api
