#include "domain/query/fields.hpp"

#include <array>
#include <vector>

#include "domain/billing.hpp"
#include "domain/ticket.hpp"

namespace fibrehub::domain::query {
namespace {

using namespace std::string_view_literals;
using k = value_kind;

/// `open` and every status there is.
std::span<const std::string_view> statuses() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> out{"open"};
    const auto names = ticket_status_names();
    out.insert(out.end(), names.begin(), names.end());
    return out;
  }();
  return all;
}

constexpr std::array states{"open"sv,   "overdue"sv, "unassigned"sv,  "mine"sv,
                            "merged"sv, "rework"sv,  "unknown_drop"sv};
constexpr std::array things{"attachment"sv, "note"sv,     "message"sv, "drop"sv, "client"sv,
                            "project"sv,    "assignee"sv, "team"sv,    "due"sv,  "tag"sv};

constexpr std::array clock_states{"running"sv,  "paused"sv, "warning"sv,
                                  "breached"sv, "met"sv,    "none"sv};

/// Made when it is first asked for: the lists of values are those of domain/ticket.hpp.
std::span<const field_def> table() {
  const auto levels = ticket_priority_names(), types = ticket_type_names(),
             sources = ticket_source_names();
  static const std::array all{
      field_def{field::status, "status", k::choice, statuses(),
                "The status; `open` is any but resolved and closed."},
      field_def{field::priority, "priority", k::ranked, levels, "The priority; `>=high` compares."},
      field_def{field::type, "type", k::choice, types, "The type of work."},
      field_def{field::billing, "billing", k::choice, billing_type_names(),
                "Who pays for the work."},
      field_def{field::source, "source", k::choice, sources, "Where it came from."},
      field_def{field::category, "category", k::part, {}, "Part of the category's path."},
      field_def{field::urgency, "urgency", k::ranked, levels, "The urgency."},
      field_def{field::importance, "importance", k::ranked, levels, "The importance."},
      field_def{field::assignee, "assignee", k::person, {}, "Who works on it."},
      field_def{field::team, "team", k::group, {}, "The team it is assigned to."},
      field_def{field::follower, "follower", k::person, {}, "Who follows it."},
      field_def{field::creator, "creator", k::part, {}, "Who made it: part of the name."},
      field_def{field::uid, "uid", k::part, {}, "Part of the UID."},
      field_def{field::drop,
                "drop",
                k::part,
                {},
                "Part of the drop number, with or without DR; of seven digits or more the very "
                "number, if a ticket has it."},
      field_def{field::address, "address", k::part, {}, "Part of the address."},
      field_def{field::phone,
                "phone",
                k::part,
                {},
                "Part of a phone number: the contact's, or of who writes on WhatsApp."},
      field_def{field::contact, "contact", k::part, {}, "Part of the contact's name."},
      field_def{field::email, "email", k::part, {}, "Part of the contact's e-mail address."},
      field_def{field::title, "title", k::part, {}, "Part of the title."},
      field_def{field::company, "company", k::part, {}, "Part of the client's name."},
      field_def{field::project, "project", k::part, {}, "Part of the project's name or code."},
      field_def{field::zone, "zone", k::word, {}, "The zone."},
      field_def{field::pon, "pon", k::word, {}, "The PON."},
      field_def{field::contractor, "contractor", k::part, {}, "Part of the contractor's name."},
      field_def{field::tag, "tag", k::word, {}, "A tag."},
      field_def{field::channel, "channel", k::word, {}, "The channel it came by."},
      field_def{field::created, "created", k::time, {}, "When it was made."},
      field_def{field::updated, "updated", k::time, {}, "When it last changed."},
      field_def{field::resolved, "resolved", k::time, {}, "When it was resolved."},
      field_def{field::closed, "closed", k::time, {}, "When it was closed."},
      field_def{field::due, "due", k::time, {}, "When it is due; `<4h`: less than 4 hours left."},
      field_def{field::scheduled, "scheduled", k::time, {}, "When it is planned for."},
      field_def{field::last_message, "last_message", k::time, {}, "When the last message came."},
      field_def{field::install_date, "installed", k::time, {}, "When the drop was installed."},
      field_def{field::rework_count, "rework_count", k::number, {}, "How often it was reworked."},
      field_def{field::signal, "signal", k::number, {}, "The signal level in dBm: `signal:<-25`."},
      field_def{field::splice_loss, "splice_loss", k::number, {}, "The splice loss in dB."},
      field_def{field::penalty, "penalty", k::number, {}, "The contractor's penalty."},
      field_def{field::sla, "sla", k::choice, clock_states,
                "What one of its SLA clocks does now; `warning`: a level is crossed, it is not "
                "late yet."},
      field_def{field::is, "is", k::choice, states, "What it is."},
      field_def{field::has, "has", k::choice, things, "What it has."},
  };
  return all;
}

constexpr field_def text_def{field::text, "text", k::part, {}, "Words anywhere in the ticket."};

}  // namespace

std::span<const field_def> fields() {
  return table();
}

const field_def* find_field(std::string_view name) {
  for (const field_def& f : table())
    if (f.name == name) return &f;
  return nullptr;
}

const field_def& definition(field f) {
  for (const field_def& d : table())
    if (d.id == f) return d;
  return text_def;
}

}  // namespace fibrehub::domain::query
