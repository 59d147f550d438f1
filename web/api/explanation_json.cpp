#include "web/api/explanation_json.hpp"

#include <fmt/format.h>

#include "web/api/json.hpp"

namespace fibrehub::web::api {
namespace {

namespace sla = domain::sla;

void number_field(json_writer& w, std::string_view key, const std::string& number) {
  write_key(w, key);
  w.RawValue(number.data(), number.size(), rapidjson::kNumberType);
}

void write_versions(json_writer& w, const sla::explanation& e) {
  write_key(w, "calendar_versions");
  w.StartArray();
  for (const sla::version_in_force& v : e.versions) {
    w.StartObject();
    instant_field(w, "effective_from", v.effective_from);
    text_field(w, "zone", v.zone);
    w.EndObject();
  }
  w.EndArray();
}

void write_counted(json_writer& w, const sla::explanation& e) {
  write_key(w, "counted");
  w.StartArray();
  for (const sla::counted_stretch& s : e.counted) {
    w.StartObject();
    instant_field(w, "from", s.open.begin);
    instant_field(w, "to", s.open.end);
    number_field(w, "seconds", seconds_text(s.open.end - s.open.begin));
    number_field(w, "total_seconds", seconds_text(s.counted_until));
    w.EndObject();
  }
  w.EndArray();
  write_key(w, "left_out");
  w.StartObject();
  integer_field(w, "intervals", static_cast<std::int64_t>(e.left_out));
  integer_field(w, "after", static_cast<std::int64_t>(e.left_out_after));
  number_field(w, "seconds", seconds_text(e.left_out_time));
  integer_field(w, "pauses", static_cast<std::int64_t>(e.pauses_left_out));
  w.EndObject();
}

void write_pauses(json_writer& w, const sla::explanation& e) {
  write_key(w, "pauses");
  w.StartArray();
  for (const sla::pause& p : e.pauses) {
    w.StartObject();
    instant_field(w, "from", p.begin);
    instant_field(w, "to", p.end);
    w.EndObject();
  }
  w.EndArray();
}

void write_view(json_writer& w, const sla::clock_view& v) {
  text_field(w, "status", name_of(v.status));
  write_key(w, "paused");
  w.Bool(v.paused);
  number_field(w, "elapsed_seconds", seconds_text(v.elapsed));
  number_field(w, "remaining_seconds", seconds_text(v.remaining));
  number_field(w, "percent", fmt::format("{}.{:02}", v.share_bp / 100, v.share_bp % 100));
  write_key(w, "levels");
  w.StartObject();
  for (const sla::level_instant& level : v.levels)
    instant_field(w, percent_text(level.level_bp), level.at);
  w.EndObject();
  instant_field(w, "due_at", v.due_at);
  text_or_null(w, "verdict", v.outcome ? name_of(*v.outcome) : std::string_view());
}

}  // namespace

std::string seconds_text(sla::microseconds time) {
  const std::int64_t us = time.count();
  const std::int64_t part = us % 1'000'000;
  std::string out = std::to_string(us / 1'000'000);
  if (part == 0) return out;
  if (us < 0 && us > -1'000'000) out = "-0";
  out += fmt::format(".{:06}", part < 0 ? -part : part);
  out.erase(out.find_last_not_of('0') + 1);
  return out;
}

std::string percent_text(int level_bp) {
  return fmt::format("{:g}", level_bp / 100.0);
}

void write_explanation(json_writer& w, const sla::explanation& e) {
  w.StartObject();
  instant_field(w, "start", e.start);
  integer_field(w, "target_seconds", e.target.count());
  text_field(w, "target_reason", e.target_reason);
  write_versions(w, e);
  instant_field(w, "counted_until", e.until);
  write_counted(w, e);
  write_pauses(w, e);
  write_view(w, e.now);
  w.EndObject();
}

}  // namespace fibrehub::web::api
