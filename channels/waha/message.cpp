#include "channels/waha/message.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "channels/waha/identity.hpp"
#include "domain/text.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;
using domain::chat_message;

constexpr std::size_t max_id_bytes = 255;

/// The first text found among several places.
template <class... Texts>
std::string_view first_of(std::string_view head, Texts... rest) {
  if constexpr (sizeof...(rest) == 0) {
    return head;
  } else {
    return head.empty() ? first_of(rest...) : head;
  }
}

std::string_view text_at(const json::value* v, std::string_view key) {
  return v ? json::text(*v, key) : std::string_view();
}

/// The serialised id, or one put together from the engine's raw key.
std::optional<message_id> identify(const json::value& payload) {
  if (auto id = parse_message_id(json::text(payload, "id"))) return id;
  const json::value* key = json::at(payload, "_data", "key");
  if (!key) return std::nullopt;
  message_id out{json::boolean(*key, "fromMe"), canonical_id(json::text(*key, "remoteJid")),
                 std::string(json::text(*key, "id")),
                 canonical_id(json::text(*key, "participant"))};
  if (out.chat.empty() || out.stanza.empty()) return std::nullopt;
  return out;
}

void read_author(chat_message& out, const json::value& payload, const message_id& id,
                 const message_context& context) {
  const json::value* data = json::find(payload, "_data");
  const json::value* key = json::at(payload, "_data", "key");
  const json::value* info = json::at(payload, "_data", "Info");
  if (out.kind == domain::chat_kind::direct) {
    out.chat_alt = canonical_id(first_of(
        text_at(key, "remoteJidAlt"), text_at(info, out.from_me ? "RecipientAlt" : "SenderAlt")));
    if (out.chat_alt == out.chat) out.chat_alt.clear();
  }
  if (out.from_me) {
    const json::value* me = json::find(*context.envelope, "me");
    out.author = canonical_id(text_at(me, "id"));
    return;
  }
  if (out.kind == domain::chat_kind::direct) {
    out.author = out.chat;
    out.author_alt = out.chat_alt;
  } else {
    out.author = canonical_id(
        first_of(json::text(payload, "participant"), id.participant, text_at(key, "participant")));
    out.author_alt =
        canonical_id(first_of(text_at(key, "participantAlt"), text_at(info, "SenderAlt")));
  }
  if (out.author_alt == out.author) out.author_alt.clear();
  out.author_name =
      first_of(text_at(data, "pushName"), text_at(data, "notifyName"), text_at(info, "PushName"));
}

std::string kind_of_media(std::string_view mime) {
  for (std::string_view kind : {"image", "video", "audio"})
    if (mime.starts_with(kind)) return std::string(kind);
  return "document";
}

void read_media(chat_message& out, const json::value& payload) {
  if (!json::boolean(payload, "hasMedia")) return;
  domain::media_ref& media = out.media.emplace();
  const json::value* m = json::find(payload, "media");
  if (!m) return;
  media.mime = json::text(*m, "mimetype");
  media.filename = json::text(*m, "filename");
  media.url = json::text(*m, "url");
  if (const json::value* error = json::find(*m, "error"); error && !error->IsNull()) {
    const std::string_view details = json::text(*error, "details");
    media.error = details.empty() ? json::to_text(*error).substr(0, 200)
                                  : std::string(details.substr(0, details.find('\n')));
  }
}

/// A location has no body; people still want to read where it is.
std::string describe_location(const json::value& location) {
  const std::string where = fmt::format("{}, {}", json::text_or_number(location, "latitude"),
                                        json::text_or_number(location, "longitude"));
  const std::string_view name =
      first_of(json::text(location, "name"), json::text(location, "description"),
               json::text(location, "address"));
  return name.empty() ? fmt::format("Location {}", where)
                      : fmt::format("Location {} ({})", name, where);
}

void read_content(chat_message& out, const json::value& payload) {
  out.text = json::text(payload, "body");
  read_media(out, payload);
  const json::value* location = json::find(payload, "location");
  const json::value* cards = json::find(payload, "vCards");
  if (out.media) {
    out.type = kind_of_media(out.media->mime);
  } else if (location && location->IsObject()) {
    out.type = "location";
    if (out.text.empty()) out.text = describe_location(*location);
  } else if (cards && cards->IsArray() && !cards->Empty()) {
    out.type = "contact";
  } else {
    out.type = out.text.empty() ? "other" : "text";
  }
}

domain::instant read_time(const json::value& payload, domain::instant otherwise) {
  const json::value* v = json::find(payload, "timestamp");
  if (!v) return otherwise;
  // Some engines send fractions of a second.
  if (v->IsDouble() && v->GetDouble() > 0 && v->GetDouble() < 1e11)
    return domain::from_us(static_cast<std::int64_t>(v->GetDouble() * 1e6));
  const auto seconds = json::integer(payload, "timestamp");
  if (!seconds || *seconds <= 0 || *seconds > 100'000'000'000) return otherwise;
  return domain::from_us(*seconds * 1'000'000);
}

}  // namespace

tl::expected<chat_message, std::string> read_message(const json::value& payload,
                                                     const message_context& context) {
  const auto id = identify(payload);
  if (!id)
    return tl::unexpected(std::string("The message has no id in payload.id or payload._data.key."));
  chat_message out;
  out.session = context.session;
  out.chat = id->chat;
  out.kind = kind_of(id->chat);
  out.message_id = id->stanza;
  out.from_me = id->from_me;
  out.by_api = json::text(payload, "source") == "api";
  read_author(out, payload, *id, context);
  for (const std::string* name :
       {&out.chat, &out.chat_alt, &out.message_id, &out.author, &out.author_alt, &out.session})
    if (name->size() > max_id_bytes || !domain::is_storable(*name))
      return tl::unexpected(
          std::string("An id in the message is too long, or holds bytes no id can have."));
  // A phone whose clock is ahead must not own the conversation until its time has come.
  out.sent_at = std::min(read_time(payload, context.otherwise_at), context.received_at);
  read_content(out, payload);
  if (const json::value* reply = json::find(payload, "replyTo"))
    out.reply_to = stanza_of(json::text(*reply, "id"));
  return out;
}

}  // namespace fibrehub::channels::waha
