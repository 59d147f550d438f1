// Delivery steps of a message we sent arrive late, twice and in any order; only progress counts.
#pragma once

namespace fibrehub::domain {

/// The level known after `seen` arrives on top of `known` (-1 error, 0 pending, 1 server, 2 device,
/// 3 read, 4 played). Levels only rise; an error counts only while nothing left the phone.
constexpr int merge_ack(int known, int seen) {
  if (seen == -1) return known <= 0 ? -1 : known;
  if (seen < 0 || seen > 4) return known;
  if (known == -1) return seen >= 1 ? seen : known;
  return seen > known ? seen : known;
}

}  // namespace fibrehub::domain
