#include "domain/send_questions.hpp"

#include <algorithm>

namespace fibrehub::domain {

std::optional<instant> next_question(instant accepted_at, int asked, instant now) {
  using std::chrono::minutes;
  constexpr minutes first{10}, longest{60};
  constexpr int doublings = 3;  // 10, 20, 40, then 60
  const minutes wait = std::min(first * (1 << std::clamp(asked, 0, doublings)), longest);
  const instant end = accepted_at + questions_end_after;
  if (now >= end) return std::nullopt;
  return std::min(now + wait, end);
}

}  // namespace fibrehub::domain
