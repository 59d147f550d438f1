#include "store/find/indexer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "store/caf/caf.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// After so many rows the lists that the indexes collect new words in are long enough to be felt.
constexpr std::int64_t tidy_after_rows = 50'000;
// Few rows are tidied as well, once they have been left alone for a while.
constexpr milliseconds tidy_after{20'000};
constexpr std::int64_t count_most = 100'000;

struct indexer_state {
  indexer_state() = default;
  static inline const char* name = "indexer";

  indexer_options options;
  std::unique_ptr<connection> db;
  std::int64_t untidy_rows = 0;  // indexed since the indexes were tidied
  clock::time_point tidied_at = clock::now();
  std::int64_t rows = 1;  // taken at a time; grows to options.rows_max
  clock::time_point looked_at = clock::now();
  std::uint64_t commits_us = 0;  // then, of the writer in all
  bool said_away = false;        // the log knows that the database is away
};

using indexer_self = indexer_actor::stateful_pointer<indexer_state>;

void connect(indexer_state& s) {
  connection_options c;
  c.url = s.options.url;
  c.application_name = "fibrehub indexer";
  c.connect_timeout = s.options.connect_timeout;
  c.statement_timeout = s.options.statement_timeout;
  c.one_plan = true;
  s.db = std::make_unique<connection>(c);
}

void tidy_when_worth_it(indexer_state& s) {
  if (s.untidy_rows == 0) return;
  if (s.untidy_rows < tidy_after_rows && clock::now() - s.tidied_at < tidy_after) return;
  tidy_indexes(*s.db);
  s.untidy_rows = 0;
  s.tidied_at = clock::now();
}

void tell(indexer_state& s, bool more) {
  if (s.options.status)
    s.options.status->search_due =
        more ? static_cast<std::uint64_t>(count_due(*s.db, count_most)) : 0;
}

/// Of the time since the last look, how much commits took.
double share_of_commits(indexer_state& s) {
  if (!s.options.status) return 0;
  const auto before = std::exchange(s.looked_at, clock::now());
  const std::uint64_t commits_us = std::exchange(s.commits_us, s.options.status->commit_us.load());
  const std::chrono::duration<double, std::micro> passed = s.looked_at - before;
  return static_cast<double>(s.commits_us - commits_us) / std::max(passed.count(), 1.0);
}

/// How long to rest before the next look.
milliseconds work_once(indexer_state& s) {
  const auto began = clock::now();
  if (!s.db) connect(s);
  s.said_away = false;
  const std::int64_t done = index_some(*s.db, s.rows);
  s.untidy_rows += done;
  bool more = done >= s.rows;
  s.rows = std::min(s.rows * 2, s.options.rows_max);
  if (!more) more = backfill_some(*s.db, s.options.rows_max);
  tell(s, more);
  tidy_when_worth_it(s);
  if (!more) return s.options.idle;
  return rest_after(std::chrono::duration_cast<milliseconds>(clock::now() - began),
                    share_of_commits(s));
}

/// The same rows would fail again: fewer, down to the one that is to blame.
void look_closer(indexer_state& s, const std::exception& e) {
  spdlog::warn("search: {} texts could not be indexed, trying fewer: {}", s.rows, e.what());
  try {
    if (s.rows == 1)
      if (const auto text = index_or_set_aside(*s.db))
        spdlog::error("search: ticket {}, message {} cannot be found by its words: {}",
                      text->ticket_id, text->message_id, e.what());
    s.rows = std::max<std::int64_t>(1, s.rows / 8);
    tell(s, true);
  } catch (const std::exception& again) {
    spdlog::error("search: {}", again.what());
    s.db.reset();
  }
}

void look(indexer_self self) {
  indexer_state& s = self->state;
  milliseconds rest = s.options.away;
  // The hub that writes is the hub that indexes.
  const bool ours = !s.options.status || s.options.status->state() == writer_state::connected;
  try {
    rest = ours ? work_once(s) : s.options.idle;
  } catch (const connection_lost& e) {
    if (!s.said_away) spdlog::warn("search: the indexer cannot reach the database: {}", e.what());
    s.said_away = true;
    s.db.reset();
  } catch (const std::exception& e) {
    look_closer(s, e);
  }
  remind(self, rest, index_due{});
}

indexer_actor::behavior_type indexer_behavior(indexer_self self, indexer_options options) {
  self->state.options = std::move(options);
  remind(self, self->state.options.idle, index_due{});
  return {[self](index_due) { look(self); }};
}

}  // namespace

milliseconds rest_after(milliseconds worked, double commits) {
  constexpr double least = 1, most = 9, at_half = 8;
  const double times = std::clamp(least + commits * 2 * at_half, least, most);
  return std::chrono::duration_cast<milliseconds>(worked * times);
}

indexer_actor spawn_indexer(caf::actor_system& system, indexer_options options) {
  return spawn<caf::detached>(system, indexer_behavior, std::move(options));
}

}  // namespace fibrehub::store
