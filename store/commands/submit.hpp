// Commands on tickets on their way to the writer: one, or a list that is answered as a whole.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "domain/ticket_commands.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

inline constexpr std::size_t max_bulk_commands = 500;

struct submit_commands {
  std::vector<domain::ticket_command> items;  // one, or up to max_bulk_commands
  bool bulk = false;  // answered with a result per item; a refused item does not stop the others
  bool in_order = false;  // as one: the first refused item ends it, those before it stay
  write_origin origin;
  reply<write_answer> done;
  std::chrono::steady_clock::time_point give_up_at{};  // the writer's
};

}  // namespace fibrehub::store
