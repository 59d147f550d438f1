// Fills a hub's database with years of work: tickets in every state, their messages, raw copies and
// chained histories, reference data and people. What it makes follows from the seed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace fibrehub::bench {

struct seed_options {
  std::string database;  // libpq connection string; the hub's schema is there already
  std::uint32_t tickets = 1'000'000;
  std::uint32_t messages = 5'000'000;
  std::uint32_t drops = 100'000;
  std::uint32_t users = 60;
  std::uint32_t open_percent = 2;  // tickets not closed
  // Both SLA clocks of every open ticket, the next level within a month and not within an hour.
  bool clocks = false;
  std::uint64_t seed = 1;
};

/// Throws std::runtime_error with a sentence. `progress` is called with the share that is done.
void seed_database(const seed_options& options, const std::function<void(double)>& progress);

}  // namespace fibrehub::bench
