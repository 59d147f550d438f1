// A text that leaves by a chat: the message, its send and the row of the outbox, in one statement.
#pragma once

#include <cstdint>
#include <string>

#include "domain/time.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// A chat as far as writing into it needs it.
struct chat_address {
  std::int64_t id = 0;
  std::string channel, session, ext_id;  // the address that answers go to
  bool group = false;
  std::string name = {};  // its own, whatever the address is now; empty: the address
};

/// What is said in a chat leaves in order, by whatever address.
std::string lane_of(const chat_address& chat);

struct chat_post {
  chat_address chat;
  std::int64_t id = 0;         // the message's to be
  std::int64_t ticket_id = 0;  // the ticket it is about; the message itself is the chat's
  std::string text, author;
  std::string reply_to;     // id of the message it answers, or empty
  std::string quoted_name;  // that message's full name, as the bridge wants it
};

/// Throws the causes of store/pq.hpp.
void write_chat_post(connection& db, pqxx::transaction_base& tx, const chat_post& post,
                     domain::instant at);

/// The full name of a message: `false_<chat>_<id>`, with its author behind in groups.
std::string full_message_name(bool ours, const chat_address& chat, const std::string& id,
                              const std::string& author);

}  // namespace fibrehub::store
