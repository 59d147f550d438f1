// In which chat staff talk about a ticket: in the group of its project, or one to one with whoever
// works on it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/ticket.hpp"

namespace fibrehub::domain {

enum class chat_mode {
  automatic,   // by priority
  group,       // the project's group
  individual,  // one to one
  chat         // the one somebody has chosen
};
std::string_view name_of(chat_mode m);  // "auto", "group", "individual", "chat"
std::optional<chat_mode> chat_mode_from(std::string_view name);

struct chat_choice_facts {
  chat_mode mode = chat_mode::automatic;
  ticket_priority priority = ticket_priority::medium;
  std::int64_t project_id = 0;     // 0: the ticket has none
  std::int64_t project_group = 0;  // its group's chat, 0: it has none
  std::int64_t assignee = 0;       // 0: nobody
  std::string assignee_name;
  bool assignee_has_phone = false;
  std::int64_t chosen_chat = 0;  // of mode chat
};

struct chat_choice {
  enum class kind { none, group, individual, chat } what = kind::none;
  std::int64_t chat_id = 0;  // of a group or a chosen chat
  std::string reason;        // one sentence for people, also of why there is none
};

/// Low and medium go to the project's group, high and critical to the technician; where the one is
/// not to be had, to the other. A way that somebody chose is kept to.
chat_choice choose_chat(const chat_choice_facts& f);

}  // namespace fibrehub::domain
