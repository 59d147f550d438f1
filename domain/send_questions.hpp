// When a message that the bridge took, and of which nothing was heard since, is asked about: soon
// at first, then every hour, for a day. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "domain/time.hpp"

namespace fibrehub::domain {

inline constexpr std::chrono::hours questions_end_after{24};

/// The time of the next question, `asked` having been put; nothing: nobody asks any more.
std::optional<instant> next_question(instant accepted_at, int asked, instant now);

}  // namespace fibrehub::domain
