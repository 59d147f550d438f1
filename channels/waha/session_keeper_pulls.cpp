// Who is caught up, and when.
#include <spdlog/spdlog.h>

#include "channels/waha/session_keeper_work.hpp"
#include "protocols/backoff.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr protocols::backoff_policy pull_backoff{5s, 15min};
// Where nobody wrote for a day there is less to miss.
constexpr auto usual_traffic = 24h;
constexpr int idle_factor = 4;
// After that a chat is left out, so that the others are read.
constexpr std::uint32_t max_chat_failures = 3;

void note_failure(known_session& s, const pull_result& r) {
  const bool is_same = r.failed_chat == s.failing_chat;
  s.failing_chat = r.failed_chat;
  s.chat_failures = r.failed_chat.empty() ? 0 : is_same ? s.chat_failures + 1 : 1;
}

}  // namespace

void keeper::want(const std::string& session, const std::string& reason) {
  known_session* s = table_.find(session);
  if (s == nullptr) return;
  if (s->has_no_past && reason == "silence") {
    session_pulled pulled;
    pulled.evidence.is_impossible = true;
    store::send(actor_of(session), std::move(pulled));
    return;
  }
  // It may have been paired anew, with its store.
  if (reason == "working") s->has_no_past = false;
  want_these({session}, reason);
}

/// `only_due`: those that were not caught up for a while.
void keeper::want_all(const std::string& reason, bool only_due) {
  const domain::instant now = ports_.now();
  std::vector<std::string> sessions;
  for (const auto& [name, s] : table_.all()) {
    if (s.info.status != "WORKING" || s.has_no_past) continue;
    const auto last = std::max(s.heard_at, s.inbound_at);
    const auto every = last && now - *last < usual_traffic ? settings_.catch_up_every
                                                           : idle_factor * settings_.catch_up_every;
    const bool is_due = !s.pulled_at || now - *s.pulled_at >= every;
    if (only_due && (!is_due || queue_.is_known(name))) continue;
    sessions.push_back(name);
  }
  if (!sessions.empty()) want_these(std::move(sessions), reason);
}

void keeper::want_these(std::vector<std::string> sessions, const std::string& reason) {
  const domain::instant now = ports_.now();
  for (const std::string& name : sessions)
    if (known_session* s = table_.find(name)) s->wanted_at = now;
  store::want_catch_up request;
  request.channel = bridge_;
  request.sessions = sessions;
  request.reason = reason;
  ports_.want(
      std::move(request),
      store::reply<bool>([tell = teller<detail::pulls_owed>(), sessions = std::move(sessions),
                          reason](const tl::expected<bool, store::error>& ok) {
        tell(detail::pulls_owed{sessions, reason, ok.has_value()});
      }));
}

void keeper::owed(const detail::pulls_owed& news) {
  if (!news.is_written) {
    auto& again = unwritten_[news.reason];
    again.insert(again.end(), news.sessions.begin(), news.sessions.end());
    return;
  }
  for (const std::string& session : news.sessions)
    queue_.owed(session);
  start_pulls();
}

/// With each look: the store may be there again.
void keeper::want_unwritten() {
  for (auto& [reason, sessions] : std::exchange(unwritten_, {}))
    want_these(std::move(sessions), reason);
}

void keeper::start_pulls() {
  while (auto session = queue_.next([this](const std::string& name) {
    const known_session* s = table_.find(name);
    return s != nullptr && s->info.status == "WORKING";
  }))
    start_pull(*session);
  ports_.board->pulls_waiting = static_cast<std::int64_t>(queue_.waiting());
}

void keeper::start_pull(const std::string& session) {
  const known_session& s = table_.get(session, ports_.now());
  pull_options options;
  options.channel = bridge_;
  options.who = {session, s.info.me, s.info.me_name, s.info.lid, facts_->get().server};
  options.address = address();
  options.at_most = settings_.catch_up_at_most;
  if (settings_.silence_alarm.count() > 0)
    options.webhook_patience = std::min(options.webhook_patience, settings_.silence_alarm / 2);
  if (s.chat_failures >= max_chat_failures) options.left_out = s.failing_chat;
  const pull_actor pull =
      spawn_pull(self_->system(), std::move(options), ports_.pull,
                 [tell = teller<detail::pull_over>(), session](pull_result result) {
                   tell(detail::pull_over{session, std::move(result)});
                 });
  pulls_.insert_or_assign(session, pull);
  self_->monitor(pull);
}

void keeper::pull_failed(const detail::pull_over& news) {
  const pull_result& r = news.result;
  ++ports_.board->pulls_failed;
  known_session* s = table_.find(news.session);
  if (!r.is_transient) {
    queue_.given_up(news.session);
    if (s == nullptr || s->has_no_past) return;
    s->has_no_past = true;
    spdlog::warn("waha/{}: session {} cannot be caught up: {}", bridge_, news.session, r.failure);
    return;
  }
  if (s != nullptr) note_failure(*s, r);
  const std::uint32_t before = queue_.failed(news.session);
  if (before == 0)
    spdlog::info("waha/{}: a pull of session {} failed, trying again: {}", bridge_, news.session,
                 r.failure);
  const milliseconds wait = protocols::full_jitter(pull_backoff, before, random());
  const milliseconds asked = r.retry_after.value_or(0s);
  store::remind(self_, std::max(asked, std::max<milliseconds>(wait, 500ms)),
                detail::pull_due{news.session});
}

void keeper::pulled(const detail::pull_over& news) {
  const pull_result& r = news.result;
  if (pulls_.erase(news.session) == 0) return;  // told of before
  session_board& board = *ports_.board;
  board.looked_at += r.looked_at;
  board.found += r.found;
  known_session* s = table_.find(news.session);
  session_pulled evidence;
  evidence.evidence.newest_missed = r.newest_missed;
  evidence.evidence.is_complete = r.is_complete;
  evidence.evidence.is_impossible = !r.failure.empty() && !r.is_transient;
  if (!r.failure.empty()) {
    pull_failed(news);
  } else {
    // A pull that was begun before a restart is older than what is wanted now.
    const bool is_older = s != nullptr && r.round_at && s->wanted_at > *r.round_at;
    queue_.ended(news.session, r.more || is_older);
    if (!r.more) ++board.pulls_done;
  }
  if (r.is_complete && s != nullptr) {
    const domain::instant now = ports_.now();
    s->pulled_at = now;
    s->chat_failures = 0;
    s->has_no_past = false;
    board.last_pull_us = domain::to_us(now);
  }
  if (r.found > 0)
    spdlog::info("waha/{}: {} messages of session {} were found that no webhook told of", bridge_,
                 r.found, news.session);
  if (s != nullptr && r.newest_inbound) {
    s->inbound_at = std::max(s->inbound_at, r.newest_inbound);
    store::note_sessions note;
    note.channel = bridge_;
    note.heard.push_back({news.session, std::nullopt, r.newest_inbound});
    write(std::move(note));
  }
  if (s != nullptr) store::send(actor_of(news.session), std::move(evidence));
  board_changed();
  start_pulls();
}

void keeper::rested(const std::string& session) {
  queue_.rested(session);
  start_pulls();
}

}  // namespace fibrehub::channels::waha
