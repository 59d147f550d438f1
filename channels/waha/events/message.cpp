#include "channels/waha/events/message.hpp"

#include "channels/waha/events/message_id.hpp"
#include "channels/waha/events/message_parts.hpp"
#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

// A delivery is smaller; what is kept of a text is the store's to say.
constexpr std::size_t max_text_bytes = 8'388'608;

template <class... Others>
std::string first_of(std::string head, Others... others) {
  if constexpr (sizeof...(others) == 0) {
    return head;
  } else {
    return head.empty() ? first_of(std::move(others)...) : head;
  }
}

/// What the engines' own records call the same things.
struct raw_record {
  explicit raw_record(const node& payload)
      : data(payload.member("_data")), key(data.member("key")), info(data.member("Info")) {}
  node data;
  node key;   // NOWEB
  node info;  // GOWS
};

std::string name_in(const raw_record& raw) {
  for (const std::string_view name :
       {raw.data.text("pushName"), raw.data.text("notifyName"), raw.info.text("PushName")})
    if (!name.empty()) return std::string(name);
  return {};
}

/// Who wrote it in a group, a broadcast or a channel.
std::string participant_in(const node& payload, const raw_record& raw, const message_ref& ref) {
  std::string who = first_of(read_jid(payload, "participant"), ref.participant,
                             read_jid(raw.key, "participant"), read_jid(payload, "author"),
                             read_jid(raw.info, "Sender"), read_jid(raw.data, "author"));
  return who == ref.chat ? std::string() : who;
}

void read_own_author(message_info& out, const raw_record& raw, const std::string& participant,
                     const account* me) {
  if (!me || me->id.empty()) {
    out.author = participant;
    out.author_name = name_in(raw);
    return;
  }
  out.author = me->id;
  out.author_alt = me->lid;
  out.author_name = me->name;
}

void read_author(message_info& out, const node& payload, const account* me) {
  const raw_record raw(payload);
  const bool direct = kind_of(out.ref.chat) == domain::chat_kind::direct;
  if (direct) {
    out.chat_alt = first_of(read_jid(raw.key, "remoteJidAlt"),
                            read_jid(raw.info, out.ref.from_me ? "RecipientAlt" : "SenderAlt"));
    if (out.chat_alt == out.ref.chat) out.chat_alt.clear();
  }
  if (out.ref.from_me)
    return read_own_author(out, raw, direct ? std::string() : participant_in(payload, raw, out.ref),
                           me);
  out.author_name = name_in(raw);
  if (direct) {
    out.author = out.ref.chat;
    out.author_alt = out.chat_alt;
    return;
  }
  out.author = participant_in(payload, raw, out.ref);
  out.author_alt = first_of(read_jid(raw.key, "participantAlt"), read_jid(raw.info, "SenderAlt"));
  if (out.author_alt == out.author) out.author_alt.clear();
}

/// By the engine's word, else by what came with the message.
std::string type_of(const message_info& m, const raw_content& raw) {
  if (const std::string_view known = type_of(raw); !known.empty()) return std::string(known);
  if (m.media) {
    for (const std::string_view kind : {"image", "video", "audio"})
      if (m.media->mimetype.starts_with(kind)) return std::string(kind);
    return "document";
  }
  if (m.location) return "location";
  if (!m.contacts.empty()) return "contact";
  return m.text.empty() ? "other" : "text";
}

}  // namespace

tl::expected<message_info, problem> read_message_head(const node& payload, const account* me) {
  auto ref = read_message_id(payload, payload.member("_data").member("key"));
  if (!ref) return tl::unexpected(ref.error());
  message_info out;
  out.ref = std::move(*ref);
  read_author(out, payload, me);
  out.sent_at = payload.time("timestamp", time_unit::seconds);
  out.source = payload.text("source", max_id_bytes);
  return out;
}

tl::expected<message_info, problem> read_message(const node& payload, const account* me) {
  auto out = read_message_head(payload, me);
  if (!out) return out;
  const raw_content raw = find_raw_content(payload);
  out->text = payload.text("body", max_text_bytes);
  out->ack = read_ack_level(payload);
  out->media = read_media(payload, raw);
  out->location = read_location(payload);
  out->contacts = read_contacts(payload);
  out->reply_to = read_reply(payload);
  out->mentions = read_mentions(payload, raw);
  out->poll = read_poll(raw);
  out->raw_type = raw.name;
  out->type = type_of(*out, raw);
  return out;
}

}  // namespace fibrehub::channels::waha
