#include "channels/waha/session_silence.hpp"

#include <algorithm>

namespace fibrehub::channels::waha {
namespace {

// A session that nobody wrote to for a day is not expected to tell anything.
constexpr std::chrono::hours usual_traffic{24};
// NOWEB signs in anew about every half hour, within seconds.
constexpr std::chrono::minutes longest_reconnect{5};

}  // namespace

silence_watch::silence_watch(std::chrono::milliseconds limit,
                             std::optional<domain::instant> silent_since)
    : limit_(limit), silent_since_(silent_since) {}

bool silence_watch::is_quiet(domain::instant now) const {
  if (limit_.count() <= 0 || !is_working_ || !heard_at_ || !working_since_) return false;
  // That nobody writes is no excuse where messages are known that nobody told of.
  if (now - std::max(*heard_at_, missed_at_.value_or(*heard_at_)) > usual_traffic + limit_)
    return false;
  return now - std::max(*heard_at_, *working_since_) >= limit_;
}

silence_watch::verdict silence_watch::raise(bool unproven) {
  is_unproven_ = unproven;
  if (silent_since_) return verdict::nothing;
  silent_since_ = heard_at_;
  return verdict::silent;
}

silence_watch::verdict silence_watch::lower(ending why) {
  missed_at_.reset();
  is_check_open_ = false;
  if (!silent_since_) return verdict::nothing;
  silent_since_.reset();
  ended_by_ = why;
  return verdict::over;
}

bool silence_watch::note_state(bool is_working, domain::instant now) {
  const bool is_first = !out_since_ && !is_working_;
  if (is_first && is_working) working_since_ = now;
  if (is_first && !is_working) out_since_ = domain::instant{};
  if (is_working_ && !is_working) out_since_ = now;
  const bool was_out_long = out_since_ && now - *out_since_ >= longest_reconnect;
  if (is_working && was_out_long) working_since_ = now;
  if (is_working) out_since_.reset();
  is_working_ = is_working;
  return was_out_long;
}

silence_watch::verdict silence_watch::look(bool is_working, std::optional<domain::instant> heard_at,
                                           domain::instant now) {
  const bool was_out_long = note_state(is_working, now);
  const bool is_heard = heard_at && (!heard_at_ || *heard_at > *heard_at_);
  if (is_heard) heard_at_ = heard_at;
  if (is_heard && missed_at_ && *missed_at_ <= *heard_at_) missed_at_.reset();
  if (silent_since_ && is_heard && *heard_at_ > *silent_since_) return lower(ending::heard);
  // What is not WORKING is expected to tell nothing; its state says what is the matter.
  if (was_out_long) return lower(ending::not_working);
  if (!is_quiet(now)) return verdict::nothing;
  if (missed_at_ && !silent_since_) return raise(false);
  if (checked_at_ && now - *checked_at_ < limit_) return verdict::nothing;
  checked_at_ = now;
  is_check_open_ = true;
  return verdict::check;
}

silence_watch::verdict silence_watch::pulled(const pull_evidence& evidence, domain::instant now) {
  const bool was_check = is_check_open_;
  // What is older than its working was lost with a connection or a restart, and proves nothing.
  const bool is_missed = evidence.newest_missed &&
                         (!heard_at_ || *evidence.newest_missed > *heard_at_) && working_since_ &&
                         *evidence.newest_missed > *working_since_;
  if (is_missed)
    missed_at_ = std::max(missed_at_.value_or(*evidence.newest_missed), *evidence.newest_missed);
  if (evidence.is_impossible) {
    is_check_open_ = false;
    return was_check && is_quiet(now) ? raise(true) : verdict::nothing;
  }
  if (!evidence.is_complete) return verdict::nothing;
  is_check_open_ = false;
  // Asked because it was quiet, and nothing is missing: nobody has written.
  if (was_check && !is_missed) return lower(ending::nothing_missing);
  return missed_at_ && is_quiet(now) ? raise(false) : verdict::nothing;
}

}  // namespace fibrehub::channels::waha
