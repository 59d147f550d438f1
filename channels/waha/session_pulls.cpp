#include "channels/waha/session_pulls.hpp"

namespace fibrehub::channels::waha {

void pull_queue::enqueue(const std::string& session, place& p) {
  p.state = standing::queued;
  queue_.push_back(session);
}

void pull_queue::owed(const std::string& session) {
  const auto [at, is_new] = places_.try_emplace(session);
  if (is_new) {
    enqueue(session, at->second);
  } else if (at->second.state == standing::running) {
    at->second.again = true;
  }
}

void pull_queue::ended(const std::string& session, bool more) {
  const auto at = places_.find(session);
  if (at == places_.end() || at->second.state != standing::running) return;
  --running_;
  at->second.failures = 0;
  if (more || at->second.again) {
    enqueue(session, at->second);
  } else {
    places_.erase(at);
  }
}

std::uint32_t pull_queue::failed(const std::string& session) {
  const auto at = places_.find(session);
  if (at == places_.end() || at->second.state != standing::running) return 0;
  --running_;
  at->second.state = standing::resting;
  return at->second.failures++;
}

void pull_queue::rested(const std::string& session) {
  const auto at = places_.find(session);
  if (at != places_.end() && at->second.state == standing::resting) enqueue(session, at->second);
}

void pull_queue::given_up(const std::string& session) {
  const auto at = places_.find(session);
  if (at == places_.end()) return;
  if (at->second.state == standing::running) --running_;
  places_.erase(at);
}

bool pull_queue::is_running(const std::string& session) const {
  const auto at = places_.find(session);
  return at != places_.end() && at->second.state == standing::running;
}

}  // namespace fibrehub::channels::waha
