#include "store/sla/clock_columns.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/people/sql.hpp"

namespace fibrehub::store {

namespace sla = domain::sla;

std::vector<sla::pause> pauses_from(const char* text) {
  std::vector<sla::pause> out;
  for (const std::string& word : people::split(text, ' ')) {
    const std::size_t colon = word.find(':');
    const std::int64_t end = std::stoll(word.substr(colon + 1));
    out.push_back({domain::from_us(std::stoll(word)),
                   end == 0 ? std::nullopt : std::optional(domain::from_us(end))});
  }
  return out;
}

std::vector<sla::level_mark> marks_from(const char* text) {
  std::vector<sla::level_mark> out;
  for (const std::string& word : people::split(text, ' ')) {
    const auto parts = people::split(word, ':');
    if (parts.size() == 3)
      out.push_back({std::stoi(parts[0]), std::stoi(parts[1]), parts[2] == "1"});
  }
  return out;
}

std::string marks_text(const std::vector<sla::level_mark>& marks) {
  std::string out;
  for (const sla::level_mark& m : marks)
    out +=
        fmt::format("{}{}:{}:{}", out.empty() ? "" : " ", m.level_bp, m.epoch, m.recorded ? 1 : 0);
  return out;
}

int recorded_level(const std::vector<sla::level_mark>& marks) {
  int level = 0;
  for (const sla::level_mark& m : marks)
    if (m.recorded) level = std::max(level, m.level_bp);
  return level;
}

std::vector<int> levels_from(const char* text) {
  std::vector<int> out;
  for (const std::string& word : people::split(text, ' '))
    out.push_back(std::stoi(word));
  return out;
}

std::string levels_text(const std::vector<int>& levels_bp) {
  static const std::vector<int> usual = sla::terms{}.levels_bp;
  std::string out;
  if (levels_bp == usual) return out;
  for (const int bp : levels_bp)
    out += fmt::format("{}{}", out.empty() ? "" : " ", bp);
  return out;
}

}  // namespace fibrehub::store
