// The rows of what happens to messages and around them: few deliveries make any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/inbound.hpp"

namespace fibrehub::store {

/// Something was done to a message. `message_id` 0: the message is not here yet, the row is parked.
struct message_change_row {
  std::int64_t id = 0, message_id = 0, inbox_id = 0;
  std::string channel, session, stanza, kind, person, person_name, value, key;
  bool from_me = false;
  domain::instant at{}, received_at{};
};

/// The message of this name is here: what was parked for it is its own.
struct adoption_row {
  std::string channel, session, stanza;
  std::int64_t message_id = 0;
};

/// What a message says now.
struct message_text_row {
  std::int64_t message_id = 0;
  std::string body, original;
  std::optional<domain::instant> edited_at, revoked_at;
  std::optional<domain::instant> begun_at;  // of a call: its first step, whichever is told first
};

/// What few messages have.
struct message_facts_row {
  std::int64_t message_id = 0, ticket_id = 0;
  std::int32_t history_seq = 0;  // its row in the ticket's history
  std::string channel;
  const domain::chat_message* message = nullptr;
};

/// One of two turned out to be the other.
struct merge_row {
  std::int64_t from = 0, into = 0;
};

struct address_row {
  std::int64_t chat_id = 0;
  std::string address;
};

struct group_facts_row {
  std::int64_t chat_id = 0;
  std::optional<std::string> subject, description;
  domain::instant at{};
};

struct member_row {
  std::int64_t chat_id = 0;
  std::string person, phone, role, key;
  domain::instant at{};
};

struct presence_row {
  std::string channel, session;
  domain::presence_note::entry entry;
  domain::instant at{};
};

struct archive_row {
  std::string channel;
  domain::chat_archived what;
};

struct label_row {
  std::string channel;
  domain::label_change what;
};

struct event_rows {
  std::vector<message_change_row> changes;
  std::vector<adoption_row> adoptions;
  std::vector<message_text_row> texts;
  std::vector<message_facts_row> facts;
  std::vector<std::int64_t> over;  // placeholders whose messages have come
  std::vector<merge_row> merged_chats, merged_contacts;
  std::vector<address_row> addresses;
  std::vector<group_facts_row> groups;
  std::vector<member_row> members;
  std::vector<presence_row> presences;
  std::vector<archive_row> archived;
  std::vector<label_row> labels;

  bool empty() const {
    return changes.empty() && adoptions.empty() && texts.empty() && facts.empty() && over.empty() &&
           merged_chats.empty() && merged_contacts.empty() && addresses.empty() && groups.empty() &&
           members.empty() && presences.empty() && archived.empty() && labels.empty();
  }
};

}  // namespace fibrehub::store
