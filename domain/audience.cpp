#include "domain/audience.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fibrehub::domain {

std::string describe(const audience& who) {
  std::vector<std::string> out;
  if (who.all_agents) out.emplace_back("all agents");
  if (who.assignee) out.emplace_back("assignee");
  if (who.lead) out.emplace_back("lead");
  if (who.followers) out.emplace_back("followers");
  for (const role r : who.roles)
    out.push_back(fmt::format("role {}", name_of(r)));
  const auto count = [&](const std::vector<std::int64_t>& all, const char* one, const char* many) {
    if (!all.empty()) out.push_back(fmt::format("{} {}", all.size(), all.size() == 1 ? one : many));
  };
  count(who.teams, "team", "teams");
  count(who.people, "person", "people");
  return fmt::format("{}", fmt::join(out, ", "));
}

}  // namespace fibrehub::domain
