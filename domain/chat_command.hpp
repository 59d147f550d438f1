// What a technician tells the hub itself, in a chat: `status`, `start`, `done`, `note`, `photo`,
// `help`, with a ticket's UID or without. Reading what was written, and what is answered. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/people.hpp"
#include "domain/uid_finder.hpp"
#include "domain/workflow.hpp"

namespace fibrehub::domain {

enum class chat_verb { status, start, done, note, photo, help };
std::string_view name_of(chat_verb v);
std::optional<chat_verb> chat_verb_from(std::string_view name);

struct chat_command {
  chat_verb verb = chat_verb::help;
  std::string uid;   // the ticket named, or empty
  std::string text;  // what follows
};

/// A command is a message that begins with its word, in any case, `/` or `!` before it or not.
/// `help` stands alone; `status` and `start` take a UID and nothing else, `note` needs a text, and
/// so may `photo` have one only where `has_picture`. Anything else is an ordinary message.
std::optional<chat_command> read_chat_command(std::string_view text, const uid_finder& uids,
                                              bool has_picture);

/// What `done` asks for: `resolved` where the workflow lets this role do that from here, else `qa`
/// where it does; else `resolved`, to be refused with the reason.
ticket_status done_means(const workflow& moves, ticket_status from, role as);

std::string chat_help();

/// A ticket that could be meant.
struct chat_candidate {
  std::string uid, title, status;
};
/// "Which ticket?" with the first ten of them and how to say it.
std::string which_ticket(chat_verb verb, const std::vector<chat_candidate>& candidates);

/// What `status` answers; empty texts are left out.
struct chat_status {
  std::string uid, title, status, priority, due, address, drop, assignee;
};
std::string describe(const chat_status& s);

}  // namespace fibrehub::domain
