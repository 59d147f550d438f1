// Examples of targets, calendars, contracts and clocks, shown in the
// description of the API. {"$example":"X"} stands for the example of the schema X.
#include "web/api/routes.hpp"

namespace fibrehub::web::api {

example_registry sla_examples() {
  return {
      {"Clock",
       R"({"clock":"resolution","cycle":1,"state":"running","warned":true,"paused":false,
"started_at":"2026-11-21T20:03:06Z","due_at":"2026-11-23T06:30:00Z","target_seconds":1800,
"target_source":"contract","target_reason":"contract ACME-2026: 30 min",
"calendar":"Shops and kiosks","elapsed_seconds":1400,"remaining_seconds":400,"percent":77.8,
"paused_since":null,"stopped_at":null,"verdict":null,"levels":[{"percent":75,
"at":"2026-11-23T06:22:30Z"}],"events":[{"percent":75,"epoch":1,"at":"2026-11-23T06:22:30Z",
"noticed_at":"2026-11-23T06:22:30.012Z","late_by_seconds":0.012,"disposition":"send"}]})"},
      {"ClockList", R"({"clocks":[{"$example":"Clock"}]})"},
      {"ClockExplanation",
       R"({"start":"2026-11-21T20:03:06Z","target_seconds":14400,
"target_reason":"contract ACME-2026: 4 h","calendar_versions":[{"effective_from":null,
"zone":"Africa/Johannesburg"}],"counted_until":"2026-11-23T10:00:00Z",
"counted":[{"from":"2026-11-23T06:00:00Z","to":"2026-11-23T10:00:00Z","seconds":14400,
"total_seconds":14400}],"left_out":{"intervals":0,"after":0,"seconds":0,"pauses":0},"pauses":[],
"status":"running","paused":false,"elapsed_seconds":0,"remaining_seconds":14400,"percent":0.0,
"levels":{"75":"2026-11-23T09:00:00Z","90":"2026-11-23T09:36:00Z","100":"2026-11-23T10:00:00Z"},
"due_at":"2026-11-23T10:00:00Z","verdict":null})"},
      {"SlaConfigs",
       R"({"version":1,"types":[{"type":"build","base_seconds":172800}],
"priorities":[{"priority":"critical","multiplier_percent":25,"response_seconds":3600}],
"configs":[{"type":"build","priority":"critical","response_seconds":3600,
"response_source":"rule","resolution_seconds":43200,"resolution_source":"rule",
"reason":"build, critical: 48 h x 0.25","levels":[75,90,100],"calendar_id":1,
"calendar":"24x7"}]})"},
      {"SlaConfigsEdit",
       R"({"version":1,"types":[{"type":"fault","base_seconds":28800}],
"priorities":[{"priority":"critical","multiplier_percent":25,"response_seconds":900}],
"configs":[{"type":"fault","priority":"critical","resolution_seconds":7200,"levels":[75,90,
100]}]})"},
      {"BusinessHours",
       R"({"zone":"Africa/Johannesburg","weekly":{"mon":[["08:00","17:00"]],"sat":[["09:00","13:00"]]},
"holidays":["2026-12-25"],"exceptions":{"2026-12-24":[["08:00","12:00"]]},
"effective_from":"2026-01-01T00:00:00+02:00"})"},
      {"Calendar",
       R"({"id":2,"name":"Shops","default":false,"calendar":{"$example":"BusinessHours"},"version":1,
"archived":false,"updated_at":"2026-11-21T20:02:56.110018Z"})"},
      {"CalendarList", R"({"calendars":[{"$example":"Calendar"}]})"},
      {"NewCalendar", R"({"name":"Shops","calendar":{"$example":"BusinessHours"}})"},
      {"CalendarEdit", R"({"version":1,"name":"Shops and kiosks"})"},
      {"Contract",
       R"({"id":1,"number":"ACME-2026","client_id":1,"client":"Acme Estates","starts_on":"2026-01-01",
"ends_on":"2026-12-31","response_seconds":1800,"resolution_seconds":14400,"calendar_id":2,
"version":1,"archived":false,"updated_at":"2026-11-21T20:03:06Z"})"},
      {"ContractPage",
       R"({"contracts":[{"$example":"Contract"}],"pagination":{"$example":"Pagination"}})"},
      {"NewContract",
       R"({"number":"ACME-2026","client_id":1,"starts_on":"2026-01-01","ends_on":"2026-12-31",
"response_seconds":1800,"resolution_seconds":14400,"calendar_id":2})"},
      {"ContractEdit", R"({"version":1,"ends_on":"2027-12-31"})"},
  };
}

}  // namespace fibrehub::web::api
