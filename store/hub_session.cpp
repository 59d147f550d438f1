#include "store/hub_session.hpp"

namespace fibrehub::store {
namespace {

// Held as long as the connection lives. The number is "fhub" in ASCII.
constexpr sql take_lock{"hub_lock", "SELECT pg_try_advisory_lock(1718121826, 2)"};
constexpr sql new_incarnation{
    "hub_incarnation", "UPDATE hub_state SET incarnation = incarnation + 1 RETURNING incarnation"};
constexpr sql current_incarnation{"hub_current_incarnation", "SELECT incarnation FROM hub_state"};
constexpr sql next_block{"hub_next_block", "SELECT nextval('id_blocks')"};

// Ids are (block << 16) + n: one round trip for 65 536 ids, and later ids are greater.
constexpr int block_bits = 16;

}  // namespace

hub_session::hub_session(const connection_options& options, std::optional<std::int64_t> incarnation)
    : db_(options) {
  const bool held =
      db_.autocommit([&](auto& tx) { return db_.run(tx, take_lock)[0][0].template as<bool>(); });
  if (!held) throw held_by_another("another fibrehub holds this database; waiting to take over");
  incarnation_ = db_.autocommit([&](auto& tx) {
    if (incarnation) {
      const auto now = db_.run(tx, current_incarnation)[0][0].template as<std::int64_t>();
      if (now == *incarnation) return now;
    }
    return db_.run(tx, new_incarnation)[0][0].template as<std::int64_t>();
  });
}

void hub_session::reserve_ids(std::size_t count) {
  if (last_id_ - next_id_ + 1 >= static_cast<std::int64_t>(count)) return;
  const auto block = db_.autocommit(
      [&](auto& tx) { return db_.run(tx, next_block)[0][0].template as<std::int64_t>(); });
  next_id_ = block << block_bits;
  last_id_ = next_id_ + (std::int64_t{1} << block_bits) - 1;
}

}  // namespace fibrehub::store
