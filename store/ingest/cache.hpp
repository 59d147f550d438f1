// What the writer remembers between batches, so that a message in a known chat costs no look-up.
// Only the writer changes these rows, so what it remembers is true until a batch fails: then
// everything is forgotten. Each part is bounded and is simply emptied when it is full.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "domain/chat_command.hpp"
#include "domain/chat_routing.hpp"
#include "domain/history.hpp"
#include "domain/message_history.hpp"
#include "domain/people.hpp"
#include "store/inbox.hpp"

namespace fibrehub::store {

struct known_chat {
  std::int64_t id = 0;
  std::vector<domain::chat_ticket> open;
  std::string key;                  // its own, in the cache
  std::string address = {};         // direct: where answers go …
  domain::instant address_at = {};  // … as the message sent then came from there
  bool address_dated = false;       // false: an older one may have been stored after that one
  std::optional<domain::unmatched_policy> unmatched = {};  // nothing: as the bridge says
  bool commands = true;                                    // technicians are obeyed here
};

/// Somebody of the hub, or of a client, whose phone number is known.
struct known_person {
  std::int64_t id = 0;  // 0: several have this number
  domain::role as = domain::role::viewer;
  std::int64_t client_id = 0;

  bool is_staff() const {
    return id != 0 && as != domain::role::viewer && as != domain::role::client;
  }
};

/// What was looked up for a message that refers to something, or whose writer is known.
struct message_context {
  domain::message_facts facts;
  std::optional<domain::chat_command> command;
  std::int64_t user_id = 0;                      // the writer, of staff
  std::unordered_set<std::int64_t> customer_of;  // tickets the writer is the customer of
};

struct known_contact {
  std::int64_t id = 0;
  std::string name;
  std::string phone;
};

struct known_ticket {
  std::string uid;
  std::int32_t version = 0;
  std::int32_t history_seq = 0;
  domain::history_digest history_hash{};
  std::string chat_key;  // of the chat whose open ticket it is, or empty
  domain::ticket_ownership owner = {};
  std::vector<std::string> further_chats = {};  // whose open ticket it is as well

  void is_also_of(const std::string& key) {
    if (key == chat_key) return;
    if (std::find(further_chats.begin(), further_chats.end(), key) == further_chats.end())
      further_chats.push_back(key);
  }
};

/// A foreign case as its ticket stands.
struct known_case {
  std::int64_t ticket_id = 0;
  std::int64_t chat_id = 0;     // its ticket was given that chat; 0: none
  domain::chat_ticket in_chat;  // as it is that chat's
  std::string title, description, priority, status, address;
  std::int64_t peer_updated_us = 0;
  std::string peer_status, peer_priority;
  std::string external, channel;
};

/// A message we sent, as far as its echo has to be told from others.
struct known_send {
  std::int64_t id = 0;
  std::int64_t message_id = 0;  // 0: none was made for it
  std::int64_t ticket_id = 0;
  bool for_client = false;  // belongs into the ticket, where it is no message yet
  bool internal = false;    // the message was said among staff
};

/// A message that something else refers to, with what is known to have been done to it.
struct known_message {
  std::int64_t id = 0;  // 0: it is not here yet
  std::int64_t ticket_id = 0;
  bool internal = false;  // said among staff
  std::string type;
  domain::message_text text;
  std::string edited_by, revoked_by;  // who was told to have done it last
  domain::call_note::step step = domain::call_note::step::received;  // of a call
  std::int64_t placeholder_id = 0, placeholder_ticket = 0;           // stands in for it
};

/// Joins the parts of a compound key.
template <class... Parts>
std::string key_of(const Parts&... parts) {
  std::string out;
  ((out += parts, out += '\x1f'), ...);
  return out;
}

/// The id under which a message is kept whose own id is taken by another content.
std::string conflict_id(const ingest& item);

class ingest_cache {
 public:
  std::unordered_map<std::string, known_chat> chats;        // channel, session, chat
  std::unordered_map<std::string, std::string> chat_names;  // another name of a chat → its key
  std::unordered_map<std::string, known_contact> contacts;  // channel, session, alias
  std::unordered_map<std::int64_t, known_ticket> tickets;   // id
  std::unordered_map<std::string, known_case> cases;        // source, case id

  /// Of messages of ours that were looked up and are not planned yet: the sends they may be the
  /// echo of, the likeliest first. None: somebody typed it, or another program sent it.
  std::unordered_map<std::string, std::vector<known_send>> echoes;  // channel, session, stanza
  std::unordered_set<std::int64_t> named_sends;                     // those whose echo was planned

  /// Messages that items looked up refer to, whether they are here or not.
  std::unordered_map<std::string, known_message> targets;  // channel, session, stanza
  /// Names of messages that something is parked for. Exact once loaded, as only the writer parks;
  /// when there are too many to remember, every message is looked up.
  std::unordered_set<std::string> parked;
  bool parked_loaded = false, parked_too_many = false;
  bool may_be_awaited(const std::string& key) const {
    return parked_too_many || (!parked.empty() && parked.contains(key));
  }
  bool awaits_any() const { return parked_too_many || !parked.empty(); }

  std::unordered_map<std::string, domain::instant> presence_written;  // channel, session, person
  /// By the ingest's ext_id, of messages that were looked up and are not planned yet.
  std::unordered_map<std::string, message_context> contexts;
  /// Country code → phone number's digits → whose it is; to be loaded anew after `people_until`.
  std::unordered_map<std::string, std::unordered_map<std::string, known_person>> people;
  domain::instant people_until{};

  std::unordered_set<std::int64_t> answered;  // tickets whose clocks know that staff answered

  /// The chat of this key, under whatever name it is known, or null.
  known_chat* find_chat(const std::string& key) {
    auto it = chats.find(key);
    if (it != chats.end()) return &it->second;
    const auto name = chat_names.find(key);
    if (name == chat_names.end()) return nullptr;
    it = chats.find(name->second);
    return it == chats.end() ? nullptr : &it->second;
  }
  const known_chat* find_chat(const std::string& key) const {
    return const_cast<ingest_cache*>(this)->find_chat(key);
  }
  /// The key the chat is kept under that `key` names.
  std::string chat_key(const std::string& key) const {
    const auto name = chat_names.find(key);
    return name == chat_names.end() ? key : name->second;
  }
  /// Both are known as aliases of one person.
  bool is_one_person(const std::string& one_key, const std::string& other_key) const {
    const auto one = contacts.find(one_key);
    const auto other = contacts.find(other_key);
    return one != contacts.end() && other != contacts.end() && one->second.id == other->second.id;
  }
  bool knows_chat(const std::string& key) const {
    if (chats.contains(key)) return true;
    const auto name = chat_names.find(key);
    return name != chat_names.end() && chats.contains(name->second);
  }

  /// Fingerprint under which a message was stored lately, or null.
  const std::string* recent(const std::string& key) const {
    auto it = recent_.find(key);
    return it == recent_.end() ? nullptr : &it->second;
  }
  void remember(const std::string& key, std::string fingerprint) {
    auto [it, fresh] = recent_.emplace(key, std::move(fingerprint));
    if (!fresh) return;
    order_.push_back(&it->first);
    if (order_.size() > max_recent) {
      recent_.erase(*order_.front());
      order_.pop_front();
    }
  }

  /// Others changed these tickets: they and the chats they are in are looked up anew.
  void forget_ticket(std::int64_t ticket_id) {
    answered.erase(ticket_id);
    contexts.clear();
    const auto known = tickets.find(ticket_id);
    if (known == tickets.end()) return;
    chats.erase(known->second.chat_key);
    for (const std::string& key : known->second.further_chats)
      chats.erase(key);
    tickets.erase(known);
  }

  /// The ticket is closed: its chats lead to it no more.
  void close_ticket(std::int64_t ticket_id) {
    const auto known = tickets.find(ticket_id);
    if (known == tickets.end()) return;
    const auto leave = [&](const std::string& key) {
      if (const auto chat = chats.find(key); chat != chats.end())
        std::erase_if(chat->second.open, [&](const auto& t) { return t.ticket_id == ticket_id; });
    };
    leave(known->second.chat_key);
    for (const std::string& key : known->second.further_chats)
      leave(key);
  }
  /// The ticket is open again: its chat leads to it. Looks through all chats.
  void open_ticket(const domain::chat_ticket& ticket, std::int64_t chat_id) {
    for (auto& [key, chat] : chats) {
      if (chat.id != chat_id) continue;
      const bool is_there = std::any_of(chat.open.begin(), chat.open.end(), [&](const auto& t) {
        return t.ticket_id == ticket.ticket_id;
      });
      if (!is_there) chat.open.push_back(ticket);
      tickets.at(ticket.ticket_id).is_also_of(key);
      return;
    }
  }

  /// Empties what has grown over its bound; called between batches.
  void trim() {
    cases.clear();
    targets.clear();
    if (presence_written.size() > max_contacts) presence_written.clear();
    if (parked.size() > max_parked) {
      parked_too_many = true;
      parked.clear();
    }
    if (chats.size() > max_chats || tickets.size() > max_tickets) {
      chats.clear();
      chat_names.clear();
      tickets.clear();
    }
    if (contacts.size() > max_contacts) contacts.clear();
    if (answered.size() > max_tickets) answered.clear();
    if (named_sends.size() > max_tickets) named_sends.clear();
  }
  void forget_everything() {
    chats.clear();
    chat_names.clear();
    contacts.clear();
    tickets.clear();
    cases.clear();
    answered.clear();
    echoes.clear();
    named_sends.clear();
    targets.clear();
    parked.clear();
    parked_loaded = parked_too_many = false;
    presence_written.clear();
    contexts.clear();
    people_until = {};
    order_.clear();
    recent_.clear();
  }

  static constexpr std::size_t max_parked = 262'144;

 private:
  static constexpr std::size_t max_recent = 65'536;
  static constexpr std::size_t max_chats = 65'536;
  static constexpr std::size_t max_contacts = 65'536;
  static constexpr std::size_t max_tickets = 131'072;
  std::unordered_map<std::string, std::string> recent_;
  std::deque<const std::string*> order_;
};

}  // namespace fibrehub::store
