// When a message that the bridge took, and of which nothing was heard since, is asked about: soon
// at first, then every hour, for a day. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "domain/time.hpp"

namespace fibrehub::domain {

inline constexpr std::chrono::hours questions_end_after{24};
/// The last question is put again after this, until it is answered …
inline constexpr std::chrono::hours last_question_again_after{1};
/// … or nobody could be asked for so long since the bridge took it.
inline constexpr std::chrono::hours answers_end_after{48};

/// The time of the next question, `asked` having been put; nothing: nobody asks any more.
std::optional<instant> next_question(instant accepted_at, int asked, instant now);

}  // namespace fibrehub::domain
