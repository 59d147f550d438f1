// Where staff talk about a ticket: which chat it is now and why, somebody's choice, and the chat
// itself, made where there is none yet.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "domain/chat_choice.hpp"
#include "domain/ticket_commands.hpp"
#include "store/change.hpp"
#include "store/wa/chat_post.hpp"
#include "store/wa/line.hpp"

namespace fibrehub::store {

struct staff_chat {
  domain::chat_mode mode = domain::chat_mode::automatic;
  domain::chat_choice choice;
  /// With id 0: nobody has written in it yet. Nothing: there is none to be had.
  std::optional<chat_address> chat;
  std::string name;       // the group's, or the person's
  std::string chosen_by;  // empty: it follows the rule
};

/// Of a ticket that is there. Throws the causes of store/pq.hpp.
staff_chat find_staff_chat(connection& db, pqxx::transaction_base& tx, std::int64_t ticket_id,
                           domain::ticket_priority priority, const wa_line& line);

/// The direct chat with this number (digits, with the country's code): the one there is, or with id
/// 0 the one it would be by `line`; nothing without a line.
std::optional<chat_address> find_direct_chat(connection& db, pqxx::transaction_base& tx,
                                             const std::string& digits, const wa_line& line);
/// Gives a chat that has none its row.
void make_chat(connection& db, pqxx::transaction_base& tx, chat_address& chat, std::int64_t id,
               const std::string& name, domain::instant at);

struct message_chat {
  chat_address chat;
  bool of_customer = false;  // the one the ticket came by, under whatever name it is known now
};

/// Where a message of staff goes: `to` is "customer", "staff" or empty. Error 409 `no_chat`, with
/// the reason.
tl::expected<message_chat, error> chat_for_message(connection& db, pqxx::transaction_base& tx,
                                                   const domain::ticket_record& ticket,
                                                   const std::string& to, const wa_line& line,
                                                   const std::function<std::int64_t()>& next_id,
                                                   domain::instant at);

/// The present choice as the API shows it: an object.
std::string staff_chat_json(const staff_chat& c);

/// It, for those who may see the ticket; not_found for a client's people.
struct get_staff_chat {
  using result = std::string;  // JSON
  std::string uid;
  domain::principal by;
  wa_line line;
};
std::optional<std::string> run(connection& db, const get_staff_chat& request);

/// Chooses; `automatic` takes a choice back. A chat is named by its id: any of them by who may read
/// all, by others one in which the ticket was talked about.
struct choose_staff_chat {
  std::string uid;
  domain::chat_mode mode = domain::chat_mode::automatic;
  std::int64_t chat_id = 0;
  wa_line line;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const choose_staff_chat& request,
                  change_context& context);

/// Opens a chat for a ticket and chooses it: the project's group, or one to one with this number,
/// else with whoever works on the ticket.
struct open_chat {
  std::string uid;
  bool group = false;
  std::string phone;  // empty: the assignee's
  wa_line line;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const open_chat& request,
                  change_context& context);

}  // namespace fibrehub::store
