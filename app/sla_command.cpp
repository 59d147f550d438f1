#include "app/sla_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "app/commands.hpp"
#include "app/sla_calc.hpp"
#include "app/sla_holidays.hpp"
#include "domain/sla/holidays.hpp"
#include "protocols/json/objects.hpp"

namespace fibrehub::app {
namespace {

constexpr const char* calc_help =
    R"(Reads clocks as JSON from standard input, one object or many, and prints one
line of JSON for each:

  fibrehub sla calc <<'EOF'
  {"calendar": {"zone": "Africa/Johannesburg",
                "weekly": {"thu": [["08:00", "17:00"]], "fri": [["08:00", "17:00"]]},
                "holidays": [], "exceptions": {}},
   "start": "2026-11-19T13:00:00Z", "target_seconds": 14400,
   "pauses": [["2026-11-19T14:00:00Z", "2026-11-19T14:30:00Z"]],
   "elapsed_at": "2026-11-20T06:30:00Z"}
  EOF
  {"elapsed_seconds": 7200, "reached": {"75": "2026-11-20T07:30:00Z", "90": "2026-11-20T08:06:00Z", "100": "2026-11-20T08:30:00Z"}}

A level is null while a pause is open before it, and left out when its share of
the target is no whole number of seconds. A pause that is still open ends with
null. Several versions of a calendar: {"versions": [{...}, {"effective_from":
"2026-12-01T00:00:00Z", ...}]}. Wrong input: exit code 2, with line, field and
reason on standard error.)";

int refuse(std::size_t line, const std::vector<web::field_problem>& problems) {
  for (const web::field_problem& p : problems)
    std::fprintf(stderr, "fibrehub: line %zu: %s%s%s\n", line, p.field.c_str(),
                 p.field.empty() ? "" : " ", p.reason.c_str());
  return exit_usage;
}

int answer(const protocols::json::object_text& object, bool explain) {
  const auto question = read_sla_question(object.text);
  if (!question) return refuse(object.line, question.error());
  const std::string text = explain ? sla_explanation(*question) : sla_answer(*question);
  return std::puts(text.c_str()) >= 0 ? 0 : 1;
}

/// Answers what has been read completely.
int answer_ready(protocols::json::object_splitter& objects, bool explain, std::size_t& answered) {
  for (;;) {
    const auto next = objects.next();
    if (!next) return refuse(next.error().line, {{"", next.error().message}});
    if (!*next) return 0;
    if (const int code = answer(**next, explain); code != 0) return code;
    ++answered;
  }
}

/// Answers appear as soon as their question is complete: it may serve as a filter in a pipe.
int calculate(bool explain) {
  protocols::json::object_splitter objects;
  std::size_t answered = 0;
  std::array<char, 65'536> buffer{};
  for (;;) {
    const ssize_t n = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return refuse(1, {{"", "standard input cannot be read"}});
    if (n == 0) objects.finish();
    objects.feed({buffer.data(), static_cast<std::size_t>(n)});
    const int code = answer_ready(objects, explain, answered);
    if (std::fflush(stdout) != 0) return 1;
    if (code != 0) return code;
    if (n == 0) break;
  }
  return answered > 0 ? 0 : refuse(1, {{"", "expected a JSON object on standard input"}});
}

void add_holidays(CLI::App& sla, int& exit_code) {
  auto request = std::make_shared<holidays_request>();
  CLI::App* command = sla.add_subcommand(
      "holidays", "Print public holidays: computed, or out of an iCalendar file");
  auto* country =
      command->add_option("--country", request->country, "Compute those of a country: ZA");
  auto* file = command->add_option("--ical", request->ical_file,
                                   "Read whole-day events of an iCalendar file; - is standard "
                                   "input. What is not understood is named and skipped");
  country->excludes(file);
  command
      ->add_option(
          "--year", request->year,
          "Only this year. Default: of a country this one; of a file all single events, and of "
          "yearly ones this year and the next")
      ->check(CLI::Range(1, domain::sla::last_holiday_year));
  command
      ->add_option("--declared", request->declared,
                   "A further day, YYYY-MM-DD=name; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--json", request->as_json, "As JSON: [{\"date\", \"name\"}]");
  command->callback([&exit_code, request] {
    if (request->country.empty() && request->ical_file.empty()) request->country = "ZA";
    exit_code = print_holidays(*request);
  });
}

}  // namespace

void add_sla_command(CLI::App& program, int& exit_code) {
  CLI::App* sla = program.add_subcommand("sla", "Work out SLA clocks and public holidays");
  sla->require_subcommand(1);
  auto explain = std::make_shared<bool>(false);
  CLI::App* calc =
      sla->add_subcommand("calc", "Working time and due instants of clocks read from JSON");
  calc->footer(calc_help);
  calc->add_flag("--explain", *explain, "Print how the due instant comes about instead");
  calc->callback([&exit_code, explain] { exit_code = calculate(*explain); });
  add_holidays(*sla, exit_code);
}

}  // namespace fibrehub::app
