#include "app/sla_holidays.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "app/commands.hpp"
#include "domain/sla/calendar_check.hpp"
#include "domain/sla/holidays.hpp"
#include "domain/text.hpp"
#include "protocols/ical/ical.hpp"
#include "web/api/json.hpp"

namespace fibrehub::app {
namespace {

namespace sla = domain::sla;
using holidays = std::vector<sla::holiday>;

constexpr std::size_t max_file_bytes = protocols::ical_limits{}.file_bytes;
constexpr std::size_t max_name_bytes = 500;

std::nullopt_t complain(const std::string& sentence) {
  std::fprintf(stderr, "fibrehub: %s\n", sentence.c_str());
  return std::nullopt;
}

int this_year() {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  return static_cast<int>(std::chrono::year_month_day{today}.year());
}

/// At most one byte more than is read from files: enough to see that it is too much.
std::optional<std::string> read_bytes(const std::string& file) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : opened;
  std::string bytes(max_file_bytes + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad() || (file != "-" && !opened.is_open()))
    return complain(fmt::format("--ical: {} cannot be read", file));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

std::optional<holidays> from_file(const holidays_request& request) {
  const auto bytes = read_bytes(request.ical_file);
  if (!bytes) return std::nullopt;
  const auto parsed = protocols::parse_ical(*bytes);
  if (!parsed)
    return complain(
        fmt::format("{}:{}: {}", request.ical_file, parsed.error().line, parsed.error().message));
  for (const protocols::ical_skipped& s : parsed->skipped)
    std::fprintf(stderr, "fibrehub: %s:%zu: skipped: %s\n", request.ical_file.c_str(), s.line,
                 s.reason.c_str());
  holidays all;
  for (const protocols::ical_event& e : parsed->events) {
    const bool is_single = !e.yearly && request.year == 0;
    const int first = is_single ? 1 : request.year != 0 ? request.year : this_year();
    const int last = is_single ? 9'999 : request.year != 0 ? request.year : this_year() + 1;
    const std::string name = domain::storable(e.summary, max_name_bytes);
    for (const std::chrono::sys_days day : protocols::days_of(e, first, last))
      all.push_back({day, name});
  }
  return all;
}

std::optional<holidays> of_country(const holidays_request& request) {
  const int year = request.year != 0 ? request.year : this_year();
  auto known = sla::holidays_of(request.country, year);
  if (!known)
    return complain(fmt::format("--country: \"{}\" is not known; ZA is, for others take --ical",
                                request.country));
  if (request.country == "ZA" && year < sla::first_holiday_year_za)
    return complain(fmt::format("--year: ZA is known from {} on", sla::first_holiday_year_za));
  return known;
}

bool add_declared(const holidays_request& request, holidays& all) {
  for (const std::string& text : request.declared) {
    const std::size_t middle = std::min(text.find('='), text.size());
    const auto date = sla::parse_date(text.substr(0, middle));
    if (!date || middle + 1 >= text.size()) {
      complain(fmt::format("--declared: \"{}\" has to be YYYY-MM-DD=name", text));
      return false;
    }
    all.push_back({*date, text.substr(middle + 1)});
  }
  return true;
}

std::string as_table(const holidays& all) {
  std::string out;
  for (const sla::holiday& h : all)
    out += fmt::format("{}  {}  {}\n", sla::date_text(h.date),
                       sla::weekday_names[std::chrono::weekday{h.date}.iso_encoding() - 1], h.name);
  return out;
}

std::string as_json(const holidays& all) {
  rapidjson::StringBuffer buffer;
  web::json_writer w{buffer};
  w.StartArray();
  for (const sla::holiday& h : all) {
    w.StartObject();
    web::api::text_field(w, "date", sla::date_text(h.date));
    web::api::text_field(w, "name", h.name);
    w.EndObject();
  }
  w.EndArray();
  return std::string(buffer.GetString(), buffer.GetSize()) + '\n';
}

}  // namespace

int print_holidays(const holidays_request& request) {
  auto all = request.ical_file.empty() ? of_country(request) : from_file(request);
  if (!all || !add_declared(request, *all)) return exit_usage;
  const holidays sorted = sla::joined(std::move(*all));
  const std::string text = request.as_json ? as_json(sorted) : as_table(sorted);
  return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace fibrehub::app
