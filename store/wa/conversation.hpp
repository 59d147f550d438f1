// What was said: of a ticket with what stands around it, or of a chat as such. In the order of its
// sending, read from the end, from a place on, or up to one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/queries/tickets.hpp"
#include "store/wa/line.hpp"

namespace fibrehub::store {

/// A place in a conversation: when something was said, and its id among what was said then.
struct said_at {
  std::int64_t us = 0, id = 0;
};

/// Where a message stands in its conversation.
struct said_where {
  bool internal = false, evidence = false;
  std::string chat_kind, chat_name, ticket_uid;
};

struct said {
  said_at at;
  std::optional<message_view> message;  // or
  std::optional<note_view> note;
  said_where in;  // of a message
};

struct talk_page {
  std::vector<said> items;                // oldest first
  std::optional<said_at> earlier, later;  // where the pages before and after it begin, if any
  std::optional<std::int64_t> total;      // only when asked by offset
};

struct talk_window {
  std::optional<said_at> before, after;  // one at most; neither: the latest
  std::optional<std::int64_t> offset;    // instead: from the oldest on
  std::int64_t limit = 50;
};

/// Somebody who wrote, by all the ids they are known by.
struct talk_person {
  std::string name, phone;
  std::vector<std::string> ids;
};

struct related_ticket {
  std::string uid, title, status, why;  // same_drop, same_contact, or the kind of a link
};

struct conversation_view {
  domain::ticket_record ticket;
  ticket_names names;
  talk_page page;
  std::vector<talk_person> people;      // who wrote, those of the customer's chat first
  std::vector<related_ticket> related;  // at most 20
  std::vector<history_view> history;    // the latest 10, newest first; none for clients
};

/// Of a ticket that `by` may see. A client's people get what is not internal.
struct get_conversation {
  using result = conversation_view;
  std::string uid;
  talk_window window;
  bool notes = false;   // among the messages
  bool context = true;  // people, related tickets, history
  domain::principal by;
};
std::optional<conversation_view> run(connection& db, const get_conversation& request);

/// Of a chat: what belongs to tickets `by` may see, and for those who see all what belongs to none.
struct get_chat_talk {
  using result = talk_page;
  std::int64_t chat_id = 0;
  talk_window window;
  domain::principal by;
};
std::optional<talk_page> run(connection& db, const get_chat_talk& request);

}  // namespace fibrehub::store
