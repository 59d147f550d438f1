// What the account itself says: sends, what becomes of them on WhatsApp, and their acks.
#include "peers/waha_world.hpp"

namespace fibrehub::peers {

namespace {

/// "all" stands for everybody in the group.
void expand_mentions(chat_message& m, const waha_group& g) {
  if (std::find(m.mentions.begin(), m.mentions.end(), "all") == m.mentions.end()) return;
  m.mentions.clear();
  for (const auto& member : g.members)
    m.mentions.push_back(member.who.phone + "@c.us");
}

}  // namespace

void waha_world::send(waha_session& s, chat_message m, echo_time when) {
  s.activity_ms = now_ms();
  m.from_me = true;
  m.by_api = true;
  m.ack = ack_pending;
  if (m.timestamp_s == 0) m.timestamp_s = s.activity_ms / 1000;
  fetch_media(s, m);
  know(m.sender);
  if (is_group(m.chat)) expand_mentions(m, group(m.chat));
  store(s, m);
  ++book_.record(s.name, m).sends;
  if (when == echo_time::at_once) publish_message(s, m);
  carry(s, m);
}

void waha_world::echo(const std::string& session, const std::string& stanza) {
  waha_session* s = find(session);
  if (s == nullptr) return;
  if (const chat_message* m = s->find(stanza)) publish_message(*s, *m);
}

bool waha_world::cold(const waha_session& s, std::string_view chat) {
  return std::none_of(s.messages.begin(), s.messages.end(),
                      [&](const auto& m) { return !m.from_me && m.chat == chat; });
}

/// Gives a message to WhatsApp, which delivers every stanza id once.
void waha_world::carry(waha_session& s, const chat_message& m) {
  const bool restricted = faults_.waha_restricted > 0 && !is_group(m.chat) && cold(s, m.chat);
  if (restricted) tell_restriction(s);
  if (restricted && options_.engine == waha_engine::webjs) return;  // PENDING, without a word
  if (restricted || dice_(&fault_set::waha_ack_error_percent)) {
    // Error 463: 201 first and ERROR afterwards.
    after(static_cast<double>(scaled_ms(150)),
          [this, name = s.name, m] { tell_ack(name, m, ack_error); });
    return;
  }
  if (dice_(&fault_set::waha_send_pending_percent)) return;
  ledger_entry& entry = book_.record(s.name, m);
  if (entry.deliveries > 0) return;
  entry.deliveries = 1;
  climb_acks(s, m);
}

/// Newer versions tell of error 463 by a session.status of its own.
void waha_world::tell_restriction(waha_session& s) {
  if (!features_.reachout_timelock || !s.status_data.empty()) return;
  s.status_data =
      fmt::format(R"({{"reachoutTimelock":{{"isActive":true,"enforcementType":"RESTRICT_ALL",)"
                  R"("timeEnforcementEnds":{}}}}})",
                  now_ms() / 1000 + 7 * 86'400);
  set_status(s, s.status);
}

void waha_world::climb_acks(waha_session& s, const chat_message& original) {
  if (dice_(&fault_set::waha_ack_never_percent)) return;
  chat_message m = original;
  if (m.lid_addressed && dice_(&fault_set::waha_lid_ack_by_phone_percent)) m.lid_addressed = false;
  const bool group = is_group(m.chat);
  std::vector<std::pair<int, double>> ladder;  // step and when
  double at_ms = 0;
  const int top = m.kind == content::voice && !group ? ack_played : ack_read;
  for (int step = ack_server; step <= top; ++step) {
    at_ms += static_cast<double>(random_.between(60, step >= ack_read ? 4000 : 500));
    if (dice_(&fault_set::waha_ack_skip_percent)) continue;
    if (step == ack_server && m.ack >= ack_server) continue;
    // In groups a delivery receipt counts as SERVER on NOWEB, so only READ tells anything.
    if (group && step == ack_device) continue;
    ladder.emplace_back(step, at_ms);
  }
  if (dice_(&fault_set::waha_ack_reorder_percent)) {
    for (std::size_t i = 0; i < ladder.size() / 2; ++i)
      std::swap(ladder[i].first, ladder[ladder.size() - 1 - i].first);
  }
  for (const auto& [step, ms] : ladder) {
    const int times = dice_(&fault_set::waha_ack_duplicate_percent) ? 2 : 1;
    for (int i = 0; i < times; ++i) {
      after(static_cast<double>(scaled_ms(ms + 20 * i)),
            [this, name = s.name, m, which = step] { tell_ack(name, m, which); });
    }
  }
}

void waha_world::tell_ack(const std::string& session, chat_message m, int step) {
  waha_session* s = find(session);
  if (s == nullptr || !s->working()) return;
  // What WAHA answers later is the furthest it heard of; ERROR is only heard of instead of all
  // else.
  if (chat_message* known = s->find(m.stanza)) {
    known->ack = step == ack_error ? int{ack_error} : std::max(known->ack, step);
  }
  if (auto* entry = book_.find(session, m.stanza)) {
    entry->last_ack = step == ack_error ? int{ack_error} : std::max(entry->last_ack, step);
  }
  person reader = m.sender;
  if (reader.lid.empty() && !by_phone_.empty()) reader = by_phone_.begin()->second;
  const bool group_event = is_group(m.chat) && step == ack_read && features_.group_ack_event;
  emit(*s, group_event ? "message.ack.group" : "message.ack",
       ack_payload(options_.engine, m, s->me, step, reader, now_ms() / 1000));
}

}  // namespace fibrehub::peers
