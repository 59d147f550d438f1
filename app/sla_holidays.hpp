// `fibrehub sla holidays`: public holidays, computed or out of an iCalendar file.
#pragma once

#include <string>
#include <vector>

namespace fibrehub::app {

struct holidays_request {
  std::string country;                // "ZA"; empty when a file is given
  std::string ical_file;              // "-" is standard input
  int year = 0;                       // 0: see below
  std::vector<std::string> declared;  // "2026-11-04=Elections"
  bool as_json = false;
};

/// Prints them and answers the exit code. Without a year: of a country this year's; of a file its
/// single events as they are, and of yearly ones this year and the next.
int print_holidays(const holidays_request& request);

}  // namespace fibrehub::app
