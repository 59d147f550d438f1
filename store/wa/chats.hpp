// The chats of WhatsApp: found, looked at, and set.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/chat_routing.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

struct chat_member {
  std::string name, phone;
  std::vector<std::string> ids;
  std::int64_t messages = 0;
  domain::instant last_at{};
};

struct chat_view {
  std::int64_t id = 0;
  std::string channel, session, ext_id, kind, name, phone, project_code, unmatched;
  std::int64_t project_id = 0;
  bool commands = true;
  std::int64_t open_tickets = 0, waiting = 0;  // waiting: for a person
  std::string ticket_uid;                      // the open one that was written to last
  std::optional<domain::instant> last_message_at;
  domain::instant created_at{};
};

struct chat_page {
  std::vector<chat_view> items;
  std::optional<std::int64_t> next_before;
};

/// The newest chats first. Empty texts mean all.
struct list_chats {
  using result = chat_page;
  std::string ticket_uid{}, session{}, kind{};
  std::string text{};  // part of the name, a phone number or an id
  std::optional<std::int64_t> project_id{};
  std::optional<std::int64_t> before_id{};
  std::int64_t limit = 50;
  domain::principal by;  // of `ticket_uid`, which has to be visible
};
std::optional<chat_page> run(connection& db, const list_chats& request);

/// One, with those who wrote in it: the latest 100.
struct chat_detail {
  chat_view chat;
  std::vector<chat_member> members;
};
struct get_chat {
  using result = chat_detail;
  std::int64_t id = 0;
};
std::optional<chat_detail> run(connection& db, const get_chat& request);

std::string chat_json(const chat_view& c);

/// What is given is set. 404; 409 `project_has_group` for a group where the project has another
/// one.
struct edit_chat {
  std::int64_t id = 0;
  std::optional<std::int64_t> project_id;  // 0: none
  /// Of the outer: given. Of the inner: nothing, as the bridge says.
  std::optional<std::optional<domain::unmatched_policy>> unmatched;
  std::optional<bool> commands;
  std::optional<std::string> name;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const edit_chat& request,
                  change_context& context);

}  // namespace fibrehub::store
