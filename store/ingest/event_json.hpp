// The body of an event about a ticket: enough to show a line about it without asking back.
#pragma once

#include "store/ingest/rows.hpp"

namespace fibrehub::store {

/// `created` is the new ticket's row, `fields` what a known ticket's fields were set to, `message`
/// the message that caused it; each may be null. `was` is the status before, where it changed.
std::string ticket_event_data(const std::string& uid, const ticket_row* created,
                              const ticket_fields* fields, const domain::chat_message* message,
                              const std::string& was = {});

/// The member `message` of "message.updated"; `text` is what the message says now.
std::string message_change_members(std::int64_t message_id, const domain::message_change& change,
                                   const std::string& by, const std::string& text);
std::string call_members(std::int64_t message_id, const domain::chat_message& call);
/// The members of "contact.presence" behind the ticket's UID.
std::string presence_members(const std::string& chat, const domain::presence_note::entry& entry);
/// A JSON array of texts.
std::string texts_json(const std::vector<std::string>& texts);

committed_event review_event(const ingest& item, const std::string& reason);

}  // namespace fibrehub::store
