// The rows one batch of received messages turns into: planned in memory, written in one go.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/billing.hpp"
#include "domain/chat_command.hpp"
#include "domain/history.hpp"
#include "domain/inbound.hpp"
#include "store/events.hpp"
#include "store/inbox.hpp"
#include "store/ingest/event_rows.hpp"

namespace fibrehub::store {

struct inbox_row {
  std::int64_t id = 0;
  const ingest* item = nullptr;
  std::string ext_id;
  disposition state = disposition::stored;
  std::int64_t ticket_id = 0;
};

struct review_row {
  std::int64_t id = 0;
  std::int64_t inbox_id = 0;
  std::string reason;
  std::string detail;
  domain::instant at{};
};

struct session_row {
  std::string channel;
  domain::session_status status;
  domain::instant at{};
};

struct chat_row {
  std::int64_t id = 0;
  std::string channel, session, ext_id, name;
  domain::chat_kind kind = domain::chat_kind::direct;
  domain::instant at{};
};

struct contact_row {
  std::int64_t id = 0;
  std::string channel, session, name, phone;
  domain::instant at{};
};

struct alias_row {
  std::string channel, session, ext_id;
  std::int64_t contact_id = 0;
};

struct ack_row {
  std::string channel;
  domain::message_ack ack;
  domain::instant at{};
};

/// What changes with every history row of a ticket.
struct ticket_progress {
  std::int32_t version = 0;
  std::int32_t history_seq = 0;
  domain::history_digest history_hash{};
  std::int32_t new_messages = 0;
  domain::instant last_message_at{};  // epoch when no message
  domain::instant updated_at{};
};

/// What a snapshot of a foreign case sets.
struct ticket_fields {
  std::string title, description, priority, status, address, external;
  std::string channel;                         // it was seen through last
  domain::instant resolved_at{}, closed_at{};  // epoch: not so
};

struct ticket_row {
  std::int64_t id = 0;
  std::string uid, source, source_reference, type, drop, channel;
  std::int64_t chat_id = 0;
  domain::instant created_at{};
  ticket_fields fields;
  ticket_progress progress;
  domain::instant due_at{};  // epoch: none; as its clock says
  domain::billing_verdict billing;
};

/// A change of an existing ticket; `fields` only for foreign cases.
struct ticket_change {
  std::int64_t id = 0;
  bool sets_fields = false;
  ticket_fields fields;
  ticket_progress progress;
};

struct message_row {
  std::int64_t id = 0, ticket_id = 0, chat_id = 0, inbox_id = 0, contact_id = 0;
  const domain::chat_message* message = nullptr;
  std::string body;
  domain::instant received_at{};
};

/// A message shown with a further ticket.
struct message_link_row {
  std::int64_t ticket_id = 0, message_id = 0;
};

/// A message that waits for a person.
struct triage_row {
  std::int64_t message_id = 0, chat_id = 0;
  const char* reason = "";
  domain::instant at{};
};

/// What somebody of staff wrote to the hub itself.
struct command_row {
  std::int64_t message_id = 0, chat_id = 0, user_id = 0;
  domain::chat_command what;
  domain::instant at{};
};

/// A note of the hub's own, for staff.
struct remark_row {
  std::int64_t id = 0, ticket_id = 0;
  std::string body, author;
  domain::instant at{};
};

/// A ticket's first answer of staff that was not known of.
struct staff_answer {
  std::int64_t ticket_id = 0;
  domain::instant at{};
};

/// A message of ours that came back.
struct echo_row {
  std::int64_t send_id = 0, inbox_id = 0;
  std::string stanza;
  domain::instant at{};
};

struct history_row {
  domain::history_entry entry;
  domain::history_digest hash{};
};

struct ingest_rows {
  std::vector<inbox_row> inbox;
  std::vector<review_row> reviews;
  std::vector<session_row> sessions;
  std::vector<chat_row> chats;
  std::vector<contact_row> contacts;  // new or changed
  std::vector<alias_row> aliases;
  std::vector<ack_row> acks;
  std::vector<ticket_row> tickets;
  std::vector<ticket_change> changes;
  std::vector<message_row> messages;
  std::vector<message_link_row> links;
  std::vector<history_row> history;
  std::vector<staff_answer> answers;
  std::vector<echo_row> echoes;
  event_rows around;
  std::vector<std::int64_t> internal;  // messages that only staff read
  std::vector<triage_row> triage;
  std::vector<command_row> commands;
  std::vector<remark_row> remarks;
  std::unordered_map<std::string, std::int64_t> counters;  // scope → value after this batch

  std::vector<ingest_result> results;  // one per item of the batch
  std::vector<committed_event> events;
  std::vector<clock_wake> clocks;
};

}  // namespace fibrehub::store
