// Rounds that come every second or two need not tell that the database is away: the store does, and
// rounds that come less often.
#pragma once

#include "store/reply.hpp"

namespace fibrehub::app {

/// Passes on how a round ended; one that could not be made for now has done nothing.
inline store::reply<bool> quietly(store::reply<bool> to) {
  return store::reply<bool>([to = std::move(to)](tl::expected<bool, store::error> outcome) {
    using enum store::errc;
    const bool passes =
        !outcome && (outcome.error().code == unavailable || outcome.error().code == standby ||
                     outcome.error().code == overloaded);
    if (passes) {
      to.answer(false);
    } else {
      to.answer(std::move(outcome));
    }
  });
}

}  // namespace fibrehub::app
