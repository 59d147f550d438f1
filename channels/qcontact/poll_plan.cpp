#include "channels/qcontact/poll_plan.hpp"

#include "protocols/backoff.hpp"

namespace fibrehub::channels::qcontact {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds login_pause = 60s;
constexpr milliseconds first_retry = 2s;
constexpr milliseconds first_commit_retry = 1s;
constexpr milliseconds longest_commit_retry = 30s;
constexpr milliseconds shortest_wait = 1ms;
constexpr std::chrono::seconds longest_retry_after = 1h;  // a longer one is more likely a mistake
constexpr milliseconds longest_wait = 1h;  // the wall clock may have been set meanwhile
constexpr unsigned most_steps_back = 20;
constexpr std::size_t most_pages = 100'000;
constexpr unsigned most_single_failures = 5;

}  // namespace

poll_plan::poll_plan(plan_settings settings, std::uint64_t seed)
    : settings_(settings),
      rows_back_(settings.page_size > 10 ? 5 : settings.page_size / 2),
      random_(static_cast<std::minstd_rand::result_type>(seed % 2147483646 + 1)),
      seen_(settings.seen_limit) {}

action poll_plan::next(moment now) {
  if (awaited_ != awaited::nothing) return await_event{};
  if (auto wait = rest(now); wait > 0ms)
    return wait_for{std::clamp(wait, shortest_wait, longest_wait)};
  if (!has_session_) {
    awaited_ = awaited::login;
    return log_in{};
  }
  if (!singles_.empty() && !pass_goes_first(now)) {
    awaited_ = awaited::single;
    return ask_case{singles_.front().id};
  }
  if (!pass_) begin_pass(now);
  awaited_ = awaited::page;
  return ask_page{pass_->query};
}

/// One single after each pass, and as many as there are while no pass is due.
bool poll_plan::pass_goes_first(moment now) const {
  if (page_first_) return true;
  if (!pass_first_) return false;
  return pass_ || !next_poll_ || *next_poll_ <= now.mono || !next_full_ || *next_full_ <= now.wall;
}

/// How long there is nothing to do; zero or less: something is due.
milliseconds poll_plan::rest(moment now) const {
  auto until = [&](mono_time t) { return std::chrono::ceil<milliseconds>(t - now.mono); };
  if (paused_until_ && *paused_until_ > now.mono) return until(*paused_until_);
  milliseconds wait = 0ms;
  if (singles_.empty() && !pass_) {
    milliseconds poll = next_poll_ ? until(*next_poll_) : 0ms;
    milliseconds full = next_full_ ? std::chrono::ceil<milliseconds>(*next_full_ - now.wall) : 0ms;
    wait = std::min(poll, full);
  }
  if (!has_session_ && login_not_before_) wait = std::max(wait, until(*login_not_before_));
  return wait;
}

// --- session ------------------------------------------------------------------------------------

void poll_plan::on_login_ok(moment now) {
  awaited_ = awaited::nothing;
  logged_in_at_ = now.mono;
  has_session_ = true;
  session_worked_ = false;
  ++counters_.logins;
}

void poll_plan::on_login_refused(moment now) {
  awaited_ = awaited::nothing;
  has_session_ = false;
  ++counters_.login_failures;
  auto longest = std::max(settings_.max_interval, login_pause);
  auto pause = protocols::backoff_ceiling({.base = login_pause, .cap = longest}, login_failures_++);
  login_not_before_ = now.mono + pause;
}

void poll_plan::on_unauthorised(moment now) {
  if (awaited_ == awaited::single) return single_unauthorised(now);
  // A session that was refused before it was good for anything is a failed login.
  if (!session_worked_) return on_login_refused(now);
  awaited_ = awaited::nothing;
  has_session_ = false;
}

/// The session's end, or only this case's: a page tells which, and the case is asked for again
/// when the session proves good. One that is refused then is not for this user.
void poll_plan::single_unauthorised(moment now) {
  if (singles_.front().was_unauthorised && session_worked_) return on_case_refused(now);
  awaited_ = awaited::nothing;
  singles_.front().was_unauthorised = true;
  // A session that is young and was good for something has not ended.
  if (session_worked_ && now.mono - logged_in_at_ >= login_pause) has_session_ = false;
  put_single_last();
  page_first_ = true;
}

void poll_plan::answered_well() {
  session_worked_ = true;
  failures_ = 0;
  login_failures_ = 0;
  login_not_before_.reset();
  paused_until_.reset();
}

void poll_plan::on_failed(moment now, std::optional<std::chrono::seconds> retry_after) {
  bool was_login = awaited_ == awaited::login;
  if (awaited_ == awaited::single) {
    if (++singles_.front().failures >= most_single_failures) {
      ++counters_.singles_dropped;
      drop_single();
    } else {
      put_single_last();
    }
  }
  awaited_ = awaited::nothing;
  ++counters_.failures;
  peer_set_the_pause_ = retry_after.has_value();
  if (retry_after) retry_after = std::min(*retry_after, longest_retry_after);
  auto pause = retry_after ? *retry_after + jittered(std::max<milliseconds>(*retry_after / 10, 1s))
                           : backoff(first_retry, settings_.max_interval, failures_);
  ++failures_;
  paused_until_ = now.mono + pause;
  if (was_login) login_not_before_ = now.mono + login_pause;
}

// --- reading a page -----------------------------------------------------------------------------

void poll_plan::begin_pass(moment now) {
  bool full = !next_full_ || now.wall >= *next_full_;
  // Polls start at a steady pace, counted from the start of the last one.
  if (!full) next_poll_ = now.mono + settings_.interval - jittered(settings_.interval / 10);
  if (!cursor_) cursor_ = now.wall - settings_.lookback;
  pass_.emplace();
  pass_->query.everything = full;
  if (!full) pass_->query.since = *cursor_ - settings_.overlap;
  pass_->query.limit = settings_.page_size;
}

std::vector<std::size_t> poll_plan::on_page(const std::vector<row>& rows,
                                            std::optional<std::int64_t> total, moment now) {
  if (awaited_ != awaited::page || !pass_) return {};
  awaited_ = awaited::nothing;
  answered_well();
  page_first_ = false;
  ++counters_.pages;
  if (!joins_on(rows)) {
    step_back();
    return {};
  }
  page_ = {};
  ++pass_->pages;
  page_.is_last = is_last_page(rows, total) || pass_->pages >= most_pages;
  note_order(rows, page_);
  std::vector<std::size_t> to_submit;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    page_.ids.push_back(rows[i].id);
    if (pass_->query.everything) pass_->ids.insert(rows[i].id);
    if (seen_.is_unchanged(rows[i].id, rows[i].content)) {
      ++counters_.unchanged;
      note_statuses(rows[i]);
      continue;
    }
    to_submit.push_back(i);
    page_.submitted.push_back(rows[i]);
  }
  auto read = static_cast<std::int64_t>(pass_->query.offset + rows.size());
  backlog_ =
      page_.is_last || !total || *total < read ? 0 : static_cast<std::uint64_t>(*total - read);
  if (to_submit.empty())
    turn_page(now);
  else
    awaited_ = awaited::page_commit;
  return to_submit;
}

/// Rows that left the list while it was read move the rest forward: then none of the rows that the
/// page before ended with shows up again, and some may have been passed over.
bool poll_plan::joins_on(const std::vector<row>& rows) const {
  if (pass_->query.offset == 0 || pass_->tail.empty() || pass_->steps_back >= most_steps_back)
    return true;
  return std::any_of(rows.begin(), rows.end(), [&](const row& r) {
    return std::find(pass_->tail.begin(), pass_->tail.end(), r.id) != pass_->tail.end();
  });
}

void poll_plan::step_back() {
  ++counters_.steps_back;
  ++pass_->steps_back;
  std::size_t step = std::max<std::size_t>(1, settings_.page_size / 2);
  pass_->query.offset -= std::min(step, pass_->query.offset);
}

/// The total moves while pages are read, so it only keeps a short page from being taken for the
/// last (a peer may give fewer rows than asked for); a page without news ends the pass in any case.
bool poll_plan::is_last_page(const std::vector<row>& rows,
                             std::optional<std::int64_t> total) const {
  if (rows.empty()) return true;
  if (rows.size() >= pass_->query.limit) return false;
  bool brings_news = std::any_of(rows.begin(), rows.end(), [&](const row& r) {
    return std::find(pass_->last_ids.begin(), pass_->last_ids.end(), r.id) == pass_->last_ids.end();
  });
  bool more_expected =
      total && *total > static_cast<std::int64_t>(pass_->query.offset + rows.size());
  return !brings_news || !more_expected;
}

void poll_plan::note_order(const std::vector<row>& rows, arrived_page& page) {
  std::optional<domain::instant> before;
  for (const row& r : rows) {
    if (!r.updated_at) continue;
    if (before && *r.updated_at < *before) pass_->ordered = false;
    before = r.updated_at;
    page.high = page.high ? std::max(*page.high, *r.updated_at) : *r.updated_at;
  }
}

void poll_plan::on_committed(moment now) {
  commit_failures_ = 0;
  if (awaited_ == awaited::page_commit) {
    awaited_ = awaited::nothing;
    for (const row& r : page_.submitted) {
      seen_.put(r.id, r.content);
      note_statuses(r);
    }
    counters_.handed_over += page_.submitted.size();
    turn_page(now);
  } else if (awaited_ == awaited::single_commit) {
    awaited_ = awaited::nothing;
    // Alone, a case may say more than in a list: what the list said stays the measure for the list.
    if (!seen_.knows(single_->id)) seen_.put(single_->id, single_->content);
    note_statuses(*single_);
    ++counters_.handed_over;
    drop_single();
  }
}

void poll_plan::on_commit_failed(moment now) {
  if (awaited_ != awaited::page_commit && awaited_ != awaited::single_commit) return;
  awaited_ = awaited::nothing;
  ++counters_.commit_failures;
  page_ = {};
  single_.reset();
  peer_set_the_pause_ = false;
  paused_until_ = now.mono + backoff(first_commit_retry, longest_commit_retry, commit_failures_++);
}

/// Everything of the page is stored: go on to the next one, or end.
void poll_plan::turn_page(moment now) {
  if (page_.high) pass_->high = pass_->high ? std::max(*pass_->high, *page_.high) : *page_.high;
  // Out of order, a later page may hold older changes: then the cursor waits for the end.
  if (!pass_->query.everything && (pass_->ordered || page_.is_last)) move_cursor(pass_->high, now);
  if (page_.is_last) return end_pass(now);
  std::size_t step =
      std::max<std::size_t>(1, page_.ids.size() - std::min(rows_back_, page_.ids.size()));
  std::size_t tail = std::min(rows_back_, page_.ids.size());
  pass_->tail.assign(page_.ids.end() - static_cast<std::ptrdiff_t>(tail), page_.ids.end());
  pass_->last_ids = std::move(page_.ids);
  pass_->query.offset += step;
  page_ = {};
}

void poll_plan::end_pass(moment now) {
  ++counters_.passes;
  backlog_ = 0;
  last_complete_ = now.wall;
  if (pass_->query.everything) {
    ++counters_.reconciliations;
    fetch_the_vanished();
    next_full_ = next_reconciliation(now.wall);
  }
  pass_.reset();
  page_ = {};
  pass_first_ = false;
}

void poll_plan::move_cursor(std::optional<domain::instant> to, moment now) {
  // A peer's date in the future must not make us blind until then.
  if (to) cursor_ = std::max(*cursor_, std::min(*to, now.wall));
}

// --- single cases -------------------------------------------------------------------------------

void poll_plan::note_statuses(const row& r) {
  if (!r.in_statuses)
    open_.erase(r.id);
  else if (open_.size() < settings_.seen_limit)
    open_.insert(r.id);
}

void poll_plan::expect_open(std::vector<std::string> ids) {
  for (std::string& id : ids)
    if (open_.size() < settings_.seen_limit) open_.insert(std::move(id));
}

/// Cases that were open and are not in the queue's list any more: moved, or closed while the hub
/// was looking elsewhere. Each counts as open until it is known what became of it.
void poll_plan::fetch_the_vanished() {
  for (const std::string& id : open_)
    if (!pass_->ids.contains(id) && !want_case(id)) return;
}

bool poll_plan::want_case(const std::string& id) {
  const auto is_it = [&](const lone_case& c) { return c.id == id; };
  if (std::any_of(singles_.begin(), singles_.end(), is_it)) return true;
  if (singles_.size() >= settings_.single_limit) return false;
  singles_.push_back({id});
  return true;
}

bool poll_plan::on_case(const row& found, moment) {
  if (awaited_ != awaited::single) return false;
  answered_well();
  if (seen_.is_unchanged(found.id, found.content)) {
    ++counters_.unchanged;
    note_statuses(found);
    awaited_ = awaited::nothing;
    drop_single();
    return false;
  }
  single_ = found;
  awaited_ = awaited::single_commit;
  return true;
}

void poll_plan::on_case_missing(moment) {
  if (awaited_ != awaited::single) return;
  awaited_ = awaited::nothing;
  answered_well();
  open_.erase(singles_.front().id);
  drop_single();
}

void poll_plan::on_case_refused(moment) {
  if (awaited_ != awaited::single) return;
  awaited_ = awaited::nothing;
  ++counters_.singles_refused;
  drop_single();
}

void poll_plan::drop_single() {
  if (!singles_.empty()) singles_.pop_front();
  single_.reset();
  pass_first_ = true;
}

/// It failed: others may not, and the queue comes first.
void poll_plan::put_single_last() {
  singles_.push_back(std::move(singles_.front()));
  singles_.pop_front();
  pass_first_ = true;
}

// --- time ---------------------------------------------------------------------------------------

void poll_plan::sync_now(moment now) {
  next_poll_ = now.mono;
  if (!peer_set_the_pause_) paused_until_.reset();
}

milliseconds poll_plan::jittered(milliseconds most) {
  if (most <= 0ms) return 0ms;
  return milliseconds{std::uniform_int_distribution<milliseconds::rep>{0, most.count()}(random_)};
}

/// Doubles from `first` to `most`; half of it is certain, half is chance.
milliseconds poll_plan::backoff(milliseconds first, milliseconds most, unsigned times) {
  auto whole = protocols::backoff_ceiling({.base = first, .cap = std::max(most, first)}, times);
  return whole / 2 + jittered(whole / 2);
}

/// The next time the wall clock shows the hour, some minutes apart for each channel.
domain::instant poll_plan::next_reconciliation(domain::instant after) {
  auto due = std::chrono::floor<std::chrono::days>(after) +
             std::chrono::hours{settings_.full_reconcile_hour};
  domain::instant at = due;
  if (at <= after) at += std::chrono::days{1};
  return at + jittered(10min);
}

}  // namespace fibrehub::channels::qcontact
