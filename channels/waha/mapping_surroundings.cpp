// What happens around messages, as the hub applies it: calls, groups, presence, archived chats,
// labels.
#include <fmt/format.h>

#include <algorithm>

#include "channels/waha/events/chat_events.hpp"
#include "channels/waha/events/dedup_key.hpp"
#include "channels/waha/identity.hpp"
#include "channels/waha/meaning.hpp"
#include "domain/message_history.hpp"
#include "protocols/signature.hpp"

namespace fibrehub::channels::waha {
namespace {

constexpr std::size_t max_names_shown = 20;

/// A line of the conversation that nobody wrote.
domain::chat_message note_in(const envelope& e, std::string chat, domain::instant at) {
  domain::chat_message out;
  out.session = e.session;
  out.kind = kind_of(chat);
  out.chat = std::move(chat);
  out.sent_at = at;
  return out;
}

/// "+27831112222" for a phone, else the id.
std::string shown(const std::string& id) {
  const std::size_t at = id.find("@c.us");
  return at == std::string::npos ? id : "+" + id.substr(0, at);
}

std::string names_of(const std::vector<domain::group_member>& members) {
  std::string out;
  for (std::size_t i = 0; i < members.size() && i < max_names_shown; ++i)
    out +=
        (i == 0 ? "" : ", ") + shown(members[i].phone.empty() ? members[i].id : members[i].phone);
  if (members.size() > max_names_shown)
    out += fmt::format(" and {} more", members.size() - max_names_shown);
  return out;
}

std::optional<domain::inbound> map_call(const envelope& e, call_event c,
                                        domain::instant received_at) {
  const auto step = domain::call_step_from(c.state);
  if (!step || c.from.empty() || (e.me && (c.from == e.me->id || c.from == e.me->lid)))
    return std::nullopt;
  domain::call_note out;
  out.what = *step;
  out.message = note_in(e, c.from, happened_at(e, c.at, received_at));
  if (out.message.kind == domain::chat_kind::broadcast) return std::nullopt;
  if (out.message.kind == domain::chat_kind::direct) out.message.author = std::move(c.from);
  out.message.message_id = "call/" + c.id;
  out.message.type = "call";
  out.message.text = domain::call_text(*step, c.video.value_or(false), c.group.value_or(false));
  return out;
}

/// What the people named are after it.
std::string role_after(const group_event& g, const std::string& told) {
  if (g.change == "leave") return "left";
  if (g.change == "promote") return told == "superadmin" ? told : "admin";
  if (g.change == "demote" || told.empty() || told == "left") return "participant";
  return told;
}

std::string describe(const group_event& g, const std::vector<domain::group_member>& members) {
  if (g.action == "joined")
    return g.subject && !g.subject->empty()
               ? fmt::format("Our line is in the group “{}”", *g.subject)
               : "Our line is in the group";
  if (g.action == "left") return "Our line has left the group";
  if (g.action == "participants") {
    if (members.empty()) return {};
    const std::string names = names_of(members);
    if (g.change == "join") return "Joined: " + names;
    if (g.change == "leave") return "Left: " + names;
    if (g.change == "promote") return "Admin now: " + names;
    if (g.change == "demote") return "No admin any more: " + names;
    return {};
  }
  if (g.subject) return fmt::format("The group is called “{}”", *g.subject);
  if (g.description) return "The description of the group has changed";
  return "The settings of the group have changed";
}

std::optional<domain::inbound> map_group(const envelope& e, group_event g,
                                         domain::instant received_at, const std::string& key) {
  if (kind_of(g.id) != domain::chat_kind::group) return std::nullopt;
  domain::group_change out;
  for (group_participant& p : g.participants) {
    std::string role = role_after(g, p.role);
    out.members.push_back({std::move(p.id), std::move(p.phone_id), std::move(role)});
  }
  out.message = note_in(e, g.id, happened_at(e, g.at, received_at));
  out.message.message_id = "group/" + protocols::to_hex(protocols::digest16(key));
  out.message.type = "group_change";
  // Bridges that tell both families tell the same twice: the old one is not shown again.
  if (e.event.starts_with("group.v2.")) out.message.text = describe(g, out.members);
  out.subject = std::move(g.subject);
  out.description = std::move(g.description);
  if (g.action == "left" && e.me && !e.me->id.empty())
    out.members.push_back({e.me->id, {}, "left"});
  return out;
}

std::optional<domain::inbound> map_presence(const envelope& e, presence_event p) {
  if (kind_of(p.chat) == domain::chat_kind::broadcast) return std::nullopt;
  domain::presence_note out;
  out.session = e.session;
  for (presence_entry& entry : p.entries)
    out.entries.push_back({entry.participant.empty() ? p.chat : std::move(entry.participant),
                           std::move(entry.state), entry.last_seen});
  out.chat = std::move(p.chat);
  if (out.entries.empty()) return std::nullopt;
  return out;
}

domain::inbound map_label(const envelope& e, label_event l, domain::instant received_at) {
  domain::label_change out;
  out.session = e.session;
  out.label = std::move(l.id);
  out.chat = std::move(l.chat);
  out.removed = l.action == "deleted" || l.action == "chat_deleted";
  out.name = std::move(l.name);
  out.color = std::move(l.color_hex);
  if (out.color.empty() && l.color) out.color = std::to_string(*l.color);
  out.at = happened_at(e, std::nullopt, received_at);
  return out;
}

/// The key it is known by, and what is applied; nothing: it is kept raw.
template <class Event, class Map>
meaning mapped(const envelope& e, tl::expected<Event, problem> read, std::string_view body,
               const Map& map) {
  if (!read) return {transport_key(e, body), {}, domain::kept{}};
  std::string key = dedup_key(e, *read, body);
  std::optional<domain::inbound> what = map(std::move(*read), key);
  return {std::move(key), {}, what ? std::move(*what) : domain::inbound(domain::kept{})};
}

}  // namespace

meaning map_surroundings(const envelope& e, std::string_view kind, domain::instant received_at,
                         std::string_view body) {
  if (kind == "call")
    return mapped(e, read_call(e), body, [&](call_event c, const std::string&) {
      return map_call(e, std::move(c), received_at);
    });
  if (kind == "group")
    return mapped(e, e.event.starts_with("group.v2.") ? read_group(e) : read_old_group(e), body,
                  [&](group_event g, const std::string& key) {
                    return map_group(e, std::move(g), received_at, key);
                  });
  if (kind == "presence")
    return mapped(e, read_presence(e), body, [&](presence_event p, const std::string&) {
      return map_presence(e, std::move(p));
    });
  if (kind == "chat_archive")
    return mapped(e, read_archive(e), body, [&](archive_event a, const std::string&) {
      return std::optional<domain::inbound>(domain::chat_archived{
          e.session, std::move(a.chat), a.archived, happened_at(e, a.at, received_at)});
    });
  if (kind == "label")
    return mapped(e, read_label(e), body, [&](label_event l, const std::string&) {
      return std::optional<domain::inbound>(map_label(e, std::move(l), received_at));
    });
  return {transport_key(e, body), {}, domain::kept{}};
}

}  // namespace fibrehub::channels::waha
