// Messages that belong to no ticket and wait for a person: read page by page, the oldest first; and
// placed into a ticket, made one of, or dismissed, one by one or with their chat's others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/commands/batch.hpp"

namespace fibrehub::store {

struct triage_view {
  std::int64_t message_id = 0, chat_id = 0;
  std::string reason;
  std::string channel, session, chat, chat_kind, chat_name, project;
  std::string author, phone, type, text, media_json, stanza, reply_to;
  std::int64_t waiting_in_chat = 0;  // this one included
  domain::instant sent_at{}, since{};
};
struct triage_page {
  std::vector<triage_view> items;
  std::optional<std::int64_t> next_after;
  std::int64_t waiting = 0;  // all of them
};
struct list_triage {
  using result = triage_page;
  std::optional<std::int64_t> chat_id{};
  std::optional<std::int64_t> after_id{};
  std::int64_t limit = 50;
};
std::optional<triage_page> run(connection& db, const list_triage& request);

/// Exactly one of `ticket_uid`, `make` and `dismiss`. 404: no such message, or it waits no more;
/// 409 `closed`; 400 for a ticket that is not the caller's to see. A ticket without a chat gets the
/// message's.
struct place_message {
  command_rules rules;
  std::int64_t message_id = 0;
  std::string ticket_uid;
  std::optional<domain::given_fields> make;  // fields of a new ticket; its title is the text's
  bool dismiss = false;
  bool with_chat = false;  // and all others of its chat that wait
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const place_message& request,
                  change_context& context);

}  // namespace fibrehub::store
