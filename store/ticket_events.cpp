#include "store/ticket_events.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/text.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using domain::field;

std::string changed_fields(const std::vector<domain::change_entry>& entries) {
  std::vector<std::string> names;
  for (const domain::change_entry& e : entries) {
    if (e.field.empty()) continue;
    std::string name = json_string(e.field);
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return fmt::format("[{}]", fmt::join(names, ","));
}

/// What everybody hears who sees the ticket, without the closing brace.
std::string basics(const domain::ticket_record& t) {
  const auto text = [&](field f) { return json_string(domain::at(t.values, f).value_or("")); };
  return fmt::format(
      R"({{"ticket_uid":{},"title":{},"status":{},"priority":{},"source":{},"version":{})",
      json_string(t.uid), text(field::title), text(field::status), text(field::priority),
      text(field::source), t.version);
}

/// `more` is for staff, `outside` for people of the ticket's client: members after a comma.
committed_event& add(std::vector<committed_event>& out, const char* kind,
                     const domain::ticket_record& t, const write_origin& origin,
                     const std::string& more, const std::string& outside = {}) {
  committed_event& e = out.emplace_back();
  e.kind = kind;
  e.ticket_uid = t.uid;
  e.at = origin.at;
  e.access.who = domain::event_access::circle::ticket;
  e.access.owner = domain::ownership_of(t);
  e.outside_json = basics(t);
  e.data_json = fmt::format(R"({},"by":{}{}}})", e.outside_json, json_string(origin.by.name), more);
  e.outside_json += outside + "}";
  return e;
}

bool is_same(const domain::ticket_ownership& a, const domain::ticket_ownership& b) {
  return a.assigned_to == b.assigned_to && a.assigned_team == b.assigned_team &&
         a.client_id == b.client_id;
}

std::string id_or_null(std::int64_t id) {
  return id == 0 ? "null" : std::to_string(id);
}

std::string assignee(const domain::ticket_ownership& o) {
  return fmt::format(R"("assigned_to":{},"assigned_team":{})", id_or_null(o.assigned_to),
                     id_or_null(o.assigned_team));
}

}  // namespace

ticket_standing standing_of(const domain::ticket_record& ticket) {
  return {domain::ownership_of(ticket), domain::at(ticket.values, field::status).value_or("")};
}

void announce_ticket(std::vector<committed_event>& out, const char* kind,
                     const domain::ticket_record& ticket, const ticket_standing& before,
                     const std::vector<domain::change_entry>& entries, const write_origin& origin) {
  const ticket_standing now = standing_of(ticket);
  const bool is_new = std::string_view(kind) == "ticket.created";
  committed_event& first =
      add(out, kind, ticket, origin, R"(,"changed":)" + changed_fields(entries));
  if (!is_new && !is_same(now.owner, before.owner)) first.access.before = before.owner;
  if (now.status != before.status) {
    const std::string moved =
        fmt::format(R"(,"from":{},"to":{})", json_string(before.status), json_string(now.status));
    add(out, "ticket.status_changed", ticket, origin, moved, moved);
  }
  if (now.owner.assigned_to == before.owner.assigned_to &&
      now.owner.assigned_team == before.owner.assigned_team)
    return;
  committed_event& given =
      add(out, "ticket.assigned", ticket, origin,
          fmt::format(R"(,{},"previous":{{{}}})", assignee(now.owner), assignee(before.owner)));
  if (!is_new) given.access.before = before.owner;
}

void announce_message(std::vector<committed_event>& out, const domain::ticket_record& ticket,
                      const written_message& message, const write_origin& origin) {
  constexpr std::size_t max_excerpt_characters = 160;
  // As the intake tells of messages; who of us wrote it is for staff.
  const auto data = [&](const std::string& author) {
    return fmt::format(
        R"({{"ticket_uid":{},"message":{{"direction":"outbound","chat":{}{},"type":{},"text":{},"sent_at":"{}"}}}})",
        json_string(ticket.uid), json_string(message.chat), author, json_string(message.type),
        json_string(domain::first_line(message.text, max_excerpt_characters)),
        domain::to_rfc3339(origin.at));
  };
  committed_event& e = out.emplace_back();
  e.kind = "message.created";
  e.ticket_uid = ticket.uid;
  e.at = origin.at;
  e.access.who = message.internal ? domain::event_access::circle::ticket_staff
                                  : domain::event_access::circle::ticket;
  e.access.owner = domain::ownership_of(ticket);
  e.data_json = data(R"(,"author":)" + json_string(origin.by.name));
  e.outside_json = data("");
}

void announce_note(std::vector<committed_event>& out, const domain::ticket_record& ticket,
                   bool internal, const write_origin& origin) {
  committed_event& e = add(out, "note.created", ticket, origin,
                           fmt::format(R"(,"internal":{})", internal), R"(,"internal":false)");
  if (internal) e.access.who = domain::event_access::circle::ticket_staff;
}

}  // namespace fibrehub::store
