#include "channels/qcontact/actor.hpp"

#include <spdlog/spdlog.h>

#include "actors/channel_registry.hpp"
#include "channels/qcontact/mapping.hpp"
#include "store/caf/caf.hpp"

namespace fibrehub::channels::qcontact {
namespace {

using namespace std::chrono_literals;
using actors::channel_state;

constexpr milliseconds grace = 10s;            // after a request's own timeout
constexpr milliseconds commit_patience = 60s;  // the store itself answers within its waiting time
constexpr milliseconds open_patience = 30s;
constexpr milliseconds open_again_after = 5s;
constexpr std::chrono::milliseconds silence_deadline = 1h;

struct poller_state;
using self_pointer = poller::stateful_pointer<poller_state>;

bool same_name(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

/// The actor's work, apart from its messages.
class session {
 public:
  session(self_pointer self, settings s, ports p)
      : self_(self),
        settings_(std::move(s)),
        ports_(std::move(p)),
        wire_(settings_.base_url, settings_.request_timeout),
        plan_(settings_.plan, ports_.seed) {}

  void start();
  void wake(std::uint64_t generation);
  void overdue(std::uint64_t generation);
  void answered(detail::http_done& done);
  void stored(const detail::committed& done);
  void found_open(detail::open_found& news);
  void sync(const sync_now& wish);
  void sync(const sync_case& wish);

 private:
  enum class waiting_for { nothing, open_cases, login, page, single, commit };

  moment now() const;
  void find_open();
  void step();
  void send(http_request request, waiting_for what);
  void rest(milliseconds duration);
  /// Ends the wait for `generation`; false when it is over already.
  bool take(std::uint64_t generation, waiting_for& what);

  void login_answered(const http_outcome& outcome);
  void page_answered(const http_response& response);
  void single_answered(const http_response& response);
  void request_failed(std::string why, std::optional<std::chrono::seconds> retry_after = {});
  void session_lost();
  void single_refused(unsigned status);
  void submit(std::vector<store::ingest> items);
  row row_of(const mapped_case& c) const;

  actors::channel_update news() const;
  void tell_success(actors::channel_update update);
  void tell_trouble(channel_state state, std::string why);

  self_pointer self_;
  settings settings_;
  ports ports_;
  wire wire_;
  poll_plan plan_;
  cookie_jar cookies_;
  // One thing is under way at a time; whatever bears an older number comes too late.
  std::uint64_t generation_ = 0;
  waiting_for waiting_for_ = waiting_for::nothing;
  std::string asked_case_;
  std::size_t submitted_ = 0;
  bool in_trouble_ = false;
};

struct poller_state {
  poller_state() = default;
  static inline const char* name = "qcontact";
  std::unique_ptr<session> it;
};

moment session::now() const {
  auto wall = ports_.now ? ports_.now()
                         : std::chrono::time_point_cast<std::chrono::microseconds>(
                               std::chrono::system_clock::now());
  return {self_->clock().now(), wall};
}

// --- what to do next ----------------------------------------------------------------------------

void session::start() {
  auto update = news();
  update.started = true;
  update.silence_deadline = silence_deadline;
  ports_.publish(std::move(update));
  find_open();
}

/// Before anything is read: what the queue does not show is looked for once it was read whole.
void session::find_open() {
  if (!ports_.find_open) return step();
  waiting_for_ = waiting_for::open_cases;
  const auto mine = ++generation_;
  store::remind(self_, open_patience, detail::overdue{mine});
  ports_.find_open(store::reply<std::vector<std::string>>(
      [to = caf::actor_cast<poller>(self_),
       mine](tl::expected<std::vector<std::string>, store::error> outcome) {
        store::send(to, detail::open_found{mine, std::move(outcome)});
      }));
}

void session::found_open(detail::open_found& news) {
  waiting_for what{};
  if (!take(news.generation, what)) return;
  if (news.outcome) {
    // The ids go into URLs.
    std::erase_if(*news.outcome, [](const std::string& id) { return !is_case_id(id); });
    plan_.expect_open(std::move(*news.outcome));
    return step();
  }
  tell_trouble(channel_state::backing_off,
               fmt::format("The store does not say which cases are open ({}); trying again.",
                           news.outcome.error().message));
  waiting_for_ = waiting_for::open_cases;
  store::remind(self_, open_again_after, detail::overdue{++generation_});
}

void session::step() {
  action a = plan_.next(now());
  if (std::holds_alternative<log_in>(a)) {
    cookies_.clear();
    send(wire_.login(settings_.username, settings_.password), waiting_for::login);
  } else if (auto* page = std::get_if<ask_page>(&a)) {
    send(wire_.page(page->query, settings_.queue, settings_.statuses, cookies_), waiting_for::page);
  } else if (auto* single = std::get_if<ask_case>(&a)) {
    asked_case_ = single->id;
    send(wire_.one(single->id, cookies_), waiting_for::single);
  } else if (auto* wait = std::get_if<wait_for>(&a)) {
    rest(wait->duration);
  }
}

void session::rest(milliseconds duration) {
  store::remind(self_, duration, detail::wake{++generation_});
}

void session::send(http_request request, waiting_for what) {
  waiting_for_ = what;
  auto update = news();
  update.last_attempt = now().wall;
  ports_.publish(std::move(update));
  auto mine = ++generation_;
  store::remind(self_, settings_.request_timeout + grace, detail::overdue{mine});
  ports_.fetch(std::move(request),
               [to = caf::actor_cast<poller>(self_), mine](http_outcome outcome) {
                 store::send(to, detail::http_done{mine, std::move(outcome)});
               });
}

void session::submit(std::vector<store::ingest> items) {
  waiting_for_ = waiting_for::commit;
  submitted_ = items.size();
  auto mine = ++generation_;
  store::remind(self_, commit_patience, detail::overdue{mine});
  store::reply<store::ingest_batch_result> token(
      [to = caf::actor_cast<poller>(self_),
       mine](tl::expected<store::ingest_batch_result, store::error> outcome) {
        store::send(to, detail::committed{mine, std::move(outcome)});
      });
  ports_.submit({std::move(items)}, std::move(token));
}

bool session::take(std::uint64_t generation, waiting_for& what) {
  if (generation != generation_ || waiting_for_ == waiting_for::nothing) return false;
  what = std::exchange(waiting_for_, waiting_for::nothing);
  ++generation_;
  return true;
}

void session::wake(std::uint64_t generation) {
  if (generation == generation_ && waiting_for_ == waiting_for::nothing) step();
}

void session::overdue(std::uint64_t generation) {
  waiting_for what{};
  if (!take(generation, what)) return;
  if (what == waiting_for::open_cases) return find_open();
  if (what == waiting_for::commit) {
    plan_.on_commit_failed(now());
    tell_trouble(channel_state::backing_off, "The store did not answer in time; trying again.");
  } else {
    request_failed("QContact did not answer in time.");
  }
  step();
}

void session::sync(const sync_now& wish) {
  plan_.sync_now(now());
  wish.to.answer(true);
  if (waiting_for_ == waiting_for::nothing) step();
}

void session::sync(const sync_case& wish) {
  if (!is_case_id(wish.id)) {
    wish.to.answer(tl::unexpected(
        store::error{store::errc::invalid, "this is not the id of a QContact case"}));
    return;
  }
  if (!plan_.want_case(wish.id)) {
    wish.to.answer(tl::unexpected(
        store::error{store::errc::overloaded, "too many cases wait to be fetched; try later"}));
    return;
  }
  wish.to.answer(true);
  if (waiting_for_ == waiting_for::nothing) step();
}

// --- answers ------------------------------------------------------------------------------------

void session::answered(detail::http_done& done) {
  waiting_for what{};
  if (!take(done.generation, what)) return;
  if (what == waiting_for::login) {
    login_answered(done.outcome);
  } else if (!done.outcome) {
    request_failed(done.outcome.error().message);
  } else {
    cookies_.take(*done.outcome);
    const auto refused = plan_.counters().singles_refused;
    switch (judge(*done.outcome)) {
      case verdict::unauthorised:
        session_lost();
        if (plan_.counters().singles_refused != refused) single_refused(done.outcome->status);
        break;
      case verdict::fine:
        what == waiting_for::page ? page_answered(*done.outcome) : single_answered(*done.outcome);
        break;
      case verdict::missing:
        if (what == waiting_for::single) {
          plan_.on_case_missing(now());
          break;
        }
        [[fallthrough]];
      case verdict::complaint:
        if (what == waiting_for::single && is_refusal(*done.outcome)) {
          plan_.on_case_refused(now());
          single_refused(done.outcome->status);
          break;
        }
        request_failed(fmt::format("QContact answered {}.", done.outcome->status),
                       done.outcome->retry_after);
    }
  }
  step();
}

void session::login_answered(const http_outcome& outcome) {
  if (!outcome) return request_failed(outcome.error().message);
  unsigned status = outcome->status;
  if (status == 408 || status == 429 || status >= 500)
    return request_failed(fmt::format("QContact answered {} to the login.", status),
                          outcome->retry_after);
  cookies_.take(*outcome);
  if (judge(*outcome) == verdict::fine && !cookies_.empty()) return plan_.on_login_ok(now());
  plan_.on_login_refused(now());
  tell_trouble(
      channel_state::failed,
      fmt::format(
          "QContact refused the login (status {}): check username and password of [qcontact.{}]. "
          "Trying again from time to time.",
          status, settings_.name));
}

/// Moved out of sight, most likely: its ticket stays as it is.
void session::single_refused(unsigned status) {
  spdlog::info("qcontact/{}: case {} cannot be read (status {}); its ticket stays as it is",
               settings_.name, asked_case_, status);
}

void session::session_lost() {
  auto failures = plan_.counters().login_failures;
  plan_.on_unauthorised(now());
  if (plan_.counters().login_failures == failures) return;  // expired: sign in again and go on
  tell_trouble(
      channel_state::failed,
      fmt::format(
          "QContact accepted the login but not its session: check what the user of [qcontact.{}] "
          "may see. Trying again from time to time.",
          settings_.name));
}

void session::page_answered(const http_response& response) {
  auto page = map_page(response.body, settings_.name, now().wall);
  if (!page)
    return request_failed(fmt::format("QContact's answer cannot be used: {}.", page.error()));
  std::vector<row> rows;
  rows.reserve(page->cases.size());
  for (const auto& c : page->cases)
    rows.push_back(row_of(c));
  std::vector<store::ingest> items;
  for (auto i : plan_.on_page(rows, page->total, now()))
    items.push_back(std::move(page->cases[i].item));
  if (!items.empty()) return submit(std::move(items));
  tell_success(news());
}

void session::single_answered(const http_response& response) {
  auto found = map_single(response.body, settings_.name, now().wall);
  if (!found)
    return request_failed(fmt::format("QContact's answer cannot be used: {}.", found.error()));
  if (!found->case_id.empty() && found->case_id != asked_case_)
    return request_failed("QContact answered with another case than the one asked for.");
  row r = row_of(*found);
  r.id = asked_case_;
  const auto* snapshot = std::get_if<domain::case_snapshot>(&found->item.what);
  bool elsewhere = snapshot && !snapshot->queue.empty() && snapshot->queue != settings_.queue;
  // A case that was never ours stays that way; one that moved away is followed once more.
  if (elsewhere && !plan_.knows(r.id)) return plan_.on_case_missing(now());
  if (elsewhere) r.in_statuses = false;
  if (!plan_.on_case(r, now())) return tell_success(news());
  std::vector<store::ingest> items;
  items.push_back(std::move(found->item));
  submit(std::move(items));
}

row session::row_of(const mapped_case& c) const {
  row r;
  r.id = c.case_id.empty() ? c.item.ext_id : c.case_id;
  r.content = c.content;
  r.updated_at = c.updated_at;
  r.in_statuses =
      !c.case_id.empty() && std::any_of(settings_.statuses.begin(), settings_.statuses.end(),
                                        [&](const auto& s) { return same_name(s, c.status); });
  return r;
}

void session::stored(const detail::committed& done) {
  waiting_for what{};
  if (!take(done.generation, what)) return;
  if (done.outcome && done.outcome->items.size() == submitted_) {
    plan_.on_committed(now());
    auto update = news();
    update.add.received = submitted_;
    for (const auto& item : done.outcome->items) {
      switch (item.outcome) {
        case store::disposition::stored:
        case store::disposition::kept:
          ++update.add.stored;
          break;
        case store::disposition::duplicate:
          ++update.add.duplicates;
          break;
        case store::disposition::conflict:
          ++update.add.conflicts;
          break;
        case store::disposition::review:
          ++update.add.reviews;
          break;
      }
    }
    tell_success(std::move(update));
  } else {
    plan_.on_commit_failed(now());
    auto why = done.outcome ? std::string("wrong number of results") : done.outcome.error().message;
    tell_trouble(channel_state::backing_off,
                 fmt::format("The store did not take the cases ({}); trying again.", why));
  }
  step();
}

void session::request_failed(std::string why, std::optional<std::chrono::seconds> retry_after) {
  plan_.on_failed(now(), retry_after);
  tell_trouble(channel_state::backing_off, std::move(why));
}

// --- how it is doing ----------------------------------------------------------------------------

actors::channel_update session::news() const {
  actors::channel_update update;
  update.kind = "qcontact";
  update.name = settings_.name;
  update.backlog = plan_.backlog();
  if (auto complete = plan_.last_complete())
    update.lag_s = std::max(0.0, std::chrono::duration<double>(now().wall - *complete).count());
  return update;
}

void session::tell_success(actors::channel_update update) {
  if (std::exchange(in_trouble_, false)) spdlog::info("qcontact/{}: working again", settings_.name);
  update.state = channel_state::polling;
  update.detail = "";
  update.last_success = now().wall;
  ports_.publish(std::move(update));
}

void session::tell_trouble(channel_state state, std::string why) {
  // Said once, at its beginning; the registry shows how it goes on.
  if (!std::exchange(in_trouble_, true)) spdlog::warn("qcontact/{}: {}", settings_.name, why);
  auto update = news();
  update.state = state;
  update.detail = std::move(why);
  update.add.errors = 1;
  ports_.publish(std::move(update));
}

// --- messages -----------------------------------------------------------------------------------

poller::behavior_type poller_actor(self_pointer self, settings s, ports p) {
  self->state.it = std::make_unique<session>(self, std::move(s), std::move(p));
  auto& it = *self->state.it;
  store::send(caf::actor_cast<poller>(self), detail::start{});
  return {
      [&it](const sync_now& wish) { it.sync(wish); },
      [&it](const sync_case& wish) { it.sync(wish); },
      [&it](const detail::start&) { it.start(); },
      [&it](const detail::wake& due) { it.wake(due.generation); },
      [&it](const detail::overdue& due) { it.overdue(due.generation); },
      [&it](detail::http_done& done) { it.answered(done); },
      [&it](const detail::committed& done) { it.stored(done); },
      [&it](detail::open_found& news) { it.found_open(news); },
  };
}

}  // namespace

poller spawn_poller(caf::actor_system& system, settings s, ports p) {
  return store::spawn(system, poller_actor, std::move(s), std::move(p));
}

}  // namespace fibrehub::channels::qcontact
