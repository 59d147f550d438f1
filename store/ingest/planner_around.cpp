// What happens around messages: groups, who is there, and what few messages have.
#include <algorithm>

#include "domain/text.hpp"
#include "store/ingest/event_json.hpp"
#include "store/ingest/planner.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t max_short_bytes = 255;
constexpr std::chrono::minutes presence_written_every{1};

}  // namespace

void ingest_planner::plan_group(const ingest& item, const domain::group_change& group) {
  const domain::chat_message& m = group.message;
  std::int64_t chat_id = 0;
  if (m.text.empty()) {
    add_inbox(item, disposition::stored);
    chat_id = chat_for(item, m).id;
  } else {
    add_entry(item, m);
    chat_id = out_.messages.back().chat_id;
  }
  if (group.subject || group.description)
    out_.around.groups.push_back({chat_id, group.subject, group.description, m.sent_at});
  for (const domain::group_member& member : group.members)
    out_.around.members.push_back({chat_id, domain::storable(member.id, max_short_bytes),
                                   domain::storable(member.phone, max_short_bytes),
                                   domain::storable(member.role, max_short_bytes),
                                   domain::storable(item.ext_id, 512), m.sent_at});
}

/// Told at once to who looks at the conversation; written down now and then only.
void ingest_planner::plan_presence(const ingest& item, const domain::presence_note& presence) {
  inbox_row& inbox = add_inbox(item, disposition::stored);
  const known_chat* const chat =
      cache_.find_chat(key_of(item.channel, presence.session, presence.chat));
  const auto last = chat == nullptr || chat->open.empty()
                        ? nullptr
                        : &*std::max_element(chat->open.begin(), chat->open.end(),
                                             [](const auto& a, const auto& b) {
                                               return a.last_message_us < b.last_message_us;
                                             });
  if (last != nullptr) inbox.ticket_id = result_tickets_.back() = last->ticket_id;
  for (const domain::presence_note::entry& e : presence.entries) {
    domain::instant& written =
        cache_.presence_written[key_of(item.channel, presence.session, e.person)];
    if (item.received_at - written >= presence_written_every) {
      written = item.received_at;
      out_.around.presences.push_back({item.channel, presence.session, e, item.received_at});
    }
    if (last == nullptr) continue;
    announce(item, "contact.presence", last->ticket_id, nullptr);
    pending_events_.back().members = presence_members(presence.chat, e);
    pending_events_.back().is_for_staff = true;
  }
}

void ingest_planner::keep_facts(const ingest& item, const domain::chat_message& message,
                                const message_row& row) {
  const auto ticket = cache_.tickets.find(row.ticket_id);
  out_.around.facts.push_back({row.id, row.ticket_id,
                               ticket == cache_.tickets.end() ? 0 : ticket->second.history_seq,
                               item.channel, &message});
}

}  // namespace fibrehub::store
