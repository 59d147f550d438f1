#include "domain/sign_in.hpp"

#include <algorithm>

namespace fibrehub::domain {

session_state state_of_session(instant last_seen, instant expires_at, instant now) {
  if (now >= expires_at) return session_state::expired;
  if (now >= last_seen + session_idle) return session_state::idle_too_long;
  return session_state::alive;
}

bool session_touch_due(instant last_seen, instant now) {
  return now >= last_seen + session_touch_every;
}

bool is_locked(const sign_in_record& r, instant now) {
  return r.locked_until && now < *r.locked_until;
}

sign_in_record after_failure(const sign_in_record& r, instant now) {
  if (is_locked(r, now)) return r;
  if (r.failures + 1 >= sign_in_attempts) return {0, now + sign_in_lock};
  return {r.failures + 1, std::nullopt};
}

bool one_time_password_expired(bool one_time, const std::optional<instant>& made, instant now) {
  return one_time && made && now >= *made + one_time_password_life;
}

bool is_email(std::string_view text) {
  constexpr std::size_t max_bytes = 254;
  const auto at = text.find('@');
  if (text.size() > max_bytes || at == std::string_view::npos || at == 0 || at + 1 == text.size() ||
      text.find('@', at + 1) != std::string_view::npos)
    return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || c == '<' || c == '>' || c == ',' || c == ';';
  });
}

}  // namespace fibrehub::domain
