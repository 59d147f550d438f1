// What a server's engine, version and edition can do: one table, from the documentation of WAHA and
// from measuring it.
#pragma once

#include <string>
#include <string_view>

namespace fibrehub::channels::waha {

/// A message may be named by whoever sends it: NOWEB and GOWS, from 2026.4.3 on. What is unknown
/// cannot.
bool takes_message_ids(std::string_view engine, std::string_view version);

struct capabilities {
  bool signed_webhooks = false;   // with retries and headers of their own
  bool event_times = false;       // an envelope says when it was made
  bool status_history = false;    // session.status tells the states before
  bool group_acks = false;        // message.ack.group is an event of its own
  bool several_sessions = false;  // besides `default`
  bool sends_files = false;
  bool message_ids = false;         // whoever sends may name the message
  bool new_message_id = false;      // GET new-message-id
  bool narrow_keys = false;         // API keys for one session
  bool lists_past = false;          // chats and messages can be read (NOWEB: with its store)
  bool all_chats_at_once = false;   // messages of chat `all`
  bool lids = false;                // hidden ids can be looked up
  bool merged_chats = false;        // `merge`: a person's chats as one
  bool passkeys = false;            // pairing may want one
  bool tells_restrictions = false;  // session.status says that new chats are blocked
};
/// What is unknown cannot; of an unknown version nothing is promised.
capabilities capabilities_of(std::string_view engine, std::string_view version,
                             std::string_view tier);
/// A JSON object with a member for each.
std::string to_json(const capabilities& c);

/// A name as WhatsApp's own clients make them: `3EB0` and 20 random hexadecimal digits.
std::string new_message_id();

/// True when version `a` ("2026.4.3") is `b` or later; a version that cannot be read is earlier
/// than all.
bool is_at_least(std::string_view a, std::string_view b);

}  // namespace fibrehub::channels::waha
