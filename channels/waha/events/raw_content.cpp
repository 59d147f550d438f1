#include "channels/waha/events/raw_content.hpp"

#include <array>

#include "channels/waha/events/message_id.hpp"
#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::string_view_literals;

constexpr int max_wrappers = 8;
constexpr std::size_t max_options = 100;

// They come beside the content.
constexpr std::array companions{"messageContextInfo"sv, "senderKeyDistributionMessage"sv};

// They hold the content under `message`.
constexpr std::array wrappers{"ephemeralMessage"sv,           "viewOnceMessage"sv,
                              "viewOnceMessageV2"sv,          "viewOnceMessageV2Extension"sv,
                              "documentWithCaptionMessage"sv, "deviceSentMessage"sv,
                              "groupMentionedMessage"sv,      "botInvokeMessage"sv,
                              "lottieStickerMessage"sv,       "editedMessage"sv};

constexpr std::array<std::pair<std::string_view, std::string_view>, 44> types{{
    // NOWEB and GOWS: fields of WhatsApp's own message.
    {"conversation", "text"},
    {"extendedTextMessage", "text"},
    {"imageMessage", "image"},
    {"videoMessage", "video"},
    {"ptvMessage", "video"},
    {"audioMessage", "audio"},
    {"documentMessage", "document"},
    {"stickerMessage", "sticker"},
    {"locationMessage", "location"},
    {"liveLocationMessage", "location"},
    {"contactMessage", "contact"},
    {"contactsArrayMessage", "contact"},
    {"pollCreationMessage", "poll"},
    {"pollCreationMessageV2", "poll"},
    {"pollCreationMessageV3", "poll"},
    {"pollCreationMessageV4", "poll"},
    {"pollCreationMessageV5", "poll"},
    {"eventMessage", "event"},
    {"reactionMessage", "reaction"},
    {"protocolMessage", "protocol"},
    {"buttonsResponseMessage", "text"},
    {"listResponseMessage", "text"},
    {"templateButtonReplyMessage", "text"},
    // WEBJS and WPP: types of WhatsApp Web.
    {"chat", "text"},
    {"image", "image"},
    {"video", "video"},
    {"audio", "audio"},
    {"ptt", "voice"},
    {"document", "document"},
    {"sticker", "sticker"},
    {"location", "location"},
    {"vcard", "contact"},
    {"multi_vcard", "contact"},
    {"poll_creation", "poll"},
    {"event_creation", "event"},
    {"reaction", "reaction"},
    {"call_log", "call"},
    {"revoked", "revoked"},
    {"protocol", "protocol"},
    {"ptv", "video"},
    {"gp2", "notification"},
    {"notification", "notification"},
    {"notification_template", "notification"},
    {"e2e_notification", "notification"},
}};

template <class List>
bool has(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// The one field of a message that is its content.
raw_content content_field(const node& message) {
  if (!message.is_object()) return {};
  for (const auto& m : message.value()->GetObject()) {
    const std::string_view name(m.name.GetString(), m.name.GetStringLength());
    if (m.value.IsNull() || name.size() > max_id_bytes || has(companions, name)) continue;
    return {std::string(name), message.member(name)};
  }
  return {};
}

}  // namespace

raw_content content_of(const node& message) {
  raw_content out = content_field(message);
  for (int i = 0; i < max_wrappers && out.body.is_object(); ++i) {
    node inner;
    if (has(wrappers, out.name)) inner = out.body.member("message");
    if (out.name == "protocolMessage") inner = out.body.member("editedMessage");
    raw_content next = content_field(inner);
    if (next.name.empty()) break;
    out = std::move(next);
  }
  return out;
}

raw_content find_raw_content(const node& payload) {
  const node data = payload.member("_data");
  for (const char* field : {"message", "Message"})
    if (raw_content out = content_of(data.member(field)); !out.name.empty()) return out;
  if (const node type = data.member("type"); type.is_text())
    return {std::string(type.own_text(max_id_bytes)), data};
  if (const node type = data.member("Info").member("Type"); type.is_text())
    return {std::string(type.own_text(max_id_bytes)), {}};
  return {};
}

std::string_view type_of(const raw_content& raw) {
  for (const auto& [name, type] : types)
    if (name == raw.name)
      return type == "audio" && raw.body.flag("ptt").value_or(false) ? "voice"sv : type;
  return {};
}

std::vector<std::string> read_mentions(const node& payload, const raw_content& raw) {
  const node context = raw.body.member("contextInfo");
  for (const node& list : {context.member("mentionedJid"), context.member("mentionedJID"),
                           raw.body.member("mentionedJidList"), payload.member("mentionedIds")}) {
    std::vector<std::string> out;
    for (const node& entry : list.entries()) {
      const std::string id = jid_of(entry);
      if (!id.empty()) out.push_back(id);
    }
    if (!out.empty()) return out;
  }
  return {};
}

std::optional<poll_info> read_poll(const raw_content& raw) {
  if (type_of(raw) != "poll") return std::nullopt;
  const bool web = raw.name == "poll_creation";
  poll_info out;
  out.name = raw.body.text(web ? "pollName" : "name", 16 * max_name_bytes);
  for (const node& option : raw.body.list(web ? "pollOptions" : "options").entries(max_options))
    out.options.emplace_back(option.text(web ? "name" : "optionName"));
  if (const auto count =
          raw.body.integer(web ? "pollSelectableOptionsCount" : "selectableOptionsCount"))
    out.multiple_answers = *count != 1;
  return out;
}

}  // namespace fibrehub::channels::waha
