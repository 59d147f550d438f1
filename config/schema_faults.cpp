// The declarations are checked like any other input, so that a mistake shows in a test and not on
// somebody's server.
#include <set>

#include "config/names.hpp"
#include "config/parse_value.hpp"
#include "config/setting.hpp"

namespace fibrehub::config {

namespace {

/// The default as it would stand in a file, so that it is judged by the same rules.
raw as_raw(const setting& s) {
  if (const auto* number = std::get_if<std::int64_t>(&s.fallback)) {
    if (s.type == kind::duration) return std::to_string(*number) + "ms";
    return *number;
  }
  if (const auto* flag = std::get_if<bool>(&s.fallback)) return *flag;
  if (const auto* words = std::get_if<std::vector<std::string>>(&s.fallback)) return *words;
  return std::get<std::string>(s.fallback);
}

void check_setting(const std::string& where, const setting& s, std::vector<std::string>& faults) {
  if (!is_name(s.name)) faults.push_back(where + ": the name must be " + name_form);
  if (s.text.empty() || s.text.back() != '.') {
    faults.push_back(where + ": the text must be a sentence with a full stop");
  }
  if (s.text.find('\n') != std::string::npos) {
    faults.push_back(where + ": the text must be one line");
  }
  if (s.min > s.max) faults.push_back(where + ": the lower bound is above the upper bound");
  if (s.is_required) return;  // the default is never used
  auto parsed = parse_value(s, as_raw(s));
  if (!parsed) faults.push_back(where + ": the default is wrong: " + parsed.error());
}

}  // namespace

std::vector<std::string> faults_of(const schema& all) {
  std::vector<std::string> faults;
  std::set<std::string> seen;
  for (const auto& group : all) {
    if (!is_name(group.name)) faults.push_back(group.name + ": the name must be " + name_form);
    if (group.text.empty() || group.text.back() != '.') {
      faults.push_back(group.name + ": the text must be a sentence with a full stop");
    }
    if (!seen.insert(group.name).second) faults.push_back(group.name + ": declared twice");
    for (const auto& s : group.settings) {
      const auto where = group.name + "." + s.name;
      if (!seen.insert(where).second) faults.push_back(where + ": declared twice");
      if (s.is_required && !group.is_repeatable) {
        faults.push_back(where +
                         ": only repeatable sections can require a setting, a hub without "
                         "any configuration must start");
      }
      check_setting(where, s, faults);
    }
  }
  return faults;
}

}  // namespace fibrehub::config
