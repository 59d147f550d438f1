// Carries out what technicians wrote to the hub in a chat: each due row ends together with what it
// did and with its answer, so that it is done once, whenever the hub dies. The ordinary commands
// (store/commands) decide, with the person as the one who asks.
#pragma once

#include <cstdint>
#include <memory>

#include "domain/time_zone.hpp"
#include "store/commands/batch.hpp"

namespace fibrehub::store {

/// Said longer ago than this (by WhatsApp's time) nobody waits for it any more: it is left alone.
inline constexpr std::chrono::hours chat_command_life{6};

struct chat_command_round {
  std::size_t done = 0, refused = 0, failed = 0, left = 0;  // by outcome
  bool more = false;
};

struct run_chat_commands {
  command_rules rules;
  domain::time_zone zone;  // times in answers
  std::size_t limit = 20;
  std::shared_ptr<chat_command_round> result = {};
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const run_chat_commands& request,
                  change_context& context);

/// Whether any is due, asked of a reader.
struct find_chat_commands {
  using result = bool;
};
std::optional<bool> run(connection& db, const find_chat_commands& request);

}  // namespace fibrehub::store
