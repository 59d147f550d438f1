// What the keeper does for single sessions.
#include <spdlog/spdlog.h>

#include "channels/waha/session_keeper_work.hpp"
#include "protocols/backoff.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;

// An answer is a little older than its arrival.
constexpr auto shown_margin = 250ms;
constexpr protocols::backoff_policy actor_backoff{500ms, 60s};

}  // namespace

session_ports keeper::ports_for_session() {
  session_ports p;
  p.fetch = ports_.fetch;
  p.shown = [tell = teller<detail::session_shown>()](const session_info& info) {
    tell(detail::session_shown{info});
  };
  p.want_pull = [tell = teller<detail::pull_wanted>()](const std::string& session,
                                                       const std::string& reason) {
    tell(detail::pull_wanted{session, reason});
  };
  p.silent = [tell = teller<detail::session_silent>()](const std::string& session,
                                                       std::optional<domain::instant> since,
                                                       const std::string& why) {
    tell(detail::session_silent{session, since, why});
  };
  p.restarted = [note = ports_.note_call, bridge = bridge_](const std::string& session,
                                                            const std::string& outcome) {
    spdlog::warn("waha/{}: the silent session {} was restarted: {}", bridge, session, outcome);
    store::note_session_call call;
    call.channel = bridge;
    call.session = session;
    call.action = "restart";
    call.outcome = outcome;
    call.detail = "it was silent";
    call.answer_json = "{}";
    note(std::move(call));
  };
  p.facts = [facts = facts_] { return facts->get(); };
  p.now = ports_.now;
  return p;
}

session_actor keeper::actor_of(const std::string& name) {
  const auto known = actors_.find(name);
  if (known != actors_.end()) return known->second;
  session_options options;
  options.name = name;
  options.silence_alarm = settings_.silence_alarm;
  options.restart_silent = settings_.restart_silent;
  if (const known_session* s = table_.find(name)) options.silent_since = s->silent_since;
  session_actor actor = spawn_session(self_->system(), std::move(options), ports_for_session());
  self_->monitor(actor);
  actors_.emplace(name, actor);
  return actor;
}

/// Tells the session's actor how it is.
void keeper::show(const std::string& name) {
  const known_session* s = table_.find(name);
  if (s == nullptr || s->info.status.empty()) return;
  store::send(actor_of(name), session_seen{s->info, s->heard_at});
}

void keeper::call(const call_session& wish) {
  table_.get(wish.call.session, ports_.now());
  store::send(actor_of(wish.call.session), do_session_call{wish.call, facts_->get(), wish.to});
}

void keeper::told(const session_told& news) {
  if (!table_.told(news.status, ports_.now())) return;
  show(news.status.session);
  board_changed();
}

void keeper::shown(const session_info& info) {
  const domain::instant now = ports_.now();
  store::note_sessions note;
  note.channel = bridge_;
  note.asked_at = now - shown_margin;
  if (info.status.empty()) {
    table_.forget(info.name);
    if (const auto actor = actors_.find(info.name); actor != actors_.end()) {
      store::ask_to_stop(actor->second);
      actors_.erase(actor);
    }
    note.gone.push_back(info.name);
  } else {
    known_session& s = table_.get(info.name, now);
    const std::string me = s.info.me;
    s.info = info;
    if (s.info.me.empty()) s.info.me = me;
    s.known_at = now;
    s.is_listed = true;
    const bridge_facts facts = facts_->get();
    note.engine = facts.server.engine;
    note.version = facts.server.version;
    note.tier = facts.server.tier;
    note.seen.push_back({info.name, info.status, info.me, info.me_name, info.lid});
    show(info.name);
  }
  write(std::move(note));
  board_changed();
}

void keeper::silent(const detail::session_silent& news) {
  known_session* s = table_.find(news.session);
  if (s == nullptr) return;
  s->silent_since = news.since;
  s->why_silent = news.why;
  if (news.since) {
    spdlog::warn("waha/{}: session {} is silent", bridge_, news.session);
  } else {
    spdlog::info("waha/{}: session {} is silent no more", bridge_, news.session);
  }
  say_silence(news.session);
  board_changed();
}

/// Saying it again changes nothing: what could not be written is said with the next look.
void keeper::say_silence(const std::string& name) {
  known_session* s = table_.find(name);
  if (s == nullptr) return;
  s->is_silence_unsaid = false;
  store::note_silence note;
  note.channel = bridge_;
  note.session = name;
  note.since = s->silent_since;
  note.detail = s->why_silent;
  ports_.note_silence(std::move(note),
                      store::reply<bool>([tell = teller<detail::not_written>(),
                                          name](const tl::expected<bool, store::error>& ok) {
                        if (!ok) tell(detail::not_written{{name}, true});
                      }));
}

void keeper::not_written(const detail::not_written& news) {
  if (!news.is_silence) return table_.not_written(news.sessions);
  for (const std::string& name : news.sessions)
    if (known_session* s = table_.find(name)) s->is_silence_unsaid = true;
}

void keeper::respawn(const std::string& session) {
  if (table_.find(session) == nullptr) return;
  actor_of(session);
  show(session);
}

void keeper::ended(const caf::down_msg& down) {
  for (auto it = actors_.begin(); it != actors_.end(); ++it) {
    if (it->second != down.source) continue;
    const std::string name = it->first;
    actors_.erase(it);
    if (store::is_orderly(down.reason)) return;
    const auto wait = protocols::full_jitter(actor_backoff, actor_failures_[name]++, random());
    spdlog::warn("waha/{}: the actor of session {} failed, starting it anew: {}", bridge_, name,
                 store::reason_text(down.reason));
    store::remind(self_, wait, detail::respawn_due{name});
    return;
  }
  for (const auto& [name, pull] : pulls_) {
    if (pull != down.source) continue;
    detail::pull_over over;
    over.session = name;
    over.result.failure = store::reason_text(down.reason);
    return pulled(over);
  }
}

}  // namespace fibrehub::channels::waha
