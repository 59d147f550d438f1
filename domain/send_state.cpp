#include "domain/send_state.hpp"

#include <algorithm>
#include <array>

namespace fibrehub::domain {
namespace {

constexpr std::array<std::string_view, 8> names{"queued", "accepted", "sent",      "delivered",
                                                "read",   "failed",   "uncertain", "cancelled"};

/// How far along it is; what has failed or is uncertain is nowhere.
int rank(send_state s) {
  return has_left(s) ? static_cast<int>(s) : 0;
}

send_state further(send_state known, send_state seen) {
  return rank(seen) > rank(known) ? seen : known;
}

}  // namespace

std::string_view name_of(send_state s) {
  return names[static_cast<std::size_t>(s)];
}

std::optional<send_state> send_state_from(std::string_view name) {
  const auto* const it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<send_state>(it - names.begin());
}

std::span<const std::string_view> send_state_names() {
  return names;
}

bool has_left(send_state s) {
  return s == send_state::accepted || s == send_state::sent || s == send_state::delivered ||
         s == send_state::read;
}

send_state after_ack(send_state known, int level) {
  switch (level) {
    case -1:
      if (known == send_state::cancelled) return known;
      return rank(known) <= rank(send_state::accepted) ? send_state::failed : known;
    case 0:
      return after_echo(known);
    case 1:
      return further(known, send_state::sent);
    case 2:
      return further(known, send_state::delivered);
    case 3:
    case 4:
      return further(known, send_state::read);
    default:
      return known;
  }
}

send_state after_echo(send_state known) {
  // An echo shows that the bridge had it, not that WhatsApp took it.
  return known == send_state::failed ? known : further(known, send_state::accepted);
}

send_state after_end(send_state known, send_end end) {
  if (has_left(known)) return known;
  if (known == send_state::cancelled && end != send_end::accepted) return known;
  switch (end) {
    case send_end::accepted:
      return known == send_state::failed ? known : send_state::accepted;
    case send_end::refused:
    case send_end::given_up:
      return send_state::failed;
    case send_end::in_the_dark:
      return send_state::uncertain;
  }
  return known;
}

}  // namespace fibrehub::domain
