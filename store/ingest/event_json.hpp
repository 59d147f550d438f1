// The body of an event about a ticket: enough to show a line about it without asking back.
#pragma once

#include "store/ingest/rows.hpp"

namespace fibrehub::store {

/// `created` is the new ticket's row, `fields` what a known ticket's fields were set to, `message`
/// the message that caused it; each may be null. `was` is the status before, where it changed.
std::string ticket_event_data(const std::string& uid, const ticket_row* created,
                              const ticket_fields* fields, const domain::chat_message* message,
                              const std::string& was = {});

committed_event review_event(const ingest& item, const std::string& reason);

}  // namespace fibrehub::store
