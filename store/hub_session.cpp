#include "store/hub_session.hpp"

namespace fibrehub::store {
namespace {

// Held as long as the connection lives. The number is "fhub" in ASCII.
constexpr sql try_lock{"hub_lock", "SELECT pg_try_advisory_lock(1718121826, 2)"};
constexpr sql own_backend{
    "hub_own_backend",
    "SELECT pid || ' ' || backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"};
// Waits for a second at most; the lock is free once the process is gone.
constexpr sql end_backend{
    "hub_end_backend",
    "SELECT pg_terminate_backend(l.pid, 1000) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = "
    "l.pid"
    " WHERE l.locktype = 'advisory' AND l.classid = 1718121826 AND l.objid = 2 AND l.granted"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND a.pid || ' ' || a.backend_start = $1"};
constexpr sql new_incarnation{
    "hub_incarnation", "UPDATE hub_state SET incarnation = incarnation + 1 RETURNING incarnation"};
constexpr sql current_incarnation{"hub_current_incarnation", "SELECT incarnation FROM hub_state"};
constexpr sql next_block{"hub_next_block", "SELECT nextval('id_blocks')"};

// Ids are (block << 16) + n: one round trip for 65 536 ids, and later ids are greater.
constexpr int block_bits = 16;

}  // namespace

hub_session::hub_session(const connection_options& options,
                         const std::optional<hub_identity>& former)
    : db_(options) {
  if (!take_lock() && !(former && end_former(*former) && take_lock()))
    throw held_by_another("another fibrehub holds this database; waiting to take over");
  identity_ = db_.autocommit([&](auto& tx) {
    hub_identity now;
    now.backend = db_.run(tx, own_backend)[0][0].c_str();
    now.incarnation = db_.run(tx, current_incarnation)[0][0].template as<std::int64_t>();
    if (!former || now.incarnation != former->incarnation)
      now.incarnation = db_.run(tx, new_incarnation)[0][0].template as<std::int64_t>();
    return now;
  });
}

bool hub_session::take_lock() {
  return db_.autocommit([&](auto& tx) { return db_.run(tx, try_lock)[0][0].template as<bool>(); });
}

/// True when the lock's holder was our own last connection and has been told to end.
bool hub_session::end_former(const hub_identity& former) {
  return db_.autocommit([&](auto& tx) {
    return !db_.run(tx, end_backend, {{former.backend}, nullptr}).empty();
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
