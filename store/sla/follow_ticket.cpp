#include "store/sla/follow_ticket.hpp"

#include <algorithm>

namespace fibrehub::store {
namespace {

using domain::field;

std::string text_at(const domain::ticket_record& t, field f) {
  return domain::at(t.values, f).value_or("");
}

domain::ticket_type type_of(const domain::ticket_record& t) {
  return domain::ticket_type_from(text_at(t, field::type)).value_or(domain::ticket_type::fault);
}
domain::ticket_priority priority_of(const domain::ticket_record& t) {
  return domain::ticket_priority_from(text_at(t, field::priority))
      .value_or(domain::ticket_priority::medium);
}
std::int64_t client_of(const domain::ticket_record& t) {
  return domain::ownership_of(t).client_id;
}

bool is_staff(const domain::principal& by) {
  return by.what != domain::principal::kind::system && by.as != domain::role::client;
}

/// Work was started, or more was asked for: the client hears of it, which is an answer too.
bool tells_client(const domain::ticket_news& news) {
  return !domain::channel_to_client(news.ticket).empty() &&
         std::any_of(news.for_client.begin(), news.for_client.end(),
                     [](const auto& told) { return told.first != domain::client_news::received; });
}

/// Where there is no channel to a client, the move itself is what can be seen.
bool is_told(const domain::ticket_record& t, const write_origin& origin) {
  return is_staff(origin.by) && domain::channel_to_client(domain::noticed(t)).empty();
}

void follow_entry(clock_set& clocks, const domain::ticket_record& t, const domain::change_entry& e,
                  const write_origin& origin) {
  if (e.action == "created") {
    clocks.start({t.id, type_of(t), priority_of(t), client_of(t), domain::status_of(t), origin.at},
                 origin.at);
  } else if (e.field == "status") {
    const auto from = domain::ticket_status_from(e.old_value);
    const auto to = domain::ticket_status_from(e.new_value);
    if (from && to) clocks.move(t.id, *from, *to, is_told(t, origin), origin.at);
  } else if (((e.action == "note" && e.field == "public") ||
              (e.action == "message" && e.field == "outbound")) &&
             is_staff(origin.by)) {
    clocks.answer(t.id, origin.at);
  }
}

}  // namespace

void follow_ticket(clock_set& clocks, domain::ticket_record& ticket,
                   std::span<const domain::change_entry> entries, const domain::ticket_news& news,
                   const write_origin& origin) {
  const auto any = [&](auto&& is) { return std::any_of(entries.begin(), entries.end(), is); };
  if (any([](const auto& e) { return e.action == "deleted" || e.field == "merged_into"; })) {
    clocks.withdraw(ticket.id, origin.at);
  } else {
    for (const domain::change_entry& e : entries)
      follow_entry(clocks, ticket, e, origin);
    if (is_staff(origin.by) && tells_client(news)) clocks.answer(ticket.id, origin.at);
    const bool is_new = any([](const auto& e) { return e.action == "created"; });
    if (!is_new && any([](const auto& e) {
          return e.field == "type" || e.field == "priority" || e.field == "client_id";
        }))
      clocks.retarget(ticket.id, type_of(ticket), priority_of(ticket), client_of(ticket),
                      origin.at);
  }
  const auto due = clocks.due_of(ticket.id);
  if (!due) return;
  auto& shown = domain::at(ticket.values, field::due_at);
  if (*due) {
    shown = domain::to_rfc3339(**due);
  } else {
    shown.reset();
  }
}

}  // namespace fibrehub::store
