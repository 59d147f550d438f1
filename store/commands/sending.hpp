// What the commands that send have in common. For .cpp files of this folder only.
#pragma once

#include <string>

#include "store/commands/batch.hpp"
#include "store/sends/take.hpp"

namespace fibrehub::store {

/// What is owed to a chat.
struct owed_send {
  std::int64_t id = 0;  // of the send, and of its message where it is one
  domain::send_kind what = domain::send_kind::text;
  std::int64_t message_id = 0, target_id = 0;
  std::string text, reply_to;  // full name, or empty
  std::string target;          // full name
  std::string echo_type;
  sent_file file = {};
  sent_place place = {};
  bool typing_on = false;
};

/// What a message says, as the conversation shows it and as it leaves.
struct message_content {
  domain::send_kind kind = domain::send_kind::text;
  std::string text;        // that leaves
  std::string shown;       // in the conversation
  std::string media_json;  // or empty
  sent_file file = {};
  sent_place place = {};
};

/// The name of a message in full, as WAHA's calls want it.
struct message_name {
  bool ours = false;
  std::string chat, stanza;
  bool group = false;
  std::string author;  // in groups: who wrote it, or empty
};
std::string full_name(const message_name& n);

error field_error(const char* field, std::string why);

}  // namespace fibrehub::store
