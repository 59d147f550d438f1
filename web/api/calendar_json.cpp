#include "web/api/calendar_json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/sla/calendar_check.hpp"
#include "web/api/json.hpp"

namespace fibrehub::web::api {
namespace {

namespace json = protocols::json;
namespace sla = domain::sla;

std::string_view text_of(const json::value& v) {
  return {v.GetString(), v.GetStringLength()};
}

/// Reads parts of a calendar and collects what is wrong with them.
class calendar_reader {
 public:
  explicit calendar_reader(std::vector<field_problem>& problems) : problems_(problems) {}

  std::optional<sla::calendar_version> version(const json::value& from, const std::string& path,
                                               bool may_have_from);

 private:
  void complain(std::string field, std::string reason) {
    problems_.push_back({std::move(field), std::move(reason)});
  }
  /// The member, or null after complaining when it has to be there or is of another kind.
  const json::value* object(const json::value& from, const std::string& path, const char* name,
                            bool required);
  void zone(const json::value& from, const std::string& path, sla::calendar_version& out);
  void weekly(const json::value& from, const std::string& path, sla::calendar_version& out);
  void holidays(const json::value& from, const std::string& path, sla::calendar_version& out);
  void exceptions(const json::value& from, const std::string& path, sla::calendar_version& out);
  void effective_from(const json::value& from, const std::string& path, sla::calendar_version& out);
  sla::day_hours hours(const json::value& from, const std::string& path);
  std::optional<sla::day_interval> interval(const json::value& from, const std::string& path);

  std::vector<field_problem>& problems_;
};

void refuse_unknown(const json::value& object, const std::string& path,
                    std::initializer_list<std::string_view> known,
                    std::vector<field_problem>& problems) {
  for (const auto& member : object.GetObject()) {
    const std::string_view name = text_of(member.name);
    if (std::find(known.begin(), known.end(), name) == known.end())
      problems.push_back({fmt::format("{}.{:.60}", path, name), "is unknown"});
  }
}

const json::value* calendar_reader::object(const json::value& from, const std::string& path,
                                           const char* name, bool required) {
  const json::value* v = json::find(from, name);
  if (!v) {
    if (required) complain(path + "." + name, "is missing");
    return nullptr;
  }
  if (v->IsObject()) return v;
  complain(path + "." + name, "has to be an object");
  return nullptr;
}

void calendar_reader::zone(const json::value& from, const std::string& path,
                           sla::calendar_version& out) {
  const json::value* v = json::find(from, "zone");
  if (!v) return complain(path + ".zone", "is missing");
  if (!v->IsString()) return complain(path + ".zone", "has to be text");
  out.zone = text_of(*v);
}

std::optional<sla::day_interval> calendar_reader::interval(const json::value& from,
                                                           const std::string& path) {
  if (!from.IsArray() || from.Size() != 2 || !from[0].IsString() || !from[1].IsString()) {
    complain(path, "has to be [\"HH:MM\", \"HH:MM\"]");
    return std::nullopt;
  }
  const auto begin = sla::parse_clock(text_of(from[0]));
  const auto end = sla::parse_clock(text_of(from[1]));
  for (std::size_t i : {0U, 1U})
    if (!(i == 0 ? begin : end))
      complain(path, fmt::format("\"{:.20}\" is no time of day from 00:00 to 24:00",
                                 text_of(from[static_cast<rapidjson::SizeType>(i)])));
  if (!begin || !end) return std::nullopt;
  return sla::day_interval{*begin, *end};
}

sla::day_hours calendar_reader::hours(const json::value& from, const std::string& path) {
  sla::day_hours out;
  if (!from.IsArray()) {
    complain(path, "has to be a list of [\"HH:MM\", \"HH:MM\"]");
    return out;
  }
  for (rapidjson::SizeType i = 0; i < from.Size(); ++i)
    if (const auto read = interval(from[i], fmt::format("{}[{}]", path, i))) out.push_back(*read);
  return out;
}

void calendar_reader::weekly(const json::value& from, const std::string& path,
                             sla::calendar_version& out) {
  const json::value* week = object(from, path, "weekly", true);
  if (!week) return;
  for (const auto& member : week->GetObject()) {
    const std::string_view name = text_of(member.name);
    const auto day = std::find(sla::weekday_names.begin(), sla::weekday_names.end(), name);
    const std::string field = fmt::format("{}.weekly.{:.60}", path, name);
    if (day == sla::weekday_names.end()) {
      complain(field, "is no weekday: mon, tue, wed, thu, fri, sat, sun");
      continue;
    }
    sla::day_hours& hours_of_day =
        out.weekly[static_cast<std::size_t>(day - sla::weekday_names.begin())];
    if (!hours_of_day.empty()) complain(field, "is given twice");
    hours_of_day = hours(member.value, field);
  }
}

void calendar_reader::holidays(const json::value& from, const std::string& path,
                               sla::calendar_version& out) {
  const json::value* list = json::find(from, "holidays");
  if (!list) return;
  if (!list->IsArray()) return complain(path + ".holidays", "has to be a list of dates");
  for (rapidjson::SizeType i = 0; i < list->Size(); ++i) {
    const json::value& v = (*list)[i];
    const auto date = v.IsString() ? sla::parse_date(text_of(v)) : std::nullopt;
    if (date) {
      out.holidays.push_back(*date);
    } else {
      complain(fmt::format("{}.holidays[{}]", path, i), "is no date YYYY-MM-DD");
    }
  }
}

void calendar_reader::exceptions(const json::value& from, const std::string& path,
                                 sla::calendar_version& out) {
  if (!json::find(from, "exceptions")) return;
  const json::value* dates = object(from, path, "exceptions", false);
  if (!dates) return;
  for (const auto& member : dates->GetObject()) {
    const std::string_view name = text_of(member.name);
    const std::string field = fmt::format("{}.exceptions.{:.60}", path, name);
    const auto date = sla::parse_date(name);
    if (!date) {
      complain(field, "is no date YYYY-MM-DD");
      continue;
    }
    if (!out.exceptions.emplace(*date, hours(member.value, field)).second)
      complain(field, "is given twice");
  }
}

void calendar_reader::effective_from(const json::value& from, const std::string& path,
                                     sla::calendar_version& out) {
  const json::value* v = json::find(from, "effective_from");
  if (!v || v->IsNull()) return;
  if (v->IsString()) out.effective_from = domain::parse_rfc3339(text_of(*v));
  if (!out.effective_from) complain(path + ".effective_from", "is no RFC 3339 instant");
}

std::optional<sla::calendar_version> calendar_reader::version(const json::value& from,
                                                              const std::string& path,
                                                              bool may_have_from) {
  if (!from.IsObject()) {
    complain(path, "has to be an object");
    return std::nullopt;
  }
  const std::size_t before = problems_.size();
  sla::calendar_version out;
  zone(from, path, out);
  weekly(from, path, out);
  holidays(from, path, out);
  exceptions(from, path, out);
  if (may_have_from) {
    effective_from(from, path, out);
    refuse_unknown(from, path, {"zone", "weekly", "holidays", "exceptions", "effective_from"},
                   problems_);
  } else {
    refuse_unknown(from, path, {"zone", "weekly", "holidays", "exceptions"}, problems_);
  }
  if (problems_.size() > before) return std::nullopt;
  return out;
}

void write_hours(json_writer& w, const sla::day_hours& hours) {
  w.StartArray();
  for (const sla::day_interval& i : hours) {
    w.StartArray();
    write_string(w, sla::clock_text(i.begin_min));
    write_string(w, sla::clock_text(i.end_min));
    w.EndArray();
  }
  w.EndArray();
}

void write_version(json_writer& w, const sla::calendar_version& v, bool with_from) {
  w.StartObject();
  if (with_from) instant_field(w, "effective_from", v.effective_from);
  text_field(w, "zone", v.zone);
  write_key(w, "weekly");
  w.StartObject();
  for (std::size_t d = 0; d < 7; ++d) {
    if (v.weekly[d].empty()) continue;
    write_key(w, sla::weekday_names[d]);
    write_hours(w, v.weekly[d]);
  }
  w.EndObject();
  write_key(w, "holidays");
  w.StartArray();
  for (const sla::local_day day : v.holidays)
    write_string(w, sla::date_text(day));
  w.EndArray();
  write_key(w, "exceptions");
  w.StartObject();
  for (const auto& [day, hours] : v.exceptions) {
    write_key(w, sla::date_text(day));
    write_hours(w, hours);
  }
  w.EndObject();
  w.EndObject();
}

}  // namespace

std::optional<std::vector<sla::calendar_version>> read_calendar_versions(
    const json::value& from, const std::string& path, std::vector<field_problem>& problems) {
  const std::size_t before = problems.size();
  calendar_reader reader(problems);
  std::vector<sla::calendar_version> out;
  const json::value* several = json::find(from, "versions");
  if (!several) {
    if (auto one = reader.version(from, path, false)) out.push_back(std::move(*one));
  } else if (!several->IsArray() || several->Empty()) {
    problems.push_back({path + ".versions", "has to be a list with at least one version"});
  } else {
    refuse_unknown(from, path, {"versions"}, problems);
    for (rapidjson::SizeType i = 0; i < several->Size(); ++i)
      if (auto one = reader.version((*several)[i], fmt::format("{}.versions[{}]", path, i), true))
        out.push_back(std::move(*one));
  }
  if (problems.size() > before) return std::nullopt;
  return out;
}

sla::calendar::handle read_calendar(const json::value& from, const std::string& path,
                                    std::vector<field_problem>& problems) {
  auto versions = read_calendar_versions(from, path, problems);
  if (!versions) return nullptr;
  auto made = sla::calendar::make(std::move(*versions));
  if (made) return std::move(*made);
  problems.push_back({path + "." + made.error().field, made.error().reason});
  return nullptr;
}

std::vector<sla::pause> read_pauses(const json::value& from, const std::string& path,
                                    std::vector<field_problem>& problems) {
  std::vector<sla::pause> out;
  if (!from.IsArray()) {
    problems.push_back({path, "has to be a list of [begin, end]"});
    return out;
  }
  const std::size_t before = problems.size();
  for (rapidjson::SizeType i = 0; i < from.Size(); ++i) {
    const json::value& v = from[i];
    const auto at = [&](rapidjson::SizeType n) {
      return v[n].IsString() ? domain::parse_rfc3339(text_of(v[n])) : std::nullopt;
    };
    if (v.IsArray() && v.Size() == 2 && at(0) && (v[1].IsNull() || at(1)))
      out.push_back({*at(0), at(1)});
    else
      problems.push_back({fmt::format("{}[{}]", path, i),
                          "has to be [begin, end] as RFC 3339 instants, or [begin, null] while it "
                          "is open"});
  }
  if (problems.size() > before) return out;
  if (auto wrong = sla::check(out)) {
    // `pauses[1]` of the check becomes `<path>[1]`.
    const std::size_t index = std::min(wrong->field.find('['), wrong->field.size());
    problems.push_back({path + wrong->field.substr(index), std::move(wrong->reason)});
  }
  return out;
}

void write_calendar(json_writer& w, const std::vector<sla::calendar_version>& versions) {
  if (versions.size() == 1 && !versions.front().effective_from)
    return write_version(w, versions.front(), false);
  w.StartObject();
  write_key(w, "versions");
  w.StartArray();
  for (const sla::calendar_version& v : versions)
    write_version(w, v, true);
  w.EndArray();
  w.EndObject();
}

}  // namespace fibrehub::web::api
