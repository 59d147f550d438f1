#include "domain/chat_routing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/drop_number.hpp"
#include "domain/text.hpp"

namespace fibrehub::domain {
namespace {

constexpr std::size_t max_title_characters = 255;

chat_route append_to(const chat_ticket& ticket) {
  return {chat_route::verdict::append, ticket.ticket_id, {}};
}

unmatched_policy policy_for(const chat_message& message, const chat_routing_rules& rules) {
  return message.kind == chat_kind::group ? rules.group : rules.direct;
}

}  // namespace

chat_route route(const chat_message& message, std::span<const chat_ticket> open,
                 const chat_routing_rules& rules) {
  if (message.kind == chat_kind::broadcast) return {};
  const auto drops = find_drop_numbers(message.text);
  for (const std::string& drop : drops) {
    auto it = std::find_if(open.begin(), open.end(),
                           [&](const chat_ticket& t) { return t.drop == drop; });
    if (it != open.end()) return append_to(*it);
  }
  if (message.from_me) return open.empty() ? chat_route{} : append_to(open.back());
  if (!drops.empty()) return {chat_route::verdict::create, 0, drops.front()};
  if (!open.empty()) return append_to(open.back());
  if (policy_for(message, rules) == unmatched_policy::keep) return {};
  return {chat_route::verdict::create, 0, {}};
}

std::string title_for(const chat_message& message) {
  std::string line = first_line(message.text, max_title_characters);
  if (!line.empty()) return line;
  const std::string who = message.author_name.empty() ? message.author : message.author_name;
  const std::string what =
      message.type.empty() || message.type == "text" ? "message" : message.type;
  return first_line(fmt::format("WhatsApp {} from {}", what, who), max_title_characters);
}

}  // namespace fibrehub::domain
