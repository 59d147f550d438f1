// A phone number and a hidden id turn out to be one person: two people, and two conversations with
// them, become one. The older one stays; the other keeps its messages and points to it.
#include <algorithm>

#include "domain/text.hpp"
#include "store/ingest/planner.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t max_short_bytes = 255;

}  // namespace

/// Two chats that are known as different ones become one; nothing otherwise.
void ingest_planner::unite_chats(const std::string& one_key, const std::string& other_key) {
  const known_chat* const one = cache_.find_chat(one_key);
  const known_chat* const other = cache_.find_chat(other_key);
  if (one == nullptr || other == nullptr || one == other) return;
  const std::string kept_key = one->id < other->id ? one->key : other->key;
  const std::string gone_key = one->id < other->id ? other->key : one->key;
  const known_chat gone = std::move(cache_.chats.at(gone_key));
  cache_.chats.erase(gone_key);
  for (auto& [name, key] : cache_.chat_names)
    if (key == gone_key) key = kept_key;
  cache_.chat_names[gone_key] = kept_key;
  known_chat& kept = cache_.chats.at(kept_key);
  for (const domain::chat_ticket& t : gone.open) {
    known_ticket& ticket = cache_.tickets.at(t.ticket_id);
    if (ticket.chat_key == gone_key) ticket.chat_key = kept_key;
    std::replace(ticket.further_chats.begin(), ticket.further_chats.end(), gone_key, kept_key);
    const bool is_there = std::any_of(kept.open.begin(), kept.open.end(), [&](const auto& known) {
      return known.ticket_id == t.ticket_id;
    });
    if (!is_there) kept.open.push_back(t);
  }
  out_.around.merged_chats.push_back({gone.id, kept.id});
  kept.address_dated = kept.address_dated && gone.address_dated;
  if (gone.address_at <= kept.address_at) return;
  kept.address = gone.address;
  kept.address_at = gone.address_at;
  out_.around.addresses.push_back({kept.id, kept.address});
}

/// Two people that are known as different ones become one; and so do the conversations with them.
void ingest_planner::unite_people(const ingest& item, const std::string& session,
                                  const std::string& one, const std::string& other) {
  const std::string one_key = key_of(item.channel, session, one);
  const std::string other_key = key_of(item.channel, session, other);
  unite_chats(one_key, other_key);
  const auto a = cache_.contacts.find(one_key);
  const auto b = cache_.contacts.find(other_key);
  if (a == cache_.contacts.end() || b == cache_.contacts.end() || a->second.id == b->second.id)
    return;
  known_contact kept = a->second.id < b->second.id ? a->second : b->second;
  const known_contact gone = a->second.id < b->second.id ? b->second : a->second;
  if (kept.name.empty()) kept.name = gone.name;
  if (kept.phone.empty()) kept.phone = gone.phone;
  for (auto& [alias, person] : cache_.contacts)
    if (person.id == gone.id || person.id == kept.id) person = kept;
  // What was written under either is found by the name and number of both.
  for (const std::int64_t id : {kept.id, gone.id})
    out_.contacts.push_back({id, item.channel, session, kept.name, kept.phone, item.received_at});
  out_.around.merged_contacts.push_back({gone.id, kept.id});
}

/// Answers go to where the newest message came from.
void ingest_planner::note_address(const domain::chat_message& message, known_chat& chat) {
  if (message.sent_at < chat.address_at) return;
  chat.address_at = message.sent_at;
  if (chat.address == message.chat) return;
  chat.address = message.chat;
  out_.around.addresses.push_back({chat.id, domain::storable(message.chat, max_short_bytes)});
}

}  // namespace fibrehub::store
