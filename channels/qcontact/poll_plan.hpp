// When to ask QContact what, as a pure state machine: no socket, no clock, no actor. `next` says
// what to do now, the `on_…` events say what became of it, time comes in with each call.
//
// * Credit of one page: the next is asked for only after the store has acknowledged the last.
// * Changes are read by `updated_at` from the cursor minus an overlap, whatever their status, so
// that
//   a case that gets closed is seen; what the store already has is not handed over again.
// * The cursor moves only over what is committed, and never past our own time.
// * Pages shift while they are read: each begins a few rows back and must join onto the last one;
//   one that does not is read again from further back.
// * At the start and once a day the whole queue is read (the configured statuses); a case that was
//   open before, as the store has it or as was read, and is missing now is fetched by itself.
// * Passes that are due and cases to be fetched by themselves take turns, so that neither waits for
//   ever: a case that cannot be had keeps nobody from the queue.
#pragma once

#include <chrono>
#include <deque>
#include <limits>
#include <random>
#include <unordered_set>
#include <variant>

#include "channels/qcontact/seen_set.hpp"
#include "channels/qcontact/wire.hpp"

namespace fibrehub::channels::qcontact {

using std::chrono::milliseconds;

struct plan_settings {
  milliseconds interval{60'000};
  milliseconds max_interval{15 * 60'000};
  milliseconds overlap{120'000};
  milliseconds lookback{7LL * 24 * 3600 * 1000};  // read at the start whatever the status
  std::size_t page_size = 50;
  unsigned full_reconcile_hour = 2;  // UTC
  std::size_t seen_limit = 20'000;
  std::size_t single_limit = 1'000;  // cases waiting to be fetched by themselves
};

/// The time as the plan needs it: one clock for waiting, one for dates.
struct moment {
  std::chrono::steady_clock::time_point mono;
  domain::instant wall;
};

// What `next` asks for.
struct log_in {};
struct ask_page {
  page_query query;
};
struct ask_case {
  std::string id;
};
struct wait_for {
  milliseconds duration{};
};
struct await_event {};  // something is under way
using action = std::variant<log_in, ask_page, ask_case, wait_for, await_event>;

/// One case of an answer, as far as the plan cares.
struct row {
  std::string id;
  std::uint64_t content = 0;
  std::optional<domain::instant> updated_at;
  bool in_statuses = true;  // has one of the configured statuses
};

struct plan_counters {
  std::uint64_t pages = 0;
  std::uint64_t handed_over = 0;  // acknowledged by the store
  std::uint64_t unchanged = 0;    // not handed over again
  std::uint64_t passes = 0;       // polls read to their end
  std::uint64_t reconciliations = 0;
  std::uint64_t logins = 0;
  std::uint64_t login_failures = 0;
  std::uint64_t failures = 0;  // requests that brought nothing
  std::uint64_t commit_failures = 0;
  std::uint64_t steps_back = 0;       // pages that did not join onto the last
  std::uint64_t singles_dropped = 0;  // given up after failures
  std::uint64_t singles_refused = 0;  // this user may not read them
};

class poll_plan {
 public:
  poll_plan(plan_settings settings, std::uint64_t seed);

  action next(moment now);

  void on_login_ok(moment now);
  /// Wrong password, or a login that brought no session.
  void on_login_refused(moment now);
  /// 401, a redirect or a login page in answer to a request.
  void on_unauthorised(moment now);
  /// No answer, a complaint, or one that cannot be read.
  void on_failed(moment now, std::optional<std::chrono::seconds> retry_after = {});
  /// Which rows to hand to the store, by index. None: the plan goes on by itself.
  std::vector<std::size_t> on_page(const std::vector<row>& rows, std::optional<std::int64_t> total,
                                   moment now);
  /// True: hand it to the store.
  bool on_case(const row& found, moment now);
  /// There is no such case.
  void on_case_missing(moment now);
  /// There may be, but it is not for us: looked for again with the next reading of the whole queue.
  void on_case_refused(moment now);
  void on_committed(moment now);
  /// Nothing of the batch is known to be stored: the same page is asked for again.
  void on_commit_failed(moment now);

  /// Poll at once; a peer's Retry-After and the login limit still hold.
  void sync_now(moment now);
  /// Fetch this case by itself; false when too many wait already.
  bool want_case(const std::string& id);

  /// These are open as the store has them: fetched by themselves where the queue shows them no
  /// more.
  void expect_open(std::vector<std::string> ids);

  /// The case has been in the queue as this plan knows it.
  bool knows(const std::string& id) const { return seen_.knows(id) || open_.contains(id); }
  std::optional<domain::instant> cursor() const { return cursor_; }
  const plan_counters& counters() const { return counters_; }
  /// Failed requests and logins in a row.
  unsigned failures_in_a_row() const { return failures_ + login_failures_; }
  /// Rows that are known to wait at the peer.
  std::uint64_t backlog() const { return backlog_ + singles_.size(); }
  /// When the last poll was read to its end.
  std::optional<domain::instant> last_complete() const { return last_complete_; }

 private:
  enum class awaited { nothing, login, page, single, page_commit, single_commit };
  struct pass {
    page_query query;
    std::vector<std::string> tail;      // last ids of the page before, which the next one must show
    std::vector<std::string> last_ids;  // all ids of the page before
    std::unordered_set<std::string> ids;  // of a reconciliation
    std::optional<domain::instant> high;  // largest updated_at so far
    bool ordered = true;                  // the rows came in order of updated_at
    unsigned steps_back = 0;
    std::size_t pages = 0;
  };
  /// What the page under way changes once it is committed.
  struct arrived_page {
    std::vector<row> submitted;
    std::vector<std::string> ids;
    std::optional<domain::instant> high;
    bool is_last = false;
  };

  /// A case that waits to be fetched by itself.
  struct lone_case {
    std::string id;
    unsigned failures = 0;
    bool was_unauthorised = false;
  };

  bool pass_goes_first(moment now) const;
  void single_unauthorised(moment now);
  void put_single_last();
  void begin_pass(moment now);
  void end_pass(moment now);
  void turn_page(moment now);
  bool joins_on(const std::vector<row>& rows) const;
  void step_back();
  bool is_last_page(const std::vector<row>& rows, std::optional<std::int64_t> total) const;
  void note_order(const std::vector<row>& rows, arrived_page& page);
  void note_statuses(const row& r);
  void move_cursor(std::optional<domain::instant> to, moment now);
  void fetch_the_vanished();
  void answered_well();
  void drop_single();
  milliseconds jittered(milliseconds most);
  milliseconds backoff(milliseconds first, milliseconds most, unsigned times);
  domain::instant next_reconciliation(domain::instant after);
  milliseconds rest(moment now) const;

  plan_settings settings_;
  std::size_t rows_back_;  // how far each page reaches into the one before
  std::minstd_rand random_;
  plan_counters counters_;

  awaited awaited_ = awaited::nothing;
  bool has_session_ = false;
  bool session_worked_ = false;  // something was read with it
  // Singles gave way: a pass that is due comes next; any page, to see whether the session works.
  bool pass_first_ = true;
  bool page_first_ = false;
  unsigned failures_ = 0;
  unsigned login_failures_ = 0;
  unsigned commit_failures_ = 0;

  using mono_time = std::chrono::steady_clock::time_point;
  std::optional<mono_time> paused_until_;
  bool peer_set_the_pause_ = false;
  std::optional<mono_time> login_not_before_;
  mono_time logged_in_at_{};
  std::optional<mono_time> next_poll_;        // nothing: at once
  std::optional<domain::instant> next_full_;  // nothing: at once
  std::optional<domain::instant> last_complete_;

  std::optional<pass> pass_;
  arrived_page page_;
  std::optional<row> single_;
  std::deque<lone_case> singles_;

  std::optional<domain::instant> cursor_;
  seen_set seen_;
  std::unordered_set<std::string> open_;  // stored, with one of the configured statuses
  std::uint64_t backlog_ = 0;
};

}  // namespace fibrehub::channels::qcontact
