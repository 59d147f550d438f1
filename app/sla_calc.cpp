#include "app/sla_calc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "domain/sla/explain.hpp"
#include "web/api/calendar_json.hpp"
#include "web/api/explanation_json.hpp"

namespace fibrehub::app {
namespace {

namespace json = protocols::json;
namespace sla = domain::sla;
using problems = std::vector<web::field_problem>;

constexpr std::array<std::string_view, 7> known_fields{
    "id", "calendar", "start", "target_seconds", "pauses", "elapsed_at", "expect"};

/// Of the years calendars have.
std::optional<domain::instant> read_instant(const json::value& object, const char* name,
                                            problems& wrong) {
  const json::value* v = json::find(object, name);
  if (!v) {
    wrong.push_back({name, "is missing"});
    return std::nullopt;
  }
  const auto at = v->IsString() ? domain::parse_rfc3339(json::text(object, name)) : std::nullopt;
  if (!at) {
    wrong.push_back({name, "is no RFC 3339 instant"});
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(*at)};
  const int year = static_cast<int>(date.year());
  if (year < sla::first_calendar_year || year > sla::last_calendar_year) {
    wrong.push_back({name, fmt::format("has to lie in the years {} to {}", sla::first_calendar_year,
                                       sla::last_calendar_year)});
    return std::nullopt;
  }
  return at;
}

void read_target(const json::value& object, sla_question& out, problems& wrong) {
  const json::value* v = json::find(object, "target_seconds");
  if (!v) return wrong.push_back({"target_seconds", "is missing"});
  if (!v->IsInt64()) return wrong.push_back({"target_seconds", "has to be a whole number"});
  out.terms.target = std::chrono::seconds{v->GetInt64()};
  if (auto fault = check(out.terms)) wrong.push_back({fault->field, fault->reason});
}

void refuse_unknown(const json::value& object, problems& wrong) {
  for (const auto& member : object.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (std::find(known_fields.begin(), known_fields.end(), name) == known_fields.end())
      wrong.push_back({fmt::format("{:.60}", name), "is unknown"});
  }
}

}  // namespace

tl::expected<sla_question, problems> read_sla_question(std::string_view object) {
  const auto document = json::parse(object);
  if (!document)
    return tl::unexpected(problems{
        {"", fmt::format("byte {}: {}", document.error().offset, document.error().message)}});
  problems wrong;
  sla_question out;
  if (const json::value* calendar = json::find(*document, "calendar"))
    out.terms.hours = web::api::read_calendar(*calendar, "calendar", wrong);
  else
    wrong.push_back({"calendar", "is missing"});
  if (const auto start = read_instant(*document, "start", wrong)) out.clock.start = *start;
  read_target(*document, out, wrong);
  if (const json::value* pauses = json::find(*document, "pauses"))
    out.clock.pauses = web::api::read_pauses(*pauses, "pauses", wrong);
  if (const auto at = read_instant(*document, "elapsed_at", wrong)) out.at = *at;
  refuse_unknown(*document, wrong);
  if (!wrong.empty()) return tl::unexpected(std::move(wrong));
  return out;
}

std::string sla_answer(const sla_question& question) {
  const auto& [terms, clock, at] = question;
  const auto passed = elapsed(*terms.hours, clock.start, clock.pauses, at);
  std::string reached;
  for (const int level : terms.levels_bp) {
    const auto work = sla::share_of(terms.target, level);
    if (work.count() % 1'000'000 != 0) continue;
    const auto when = reach(*terms.hours, clock.start, clock.pauses, work);
    reached +=
        fmt::format("{}\"{}\": {}", reached.empty() ? "" : ", ", web::api::percent_text(level),
                    when ? '"' + domain::to_rfc3339(*when) + '"' : "null");
  }
  return fmt::format("{{\"elapsed_seconds\": {}, \"reached\": {{{}}}}}",
                     web::api::seconds_text(passed), reached);
}

std::string sla_explanation(const sla_question& question) {
  rapidjson::StringBuffer buffer;
  web::json_writer w{buffer};
  web::api::write_explanation(w, explain(question.terms, "as given", question.clock, question.at));
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace fibrehub::app
