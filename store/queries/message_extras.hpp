// What became of messages after they were sent, and what they refer to: for whatever shows
// messages.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/people.hpp"
#include "domain/time.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

/// Somebody as he is known in the chats; the name may be empty.
struct named_person {
  std::string id, name;
};

struct reaction_view {
  std::string emoji;
  named_person by;
  domain::instant at{};
};

struct vote_view {
  std::string options_json;  // an array of texts
  named_person by;
  domain::instant at{};
};

struct poll_view {
  std::string
      question_json;  // {"question", "options", "multiple"}; empty: its question is not known
  std::vector<vote_view> votes;
};

/// The message that is answered. Without an id it is not here, or not yet.
struct quoted_view {
  std::int64_t id = 0;
  std::string message_id, author, direction, type, text;  // the beginning of the text
  bool revoked = false;
};

/// How far a message of ours got with one member of a group.
struct receipt_view {
  named_person who;
  int level = 0;  // of domain::message_ack
  domain::instant at{};
};

struct message_extras {
  std::optional<domain::instant> edited_at, revoked_at;
  std::int64_t edits = 0;
  std::vector<reaction_view> reactions;  // the latest of each person, oldest first
  std::optional<quoted_view> quoted;
  std::vector<named_person> mentions;
  std::optional<poll_view> poll;
  std::vector<receipt_view> receipts;  // in groups
};

/// By the messages' own ids; those without anything are absent. Texts that were taken back are left
/// out for a client's people. One statement, none for no messages. What `tx` may see.
std::unordered_map<std::int64_t, message_extras> read_message_extras(
    connection& db, pqxx::transaction_base& tx, std::span<const std::int64_t> message_ids,
    domain::role reader);

/// Members of the message's object with their JSON: edited_at, edits, revoked_at, reactions,
/// quoted, mentions, poll.
std::vector<std::pair<const char*, std::string>> message_extra_fields(const message_extras& extras);
/// The array `participants` of a delivery; empty text where there is none.
std::string receipts_json(const message_extras& extras);

/// Everything a message ever said, the first text first; staff only.
struct message_edit_view {
  std::string text;
  named_person by;  // empty: its author
  domain::instant at{};
};
struct message_edits {
  std::vector<message_edit_view> texts;
  std::optional<domain::instant> revoked_at;
  named_person revoked_by;
};
struct get_message_edits {
  using result = message_edits;
  std::string uid;
  std::int64_t message_id = 0;
  domain::principal by;
};
/// Nothing: there is no such ticket or message, or `by` may not see it.
std::optional<message_edits> run(connection& db, const get_message_edits& request);

}  // namespace fibrehub::store
