#include "web/api/clock_json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "web/api/explanation_json.hpp"
#include "web/api/json.hpp"

namespace fibrehub::web::api {
namespace {

namespace sla = domain::sla;

void number_field(json_writer& w, std::string_view key, const std::string& number) {
  write_key(w, key);
  w.RawValue(number.data(), number.size(), rapidjson::kNumberType);
}

/// Between the first warning and the breach.
bool is_warned(const store::clock_detail& c) {
  return std::any_of(
      c.clock.state.marks.begin(), c.clock.state.marks.end(),
      [](const sla::level_mark& m) { return m.recorded && m.level_bp < sla::whole_bp; });
}

void write_levels(json_writer& w, const sla::clock_view& v) {
  write_key(w, "levels");
  w.StartArray();
  for (const sla::level_instant& l : v.levels) {
    w.StartObject();
    number_field(w, "percent", percent_text(l.level_bp));
    instant_field(w, "at", l.at);
    w.EndObject();
  }
  w.EndArray();
}

void write_events(json_writer& w, const std::vector<store::crossed_level>& crossed) {
  write_key(w, "events");
  w.StartArray();
  for (const store::crossed_level& c : crossed) {
    w.StartObject();
    number_field(w, "percent", percent_text(c.event.level_bp));
    integer_field(w, "epoch", c.event.epoch);
    instant_field(w, "at", c.event.at);
    instant_field(w, "noticed_at", c.noticed_at);
    number_field(w, "late_by_seconds", seconds_text(c.event.late_by));
    text_field(w, "disposition", name_of(c.event.what));
    w.EndObject();
  }
  w.EndArray();
}

void write_clock(json_writer& w, const store::clock_detail& d, domain::instant now) {
  const store::stored_clock& c = d.clock;
  const sla::clock_view v = view(c.terms.terms, c.state, now);
  w.StartObject();
  text_field(w, "clock", name_of(c.kind));
  integer_field(w, "cycle", c.state.cycle);
  text_field(w, "state", name_of(v.status));
  write_key(w, "warned");
  w.Bool(v.status == sla::clock_status::running && is_warned(d));
  write_key(w, "paused");
  w.Bool(v.paused);
  instant_field(w, "started_at", c.state.start);
  instant_field(w, "due_at", v.due_at);
  number_field(w, "target_seconds", std::to_string(c.terms.terms.target.count()));
  text_field(w, "target_source", name_of(c.terms.target.source));
  text_field(w, "target_reason", c.terms.target.reason);
  text_field(w, "calendar", d.calendar);
  number_field(w, "elapsed_seconds", seconds_text(v.elapsed));
  number_field(w, "remaining_seconds", seconds_text(v.remaining));
  number_field(w, "percent", fmt::format("{}.{:02}", v.share_bp / 100, v.share_bp % 100));
  instant_field(w, "paused_since",
                v.paused ? std::optional(c.state.pauses.back().begin) : std::nullopt);
  instant_field(w, "stopped_at", c.state.stop);
  text_or_null(w, "verdict", v.outcome ? name_of(*v.outcome) : std::string_view());
  write_levels(w, v);
  write_events(w, d.crossed);
  w.EndObject();
}

}  // namespace

void write_clocks(json_writer& w, const store::ticket_clocks& clocks) {
  w.StartArray();
  for (const store::clock_detail& c : clocks.items)
    write_clock(w, c, clocks.now);
  w.EndArray();
}

}  // namespace fibrehub::web::api
