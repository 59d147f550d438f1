#include "peers/waha_raw_data.hpp"

#include "peers/json_writer.hpp"
#include "peers/support.hpp"
#include "peers/waha_envelopes.hpp"

namespace fibrehub::peers {

namespace {

/// Inside `_data` people are named by "@s.whatsapp.net".
std::string server_jid(std::string_view jid) {
  return jid.ends_with("@c.us") ? user_part(jid) + "@s.whatsapp.net" : std::string(jid);
}

/// Baileys' message key; NOWEB only.
void write_key(json_writer& w, const chat_message& m) {
  const bool direct = m.chat.ends_with("@c.us");
  w.object().field("remoteJid", server_jid(wire_chat(m))).field("fromMe", m.from_me);
  w.field("id", m.stanza);
  const std::string phone_jid = m.sender.phone + "@s.whatsapp.net";
  if (!direct && !m.from_me) {
    if (m.lid_addressed) {
      w.field("participant", m.sender.lid + "@lid");
      if (m.hints) w.field("participantAlt", phone_jid);
    } else {
      w.field("participant", phone_jid);
    }
  } else if (direct && m.lid_addressed && m.hints) {
    w.field("remoteJidAlt", phone_jid);
  }
  if (m.lid_addressed) w.field("addressingMode", "lid");
  w.end_object();
}

void write_media_fields(json_writer& w, const chat_message& m) {
  w.field("url", "https://mmg.whatsapp.net/v/t62/x.enc").field("directPath", "/v/t62/x.enc");
  w.field("mimetype", m.mimetype);
  if (m.kind == content::image) {
    if (!m.text.empty()) w.field("caption", m.text);
    w.field("fileLength", "48213").field("height", 1280).field("width", 960);
  } else if (m.kind == content::voice) {
    w.field("fileLength", "9120").field("seconds", 7).field("ptt", true);
  } else if (m.kind == content::video) {
    if (!m.text.empty()) w.field("caption", m.text);
    w.field("fileLength", "412009").field("seconds", 9);
  } else {
    w.field("fileName", m.filename).field("fileLength", "90211");
    if (!m.text.empty()) w.field("caption", m.text);
  }
}

/// WhatsApp's protobuf message as JSON; NOWEB's `message`, GOWS's `Message`.
void write_proto(json_writer& w, const chat_message& m) {
  w.object();
  switch (m.kind) {
    case content::text:
      if (m.quoted || m.by_api || m.forwarded) {
        w.key("extendedTextMessage").object().field("text", m.text);
        if (m.quoted) {
          w.key("contextInfo").object().field("stanzaId", m.quoted->stanza);
          w.field("participant", m.quoted->participant_phone + "@s.whatsapp.net");
          w.key("quotedMessage").object().field("conversation", m.quoted->text);
          w.end_object().end_object();
        } else if (m.forwarded || !m.mentions.empty()) {
          w.key("contextInfo").object();
          if (m.forwarded) w.field("isForwarded", true);
          if (!m.mentions.empty()) {
            w.key("mentionedJid").array();
            for (const auto& jid : m.mentions)
              w.value(server_jid(jid));
            w.end_array();
          }
          w.end_object();
        }
        w.end_object();
      } else {
        w.field("conversation", m.text);
      }
      break;
    case content::location:
      w.key("locationMessage").object().field("degreesLatitude", m.latitude);
      w.field("degreesLongitude", m.longitude).field("name", m.place).end_object();
      break;
    case content::contact:
      for (const auto& card : m.vcards)
        w.key("contactMessage").object().field("vcard", card).end_object();
      break;
    case content::poll:
      w.key("pollCreationMessageV3").object().field("name", m.text).key("options").array();
      for (const auto& option : m.options)
        w.object().field("optionName", option).end_object();
      w.end_array().field("selectableOptionsCount", 1).end_object();
      break;
    default:
      w.key(m.kind == content::image   ? "imageMessage"
            : m.kind == content::voice ? "audioMessage"
            : m.kind == content::video ? "videoMessage"
                                       : "documentMessage");
      write_media_fields(w.object(), m);
      w.end_object();
  }
  if (m.by_api) {
    w.key("messageContextInfo").object();
    w.field("messageSecret", base64(m.stanza + "0123456789")).end_object();
  }
  w.end_object();
}

std::string noweb_data(const chat_message& m) {
  json_writer w;
  w.object();
  write_key(w.key("key"), m);
  if (m.by_api) {
    write_proto(w.key("message"), m);
    w.field("messageTimestamp", fmt::format("{}", m.timestamp_s)).field("status", "PENDING");
    return w.end_object().text();
  }
  w.field("messageTimestamp", m.timestamp_s);
  if (!m.from_me) w.field("pushName", m.sender.name);
  write_proto(w.key("message"), m);
  return w.field("status", m.ack + 1).end_object().text();
}

void write_gows_info(json_writer& w, const chat_message& m, const account& me) {
  const std::string phone = m.from_me ? me.phone : m.sender.phone;
  const std::string lid = m.from_me ? me.lid : m.sender.lid;
  const std::string by_phone = phone + "@s.whatsapp.net";
  const std::string by_lid = lid + "@lid";
  w.object().field("Chat", server_jid(wire_chat(m)));
  w.field("Sender", m.lid_addressed ? by_lid : by_phone).field("IsFromMe", m.from_me);
  w.field("IsGroup", is_group(m.chat));
  w.field("AddressingMode", m.lid_addressed ? "lid" : "pn");
  w.field("SenderAlt", !m.hints ? std::string{} : m.lid_addressed ? by_phone : by_lid);
  w.field("RecipientAlt", m.hints && m.from_me && m.lid_addressed && m.chat.ends_with("@c.us")
                              ? server_jid(m.chat)
                              : std::string{});
  w.field("ID", m.stanza).field("ServerID", 0);
  w.field("Type", m.has_media() || m.kind == content::location ? "media" : "text");
  w.field("PushName", m.from_me ? me.push_name : m.sender.name);
  w.field("Timestamp", iso_seconds(m.timestamp_s)).field("Category", "");
  w.field("Multicast", false).field("MediaType", m.has_media() ? raw_type(m) : "");
  w.field("Edit", "").end_object();
}

std::string gows_data(const chat_message& m, const account& me) {
  json_writer w;
  w.object();
  write_gows_info(w.key("Info"), m, me);
  write_proto(w.key("Message"), m);
  w.field("IsEphemeral", false).field("IsViewOnce", false).field("IsEdit", false);
  return w.end_object().text();
}

std::string webjs_data(const chat_message& m, const account& me) {
  json_writer w;
  w.object().key("id").object().field("fromMe", m.from_me).field("remote", wire_chat(m));
  w.field("id", m.stanza);
  w.field("_serialized", serialised_id(waha_engine::webjs, m, me)).end_object();
  w.field("viewed", false).field("body", m.text).field("type", raw_type(m));
  w.field("t", m.timestamp_s).field("notifyName", m.from_me ? me.push_name : m.sender.name);
  w.field("from", m.from_me ? me.id() : wire_chat(m));
  w.field("to", m.from_me ? wire_chat(m) : me.id());
  if (!m.chat.ends_with("@c.us")) {
    const std::string sender = m.lid_addressed ? m.sender.lid + "@lid" : m.sender.phone + "@c.us";
    w.field("author", m.from_me ? me.id() : sender);
  }
  w.field("ack", m.ack).field("isNewMsg", true);
  if (m.has_media()) {
    w.field("mimetype", m.mimetype).field("caption", m.text).field("filename", m.filename);
  }
  if (m.kind == content::location) {
    w.field("lat", m.latitude).field("lng", m.longitude).field("loc", m.place);
  }
  if (m.quoted) w.field("quotedStanzaID", m.quoted->stanza);
  return w.end_object().text();
}

/// The protobuf of an edit or a revocation: a protocol message that names its target.
void write_protocol_message(json_writer& w, const edit_event& e, bool revoke) {
  chat_message target = e.target;
  w.object().key("protocolMessage").object();
  write_key(w.key("key"), target);
  if (revoke) {
    w.field("type", 0);
  } else {
    w.field("type", "MESSAGE_EDIT").key("editedMessage").object();
    w.field("conversation", e.text).end_object();
    w.field("timestampMs", fmt::format("{}", e.timestamp_s * 1000));
  }
  w.end_object().end_object();
}

std::string action_data(waha_engine engine, const edit_event& e, const account& me, bool revoke) {
  chat_message action = e.target;
  if (engine == waha_engine::webjs) {
    if (!revoke) action.text = e.text;
    return webjs_data(action, me);
  }
  action.stanza = e.stanza;
  action.timestamp_s = e.timestamp_s;
  json_writer w;
  w.object();
  if (engine == waha_engine::gows) {
    write_gows_info(w.key("Info"), action, me);
    write_protocol_message(w.key("Message"), e, revoke);
    return w.field("IsEdit", !revoke).end_object().text();
  }
  write_key(w.key("key"), action);
  w.field("messageTimestamp", action.timestamp_s);
  write_protocol_message(w.key("message"), e, revoke);
  return w.field("status", action.ack + 1).end_object().text();
}

}  // namespace

std::string_view raw_type(const chat_message& m) {
  switch (m.kind) {
    case content::text:
      return "chat";
    case content::image:
      return "image";
    case content::voice:
      return "ptt";
    case content::document:
      return "document";
    case content::location:
      return "location";
    case content::video:
      return "video";
    case content::contact:
      return "vcard";
    case content::poll:
      return "poll_creation";
  }
  return "chat";
}

std::string raw_data(waha_engine engine, const chat_message& m, const account& me) {
  switch (engine) {
    case waha_engine::gows:
      return gows_data(m, me);
    case waha_engine::webjs:
      return webjs_data(m, me);
    case waha_engine::noweb:
      break;
  }
  return noweb_data(m);
}

std::string raw_edit_data(waha_engine engine, const edit_event& e, const account& me) {
  return action_data(engine, e, me, false);
}

std::string raw_revoke_data(waha_engine engine, const edit_event& e, const account& me) {
  return action_data(engine, e, me, true);
}

std::string_view engine_name(waha_engine engine) {
  switch (engine) {
    case waha_engine::gows:
      return "GOWS";
    case waha_engine::webjs:
      return "WEBJS";
    case waha_engine::noweb:
      break;
  }
  return "NOWEB";
}

std::optional<waha_engine> parse_engine(std::string_view name) {
  const std::string wanted = lower(name);
  for (const auto engine : {waha_engine::noweb, waha_engine::gows, waha_engine::webjs}) {
    if (lower(engine_name(engine)) == wanted) return engine;
  }
  return std::nullopt;
}

std::string_view ack_name(int ack) {
  constexpr std::array<std::string_view, 6> names{"ERROR",  "PENDING", "SERVER",
                                                  "DEVICE", "READ",    "PLAYED"};
  return ack < -1 || ack > 4 ? "UNKNOWN" : names[static_cast<std::size_t>(ack + 1)];
}

}  // namespace fibrehub::peers
