#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "channels/waha/session_keeper_work.hpp"
#include "protocols/backoff.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using actors::channel_state;
using std::chrono::milliseconds;

constexpr std::size_t pulls_at_once = 4;
constexpr std::size_t written_at_once = 1000;  // sessions
// WAHA reckons when it was started from two clocks at every call: it says a millisecond more or
// less each time, and follows what sets its clock.
constexpr auto start_margin = 5s;
constexpr milliseconds refresh_after = 200ms;
constexpr milliseconds store_patience = 5s;
constexpr protocols::backoff_policy look_backoff{2s, 60s};

}  // namespace

keeper::keeper(keeper_self self, std::string bridge, session_settings settings, keeper_ports ports)
    : self_(self),
      bridge_(std::move(bridge)),
      settings_(std::move(settings)),
      ports_(std::move(ports)),
      random_(ports_.seed),
      queue_(pulls_at_once) {
  facts_->set({address(), bridge_, {settings_.webhook_url, settings_.webhook_key}, {}});
  ports_.board->is_kept = true;
}

keeper::~keeper() {
  // They may have something to wait for, and end without anybody who needs them.
  for (const auto& [name, actor] : actors_)
    store::ask_to_stop(actor);
  for (const auto& [name, pull] : pulls_)
    store::ask_to_stop(pull);
}

// --- looking -------------------------------------------------------------------------------------

void keeper::begin() {
  store::list_wa_sessions request;
  request.now = ports_.now();
  request.channel = bridge_;
  request.limit = 0;
  ports_.load(std::move(request), store::reply<store::wa_session_page>(
                                      [tell = teller<detail::keeper_loaded>()](
                                          tl::expected<store::wa_session_page, store::error> got) {
                                        tell(detail::keeper_loaded{std::move(got)});
                                      }));
}

void keeper::loaded(const detail::keeper_loaded& news) {
  if (!news.sessions) {
    store::remind(self_, store_patience, detail::keeper_begin{});
    return;
  }
  const domain::instant now = ports_.now();
  for (const store::wa_session_view& view : news.sessions->items)
    table_.load(view, now);
  check(generation_);
}

void keeper::check(std::uint64_t generation) {
  if (generation != generation_) return;
  ask(asking::version, version_request(address()));
}

void keeper::check_after(milliseconds wait) {
  asking_ = asking::nothing;
  store::remind(self_, wait, detail::check_due{++generation_});
}

void keeper::ask(asking what, protocols::transport::http_request request) {
  asking_ = what;
  asked_at_ = ports_.now();
  ports_.fetch(std::move(request), [tell = teller<detail::check_answered>(),
                                    mine = ++generation_](rest_outcome outcome) {
    tell(detail::check_answered{mine, std::move(outcome)});
  });
}

void keeper::check_failed(const rest_failure& f) {
  const bool is_key = f.kind == "unauthorized" || f.kind == "forbidden";
  state_ = is_key ? channel_state::failed : channel_state::backing_off;
  const std::string why =
      is_key ? fmt::format("WAHA refuses the hub's key: check api_key of [waha.{}]", bridge_)
             : f.message;
  if (trouble_.empty()) spdlog::warn("waha/{}: its sessions cannot be seen: {}", bridge_, why);
  trouble_ = why;
  board_changed();
  // A bridge that has gone is looked for soon: webhooks it owed are lost when it comes back.
  const auto again = protocols::full_jitter(look_backoff, failures_++, random());
  check_after(std::clamp<milliseconds>(again, 500ms, std::max<milliseconds>(settings_.check, 1s)));
}

void keeper::answered(const detail::check_answered& news) {
  if (news.generation != generation_) return;
  switch (asking_) {
    case asking::version: {
      auto got = read_version(news.outcome);
      if (!got) return check_failed(got.error());
      bridge_facts facts = facts_->get();
      facts.server = std::move(*got);
      facts_->set(std::move(facts));
      return ask(asking::start, server_status_request(address()));
    }
    case asking::start: {
      const auto got = read_server_start(news.outcome);
      if (!got) return check_failed(got.error());
      restarted_since(*got);
      return ask(asking::sessions, sessions_request(address()));
    }
    case asking::sessions: {
      const auto got = read_sessions(news.outcome);
      if (!got) return check_failed(got.error());
      if (!trouble_.empty()) spdlog::info("waha/{}: its sessions are seen again", bridge_);
      failures_ = 0;
      state_ = channel_state::connected;
      trouble_.clear();
      listed(*got);
      return check_after(settings_.check);
    }
    case asking::nothing:
      break;
  }
}

/// A bridge that was started anew has forgotten the webhooks it owed.
void keeper::restarted_since(domain::instant start) {
  const auto before = std::exchange(server_start_, start);
  if (!before || start - *before < start_margin) return;
  spdlog::info("waha/{}: the bridge was restarted; its sessions are caught up", bridge_);
  for (auto& [name, s] : table_.all())
    s.has_no_past = false;
  want_all("restarted", false);
}

void keeper::listed(const std::vector<session_info>& list) {
  const domain::instant now = ports_.now();
  const bridge_facts facts = facts_->get();
  store::note_sessions note;
  note.channel = bridge_;
  note.asked_at = asked_at_ - look_margin;
  note.engine = facts.server.engine;
  note.version = facts.server.version;
  note.tier = facts.server.tier;
  session_table::difference news = table_.listed(list, asked_at_, now);
  std::erase_if(actors_, [this](const auto& a) {
    if (table_.find(a.first) != nullptr) return false;
    store::ask_to_stop(a.second);
    return true;
  });
  note.gone = std::move(news.gone);
  note.seen = std::move(news.changed);
  take_heard(note);
  write(std::move(note));
  for (const auto& [name, s] : table_.all()) {
    if (s.is_listed) show(name);
    if (s.is_silence_unsaid) say_silence(name);
  }
  want_unwritten();
  if (std::exchange(is_first_, false)) {
    spdlog::info("waha/{}: {} sessions, {} of them working", bridge_, list.size(),
                 table_.count()[0]);
    want_all("start", false);
  } else {
    want_all("activity", true);
  }
  board_changed();
}

void keeper::take_heard(store::note_sessions& note) {
  for (const auto& [name, last] : ports_.take_heard()) {
    known_session* s = table_.find(name);
    if (s == nullptr) continue;
    store::heard_session& heard = note.heard.emplace_back();
    heard.name = name;
    heard.heard_at = s->heard_at = domain::from_us(last.any_us);
    if (last.inbound_us != 0) heard.inbound_at = s->inbound_at = domain::from_us(last.inbound_us);
  }
}

/// A few at a time, so that no message waits for it. What could not be written is seen again.
void keeper::write(store::note_sessions note) {
  if (note.seen.empty() && note.gone.empty() && note.heard.empty()) return;
  for (std::size_t at = 0; at == 0 || at < note.seen.size(); at += written_at_once) {
    store::note_sessions part = note;
    const auto first = note.seen.begin() + static_cast<std::ptrdiff_t>(at);
    part.seen.assign(first, first + static_cast<std::ptrdiff_t>(
                                        std::min(written_at_once, note.seen.size() - at)));
    if (at > 0) {
      part.gone.clear();
      part.heard.clear();
    }
    std::vector<std::string> names;
    for (const store::seen_session& s : part.seen)
      names.push_back(s.name);
    ports_.note(std::move(part),
                store::reply<bool>([tell = teller<detail::not_written>(), names = std::move(names)](
                                       const tl::expected<bool, store::error>& ok) {
                  if (!ok) tell(detail::not_written{names});
                }));
  }
}

// --- how they are --------------------------------------------------------------------------------

void keeper::board_changed() {
  if (!std::exchange(is_refreshing_, true))
    store::remind(self_, refresh_after, detail::refresh_board{});
}

void keeper::refresh() {
  is_refreshing_ = false;
  session_board& board = *ports_.board;
  session_board::condition c;
  c.state = state_;
  c.trouble = trouble_;
  for (const auto& [name, s] : table_.all()) {
    if (s.silent_since) c.silent.push_back(name);
    if (s.has_no_past) c.without_past.push_back(name);
    if (s.info.status == "FAILED" || s.info.status == "SCAN_QR_CODE")
      c.unconnected.push_back(fmt::format("{} ({})", name, s.info.status));
  }
  const auto counts = table_.count();
  for (std::size_t i = 0; i < counts.size(); ++i)
    board.by_state[i] = counts[i];
  board.silent = static_cast<std::int64_t>(c.silent.size());
  board.set_condition(std::move(c));
}

namespace {

session_keeper::behavior_type keeper_behavior(keeper_self self, std::string bridge,
                                              session_settings settings, keeper_ports ports) {
  self->state.it =
      std::make_unique<keeper>(self, std::move(bridge), std::move(settings), std::move(ports));
  keeper& it = *self->state.it;
  self->set_down_handler([&it](const caf::down_msg& down) { it.ended(down); });
  it.begin();
  return {
      [&it](const call_session& wish) { it.call(wish); },
      [&it](const session_told& news) { it.told(news); },
      [&it](detail::keeper_begin) { it.begin(); },
      [&it](const detail::keeper_loaded& news) { it.loaded(news); },
      [&it](const detail::check_due& due) { it.check(due.generation); },
      [&it](const detail::check_answered& news) { it.answered(news); },
      [&it](const detail::session_shown& news) { it.shown(news.info); },
      [&it](const detail::pull_wanted& wish) { it.want(wish.session, wish.reason); },
      [&it](const detail::session_silent& news) { it.silent(news); },
      [&it](const detail::pulls_owed& news) { it.owed(news); },
      [&it](const detail::pull_over& news) { it.pulled(news); },
      [&it](const detail::pull_due& due) { it.rested(due.session); },
      [&it](const detail::respawn_due& due) { it.respawn(due.session); },
      [&it](const detail::not_written& news) { it.not_written(news); },
      [&it](detail::refresh_board) { it.refresh(); },
  };
}

}  // namespace

session_keeper spawn_session_keeper(caf::actor_system& system, std::string bridge,
                                    session_settings settings, keeper_ports ports) {
  return store::spawn(system, keeper_behavior, std::move(bridge), std::move(settings),
                      std::move(ports));
}

}  // namespace fibrehub::channels::waha
