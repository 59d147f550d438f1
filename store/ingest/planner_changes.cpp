// What is done to messages after they were sent, and lines of a conversation that nobody wrote. A
// change may come before its message: then it is parked, and takes effect where the message is
// planned.
#include <algorithm>

#include "domain/text.hpp"
#include "store/ingest/event_json.hpp"
#include "store/ingest/planner.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t max_message_bytes = std::size_t{256} * 1024;
constexpr std::size_t max_history_bytes = 500;  // of a text in the history
constexpr std::size_t max_short_bytes = 255;

using kind = domain::message_change::kind;

std::string value_of(const domain::message_change& c) {
  return c.what == kind::vote ? texts_json(c.options) : domain::storable(c.text, max_message_bytes);
}

std::string who_did(const domain::message_change& c) {
  const std::string& name = c.person_name.empty() ? c.person : c.person_name;
  return domain::storable(name.empty() && c.from_me ? "our line" : name, max_short_bytes);
}

void apply(known_message& target, const domain::message_change& c, const std::string& key) {
  if (c.what == kind::edited) {
    if (domain::add_edit(target.text, {c.at, key, domain::storable(c.text, max_message_bytes)}))
      target.edited_by = who_did(c);
  } else if (c.what == kind::revoked) {
    domain::revoke(target.text, c.at);
    target.revoked_by = who_did(c);
  }
}

}  // namespace

known_message& ingest_planner::target_of(const ingest& item, const std::string& session,
                                         const std::string& stanza) {
  return cache_.targets[key_of(item.channel, session, stanza)];
}

message_change_row& ingest_planner::add_change(const ingest& item, const std::string& session,
                                               const std::string& stanza, std::string_view what) {
  message_change_row& row = out_.around.changes.emplace_back();
  row.id = next_id_();
  row.inbox_id = out_.inbox.back().id;
  row.channel = item.channel;
  row.session = domain::storable(session, max_short_bytes);
  row.stanza = domain::storable(stanza, max_short_bytes);
  row.kind = what;
  row.key = domain::storable(item.ext_id, 512);
  row.received_at = item.received_at;
  return row;
}

void ingest_planner::plan_change(const ingest& item, const domain::message_change& change) {
  inbox_row& inbox = add_inbox(item, disposition::stored);
  known_message& target = target_of(item, change.session, change.message_id);
  message_change_row& row =
      add_change(item, change.session, change.message_id, domain::name_of(change.what));
  row.message_id = target.id;
  row.person = domain::storable(change.person, max_short_bytes);
  row.person_name = domain::storable(change.person_name, max_short_bytes);
  row.from_me = change.from_me;
  row.value = value_of(change);
  row.at = change.at;
  const std::string before = target.text.current();
  const bool was_revoked = target.text.revoked_at.has_value();
  apply(target, change, row.key);
  if (target.id == 0) {
    cache_.parked.insert(key_of(item.channel, change.session, change.message_id));
    return;
  }
  if (cache_.tickets.contains(target.ticket_id)) {
    inbox.ticket_id = target.ticket_id;
    result_tickets_.back() = target.ticket_id;
  }
  const bool is_text = change.what == kind::edited || change.what == kind::revoked;
  if (is_text) write_text(item, change.message_id, target, before, was_revoked);
  const bool is_seen = change.what == kind::edited    ? before != target.text.current()
                       : change.what == kind::revoked ? !was_revoked
                                                      : true;
  if (is_seen) announce_change(item, target, change);
}

/// The row of what the message says now, and the ticket's history of how it came to that.
void ingest_planner::write_text(const ingest& item, const std::string& stanza,
                                const known_message& target, const std::string& before,
                                bool was_revoked) {
  const std::string& now = target.text.current();
  out_.around.texts.push_back({target.id, now, target.text.original, target.text.edited_at(),
                               target.text.revoked_at, std::nullopt});
  if (!cache_.tickets.contains(target.ticket_id)) return;
  const std::string name = domain::storable(stanza, max_short_bytes);
  if (now != before)
    add_history(target.ticket_id, item, "message_edited", name,
                domain::storable(before, max_history_bytes),
                domain::storable(now, max_history_bytes), target.edited_by);
  if (!was_revoked && target.text.revoked_at)
    add_history(target.ticket_id, item, "message_revoked", name,
                domain::storable(now, max_history_bytes), {}, target.revoked_by);
}

void ingest_planner::announce_change(const ingest& item, const known_message& target,
                                     const domain::message_change& change) {
  if (!cache_.tickets.contains(target.ticket_id)) return;
  announce(item, "message.updated", target.ticket_id, nullptr, {}, target.internal);
  pending_event& pending = pending_events_.back();
  pending.members =
      message_change_members(target.id, change, who_did(change), target.text.current());
  if (change.what == kind::edited && target.text.revoked_at)
    pending.outside_members = message_change_members(target.id, change, who_did(change), {});
}

/// The message has come that others referred to before: what was parked for it takes effect.
void ingest_planner::meet_target(const ingest& item, const domain::chat_message& message,
                                 std::int64_t message_id, std::int64_t ticket_id) {
  const std::string key = key_of(item.channel, message.session, message.message_id);
  const auto found = cache_.targets.find(key);
  if (found == cache_.targets.end()) return;
  known_message& target = found->second;
  if (target.id == 0) {
    target.id = message_id;
    target.ticket_id = ticket_id;
    target.internal = internal_;
    target.type = message.type;
    target.text.original = domain::storable(message.text, max_message_bytes);
  }
  if (const std::int64_t placeholder = std::exchange(target.placeholder_id, 0); placeholder != 0) {
    out_.around.over.push_back(placeholder);
    if (cache_.tickets.contains(target.placeholder_ticket)) {
      add_history(target.placeholder_ticket, item, "message", "readable", {},
                  domain::storable(message.message_id, max_short_bytes));
      --progress_of(target.placeholder_ticket).new_messages;
    }
  }
  if (cache_.parked.erase(key) == 0 && !cache_.parked_too_many) return;
  out_.around.adoptions.push_back({item.channel, domain::storable(message.session, max_short_bytes),
                                   domain::storable(message.message_id, max_short_bytes),
                                   target.id});
  if (target.text.edits.empty() && !target.text.revoked_at) return;
  write_text(item, message.message_id, target, target.text.original, false);
  if (!target.text.revoked_at) return;
  for (pending_event& p : pending_events_)
    if (p.message == &message) p.is_hidden = true;
}

/// A line of the conversation that opens no ticket; the message's id.
std::int64_t ingest_planner::add_entry(const ingest& item, const domain::chat_message& message) {
  add_inbox(item, disposition::stored);
  const std::size_t inbox_at = out_.inbox.size() - 1;
  known_chat& chat = chat_for(item, message);
  const std::int64_t contact =
      message.from_me || message.author.empty() ? 0 : contact_for(item, message);
  const auto last = std::max_element(
      chat.open.begin(), chat.open.end(),
      [](const auto& a, const auto& b) { return a.last_message_us < b.last_message_us; });
  const std::int64_t ticket_id = last == chat.open.end() ? 0 : last->ticket_id;
  out_.inbox[inbox_at].ticket_id = ticket_id;
  result_tickets_.back() = ticket_id;
  const std::int64_t id = next_id_();
  out_.messages.push_back({id, ticket_id, chat.id, out_.inbox[inbox_at].id, contact, &message,
                           domain::storable(message.text, max_message_bytes), item.received_at});
  if (ticket_id == 0) return id;
  add_history(ticket_id, item, "message", message.type, {},
              domain::storable(message.message_id, max_short_bytes));
  ++progress_of(ticket_id).new_messages;
  announce(item, "message.created", ticket_id, &message);
  return id;
}

/// Something was written that cannot be read yet; when it can, it comes as a message of this name.
void ingest_planner::plan_waiting(const ingest& item, const domain::chat_message& message) {
  known_message& target = target_of(item, message.session, message.message_id);
  if (target.id != 0 || target.placeholder_id != 0) {
    add_inbox(item, disposition::stored);
    return;
  }
  target.placeholder_id = add_entry(item, message);
  target.placeholder_ticket = out_.messages.back().ticket_id;
  message_change_row& row = add_change(item, message.session, message.message_id, "waiting");
  row.value = std::to_string(target.placeholder_id);
  row.at = message.sent_at;
  cache_.parked.insert(key_of(item.channel, message.session, message.message_id));
}

/// One message for all steps of a call; the furthest step is what it says.
void ingest_planner::plan_call(const ingest& item, const domain::call_note& call) {
  const domain::chat_message& m = call.message;
  known_message& target = target_of(item, m.session, m.message_id);
  const bool is_new = target.id == 0;
  if (is_new) {
    target.id = add_entry(item, m);
    target.ticket_id = out_.messages.back().ticket_id;
    target.text.original = m.text;
    target.step = call.what;
  } else {
    inbox_row& inbox = add_inbox(item, disposition::stored);
    if (cache_.tickets.contains(target.ticket_id))
      inbox.ticket_id = result_tickets_.back() = target.ticket_id;
  }
  message_change_row& row = add_change(item, m.session, m.message_id, "call");
  row.message_id = target.id;
  row.person = domain::storable(m.author, max_short_bytes);
  row.value = domain::name_of(call.what);
  row.at = m.sent_at;
  if (is_new) return;
  const bool is_further = call.what > target.step;
  if (is_further) {
    target.step = call.what;
    target.text.original = m.text;
  }
  out_.around.texts.push_back(
      {target.id, target.text.original, {}, std::nullopt, std::nullopt, m.sent_at});
  if (!is_further || !cache_.tickets.contains(target.ticket_id)) return;
  announce(item, "message.updated", target.ticket_id, nullptr, {}, target.internal);
  pending_events_.back().members = call_members(target.id, m);
}

}  // namespace fibrehub::store
