// What WAHA answers to a call: the message it names, however the engine writes it, or why there is
// none. A 201 means "handed to the engine", not "sent".
#pragma once

#include "channels/waha/answers/failure.hpp"
#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

struct answer {
  std::optional<int> status;
  /// message, session, list, object, value or empty.
  std::string_view shape;
  /// Which place named the message: id, id._serialized, id.parts, key. Empty: none did, and the
  /// message is known by its echo (message.any) only.
  std::string_view id_from;
  std::optional<message_info> message;
  std::vector<message_info> messages;  // of a list; entries that are no messages are left out
  std::string session;
  std::string session_status;
  std::optional<std::int64_t> count;  // of a list's entries
  std::optional<failure> failed;
};

/// `doc` is the parsed body, null for an empty one; the result is free of it. Without a status the
/// body tells whether it is an error.
answer read_answer(const protocols::json::value* doc, call_context context, notes& out);

/// One line of JSON: docs/waha-events.md describes the fields.
std::string to_json(const answer& a, const notes& left_out);

}  // namespace fibrehub::channels::waha
