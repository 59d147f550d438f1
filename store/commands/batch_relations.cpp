// Commands that concern more than the ticket itself: notes, links, merging, splitting.
#include <fmt/format.h>

#include <algorithm>

#include "domain/text.hpp"
#include "store/commands/batch.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using domain::field;

constexpr std::size_t max_excerpt_characters = 160;

constexpr sql move_messages{
    "command_merge_messages",
    "INSERT INTO message_links (ticket_id, message_id) SELECT $2::bigint, m.id FROM messages m "
    "WHERE"
    " m.ticket_id = $1::bigint UNION SELECT $2::bigint, l.message_id FROM message_links l WHERE"
    " l.ticket_id = $1::bigint ON CONFLICT DO NOTHING"};
constexpr sql move_followers{
    "command_merge_followers",
    "INSERT INTO ticket_followers (ticket_id, user_id) SELECT $2::bigint, user_id FROM"
    " ticket_followers WHERE ticket_id = $1::bigint ON CONFLICT DO NOTHING"};
// The conversation goes on in the ticket that stays: as its own, or, when it has one already,
// because intake follows merged_into.
constexpr sql move_chat{
    "command_merge_chat",
    "UPDATE tickets SET chat_id = $2::bigint WHERE id = $1::bigint AND chat_id IS NULL"};
constexpr sql select_message{
    "command_split_message",
    "SELECT m.id, m.body, m.type, coalesce(p.name, m.author_name), m.chat_id FROM messages m"
    " LEFT JOIN contacts p ON p.id = m.contact_id WHERE m.ticket_id = $1::bigint AND m.ext_id = $2"
    " ORDER BY m.id DESC LIMIT 1"};
constexpr sql delete_duplicate{
    "command_unlink_duplicate",
    "DELETE FROM ticket_links WHERE kind = 'duplicate_of' AND ticket_id = $1::bigint AND other_id ="
    " (SELECT t.id FROM tickets t WHERE t.uid = $2)"};
constexpr sql split_message{"command_move_message",
                            "UPDATE messages SET ticket_id = $2::bigint WHERE id = $1::bigint"};
constexpr sql count_messages{
    "command_count_messages",
    "UPDATE tickets t SET message_count = (SELECT count(*) FROM messages m WHERE m.ticket_id = "
    "t.id)"
    " + (SELECT count(*) FROM message_links l WHERE l.ticket_id = t.id), last_message_at ="
    " (SELECT max(m.sent_at) FROM messages m WHERE m.ticket_id = t.id OR m.id IN (SELECT"
    " l.message_id FROM message_links l WHERE l.ticket_id = t.id)) WHERE t.id IN ($1::bigint,"
    " $2::bigint)"};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

error invalid(const char* field_name, std::string why) {
  error out{errc::invalid, fmt::format("{} {}", field_name, why), "invalid_field"};
  out.fields.emplace_back(field_name, std::move(why));
  return out;
}

const char* opposite_of(std::string_view kind) {
  if (kind == "duplicate_of") return "has_duplicate";
  if (kind == "child_of") return "parent_of";
  return "related";
}

}  // namespace

tl::expected<command_batch::working*, error> command_batch::find_other(const std::string& uid,
                                                                       const char* field_name,
                                                                       const write_origin& origin) {
  working* w = find(uid);
  if (!w || !domain::may_see(origin.by, domain::ownership_of(w->record)))
    return tl::unexpected(invalid(field_name, "is no ticket you can see"));
  return w;
}

command_batch::command_outcome command_batch::add_note(working& w,
                                                       const domain::note_ticket& command,
                                                       const write_origin& origin) {
  if (command.body.find_first_not_of(" \t\r\n") == std::string::npos)
    return tl::unexpected(invalid("body", "is required"));
  note_row note{next_id_(), w.record.id, command.internal, command.body, {}, &origin};
  for (const std::string& name : domain::mentions_in(command.body)) {
    const auto it = mentioned_.find(lower(name));
    if (it == mentioned_.end()) continue;
    for (const std::int64_t user : it->second)
      if (std::find(note.mentions.begin(), note.mentions.end(), user) == note.mentions.end())
        note.mentions.push_back(user);
  }
  record_entries(w,
                 {{"note",
                   command.internal ? "internal" : "public",
                   {},
                   domain::first_line(command.body, max_excerpt_characters)}},
                 origin, note.mentions);
  announce_note(events_, w.record, command.internal, origin);
  std::string mentions;
  for (const std::int64_t id : note.mentions)
    mentions += fmt::format("{}{}", mentions.empty() ? "" : ",", id);
  const std::string answer = fmt::format(
      R"({{"id":"{}","ticket_uid":{},"version":{},"internal":{},"body":{},"mentions":[{}],"author":{},"created_at":"{}"}})",
      note.id, json_string(w.record.uid), w.record.version, command.internal,
      json_string(command.body), mentions, json_string(origin.by.name),
      domain::to_rfc3339(origin.at));
  notes_.push_back(std::move(note));
  return write_answer{201, answer};
}

command_batch::command_outcome command_batch::link(working& w, const domain::link_ticket& command,
                                                   const write_origin& origin) {
  if (command.kind != "duplicate_of" && command.kind != "child_of" && command.kind != "related")
    return tl::unexpected(invalid("kind", "must be one of duplicate_of, child_of, related"));
  auto other = find_other(command.other, "ticket_uid", origin);
  if (!other) return tl::unexpected(other.error());
  if (*other == &w) return tl::unexpected(invalid("ticket_uid", "must be another ticket"));
  const char* action = command.remove ? "unlinked" : "linked";
  record_entries(w, {{action, command.kind, {}, (*other)->record.uid}}, origin);
  record_entries(**other, {{action, opposite_of(command.kind), {}, w.record.uid}}, origin);
  links_.push_back({w.record.id, (*other)->record.id, command.kind, command.remove, &origin});
  announce("ticket.updated", w, origin, {});
  announce("ticket.updated", **other, origin, {});
  return write_answer{200, ticket_json(w.record, origin.by.as)};
}

command_batch::command_outcome command_batch::merge(working& w, const domain::merge_ticket& command,
                                                    const write_origin& origin) {
  auto into = find_other(command.into, "into", origin);
  if (!into) return tl::unexpected(into.error());
  if (*into == &w) return tl::unexpected(invalid("into", "must be another ticket"));
  if (domain::at(w.record.values, field::merged_into))
    return tl::unexpected(error{errc::conflict, "it was merged before", "merged"});
  if (domain::status_of((*into)->record) == domain::ticket_status::closed)
    return tl::unexpected(error{errc::conflict, "the ticket to go on with is closed", "closed"});
  domain::ticket_draft draft(w.record);
  draft.set(field::merged_into, (*into)->record.uid, "merged");
  draft.set(field::status, "closed", "status");
  auto& closed_at = domain::at(w.record.values, field::closed_at);
  if (!closed_at) closed_at = domain::to_rfc3339(origin.at);
  if (!command.reason.empty()) draft.note("reason", "merged_into", {}, command.reason);
  record_entries(w, draft.entries(), origin);
  record_entries(**into, {{"merged", "from", {}, w.record.uid}}, origin);
  const std::string from = std::to_string(w.record.id), to = std::to_string((*into)->record.id);
  db_.run(tx_, move_messages, {{from, to}, nullptr});
  db_.run(tx_, move_followers, {{from, to}, nullptr});
  if (w.record.chat_id != 0)
    db_.run(tx_, move_chat, {{to, std::to_string(w.record.chat_id)}, nullptr});
  db_.run(tx_, count_messages, {{to, to}, nullptr});
  links_.push_back({w.record.id, (*into)->record.id, "duplicate_of", false, &origin});
  announce("ticket.updated", w, origin, draft.entries());
  announce("ticket.updated", **into, origin, {});
  return write_answer{200, ticket_json((*into)->record, origin.by.as)};
}

void command_batch::unlink_merged(const working& w, const std::string& into) {
  db_.run(tx_, delete_duplicate, {{std::to_string(w.record.id), into}, nullptr});
}

command_batch::command_outcome command_batch::split(working& w, const domain::split_ticket& command,
                                                    const write_origin& origin) {
  const pqxx::result found =
      db_.run(tx_, select_message, {{std::to_string(w.record.id), command.message_id}, nullptr});
  if (found.empty())
    return tl::unexpected(invalid("message_id", "is no message of this ticket's own conversation"));
  const std::string body = found[0][1].c_str();
  domain::ticket_record fresh;
  fresh.values = w.record.values;
  for (const field f : {field::source_reference, field::resolved_at, field::closed_at,
                        field::merged_into, field::assigned_to, field::scheduled_at, field::due_at})
    domain::at(fresh.values, f).reset();
  if (domain::at(fresh.values, field::source) == std::optional<std::string>("qcontact"))
    domain::at(fresh.values, field::source) = "adhoc";
  std::string title = command.title.empty() ? domain::first_line(body, 255) : command.title;
  if (title.empty()) title = fmt::format("Split from {}", w.record.uid);
  domain::at(fresh.values, field::title) = title;
  domain::at(fresh.values, field::description) = body;
  domain::at(fresh.values, field::status) = "new";
  domain::at(fresh.values, field::rework_count) = "0";
  domain::at(fresh.values, field::original_ticket) = w.record.uid;
  domain::at(fresh.values, field::created_at) = domain::to_rfc3339(origin.at);
  domain::at(fresh.values, field::created_by) = origin.by.name;
  working& made = add_ticket(std::move(fresh), origin);
  record_entries(made, {{"split", "from", {}, w.record.uid}}, origin);
  record_entries(w, {{"split", "into", {}, made.record.uid}}, origin);
  links_.push_back({made.record.id, w.record.id, "related", false, &origin});
  // At once: whoever splits or merges in the same batch finds it gone.
  db_.run(tx_, split_message, {{found[0][0].c_str(), std::to_string(made.record.id)}, nullptr});
  moved_messages_.push_back({w.record.id, made.record.id});
  announce("ticket.updated", w, origin, {});
  return write_answer{201, ticket_json(made.record, origin.by.as)};
}

void command_batch::count_moved_messages() {
  for (const moved_message& m : moved_messages_)
    db_.run(tx_, count_messages, {{std::to_string(m.from), std::to_string(m.to)}, nullptr});
}

}  // namespace fibrehub::store
