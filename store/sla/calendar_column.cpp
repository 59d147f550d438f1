#include "store/sla/calendar_column.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>

#include "domain/sla/calendar_check.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;
using value = rapidjson::Value;

std::string hours_json(const sla::day_hours& hours) {
  std::string out = "[";
  for (const sla::day_interval& i : hours)
    out += fmt::format(R"({}["{}","{}"])", out.size() > 1 ? "," : "", sla::clock_text(i.begin_min),
                       sla::clock_text(i.end_min));
  return out + "]";
}

std::string version_json(const sla::calendar_version& v) {
  std::string out = "{";
  if (v.effective_from)
    out += fmt::format(R"("effective_from":"{}",)", domain::to_rfc3339(*v.effective_from));
  std::string week, holidays, exceptions;
  for (std::size_t d = 0; d < 7; ++d)
    if (!v.weekly[d].empty())
      week += fmt::format(R"({}"{}":{})", week.empty() ? "" : ",", sla::weekday_names[d],
                          hours_json(v.weekly[d]));
  for (const sla::local_day day : v.holidays)
    holidays += fmt::format(R"({}"{}")", holidays.empty() ? "" : ",", sla::date_text(day));
  for (const auto& [day, hours] : v.exceptions)
    exceptions += fmt::format(R"({}"{}":{})", exceptions.empty() ? "" : ",", sla::date_text(day),
                              hours_json(hours));
  return out + fmt::format(R"("zone":{},"weekly":{{{}}},"holidays":[{}],"exceptions":{{{}}}}})",
                           json_string(v.zone), week, holidays, exceptions);
}

std::string_view text_of(const value& v) {
  return v.IsString() ? std::string_view(v.GetString(), v.GetStringLength()) : std::string_view();
}

bool read_hours(const value& from, sla::day_hours& out) {
  if (!from.IsArray()) return false;
  for (const value& i : from.GetArray()) {
    if (!i.IsArray() || i.Size() != 2) return false;
    const auto begin = sla::parse_clock(text_of(i[0])), end = sla::parse_clock(text_of(i[1]));
    if (!begin || !end) return false;
    out.push_back({*begin, *end});
  }
  return true;
}

bool read_special_days(const value& holidays, const value& exceptions, sla::calendar_version& out) {
  if (!holidays.IsArray() || !exceptions.IsObject()) return false;
  for (const value& day : holidays.GetArray()) {
    const auto date = sla::parse_date(text_of(day));
    if (!date) return false;
    out.holidays.push_back(*date);
  }
  for (const auto& member : exceptions.GetObject()) {
    const auto date = sla::parse_date(text_of(member.name));
    if (!date || !read_hours(member.value, out.exceptions[*date])) return false;
  }
  return true;
}

bool read_version(const value& from, sla::calendar_version& out) {
  if (!from.IsObject()) return false;
  const auto at = [&](const char* name) -> const value& {
    static const value none;
    const auto it = from.FindMember(name);
    return it == from.MemberEnd() ? none : it->value;
  };
  if (const value& since = at("effective_from"); since.IsString()) {
    out.effective_from = domain::parse_rfc3339(text_of(since));
    if (!out.effective_from) return false;
  }
  out.zone = text_of(at("zone"));
  if (!at("weekly").IsObject()) return false;
  for (const auto& member : at("weekly").GetObject()) {
    const auto day =
        std::find(sla::weekday_names.begin(), sla::weekday_names.end(), text_of(member.name));
    if (day == sla::weekday_names.end()) return false;
    const auto index = static_cast<std::size_t>(day - sla::weekday_names.begin());
    if (!read_hours(member.value, out.weekly[index])) return false;
  }
  if (!from.HasMember("holidays") || !from.HasMember("exceptions"))
    return !from.HasMember("holidays") && !from.HasMember("exceptions");
  return read_special_days(at("holidays"), at("exceptions"), out);
}

}  // namespace

std::string to_column(const std::vector<sla::calendar_version>& versions) {
  std::string out = "[";
  for (const sla::calendar_version& v : versions)
    out += (out.size() > 1 ? "," : "") + version_json(v);
  return out + "]";
}

std::optional<std::vector<sla::calendar_version>> from_column(std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsArray()) return std::nullopt;
  std::vector<sla::calendar_version> out;
  for (const value& v : document.GetArray())
    if (!read_version(v, out.emplace_back())) return std::nullopt;
  return out;
}

std::string calendar_json(const std::vector<sla::calendar_version>& versions) {
  if (versions.size() == 1 && !versions.front().effective_from)
    return version_json(versions.front());
  return fmt::format(R"({{"versions":{}}})", to_column(versions));
}

}  // namespace fibrehub::store
