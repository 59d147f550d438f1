#include "channels/waha/session_table.hpp"

#include <set>

#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;

// Senders believe a state for ten minutes; one that lasts is written again before.
constexpr auto write_again_after = 4min;
// A session that is being made is not in the list yet.
constexpr auto grace = 2min;
constexpr std::string_view unpaired = "SCAN_QR_CODE";

store::seen_session seen(const session_info& info) {
  return {info.name, info.status, info.me, info.me_name, info.lid};
}

}  // namespace

void session_table::load(const store::wa_session_view& view, domain::instant now) {
  known_session& s = get(view.name, now);
  // It may have told of itself while the database was asked.
  if (s.known_at == domain::instant{}) {
    s.info = {view.name, view.status, view.me, view.me_name, view.lid};
    s.told_at = view.status_at;
  }
  s.is_listed = true;  // if the bridge has it no more, that is news
  s.heard_at = view.last_heard_at;
  s.inbound_at = view.last_inbound_at;
  s.silent_since = view.silent_since;
  if (view.catch_up) s.pulled_at = view.catch_up->ended_at;
}

known_session& session_table::get(const std::string& name, domain::instant now) {
  const auto [at, is_new] = all_.try_emplace(name);
  if (is_new) {
    at->second.info.name = name;
    at->second.added_at = now;
  }
  return at->second;
}

known_session* session_table::find(const std::string& name) {
  const auto at = all_.find(name);
  return at == all_.end() ? nullptr : &at->second;
}

bool session_table::told(const domain::session_status& status, domain::instant now) {
  known_session& s = get(status.session, now);
  if (status.at < s.told_at) return false;
  s.told_at = status.at;
  s.known_at = now;
  s.is_told_anew = true;
  s.info.status = status.status;
  if (!status.me.empty() || status.status == unpaired) {
    s.info.me = status.me;
    s.info.me_name = status.me_name;
  }
  return true;
}

session_table::difference session_table::listed(const std::vector<session_info>& list,
                                                domain::instant asked_at, domain::instant now) {
  difference out;
  std::set<std::string_view> names;
  for (const session_info& given : list) {
    names.insert(given.name);
    known_session& s = get(given.name, now);
    const bool was_listed = std::exchange(s.is_listed, true);
    session_info info = given;
    // Only the state can be older than what is known: nothing else is told.
    if (s.known_at >= asked_at) info.status = s.info.status;
    // Who they are is not shown while they are not connected; who has to scan is nobody yet.
    if (info.me.empty() && info.status != unpaired) {
      info.me = s.info.me;
      info.me_name = s.info.me_name;
      info.lid = s.info.lid;
    }
    const bool is_stale = info.status != "WORKING" && now - s.noted_at >= write_again_after;
    // By the times of two clocks the database may hold an earlier state for the later one.
    const bool confirms = s.is_told_anew && asked_at > s.known_at + look_margin;
    if (!was_listed || info != s.info || is_stale || confirms || s.noted_at == domain::instant{}) {
      s.noted_at = now;
      if (confirms) s.is_told_anew = false;
      out.changed.push_back(seen(info));
    }
    s.info = std::move(info);
  }
  for (auto it = all_.begin(); it != all_.end();) {
    const known_session& s = it->second;
    const bool is_young = s.known_at >= asked_at || (!s.is_listed && now - s.added_at < grace);
    if (names.contains(it->first) || is_young) {
      ++it;
      continue;
    }
    if (s.is_listed || !s.info.status.empty()) out.gone.push_back(it->first);
    it = all_.erase(it);
  }
  return out;
}

void session_table::not_written(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (known_session* s = find(name)) s->noted_at = {};
}

std::array<std::int64_t, counted_states.size()> session_table::count() const {
  std::array<std::int64_t, counted_states.size()> out{};
  for (const auto& [name, s] : all_)
    if (s.is_listed || !s.info.status.empty()) ++out[place_of_state(s.info.status)];
  return out;
}

}  // namespace fibrehub::channels::waha
