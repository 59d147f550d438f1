#include "domain/chat_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fibrehub::domain {
namespace {

using kind = chat_choice::kind;

constexpr std::array<std::string_view, 4> modes{"auto", "group", "individual", "chat"};

std::string why_no_group(const chat_choice_facts& f) {
  return f.project_id == 0 ? "the ticket has no project" : "its project has no group chat";
}

std::string why_nobody(const chat_choice_facts& f) {
  return f.assignee == 0 ? "nobody is assigned"
                         : fmt::format("{} has no phone number", f.assignee_name);
}

bool has_group(const chat_choice_facts& f) {
  return f.project_group != 0;
}
bool has_person(const chat_choice_facts& f) {
  return f.assignee != 0 && f.assignee_has_phone;
}

chat_choice to_group(const chat_choice_facts& f, std::string reason) {
  return {kind::group, f.project_group, std::move(reason)};
}
chat_choice to_person(std::string reason) {
  return {kind::individual, 0, std::move(reason)};
}

chat_choice by_priority(const chat_choice_facts& f) {
  const bool urgent =
      f.priority == ticket_priority::high || f.priority == ticket_priority::critical;
  const std::string_view priority = name_of(f.priority);
  if (urgent && has_person(f))
    return to_person(fmt::format("priority {}: one to one with {}", priority, f.assignee_name));
  if (!urgent && has_group(f))
    return to_group(f, fmt::format("priority {}: the project's group", priority));
  if (urgent && has_group(f))
    return to_group(
        f, fmt::format("priority {}, but {}: the project's group", priority, why_nobody(f)));
  if (!urgent && has_person(f))
    return to_person(fmt::format("priority {}, but {}: one to one with {}", priority,
                                 why_no_group(f), f.assignee_name));
  return {kind::none, 0, fmt::format("{}, and {}", why_no_group(f), why_nobody(f))};
}

}  // namespace

std::string_view name_of(chat_mode m) {
  return modes[static_cast<std::size_t>(m)];
}

std::optional<chat_mode> chat_mode_from(std::string_view name) {
  const auto it = std::find(modes.begin(), modes.end(), name);
  if (it == modes.end()) return std::nullopt;
  return static_cast<chat_mode>(it - modes.begin());
}

chat_choice choose_chat(const chat_choice_facts& f) {
  switch (f.mode) {
    case chat_mode::automatic:
      break;
    case chat_mode::group:
      if (has_group(f)) return to_group(f, "the project's group was chosen");
      return {kind::none, 0, "the project's group was chosen, but " + why_no_group(f)};
    case chat_mode::individual:
      if (has_person(f))
        return to_person(fmt::format("one to one with {} was chosen", f.assignee_name));
      return {kind::none, 0, "one to one was chosen, but " + why_nobody(f)};
    case chat_mode::chat:
      return {kind::chat, f.chosen_chat, "this chat was chosen"};
  }
  return by_priority(f);
}

}  // namespace fibrehub::domain
