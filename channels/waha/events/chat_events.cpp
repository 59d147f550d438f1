#include "channels/waha/events/chat_events.hpp"

#include "channels/waha/events/message_id.hpp"
#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

constexpr std::size_t max_description_bytes = 65'536;

tl::expected<std::string, problem> needed_jid(const node& holder, std::string_view field) {
  const auto id = needed_text(holder, field);
  if (!id) return tl::unexpected(id.error());
  return canonical_id(*id);
}

/// A number is as good as text: NOWEB counts its labels.
tl::expected<std::string, problem> needed_label(const node& holder, std::string_view field) {
  const node v = holder.member(field);
  if (v && v.value()->IsNumber()) return holder.text_or_number(field);
  const auto id = needed_text(holder, field);
  if (!id) return tl::unexpected(id.error());
  return std::string(*id);
}

std::optional<std::string> told_text(const node& holder, std::string_view field) {
  const node v = holder.member(field);
  if (!v.is_text()) {
    if (v) holder.remark(field, "is no text");
    return std::nullopt;
  }
  return std::string(v.own_text(max_description_bytes));
}

std::vector<group_participant> read_participants(const node& list) {
  std::vector<group_participant> out;
  for (const node& entry : list.entries()) {
    group_participant p;
    p.id = entry.is_object() ? read_jid(entry, "id") : jid_of(entry);
    p.phone_id = read_jid(entry.is_object() ? entry : node(), "pn");
    p.role = entry.text("role", max_id_bytes);
    if (!p.id.empty()) out.push_back(std::move(p));
  }
  return out;
}

std::string_view action_of(std::string_view event) {
  if (event.ends_with(".join")) return "joined";
  if (event.ends_with(".leave")) return "left";
  return event.ends_with(".update") ? "updated" : "participants";
}

}  // namespace

tl::expected<group_event, problem> read_group(const envelope& e) {
  const auto group = needed_object(e.payload, "group");
  if (!group) return tl::unexpected(group.error());
  auto id = needed_jid(*group, "id");
  if (!id) return tl::unexpected(id.error());
  group_event out;
  out.action = action_of(e.event);
  out.id = std::move(*id);
  out.change = e.payload.text("type", max_id_bytes);
  out.subject = told_text(*group, "subject");
  out.description = told_text(*group, "description");
  out.invite = group->text("invite");
  out.members_can_add = group->flag("membersCanAddNewMember");
  out.members_can_send = group->flag("membersCanSendMessages");
  out.approval_required = group->flag("newMembersApprovalRequired");
  const node affected = e.payload.list("participants");
  out.participants = read_participants(affected ? affected : group->list("participants"));
  // NOWEB still calls those admins who have just ceased to be.
  if (out.change == "demote")
    for (group_participant& p : out.participants)
      p.role = "participant";
  // Milliseconds on NOWEB, seconds on the others.
  out.at = e.payload.time("timestamp", time_unit::either);
  return out;
}

tl::expected<group_event, problem> read_old_group(const envelope& e) {
  group_event out;
  out.action = action_of(e.event);
  out.id = read_jid(e.payload, "chatId");
  if (out.id.empty()) out.id = read_jid(e.payload, "id");
  out.subject = told_text(e.payload, "subject");
  out.description = told_text(e.payload, "desc");
  const node members = e.payload.member("participants");
  const node named = e.payload.member("recipientIds");
  for (const node& list : {members, named}) {
    if (!out.participants.empty()) break;
    out.participants = read_participants(list);
  }
  const auto entries = members.entries();
  for (std::size_t i = 0; i < entries.size() && i < out.participants.size(); ++i) {
    // "admin": null is an ordinary member.
    if (!out.participants[i].role.empty()) continue;
    const std::string_view admin = entries[i].text("admin", max_id_bytes);
    out.participants[i].role = admin.empty() ? "participant" : std::string(admin);
  }
  out.at = e.payload.time("timestamp", time_unit::either);
  return out;
}

tl::expected<presence_event, problem> read_presence(const envelope& e) {
  auto chat = needed_jid(e.payload, "id");
  if (!chat) return tl::unexpected(chat.error());
  presence_event out;
  out.chat = std::move(*chat);
  for (const node& entry : e.payload.list("presences").entries())
    out.entries.push_back({read_jid(entry, "participant"),
                           std::string(entry.text("lastKnownPresence", max_id_bytes)),
                           entry.time("lastSeen", time_unit::seconds)});
  return out;
}

tl::expected<call_event, problem> read_call(const envelope& e) {
  const auto id = needed_text(e.payload, "id");
  if (!id) return tl::unexpected(id.error());
  call_event out;
  out.id = *id;
  out.state = e.event.substr(e.event.find('.') + 1);
  out.from = read_jid(e.payload, "from");
  out.at = e.payload.time("timestamp", time_unit::seconds);
  out.video = e.payload.flag("isVideo");
  out.group = e.payload.flag("isGroup");
  return out;
}

tl::expected<archive_event, problem> read_archive(const envelope& e) {
  auto chat = needed_jid(e.payload, "id");
  if (!chat) return tl::unexpected(chat.error());
  const node archived = e.payload.member("archived");
  if (!archived) return tl::unexpected(e.payload.missing("archived"));
  if (!archived.value()->IsBool())
    return tl::unexpected(e.payload.wrong("archived", "is neither true nor false"));
  return archive_event{std::move(*chat), archived.value()->GetBool(),
                       e.payload.time("timestamp", time_unit::either)};
}

tl::expected<label_event, problem> read_label(const envelope& e) {
  const bool of_chat = e.event.starts_with("label.chat.");
  auto id = needed_label(e.payload, of_chat ? "labelId" : "id");
  if (!id) return tl::unexpected(id.error());
  label_event out;
  out.id = std::move(*id);
  if (of_chat) {
    auto chat = needed_jid(e.payload, "chatId");
    if (!chat) return tl::unexpected(chat.error());
    out.chat = std::move(*chat);
    out.action = e.event == "label.chat.added" ? "chat_added" : "chat_deleted";
  } else {
    out.action = e.event == "label.upsert" ? "upserted" : "deleted";
  }
  const node label = of_chat ? e.payload.object("label") : e.payload;
  out.name = label.text("name");
  out.color = label.integer("color");
  out.color_hex = label.text("colorHex", max_id_bytes);
  return out;
}

}  // namespace fibrehub::channels::waha
