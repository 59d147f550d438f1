#include "domain/sla/explain.hpp"

#include <algorithm>
#include <limits>

namespace fibrehub::domain::sla {
namespace {

/// The parts of [from, to) in no pause.
std::vector<stretch> without_pauses(instant from, instant to, const std::vector<pause>& pauses) {
  std::vector<stretch> out;
  for (const pause& p : pauses) {
    if (p.begin >= to) break;
    if (p.begin > from) out.push_back({from, p.begin});
    from = std::max(from, p.end.value_or(to));
  }
  if (from < to) out.push_back({from, to});
  return out;
}

std::vector<counted_stretch> all_counted(const terms& t, const clock_state& c, instant until) {
  std::vector<counted_stretch> out;
  microseconds sum{0};
  for (const stretch& part : without_pauses(c.start, until, c.pauses))
    for (const stretch& open :
         t.hours->open_stretches(part.begin, part.end, std::numeric_limits<std::size_t>::max())) {
      sum += open.end - open.begin;
      // A pause of no length, or one between two hours that touch, splits nothing.
      if (!out.empty() && out.back().open.end == open.begin)
        out.back() = {{out.back().open.begin, open.end}, sum};
      else
        out.push_back({open, sum});
    }
  return out;
}

void shorten(explanation& out, std::size_t most) {
  auto& list = out.counted;
  if (list.size() <= most) return;
  out.left_out = list.size() - most;
  out.left_out_after = most / 2;
  const auto first = list.begin() + static_cast<std::ptrdiff_t>(out.left_out_after);
  const auto last = first + static_cast<std::ptrdiff_t>(out.left_out);
  const microseconds before = first == list.begin() ? microseconds{0} : (first - 1)->counted_until;
  out.left_out_time = (last - 1)->counted_until - before;
  list.erase(first, last);
}

}  // namespace

explanation explain(const terms& t, std::string target_reason, const clock_state& c, instant now,
                    std::size_t max_stretches) {
  explanation out;
  out.start = c.start;
  out.target = t.target;
  out.target_reason = std::move(target_reason);
  out.now = view(t, c, now);
  out.until = out.now.due_at.value_or(c.stop.value_or(now));
  const std::size_t last = t.hours->version_at(out.until);
  for (std::size_t v = t.hours->version_at(c.start); v <= last; ++v) {
    const calendar_version& version = t.hours->versions()[v];
    out.versions.push_back({v == 0 ? std::nullopt : version.effective_from, version.zone});
  }
  out.counted = all_counted(t, c, out.until);
  shorten(out, max_stretches);
  out.pauses = c.pauses;
  if (out.pauses.size() > max_explained_pauses) {
    out.pauses_left_out = out.pauses.size() - max_explained_pauses;
    out.pauses.erase(out.pauses.begin(),
                     out.pauses.begin() + static_cast<std::ptrdiff_t>(out.pauses_left_out));
  }
  return out;
}

}  // namespace fibrehub::domain::sla
