#include "domain/ticket_commands.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/text.hpp"

namespace fibrehub::domain {
namespace {

constexpr std::size_t max_history_bytes = 500;

std::int64_t id_of(const std::optional<std::string>& value) {
  return value ? std::stoll(*value) : 0;
}

std::optional<std::string> id_text(std::int64_t id) {
  if (id == 0) return std::nullopt;
  return std::to_string(id);
}

std::string shortened(std::string text) {
  return text.size() > max_history_bytes ? storable(text, max_history_bytes) : text;
}

permission needed_for(const ticket_command& command) {
  struct visitor {
    permission operator()(const create_ticket&) const { return permission::create_ticket; }
    permission operator()(const edit_ticket&) const { return permission::edit_field_work; }
    permission operator()(const tag_ticket&) const { return permission::edit_ticket; }
    permission operator()(const move_ticket&) const { return permission::move_ticket; }
    permission operator()(const assign_ticket&) const { return permission::assign_ticket; }
    permission operator()(const claim_ticket&) const { return permission::claim_ticket; }
    permission operator()(const note_ticket& n) const {
      return n.internal ? permission::write_note : permission::write_public_note;
    }
    permission operator()(const message_ticket&) const { return permission::send_message; }
    permission operator()(const act_on_message&) const { return permission::send_message; }
    permission operator()(const signal_chat&) const { return permission::send_message; }
    permission operator()(const link_ticket&) const { return permission::link_tickets; }
    permission operator()(const merge_ticket&) const { return permission::merge_tickets; }
    permission operator()(const split_ticket&) const { return permission::merge_tickets; }
    permission operator()(const delete_ticket&) const { return permission::delete_ticket; }
    permission operator()(const alert_people&) const { return permission::manage_rules; }
    permission operator()(const add_followers&) const { return permission::manage_rules; }
  };
  return std::visit(visitor{}, command.what);
}

/// What a client may say about a new ticket; the office does the rest.
bool client_may_give(field f) {
  switch (f) {
    case field::title:
    case field::description:
    case field::type:
    case field::drop_number:
    case field::address:
    case field::contact_name:
    case field::contact_phone:
    case field::contact_email:
      return true;
    default:
      return false;
  }
}

/// Why `who` may not set this field, or nothing.
std::optional<std::string> field_objection(const field_def& def, const principal& who,
                                           bool creating) {
  if (who.as == role::client)
    return creating && client_may_give(def.id) ? std::nullopt
                                               : std::optional<std::string>("is not yours to set");
  switch (def.by) {
    case set_by::nobody:
      return "cannot be set directly";
    case set_by::creation:
      if (!creating) return "can only be given when the ticket is made";
      return std::nullopt;
    case set_by::office:
      if (!creating && !allows(who.as, permission::edit_ticket))
        return fmt::format("may not be changed by the role {}", name_of(who.as));
      return std::nullopt;
    case set_by::site:
      return std::nullopt;
  }
  return "cannot be set";
}

refusal invalid_fields(std::vector<std::pair<std::string, std::string>> problems) {
  refusal out{refusal::kind::invalid, "invalid_field",
              fmt::format("{} {}", problems.front().first, problems.front().second)};
  out.fields = std::move(problems);
  return out;
}

/// Checks all the fields given and sets them, or says everything that is wrong.
verdict set_fields(ticket_draft& draft, const given_fields& given, const surroundings& s,
                   bool creating) {
  std::vector<std::pair<std::string, std::string>> problems;
  std::vector<std::pair<field, std::optional<std::string>>> values;
  for (const auto& [f, input] : given.items) {
    const field_def& def = definition(f);
    if (auto why = field_objection(def, s.by, creating)) {
      problems.emplace_back(def.name, std::move(*why));
      continue;
    }
    auto value = canonical(def, input);
    if (value) {
      values.emplace_back(f, std::move(*value));
    } else {
      problems.emplace_back(def.name, value.error());
    }
  }
  if (!problems.empty()) return tl::unexpected(invalid_fields(std::move(problems)));
  for (auto& [f, value] : values)
    draft.set(f, std::move(value));
  return {};
}

/// The further fields fit the ticket's type, as it is now.
verdict check_further(const ticket_draft& draft, const surroundings& s) {
  if (s.rules.further.empty() || !s.members_of) return {};
  const auto& json = draft.value(field::custom_fields);
  const auto why =
      s.rules.further.problem(draft.value(field::type).value_or(""),
                              json ? s.members_of(*json) : std::map<std::string, field_input>{});
  if (why) return tl::unexpected(invalid_fields({{"custom_fields", *why}}));
  return {};
}

bool names(const given_fields& given, field f) {
  return std::any_of(given.items.begin(), given.items.end(),
                     [&](const auto& item) { return item.first == f; });
}

/// The pair decides unless the priority itself was given.
void derive_priority(ticket_draft& draft, const given_fields& given, const surroundings& s) {
  if (names(given, field::priority)) return;
  const auto &urgency = draft.value(field::urgency), &importance = draft.value(field::importance);
  if ((names(given, field::urgency) || names(given, field::importance)) && urgency && importance)
    draft.set(field::priority, std::string(s.rules.matrix.of(*urgency, *importance)));
}

void set_default(ticket_draft& draft, field f, std::string_view value) {
  if (!draft.value(f)) draft.set(f, std::string(value));
}

bool is_made_by_staff(std::string_view source) {
  return source == "ff_internal" || source == "adhoc" || source == "preventative" ||
         source == "construction" || source == "fibertime" || source == "api";
}

/// The instants a status implies; leaving it takes them back. Who closes what was never resolved
/// (refused, asked for twice, not to be done) has resolved nothing.
void date_status(ticket_draft& draft, ticket_status to, instant at) {
  const bool closed = to == ticket_status::closed, resolved = to == ticket_status::resolved;
  auto& values = draft.ticket().values;
  auto& resolved_at = domain::at(values, field::resolved_at);
  auto& closed_at = domain::at(values, field::closed_at);
  if (resolved) resolved_at = to_rfc3339(at);
  if (!resolved && !closed) resolved_at.reset();
  if (closed) {
    closed_at = to_rfc3339(at);
  } else {
    closed_at.reset();
  }
}

void move(ticket_draft& draft, ticket_status to, instant at) {
  draft.set(field::status, std::string(name_of(to)), "status");
  date_status(draft, to, at);
}

constexpr field fields_of_drop[] = {
    field::project_id, field::pole_id, field::contractor_id, field::client_id, field::pon,
    field::zone,       field::address, field::latitude,      field::longitude, field::install_date};

/// A wrong drop's place must not stay behind it: what it said, and nobody names now, is emptied.
void take_back_drop(ticket_draft& draft, const std::string& drop, const given_fields& given,
                    const surroundings& s) {
  const field_values* facts = s.find_drop(drop);
  if (!facts) return;
  for (const field f : fields_of_drop)
    if (at(*facts, f) && draft.value(f) == at(*facts, f) && !names(given, f))
      draft.set(f, std::nullopt, "from drop");
}

/// What the workflow wants to know before this move, if anything is empty.
std::optional<refusal> missing_fields(const ticket_draft& draft, const transition& way) {
  std::vector<std::pair<std::string, std::string>> problems;
  for (const field f : way.needs)
    if (!draft.value(f) || draft.value(f)->empty())
      problems.emplace_back(definition(f).name, "is required for this move");
  if (problems.empty()) return std::nullopt;
  return invalid_fields(std::move(problems));
}

refusal illegal_move(ticket_status from, ticket_status to, const surroundings& s) {
  refusal out{refusal::kind::conflict, "illegal_move", {}};
  out.legal_moves = s.rules.moves.legal_moves(from, s.by.as);
  out.message =
      fmt::format("a ticket that is {} cannot become {}; {}", name_of(from), name_of(to),
                  out.legal_moves.empty()
                      ? fmt::format("the role {} can move it nowhere from here", name_of(s.by.as))
                      : fmt::format("it can become {}", fmt::join(out.legal_moves, ", ")));
  return out;
}

bool needs_assignee(ticket_status to) {
  return to == ticket_status::assigned || to == ticket_status::scheduled ||
         to == ticket_status::in_progress;
}

}  // namespace

ticket_ownership ownership_of(const ticket_record& t) {
  return {id_of(at(t.values, field::assigned_to)), id_of(at(t.values, field::assigned_team)),
          id_of(at(t.values, field::client_id))};
}

ticket_status status_of(const ticket_record& t) {
  const auto& name = at(t.values, field::status);
  return ticket_status_from(name ? *name : "new").value_or(ticket_status::new_);
}

void ticket_draft::set(field f, std::optional<std::string> value, const char* action) {
  auto& current = at(ticket_.values, f);
  if (current == value) return;
  const field_def& def = definition(f);
  note(action, std::string(def.name), for_people(def, current), for_people(def, value));
  current = std::move(value);
}

void ticket_draft::note(std::string action, std::string field, std::string old_value,
                        std::string new_value) {
  entries_.push_back({std::move(action), std::move(field), shortened(std::move(old_value)),
                      shortened(std::move(new_value))});
}

verdict may_begin(const ticket_record& ticket, const ticket_command& command, const principal& by) {
  const bool creating = std::holds_alternative<create_ticket>(command.what);
  if (!creating && !may_see(by, ownership_of(ticket)))
    return tl::unexpected(refusal{refusal::kind::not_found, "not_found",
                                  "there is no such ticket, or it is not yours to see"});
  if (!allows(by.as, needed_for(command)))
    return tl::unexpected(refusal{refusal::kind::forbidden, "forbidden",
                                  fmt::format("the role {} may not do this", name_of(by.as))});
  if (command.version && *command.version != ticket.version)
    return tl::unexpected(
        refusal{refusal::kind::conflict, "stale_version",
                fmt::format("the ticket has changed meanwhile: you saw version {}, it is at {}",
                            *command.version, ticket.version)});
  return {};
}

verdict apply(ticket_draft& draft, const create_ticket& command, const surroundings& s) {
  if (auto done = set_fields(draft, command.fields, s, true); !done) return done;
  if (command.chat_id != 0) at(draft.ticket().values, field::source) = "wa_inbound";
  set_default(draft, field::source,
              s.by.what == principal::kind::token ? "api"
              : s.by.as == role::client           ? "api"
                                                  : "ff_internal");
  set_default(draft, field::type, "fault");
  set_default(draft, field::description, "");
  derive_priority(draft, command.fields, s);
  set_default(draft, field::priority, "medium");
  set_default(draft, field::rework_count, "0");
  at(draft.ticket().values, field::status) = "new";
  at(draft.ticket().values, field::created_by) = s.by.name.empty() ? s.by.id : s.by.name;
  at(draft.ticket().values, field::created_at) = to_rfc3339(s.at);
  if (s.by.as == role::client && s.by.client_id != 0)
    at(draft.ticket().values, field::client_id) = std::to_string(s.by.client_id);
  std::vector<std::pair<std::string, std::string>> problems;
  if (!draft.value(field::title)) problems.emplace_back("title", "is required");
  const std::string& source = *draft.value(field::source);
  if (command.chat_id == 0 && !is_made_by_staff(source))
    problems.emplace_back("source",
                          fmt::format("{} tickets are made by their channel only", source));
  if (source == "construction" && !draft.value(field::drop_number))
    problems.emplace_back("drop_number", "is required for a construction ticket: it names it");
  if (!problems.empty()) return tl::unexpected(invalid_fields(std::move(problems)));
  if (auto fits = check_further(draft, s); !fits) return fits;
  fill_from_drop(draft, s);
  return {};
}

verdict apply(ticket_draft& draft, const edit_ticket& command, const surroundings& s) {
  const auto drop_before = draft.value(field::drop_number);
  if (auto done = set_fields(draft, command.fields, s, false); !done) return done;
  if (names(command.fields, field::custom_fields) || names(command.fields, field::type))
    if (auto fits = check_further(draft, s); !fits) return fits;
  derive_priority(draft, command.fields, s);
  if (draft.value(field::drop_number) == drop_before) return {};
  if (drop_before) take_back_drop(draft, *drop_before, command.fields, s);
  fill_from_drop(draft, s);
  return {};
}

verdict apply(ticket_draft& draft, const tag_ticket& command, const surroundings& s) {
  field_input words{field_input::kind::words, {}, command.add};
  std::string rest = draft.value(field::tags).value_or("");
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\x1f'), rest.size());
    std::string word = rest.substr(0, end);
    rest.erase(0, end + 1);
    if (std::find(command.remove.begin(), command.remove.end(), word) == command.remove.end())
      words.words.push_back(std::move(word));
  }
  given_fields given;
  given.items.emplace_back(field::tags, std::move(words));
  return set_fields(draft, given, s, false);
}

verdict apply(ticket_draft& draft, const move_ticket& command, const surroundings& s) {
  const ticket_status from = status_of(draft.ticket());
  const transition* way = s.rules.moves.find(from, command.to);
  if (!way) return tl::unexpected(illegal_move(from, command.to, s));
  if (!has_rank(s.by.as, way->least))
    return tl::unexpected(
        refusal{refusal::kind::forbidden, "forbidden",
                fmt::format("moving a ticket from {} to {} takes a {}", name_of(from),
                            name_of(command.to), name_of(way->least))});
  if (way->needs_reason && command.reason.find_first_not_of(" \t\r\n") == std::string::npos)
    return tl::unexpected(invalid_fields({{"reason", "is required for this move"}}));
  if (needs_assignee(command.to) && !draft.value(field::assigned_to) &&
      !draft.value(field::assigned_team))
    return tl::unexpected(refusal{refusal::kind::conflict, "not_assigned",
                                  "nobody works on it yet: assign it to a person or a team first"});
  if (auto lacking = missing_fields(draft, *way)) return tl::unexpected(std::move(*lacking));
  move(draft, command.to, s.at);
  // Who reopens it does not mean the other ticket's work.
  if (from == ticket_status::closed) draft.set(field::merged_into, std::nullopt, "unmerged");
  if (from == ticket_status::qa && command.to == ticket_status::in_progress) {
    const std::int64_t count = id_of(draft.value(field::rework_count)) + 1;
    draft.set(field::rework_count, std::to_string(count));
    draft.set(field::rework_required, "true");
  }
  if (!command.reason.empty()) draft.note("reason", "status", {}, command.reason);
  return {};
}

verdict apply(ticket_draft& draft, const assign_ticket& command, const surroundings& s) {
  std::vector<std::pair<std::string, std::string>> problems;
  const std::string* user = nullptr;
  const std::string* team = nullptr;
  if (!command.user && !command.team)
    problems.emplace_back("assigned_to", "give assigned_to, assigned_team or both");
  if (command.user && *command.user != 0 && !(user = s.find_user(*command.user)))
    problems.emplace_back("assigned_to", "is nobody who can work on tickets");
  if (command.team && *command.team != 0 && !(team = s.find_team(*command.team)))
    problems.emplace_back("assigned_team", "is no team");
  const std::int64_t user_before = id_of(draft.value(field::assigned_to));
  const bool reassigned = user_before != 0 && command.user && *command.user != user_before;
  if (reassigned && command.reason.find_first_not_of(" \t\r\n") == std::string::npos)
    problems.emplace_back("reason", "is required when somebody else worked on it");
  if (!problems.empty()) return tl::unexpected(invalid_fields(std::move(problems)));
  const ticket_status from = status_of(draft.ticket());
  if (from == ticket_status::closed)
    return tl::unexpected(refusal{refusal::kind::conflict, "closed",
                                  "the ticket is closed; reopen it before assigning it"});
  if (command.team) draft.set(field::assigned_team, id_text(*command.team), "assigned");
  if (command.user) draft.set(field::assigned_to, id_text(*command.user), "assigned");
  if (!command.reason.empty()) draft.note("reason", "assigned_to", {}, command.reason);
  const bool somebody = draft.value(field::assigned_to) || draft.value(field::assigned_team);
  if (somebody && (from == ticket_status::new_ || from == ticket_status::triaged)) {
    move(draft, ticket_status::assigned, s.at);
  } else if (!somebody && from == ticket_status::assigned) {
    move(draft, ticket_status::triaged, s.at);
  }
  return {};
}

verdict apply(ticket_draft& draft, const claim_ticket&, const surroundings& s) {
  const std::int64_t team = id_of(draft.value(field::assigned_team));
  const std::int64_t user = id_of(draft.value(field::assigned_to));
  if (s.by.user_id == 0)
    return tl::unexpected(
        refusal{refusal::kind::forbidden, "forbidden", "only a person can claim a ticket"});
  if (user == s.by.user_id) return {};
  if (user != 0)
    return tl::unexpected(
        refusal{refusal::kind::conflict, "claimed", "somebody works on it already"});
  if (team == 0 || !s.is_member(s.by.user_id, team))
    return tl::unexpected(refusal{refusal::kind::conflict, "not_your_team",
                                  "only a ticket of one's own team can be claimed"});
  draft.set(field::assigned_to, std::to_string(s.by.user_id), "claimed");
  const ticket_status from = status_of(draft.ticket());
  if (from == ticket_status::new_ || from == ticket_status::triaged)
    move(draft, ticket_status::assigned, s.at);
  return {};
}

verdict apply(ticket_draft& draft, const delete_ticket& command, const surroundings& s) {
  if (command.reason.find_first_not_of(" \t\r\n") == std::string::npos)
    return tl::unexpected(invalid_fields({{"reason", "is required"}}));
  draft.note("deleted", {}, {}, command.reason);
  at(draft.ticket().values, field::deleted_at) = to_rfc3339(s.at);
  return {};
}

void fill_from_drop(ticket_draft& draft, const surroundings& s) {
  const auto& drop = draft.value(field::drop_number);
  auto& known = at(draft.ticket().values, field::drop_known);
  if (!drop) {
    known.reset();
    return;
  }
  const field_values* facts = s.find_drop(*drop);
  // Clients are told of their own drops only.
  if (facts && s.by.as == role::client && id_of(at(*facts, field::client_id)) != s.by.client_id)
    facts = nullptr;
  known = facts ? "true" : "false";
  if (!facts) return;
  for (const field f : fields_of_drop)
    if (!draft.value(f) && at(*facts, f)) draft.set(f, at(*facts, f), "from drop");
}

std::vector<std::string> mentions_in(std::string_view text) {
  std::vector<std::string> out;
  const auto is_name = [](char c) {
    return c == '.' || c == '_' || c == '-' || c == '+' || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  for (std::size_t at = text.find('@'); at != std::string_view::npos && out.size() < 20;
       at = text.find('@', at + 1)) {
    if (at > 0 && is_name(text[at - 1])) continue;  // an e-mail address
    std::size_t end = at + 1;
    std::string name;
    if (end < text.size() && text[end] == '"') {
      const std::size_t close = text.find('"', end + 1);
      if (close == std::string_view::npos) continue;
      name = text.substr(end + 1, close - end - 1);
    } else {
      while (end < text.size() && is_name(text[end]))
        ++end;
      name = text.substr(at + 1, end - at - 1);
      while (name.ends_with('.') || name.ends_with('-'))
        name.pop_back();
    }
    if (!name.empty() && name.size() <= 100 && std::find(out.begin(), out.end(), name) == out.end())
      out.push_back(std::move(name));
  }
  return out;
}

}  // namespace fibrehub::domain
