// Why a clock is due when it is, as a list a person can check with a calendar and a pencil.
#pragma once

#include <string>
#include <vector>

#include "domain/sla/clock.hpp"

namespace fibrehub::domain::sla {

struct counted_stretch {
  stretch open;
  microseconds counted_until{0};  // working time passed at its end
};

struct version_in_force {
  std::optional<instant> effective_from;  // nothing: from ever
  std::string zone;
};

struct explanation {
  instant start;
  seconds target{0};
  std::string target_reason;
  std::vector<version_in_force> versions;  // those in force between start and `until`
  /// Counted up to here: the due instant, else the stop, else now.
  instant until;
  /// Open stretches without the pauses, in order. Of a long list the first and the last ones.
  std::vector<counted_stretch> counted;
  std::size_t left_out = 0;         // how many are not listed …
  std::size_t left_out_after = 0;   // … after this many of those that are
  microseconds left_out_time{0};    // and what they count
  std::vector<pause> pauses;        // all, the latest `max_explained_pauses` of them
  std::size_t pauses_left_out = 0;  // earlier ones
  clock_view now;                   // elapsed, remaining, due, levels, status
};

inline constexpr std::size_t max_explained_stretches = 200;
inline constexpr std::size_t max_explained_pauses = 200;

explanation explain(const terms& t, std::string target_reason, const clock_state& c, instant now,
                    std::size_t max_stretches = max_explained_stretches);

}  // namespace fibrehub::domain::sla
