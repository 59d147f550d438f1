#include "domain/chat_routing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

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

const chat_ticket& written_to_last(std::span<const chat_ticket> open) {
  return *std::max_element(open.begin(), open.end(), [](const auto& a, const auto& b) {
    return std::pair(a.last_message_us, a.ticket_id) < std::pair(b.last_message_us, b.ticket_id);
  });
}

/// The routes of the drops named, in their order.
std::vector<chat_route> routes_by_drop(const chat_message& message,
                                       std::span<const std::string> drops,
                                       std::span<const chat_ticket> open) {
  std::vector<chat_route> out;
  for (const std::string& drop : drops) {
    const auto it = std::find_if(open.begin(), open.end(),
                                 [&](const chat_ticket& t) { return t.drop == drop; });
    if (it != open.end()) {
      out.push_back(append_to(*it));
    } else if (!message.from_me) {
      out.push_back({chat_route::verdict::create, 0, drop});
    }
  }
  return out;
}

}  // namespace

chat_routing route(const chat_message& message, std::span<const chat_ticket> open,
                   const chat_routing_rules& rules) {
  chat_routing out;
  if (message.kind == chat_kind::broadcast) return out;
  const auto drops = find_drop_numbers(message.text);
  const auto counted = std::span(drops).first(std::min(drops.size(), max_drops_per_message));
  if (auto routes = routes_by_drop(message, counted, open); !routes.empty()) {
    out.left_out = drops.size() - counted.size();
    out.main = std::move(routes.front());
    out.others.assign(std::make_move_iterator(routes.begin() + 1),
                      std::make_move_iterator(routes.end()));
  } else if (!open.empty()) {
    out.main = append_to(written_to_last(open));
  } else if (!message.from_me && policy_for(message, rules) == unmatched_policy::ticket) {
    out.main = {chat_route::verdict::create, 0, {}};
  }
  return out;
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
