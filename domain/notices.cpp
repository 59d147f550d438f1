#include "domain/notices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "domain/text.hpp"

namespace fibrehub::domain {
namespace {

constexpr std::array<std::string_view, 4> client_names{"received", "started", "resolved",
                                                       "info_needed"};
constexpr std::size_t max_subject_characters = 200;

std::string text_at(const ticket_record& t, field f) {
  return at(t.values, f).value_or("");
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool holds(const std::vector<std::string>& all, std::string_view one) {
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& s) { return lower(s) == lower(std::string(one)); });
}

/// Words as histories show them: "a, b".
bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(", "), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 2, words.size()));
  }
  return false;
}

void read_status(ticket_news& news, const change_entry& e, std::int32_t seq) {
  news.notices.push_back({notice_kind::status_changed, seq, {}, e.new_value, false});
  if (e.new_value == "pending_approval")
    news.notices.push_back({notice_kind::approval_wanted, seq, {}, e.new_value, false});
  if (e.old_value == "pending_approval")
    news.notices.push_back({notice_kind::approval_decided, seq, {}, e.new_value, false});
  if (e.new_value == "in_progress" && (e.old_value == "assigned" || e.old_value == "scheduled"))
    news.for_client.emplace_back(client_news::started, seq);
  if (e.new_value == "resolved") news.for_client.emplace_back(client_news::resolved, seq);
}

/// Lower comes first when one change concerns somebody in several ways.
int rank(notice_kind kind) {
  switch (kind) {
    case notice_kind::mention:
      return 0;
    case notice_kind::assigned:
    case notice_kind::reassigned:
      return 1;
    case notice_kind::approval_wanted:
    case notice_kind::approval_decided:
      return 2;
    case notice_kind::automation:
    case notice_kind::created:
      return 3;
    default:
      return 4;
  }
}

std::vector<std::int64_t> with_role(const notice_directory& d, role wanted) {
  std::vector<std::int64_t> out;
  for (const auto& [id, person] : d.people)
    if (person.who.as == wanted) out.push_back(id);
  std::sort(out.begin(), out.end());
  return out;
}

/// Of a team; clients are in none that matters.
std::vector<std::int64_t> members_of(const notice_directory& d, std::int64_t team) {
  std::vector<std::int64_t> out;
  for (const auto& [id, person] : d.people)
    if (person.who.as != role::client &&
        std::find(person.who.teams.begin(), person.who.teams.end(), team) != person.who.teams.end())
      out.push_back(id);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::int64_t> told_of_new(const noticed_ticket& t, const notice_directory& d) {
  if (const std::int64_t team = responsible_team(t.zone.value_or(""), t.type, d.teams); team != 0)
    return members_of(d, team);
  return with_role(d, role::manager);
}

std::vector<std::int64_t> told_of_approval(const notice_directory& d) {
  auto managers = with_role(d, role::manager);
  return managers.empty() ? with_role(d, role::admin) : managers;
}

/// Who has it, or, as long as nobody has, those who should take it up.
std::vector<std::int64_t> holders_of(const noticed_ticket& t, const notice_directory& d) {
  if (t.whose.assigned_to != 0) return {t.whose.assigned_to};
  if (t.whose.assigned_team != 0) return members_of(d, t.whose.assigned_team);
  return told_of_new(t, d);
}

/// Leads of the ticket's team, or of the teams of who has it.
std::vector<std::int64_t> leads_of(const noticed_ticket& t, const notice_directory& d) {
  std::vector<std::int64_t> out;
  const auto holds_one = [](const std::vector<std::int64_t>& all, std::int64_t one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  for (const auto& [id, person] : d.people)
    if ((t.whose.assigned_team != 0 && holds_one(person.who.led, t.whose.assigned_team)) ||
        (t.whose.assigned_to != 0 && holds_one(person.who.crew, t.whose.assigned_to)))
      out.push_back(id);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::int64_t> told_of_clock(const noticed_ticket& t, notice_kind kind,
                                        const notice_directory& d) {
  std::vector<std::int64_t> out = holders_of(t, d);
  const auto add = [&out](const std::vector<std::int64_t>& more) {
    out.insert(out.end(), more.begin(), more.end());
  };
  if (kind != notice_kind::clock_75) add(leads_of(t, d));
  if (kind == notice_kind::clock_breached) add(told_of_approval(d));
  return out;
}

void add_all(std::vector<std::int64_t>& out, const std::vector<std::int64_t>& more) {
  out.insert(out.end(), more.begin(), more.end());
}

/// Of a ticket that nobody has, the lead of the team it concerns.
std::vector<std::int64_t> leads_or_responsible(const noticed_ticket& t, const notice_directory& d) {
  if (t.whose.assigned_to != 0 || t.whose.assigned_team != 0) return leads_of(t, d);
  const std::int64_t team = responsible_team(t.zone.value_or(""), t.type, d.teams);
  std::vector<std::int64_t> out;
  for (const auto& [id, person] : d.people)
    if (team != 0 &&
        std::find(person.who.led.begin(), person.who.led.end(), team) != person.who.led.end())
      out.push_back(id);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::int64_t> told_by_rule(const ticket_news& news, const audience& who,
                                       const notice_directory& d) {
  std::vector<std::int64_t> out = who.people;
  if (who.assignee) add_all(out, holders_of(news.ticket, d));
  if (who.lead) add_all(out, leads_or_responsible(news.ticket, d));
  if (who.followers)
    if (const auto it = d.followers.find(news.ticket.id); it != d.followers.end())
      add_all(out, it->second);
  std::vector<role> roles = who.roles;
  if (who.all_agents)
    roles.insert(roles.end(), {role::admin, role::manager, role::team_lead, role::technician});
  for (const role r : roles)
    add_all(out, with_role(d, r));
  for (const std::int64_t team : who.teams)
    add_all(out, members_of(d, team));
  return out;
}

std::vector<std::int64_t> audience_of(const ticket_news& news, const ticket_notice& n,
                                      const notice_directory& d) {
  switch (n.kind) {
    case notice_kind::created:
      return told_of_new(news.ticket, d);
    case notice_kind::assigned:
    case notice_kind::reassigned:
      // A team that has it without anybody of it working on it yet is the assignee.
      return n.people.empty() ? members_of(d, news.ticket.whose.assigned_team) : n.people;
    case notice_kind::mention:
      return n.people;
    case notice_kind::approval_wanted:
      return told_of_approval(d);
    case notice_kind::approval_decided: {
      const auto it = d.approval_wanted_by.find(news.ticket.id);
      if (it == d.approval_wanted_by.end()) return {};
      return {it->second};
    }
    case notice_kind::status_changed: {
      const auto it = d.followers.find(news.ticket.id);
      return it == d.followers.end() ? std::vector<std::int64_t>{} : it->second;
    }
    case notice_kind::clock_75:
    case notice_kind::clock_90:
    case notice_kind::clock_breached:
      return told_of_clock(news.ticket, n.kind, d);
    case notice_kind::automation:
      return told_by_rule(news, n.who, d);
    default:
      return {};
  }
}

/// Following goes on only while one may see the ticket; a client hears of what is public.
bool may_be_told(const ticket_news& news, const ticket_notice& n, const notice_person& p) {
  if (n.kind == notice_kind::status_changed) return may_see(p.who, news.ticket.whose);
  if (p.who.as != role::client) return true;
  return n.kind == notice_kind::mention && n.is_public && may_see(p.who, news.ticket.whose);
}

std::string subject_of(const ticket_news& news, const ticket_notice& n) {
  const noticed_ticket& t = news.ticket;
  const std::string late = n.late.empty() ? "" : fmt::format(" (noticed {} late)", n.late);
  switch (n.kind) {
    case notice_kind::created:
      return fmt::format("New ticket {}: {}", t.uid, t.title);
    case notice_kind::assigned:
      return fmt::format("{} is assigned to {}: {}", t.uid, n.people.empty() ? "your team" : "you",
                         t.title);
    case notice_kind::reassigned:
      return fmt::format("{} is now yours: {}", t.uid, t.title);
    case notice_kind::mention:
      return fmt::format("{} named you in {}", news.by_name, t.uid);
    case notice_kind::approval_wanted:
      return fmt::format("{} waits for approval: {}", t.uid, t.title);
    case notice_kind::approval_decided:
      return fmt::format("The approval of {} was decided: it is {}", t.uid, n.detail);
    case notice_kind::clock_75:
    case notice_kind::clock_90:
      return fmt::format("{} runs out of time{}: {}", t.uid, late, t.title);
    case notice_kind::clock_breached:
      return fmt::format("{} has taken too long{}: {}", t.uid, late, t.title);
    case notice_kind::automation:
      return fmt::format("{}: {} ({})", t.uid, n.detail, t.title);
    default:
      return fmt::format("{} is {}: {}", t.uid, n.detail, t.title);
  }
}

std::string text_of(const ticket_news& news, const ticket_notice& n, const notice_person& p) {
  const noticed_ticket& t = news.ticket;
  std::string out = fmt::format("Ticket {}, priority {}", t.uid, name_of(t.priority));
  if (t.zone && !t.zone->empty()) out += fmt::format(", zone {}", *t.zone);
  out += fmt::format(". By {}.", news.by_name.empty() ? "the hub" : news.by_name);
  // Who is named without seeing the ticket learns that, and not what the note says.
  const bool is_clock = n.kind == notice_kind::clock_75 || n.kind == notice_kind::clock_90 ||
                        n.kind == notice_kind::clock_breached;
  if (is_clock || n.kind == notice_kind::automation ||
      (n.kind == notice_kind::mention && may_see(p.who, t.whose)))
    out += fmt::format("\n\n{}", n.detail);
  return out;
}

}  // namespace

std::string_view name_of(client_news what) {
  return client_names[static_cast<std::size_t>(what)];
}

noticed_ticket noticed(const ticket_record& t) {
  noticed_ticket out;
  out.id = t.id;
  out.uid = t.uid;
  out.title = text_at(t, field::title);
  out.source = text_at(t, field::source);
  out.type = text_at(t, field::type);
  out.zone = text_at(t, field::zone);
  out.priority =
      ticket_priority_from(text_at(t, field::priority)).value_or(ticket_priority::medium);
  out.whose = ownership_of(t);
  out.channel = t.channel;
  out.chat_id = t.chat_id;
  out.contact_email = text_at(t, field::contact_email);
  return out;
}

void read_entries(ticket_news& news, std::int32_t first_seq, std::span<const change_entry> entries,
                  std::span<const std::int64_t> mentioned) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const change_entry& e = entries[i];
    const std::int32_t seq = first_seq + static_cast<std::int32_t>(i);
    if (e.action == "created") {
      news.notices.push_back({notice_kind::created, seq, {}, {}, false});
      news.for_client.emplace_back(client_news::received, seq);
    } else if (e.field == "status" && (e.action == "status" || e.action == "field")) {
      read_status(news, e, seq);
    } else if (e.action == "assigned" && e.field == "assigned_to" && !e.new_value.empty()) {
      news.notices.push_back({e.old_value.empty() ? notice_kind::assigned : notice_kind::reassigned,
                              seq,
                              {news.ticket.whose.assigned_to},
                              {},
                              false});
    } else if (e.action == "assigned" && e.field == "assigned_team" && !e.new_value.empty() &&
               news.ticket.whose.assigned_to == 0) {
      news.notices.push_back({notice_kind::assigned, seq, {}, {}, false});
    } else if (e.action == "note" && !mentioned.empty()) {
      news.notices.push_back({notice_kind::mention,
                              seq,
                              {mentioned.begin(), mentioned.end()},
                              e.new_value,
                              e.field == "public"});
    } else if (e.field == "tags" && has_word(e.new_value, info_needed_tag) &&
               !has_word(e.old_value, info_needed_tag)) {
      news.for_client.emplace_back(client_news::info_needed, seq);
    }
  }
}

void read_entries(ticket_news& news, const ticket_record& ticket,
                  std::span<const change_entry> entries, std::span<const std::int64_t> mentioned) {
  news.ticket.whose = ownership_of(ticket);
  read_entries(news, ticket.history_seq + 1, entries, mentioned);
  if (!news.empty()) news.ticket = noticed(ticket);
}

std::int64_t responsible_team(const std::string& zone, const std::string& type,
                              std::span<const notice_team> teams) {
  std::int64_t best = 0;
  int best_points = 0;
  std::int64_t triage = 0;
  for (const notice_team& t : teams) {
    if (triage == 0 && (lower(t.name) == "triage" || holds(t.specialties, "triage"))) triage = t.id;
    const bool zone_fits = !t.zone.empty() && lower(t.zone) == lower(zone);
    const bool type_fits = !type.empty() && holds(t.specialties, type);
    if ((!t.zone.empty() && !zone_fits) || (!t.specialties.empty() && !type_fits)) continue;
    const int points = (zone_fits ? 2 : 0) + (type_fits ? 1 : 0);
    if (points <= best_points) continue;
    best = t.id;
    best_points = points;
  }
  return best != 0 ? best : triage;
}

std::vector<owed_notice> owed_notices(const ticket_news& news, const notice_directory& d) {
  std::vector<const ticket_notice*> in_order;
  for (const ticket_notice& n : news.notices)
    in_order.push_back(&n);
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const auto* a, const auto* b) { return rank(a->kind) < rank(b->kind); });
  std::vector<owed_notice> out;
  std::set<std::int64_t> told;
  if (news.by_user != 0) told.insert(news.by_user);
  for (const ticket_notice* n : in_order)
    for (const std::int64_t id : audience_of(news, *n, d)) {
      const auto person = d.people.find(id);
      if (person == d.people.end() || told.contains(id) || !may_be_told(news, *n, person->second))
        continue;
      const notice_person& p = person->second;
      notice_plan plan = plan_notice(n->kind, news.ticket.priority, p.preferences,
                                     {!p.email.empty(), !p.phone.empty()}, news.at);
      if (!n->late.empty()) {
        plan.email_in_digest = plan.email_at.has_value();
        plan.whatsapp_at.reset();
      }
      if (plan.empty()) continue;
      told.insert(id);
      out.push_back({id, n->kind, n->seq, plan,
                     first_line(subject_of(news, *n), max_subject_characters), text_of(news, *n, p),
                     n->key});
    }
  return out;
}

std::string_view channel_to_client(const noticed_ticket& t) {
  if (t.source == "wa_inbound" && t.chat_id != 0) return "whatsapp";
  if (t.source == "email" && !t.contact_email.empty()) return "email";
  return {};
}

std::vector<owed_client_notice> owed_client_notices(const ticket_news& news) {
  const noticed_ticket& t = news.ticket;
  const std::string channel(channel_to_client(t));
  std::vector<owed_client_notice> out;
  if (channel.empty()) return out;
  for (const auto& [what, seq] : news.for_client) {
    owed_client_notice n{what, seq, channel, channel == "email" ? t.contact_email : "", {}, {}};
    n.subject = first_line(fmt::format("[{}] {}", t.uid, t.title), max_subject_characters);
    switch (what) {
      case client_news::received:
        n.text = fmt::format("Thank you, we have your message. Your reference is {}.", t.uid);
        break;
      case client_news::started:
        n.text = fmt::format("Work on your request {} has started.", t.uid);
        break;
      case client_news::resolved:
        n.text = fmt::format(
            "Your request {} is resolved. If the trouble is still there, please answer this "
            "message.",
            t.uid);
        break;
      case client_news::info_needed:
        n.text = fmt::format(
            "We need to know more from you about your request {}. Please answer this message.",
            t.uid);
        break;
    }
    out.push_back(std::move(n));
  }
  return out;
}

std::string notice_key(std::int64_t ticket_id, const owed_notice& n) {
  return fmt::format("notify:{}:{}:{}:{}", ticket_id, n.key.empty() ? std::to_string(n.seq) : n.key,
                     name_of(n.kind), n.user_id);
}

std::string client_notice_key(std::int64_t ticket_id, const owed_client_notice& n) {
  const bool once = n.what == client_news::received || n.what == client_news::started;
  return once ? fmt::format("client:{}:{}", ticket_id, name_of(n.what))
              : fmt::format("client:{}:{}:{}", ticket_id, n.seq, name_of(n.what));
}

}  // namespace fibrehub::domain
