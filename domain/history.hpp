// A ticket's history: every change is one row, numbered 1..n, each row's hash covering the one
// before, so that a changed, missing or added row shows.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "domain/time.hpp"

namespace fibrehub::domain {

using history_digest = std::array<std::uint8_t, 32>;

/// Who did it.
struct history_actor {
  std::string kind;     // "user", "token", "system"
  std::string name;     // person, token name, or the system part: "waha/main"
  std::string address;  // where the request came from, or empty
};

struct history_entry {
  std::int64_t ticket_id = 0;
  std::int32_t seq = 0;  // from 1
  instant at{};
  history_actor actor;
  std::string action;  // "created", "message", "field"
  std::string field;   // what changed, or empty
  std::string old_value;
  std::string new_value;
};

/// Hash of an entry given the hash of the one before (all zero for the first): SHA-256 over the
/// previous hash and every field with its length, so that no two entries read alike.
history_digest chain(const history_digest& previous, const history_entry& entry);

/// The first broken row of a ticket's rows in order, or 0 when the chain holds.
struct chained_entry {
  history_entry entry;
  history_digest hash{};
};
std::int32_t first_broken(std::span<const chained_entry> rows);

}  // namespace fibrehub::domain
