#include "web/feed/ws_protocol.hpp"

#include <fmt/format.h>

#include "domain/event_kinds.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::web {
namespace {

namespace json = protocols::json;
using action = ws_protocol::action;

constexpr std::size_t max_depth = 4;
constexpr std::size_t max_uid_bytes = 100;

/// Why the object has a member it should not; empty when it has not.
std::string unknown_member(const json::value& v, std::initializer_list<std::string_view> known) {
  for (const auto& m : v.GetObject()) {
    const std::string_view name{m.name.GetString(), m.name.GetStringLength()};
    if (std::find(known.begin(), known.end(), name) == known.end())
      return fmt::format("{} is not known here", name.substr(0, 40));
  }
  return {};
}

/// A list of texts, or why it is none; an absent one is empty.
tl::expected<std::vector<std::string>, std::string> texts(const json::value& v, const char* name,
                                                          std::size_t limit) {
  std::vector<std::string> out;
  const json::value* list = json::find(v, name);
  if (list == nullptr || list->IsNull()) return out;
  const auto wrong =
      tl::unexpected(fmt::format("{} must be a list of up to {} texts", name, limit));
  if (!list->IsArray() || list->Size() > limit) return wrong;
  for (const auto& item : list->GetArray()) {
    if (!item.IsString() || item.GetStringLength() == 0 || item.GetStringLength() > max_uid_bytes)
      return wrong;
    out.emplace_back(item.GetString(), item.GetStringLength());
  }
  return out;
}

bool is_kind(const std::string& name) {
  return std::find(domain::event_kinds.begin(), domain::event_kinds.end(), name) !=
         domain::event_kinds.end();
}

}  // namespace

action ws_protocol::take(std::string_view message, protocols::steady_time now) {
  if (!messages_.take(now)) return refuse{"too_many_messages"};
  const auto parsed = json::parse(message, max_depth);
  if (!parsed || !parsed->IsObject()) return refuse{"a message must be a JSON object"};
  const std::string_view type = json::text(*parsed, "type");
  if (type == "ping") return say{R"({"type":"pong"})"};
  if (type == "auth") {
    if (signed_in_) return refuse{"signed in already"};
    const std::string_view token = json::text(*parsed, "token");
    if (token.empty() || token.size() > max_token_bytes) return refuse{"token is missing"};
    return authenticate{std::string(token)};
  }
  if (type == "subscribe") return signed_in_ ? subscribe(*parsed) : action(refuse{"sign in first"});
  return refuse{"type must be auth, subscribe or ping"};
}

action ws_protocol::subscribe(const json::value& message) {
  if (auto no = unknown_member(message, {"type", "kinds", "tickets", "last_event_id"}); !no.empty())
    return refuse{std::move(no)};
  auto kinds = texts(message, "kinds", domain::event_kinds.size());
  if (!kinds) return refuse{std::move(kinds.error())};
  auto tickets = texts(message, "tickets", max_tickets);
  if (!tickets) return refuse{std::move(tickets.error())};
  for (const std::string& kind : *kinds)
    if (!is_kind(kind)) return refuse{fmt::format("{} is no kind of event", kind)};
  feed_filter filter{std::move(*kinds), std::move(*tickets)};
  const json::value* last = json::find(message, "last_event_id");
  if (last == nullptr || last->IsNull()) {
    if (begun_) return change{std::move(filter)};
    begun_ = true;
    return begin{std::move(filter), std::nullopt};
  }
  if (begun_) return refuse{"last_event_id counts in the first subscribe only"};
  if (!last->IsString() || last->GetStringLength() > max_last_id_bytes)
    return refuse{"last_event_id must be the id of an event"};
  begun_ = true;
  return begin{std::move(filter), std::string(last->GetString(), last->GetStringLength())};
}

}  // namespace fibrehub::web
