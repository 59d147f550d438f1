#include "channels/waha/events/message_id.hpp"

#include <fmt/format.h>

#include "channels/waha/identity.hpp"
#include "domain/text.hpp"

namespace fibrehub::channels::waha {
namespace {

std::optional<std::string> fault_of(const message_id& id) {
  for (const std::string* part : {&id.chat, &id.stanza, &id.participant}) {
    if (part->size() > max_id_bytes)
      return fmt::format("holds a part longer than {} bytes", max_id_bytes);
    if (!domain::is_storable(*part)) return "holds a zero byte";
  }
  return std::nullopt;
}

message_ref to_ref(message_id id, std::string serialized) {
  return {std::move(id.stanza), std::move(serialized), std::move(id.chat), id.from_me,
          std::move(id.participant)};
}

/// Parts under the names of whatsapp-web.js ("remote") or Baileys ("remoteJid").
std::optional<message_id> from_parts(const node& parts, std::string_view chat_field) {
  if (!parts.is_object()) return std::nullopt;
  message_id out{parts.flag("fromMe").value_or(false), read_jid(parts, chat_field),
                 std::string(parts.text("id")), read_jid(parts, "participant")};
  if (out.chat.empty() || out.stanza.empty()) return std::nullopt;
  return out;
}

struct found_id {
  message_id id;
  std::string serialized;  // empty: to be put together
};

std::optional<found_id> find_id(const node& id, const node& key) {
  if (id.is_text()) {
    const std::string_view text = id.own_text(4 * max_id_bytes);
    if (auto parsed = parse_message_id(text)) return found_id{*parsed, std::string(text)};
  } else if (id.is_object()) {
    const std::string_view text = id.text("_serialized", 4 * max_id_bytes);
    if (auto parsed = parse_message_id(text)) return found_id{*parsed, std::string(text)};
    if (auto parts = from_parts(id, "remote")) return found_id{*parts, {}};
  }
  if (auto parts = from_parts(key, "remoteJid")) return found_id{*parts, {}};
  return std::nullopt;
}

}  // namespace

std::string jid_of(const node& value) {
  if (!value) return {};
  if (!value.is_object()) {
    const std::string_view text = value.own_text(max_id_bytes);
    if (domain::is_storable(text)) return canonical_id(text);
    value.remark_self("holds a zero byte");
    return {};
  }
  const std::string_view serialized = value.text("_serialized", max_id_bytes);
  const std::string_view user = value.text("user", max_id_bytes);
  std::string id(serialized);
  if (id.empty() && !user.empty())
    id = fmt::format("{}@{}", user, value.text("server", max_id_bytes));
  if (!id.empty() && id.size() <= max_id_bytes && domain::is_storable(id)) return canonical_id(id);
  value.remark_self("is no id");
  return {};
}

std::string read_jid(const node& holder, std::string_view field) {
  return jid_of(holder.member(field));
}

tl::expected<message_ref, problem> read_message_id(const node& holder, const node& key) {
  const node id = holder.member("id");
  auto found = find_id(id, key);
  if (!found) {
    if (!id) return tl::unexpected(holder.missing("id"));
    if (!id.is_text() && !id.is_object()) return tl::unexpected(holder.wrong("id", "is no text"));
    return tl::unexpected(holder.wrong("id", "is no message id like true_27831112222@c.us_3EB0…"));
  }
  if (auto fault = fault_of(found->id))
    return tl::unexpected(holder.wrong("id", std::move(*fault)));
  if (found->serialized.empty()) found->serialized = serialise(found->id);
  return to_ref(std::move(found->id), std::move(found->serialized));
}

tl::expected<message_ref, problem> read_target_id(const node& holder, std::string_view field) {
  const node v = holder.member(field);
  if (v.is_object()) {
    auto found = find_id(v, {});
    if (!found) return tl::unexpected(holder.wrong(field, "is no message id"));
    if (found->serialized.empty()) found->serialized = serialise(found->id);
    if (auto fault = fault_of(found->id))
      return tl::unexpected(holder.wrong(field, std::move(*fault)));
    return to_ref(std::move(found->id), std::move(found->serialized));
  }
  const auto text = needed_text(holder, field, 4 * max_id_bytes);
  if (!text) return tl::unexpected(text.error());
  if (auto parsed = parse_message_id(*text)) {
    if (auto fault = fault_of(*parsed))
      return tl::unexpected(holder.wrong(field, std::move(*fault)));
    return to_ref(std::move(*parsed), std::string(*text));
  }
  if (text->size() > max_id_bytes)
    return tl::unexpected(
        holder.wrong(field, fmt::format("is longer than {} bytes", max_id_bytes)));
  message_ref bare;
  bare.stanza_id = *text;
  return bare;
}

}  // namespace fibrehub::channels::waha
