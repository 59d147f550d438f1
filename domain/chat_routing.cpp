#include "domain/chat_routing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "domain/drop_number.hpp"
#include "domain/text.hpp"

namespace fibrehub::domain {
namespace {

constexpr std::size_t max_title_characters = 255;

constexpr std::array<std::string_view, 3> policy_names{"ticket", "triage", "keep"};

chat_route append_to(std::int64_t ticket_id) {
  return {chat_route::verdict::append, ticket_id, {}};
}

unmatched_policy policy_for(const chat_message& message, const chat_routing_rules& rules) {
  return message.kind == chat_kind::group ? rules.group : rules.direct;
}

const chat_ticket& written_to_last(std::span<const chat_ticket> open) {
  return *std::max_element(open.begin(), open.end(), [](const auto& a, const auto& b) {
    return std::pair(a.last_message_us, a.ticket_id) < std::pair(b.last_message_us, b.ticket_id);
  });
}

void add(std::vector<chat_route>& routes, chat_route one) {
  const bool known = std::any_of(routes.begin(), routes.end(), [&](const chat_route& r) {
    return r.what == one.what && r.ticket_id == one.ticket_id && r.drop == one.drop;
  });
  if (!known) routes.push_back(std::move(one));
}

/// The routes of the drops named, in their order.
void add_drops(std::vector<chat_route>& routes, const chat_message& message,
               std::span<const std::string> drops, std::span<const chat_ticket> open) {
  for (const std::string& drop : drops) {
    const auto it = std::find_if(open.begin(), open.end(),
                                 [&](const chat_ticket& t) { return t.drop == drop; });
    if (it != open.end()) {
      add(routes, append_to(it->ticket_id));
    } else if (!message.from_me) {
      add(routes, {chat_route::verdict::create, 0, drop});
    }
  }
}

bool leads_somewhere(const named_ticket& n) {
  return n.allowed && n.ticket_id != 0;
}

/// `DR1730654-01` names a ticket, not its drop a second time.
std::string without_uids(std::string text, std::span<const named_ticket> named) {
  for (const named_ticket& n : named)
    if (leads_somewhere(n) && n.at + n.size <= text.size())
      std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(n.at), n.size, ' ');
  return text;
}

/// The writer's own ticket that is meant; nothing: it could be several.
std::optional<std::int64_t> own_ticket_meant(std::span<const own_ticket> own) {
  std::vector<own_ticket> candidates;
  std::copy_if(own.begin(), own.end(), std::back_inserter(candidates),
               [](const own_ticket& t) { return t.in_progress; });
  if (candidates.empty()) candidates.assign(own.begin(), own.end());
  if (candidates.size() == 1) return candidates.front().ticket_id;
  const auto latest = std::max_element(
      candidates.begin(), candidates.end(), [](const own_ticket& a, const own_ticket& b) {
        return std::pair(a.talked_us, a.ticket_id) < std::pair(b.talked_us, b.ticket_id);
      });
  if (latest->talked_us == 0) return std::nullopt;
  return latest->ticket_id;
}

/// Where a message goes that leads nowhere itself.
void follow_conversation(chat_routing& out, const chat_message& message,
                         std::span<const chat_ticket> open, const chat_routing_rules& rules,
                         const message_facts& facts) {
  using wait = chat_routing::wait;
  if (!open.empty()) {
    out.main = append_to(written_to_last(open).ticket_id);
    return;
  }
  if (message.from_me) return;
  if (!facts.own.empty()) {
    if (const auto meant = own_ticket_meant(facts.own)) {
      out.main = append_to(*meant);
    } else if (!facts.is_command) {
      out.waits = wait::ambiguous;
    }
    return;
  }
  if (facts.is_command) return;
  const unmatched_policy policy = policy_for(message, rules);
  if (policy == unmatched_policy::ticket) out.main = {chat_route::verdict::create, 0, {}};
  if (policy == unmatched_policy::triage) out.waits = wait::unmatched;
}

}  // namespace

std::string_view name_of(unmatched_policy p) {
  return policy_names[static_cast<std::size_t>(p)];
}

std::optional<unmatched_policy> unmatched_policy_from(std::string_view name) {
  const auto it = std::find(policy_names.begin(), policy_names.end(), name);
  if (it == policy_names.end()) return std::nullopt;
  return static_cast<unmatched_policy>(it - policy_names.begin());
}

std::span<const std::string_view> unmatched_policy_names() {
  return policy_names;
}

chat_routing route(const chat_message& message, std::span<const chat_ticket> open,
                   const chat_routing_rules& rules, const message_facts& facts) {
  chat_routing out;
  if (message.kind == chat_kind::broadcast) return out;
  std::vector<chat_route> routes;
  if (facts.quoted != 0) add(routes, append_to(facts.quoted));
  const auto drops = facts.named.empty()
                         ? find_drop_numbers(message.text)
                         : find_drop_numbers(without_uids(message.text, facts.named));
  const auto counted = std::span(drops).first(std::min(drops.size(), max_drops_per_message));
  add_drops(routes, message, counted, open);
  for (const named_ticket& n : facts.named) {
    if (leads_somewhere(n)) {
      add(routes, append_to(n.ticket_id));
    } else {
      out.unreached.push_back(n);
    }
  }
  if (facts.is_command)
    std::erase_if(routes,
                  [](const chat_route& r) { return r.what == chat_route::verdict::create; });
  if (routes.empty()) {
    follow_conversation(out, message, open, rules, facts);
    return out;
  }
  out.left_out = facts.is_command ? 0 : drops.size() - counted.size();
  out.main = std::move(routes.front());
  out.others.assign(std::make_move_iterator(routes.begin() + 1),
                    std::make_move_iterator(routes.end()));
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
