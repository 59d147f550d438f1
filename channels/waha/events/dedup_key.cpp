#include "channels/waha/events/dedup_key.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"
#include "protocols/signature.hpp"

namespace fibrehub::channels::waha {
namespace {

struct key_of {
  const envelope& head;
  std::string_view body;

  std::string transport() const { return transport_key(head, body); }

  std::string operator()(const message_event& m) const {
    if (head.event == "message.waiting") return "waiting/" + message_key(m.message.ref);
    if (head.event != "message.edited") return message_key(m.message.ref);
    // WEBJS names the edited message itself: any number of edits would be one.
    if (m.edited_id == m.message.ref.stanza_id) return transport();
    return fmt::format("edited/{}/{}", m.edited_id, m.message.ref.stanza_id);
  }
  std::string operator()(const ack_event& a) const { return ack_key(a).value_or(transport()); }
  std::string operator()(const reaction_event& r) const {
    return "reaction/" + r.message.ref.stanza_id;
  }
  std::string operator()(const revoked_event& r) const { return "revoked/" + r.stanza_id; }
  std::string operator()(const status_event& s) const {
    const auto at = s.at ? s.at : head.occurred_at;
    return at ? status_key(s.status, *at) : transport();
  }
  std::string operator()(const call_event& c) const {
    return fmt::format("call/{}/{}", c.id, c.state);
  }
  std::string operator()(const poll_vote_event& v) const {
    return fmt::format("{}/{}", head.event, v.vote.stanza_id);
  }
  std::string operator()(const response_event& r) const {
    return fmt::format("{}/{}", head.event, r.message.ref.stanza_id);
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return transport();
  }
};

}  // namespace

std::string message_key(const message_ref& ref) {
  return fmt::format("msg/{}/{}", ref.from_me ? "out" : "in", ref.stanza_id);
}

std::optional<std::string> ack_key(const ack_event& ack) {
  if (!ack.ref.from_me || !ack.ack.level) return std::nullopt;
  return fmt::format("ack/{}/{}/{}", ack.ref.stanza_id, ack.participant, *ack.ack.level);
}

std::string status_key(std::string_view status, domain::instant at) {
  return fmt::format("status/{}/{}", domain::to_us(at) / 1000, status);
}

std::string transport_key(const envelope& e, std::string_view body) {
  return fmt::format(
      "evt/{}/{}", e.event,
      e.event_id.empty() ? protocols::to_hex(protocols::digest16(body)) : e.event_id);
}

std::string dedup_key(const envelope& e, const content& what, std::string_view body) {
  return std::visit(key_of{e, body}, what);
}

std::string storable_key(std::string key) {
  constexpr std::size_t max_key_bytes = 400;
  if (key.size() <= max_key_bytes && domain::is_storable(key)) return key;
  return "hash/" + protocols::to_hex(protocols::digest16(key));
}

}  // namespace fibrehub::channels::waha
