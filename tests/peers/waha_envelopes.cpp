#include "peers/waha_envelopes.hpp"

#include "peers/json_writer.hpp"
#include "peers/support.hpp"
#include "peers/waha_raw_data.hpp"

namespace fibrehub::peers {

namespace {

/// The sender of a message seen in a group, as this copy names it.
std::string participant(const chat_message& m) {
  return m.lid_addressed ? m.sender.lid + "@lid" : m.sender.phone + "@c.us";
}

bool has_participant(const chat_message& m) {
  return is_group(m.chat) || m.chat == "status@broadcast";
}

/// NOWEB names nobody in the id of an own group message; the others name the account itself.
std::string id_participant(waha_engine engine, const chat_message& m, const account& me) {
  if (!has_participant(m)) return {};
  if (!m.from_me) return participant(m);
  return engine == waha_engine::noweb ? std::string{} : me.id();
}

void write_addresses(json_writer& w, waha_engine engine, const chat_message& m, const account& me) {
  const std::string who = m.from_me ? me.id() : participant(m);
  switch (engine) {
    case waha_engine::noweb:
      if (has_participant(m) && !m.from_me) w.field("to", m.chat).field("participant", who);
      break;
    case waha_engine::gows:
      if (has_participant(m)) {
        w.field("to", who).field("participant", who);
      } else {
        w.field("to", nullptr).field("participant", nullptr);
      }
      break;
    case waha_engine::webjs:
      w.field("to", m.from_me ? wire_chat(m) : me.id());
      if (has_participant(m)) w.field("participant", who);
      break;
  }
}

void write_media(json_writer& w, const chat_message& m) {
  w.field("hasMedia", m.has_media());
  w.key("media");
  if (!m.has_media()) {
    w.value(nullptr);
    return;
  }
  if (m.media_url.empty() && m.media_error.empty()) {
    w.value(nullptr);  // not downloaded
    return;
  }
  w.object().text_or_null("url", m.media_error.empty() ? m.media_url : std::string{});
  w.field("mimetype", m.mimetype).text_or_null("filename", m.filename);
  if (m.media_s3 && m.media_error.empty()) {
    w.key("s3").object().field("Bucket", "waha").field("Key", m.stanza).end_object();
  }
  if (!m.media_error.empty()) {
    w.key("error").object().field("details", m.media_error).field("code", 13).end_object();
  }
  w.end_object();
}

void write_location(json_writer& w, const chat_message& m) {
  w.key("location");
  if (m.kind != content::location) {
    w.value(nullptr);
    return;
  }
  w.object().field("live", false).field("latitude", fmt::format("{}", m.latitude));
  w.field("longitude", fmt::format("{}", m.longitude)).text_or_null("name", m.place).end_object();
}

void write_quotation(json_writer& w, const chat_message& m) {
  w.key("replyTo");
  if (!m.quoted) {
    w.value(nullptr);
    return;
  }
  w.object().field("id", m.quoted->stanza);
  w.field("participant", m.quoted->participant_phone + "@c.us").field("body", m.quoted->text);
  w.key("_data").object().field("conversation", m.quoted->text).end_object().end_object();
}

/// WAMessage without its closing brace; `data` is the engine's own record.
void write_message(json_writer& w, waha_engine engine, const chat_message& m, const account& me,
                   std::string_view data) {
  const bool webjs = engine == waha_engine::webjs;
  w.object().field("id", serialised_id(engine, m, me)).field("timestamp", m.timestamp_s);
  w.field("from", webjs && m.from_me ? me.id() : wire_chat(m)).field("fromMe", m.from_me);
  w.field("source", m.by_api && !m.api_forgotten ? "api" : "app");
  if (m.text.empty() && !webjs) {
    w.field("body", nullptr);
  } else {
    w.field("body", m.text);
  }
  write_addresses(w, engine, m, me);
  write_media(w, m);
  const int ack = webjs && !m.from_me ? int{ack_server} : m.ack;
  w.field("ack", ack).field("ackName", ack_name(ack));
  write_location(w, m);
  if (webjs || !m.vcards.empty()) {
    w.key("vCards").array();
    for (const auto& card : m.vcards)
      w.value(card);
    w.end_array();
  } else {
    w.field("vCards", nullptr);
  }
  write_quotation(w, m);
  w.raw_field("_data", data);
}

}  // namespace

std::string wire_chat(const chat_message& m) {
  const bool direct = !has_participant(m) && m.chat.ends_with("@c.us");
  return direct && m.lid_addressed && !m.sender.lid.empty() ? m.sender.lid + "@lid" : m.chat;
}

std::string serialised_id(waha_engine engine, const chat_message& m, const account& me) {
  const std::string last = id_participant(engine, m, me);
  return fmt::format("{}_{}_{}{}{}", m.from_me, wire_chat(m), m.stanza, last.empty() ? "" : "_",
                     last);
}

std::string message_payload(waha_engine engine, const chat_message& m, const account& me) {
  json_writer w;
  write_message(w, engine, m, me, raw_data(engine, m, me));
  return w.end_object().text();
}

std::string ack_payload(waha_engine engine, const chat_message& m, const account& me, int ack,
                        const person& reader, std::int64_t at_s) {
  json_writer w;
  if (engine == waha_engine::webjs) {
    chat_message now = m;
    now.ack = ack;
    write_message(w, engine, now, me, raw_data(engine, now, me));
    return w.end_object().text();
  }
  const bool group = is_group(m.chat);
  // Own group messages carry the account in acks even where message.any left it out.
  const std::string id = group ? fmt::format("true_{}_{}_{}", m.chat, m.stanza, me.id())
                               : fmt::format("true_{}_{}", wire_chat(m), m.stanza);
  w.object().field("id", id).field("from", wire_chat(m));
  if (engine == waha_engine::gows) {
    w.field("to", nullptr).text_or_null("participant", group ? me.id() : std::string{});
  }
  w.field("fromMe", true).field("ack", ack).field("ackName", ack_name(ack));
  if (engine == waha_engine::gows) {
    w.key("_data").object().field("Chat", wire_chat(m)).field("Type", ack_name(ack));
    w.key("MessageIDs").array().value(m.stanza).end_array().end_object();
  } else if (group) {
    w.key("_data").object().key("key").object().field("remoteJid", m.chat);
    w.field("fromMe", true).field("id", m.stanza).end_object();
    w.key("receipt").object().field("userJid", reader.lid + "@lid");
    w.field("readTimestamp", at_s).end_object().end_object();
  }
  return w.end_object().text();
}

std::string reaction_payload(waha_engine engine, const reaction_event& r, const account& me) {
  chat_message self = r.target;
  self.stanza = r.stanza;
  self.sender = r.sender;
  self.from_me = r.from_me;
  const bool webjs = engine == waha_engine::webjs;
  json_writer w;
  w.object().field("id", serialised_id(engine, self, me)).field("timestamp", r.timestamp_s);
  w.field("from", webjs && self.from_me ? me.id() : wire_chat(self)).field("fromMe", self.from_me);
  w.field("source", r.by_api ? "api" : "app");
  write_addresses(w, engine, self, me);
  w.key("reaction").object().field("text", r.emoji);
  w.field("messageId", serialised_id(engine, r.target, me)).end_object();
  return w.end_object().text();
}

std::string edited_payload(waha_engine engine, const edit_event& e, const account& me) {
  chat_message now = e.target;
  // WEBJS reports the original's id; the others the id of the edit action.
  if (engine != waha_engine::webjs) now.stanza = e.stanza;
  now.text = e.text;
  now.timestamp_s = e.timestamp_s;
  json_writer w;
  write_message(w, engine, now, me, raw_edit_data(engine, e, me));
  return w.field("editedMessageId", e.target.stanza).end_object().text();
}

std::string revoked_payload(waha_engine engine, const edit_event& e, const account& me) {
  chat_message after = e.target;
  if (engine != waha_engine::webjs) after.stanza = e.stanza;
  after.text.clear();
  after.kind = content::text;
  after.quoted.reset();
  after.timestamp_s = e.timestamp_s;
  const std::string data = raw_revoke_data(engine, e, me);
  json_writer w;
  w.object().key("after");
  write_message(w, engine, after, me, data);
  w.end_object().key("before");
  if (engine == waha_engine::webjs) {
    w.raw(message_payload(engine, e.target, me));
  } else {
    w.value(nullptr);
  }
  w.field("revokedMessageId", e.target.stanza).raw_field("_data", data);
  return w.end_object().text();
}

std::string call_payload(const call_event& call) {
  const std::string jid = call.caller.phone + "@s.whatsapp.net";
  json_writer w;
  w.object().field("id", call.id).field("from", call.caller.phone + "@c.us");
  w.field("timestamp", call.timestamp_s).field("isVideo", call.video).field("isGroup", false);
  w.key("_data").object().field("chatId", jid).field("from", jid).field("id", call.id);
  w.field("date", iso_millis(call.timestamp_s * 1000)).field("status", "offer");
  w.field("isVideo", call.video).field("isGroup", false).end_object();
  return w.end_object().text();
}

std::string presence_payload(std::string_view chat, std::string_view participant,
                             std::string_view state) {
  json_writer w;
  w.object().field("id", chat).key("presences").array().object();
  w.field("participant", participant).field("lastKnownPresence", state);
  return w.field("lastSeen", nullptr).end_object().end_array().end_object().text();
}

std::string status_payload(std::string_view session, std::string_view status,
                           const std::deque<std::pair<std::string, std::int64_t>>& statuses,
                           std::string_view data_json) {
  json_writer w;
  if (statuses.empty()) {  // too old a version to remember them
    w.object().field("name", session).field("status", status);
    return w.end_object().text();
  }
  w.object().field("name", session).field("status", status).key("statuses").array();
  for (const auto& [name, at_ms] : statuses) {
    w.object().field("status", name).field("timestamp", at_ms).end_object();
  }
  w.end_array();
  if (!data_json.empty()) w.raw_field("data", data_json);
  return w.end_object().text();
}

std::string inbound_ack_payload(const chat_message& m, int ack) {
  json_writer w;
  w.object().field("id", fmt::format("false_{}_{}", wire_chat(m), m.stanza));
  w.field("from", wire_chat(m)).field("to", nullptr).field("participant", nullptr);
  w.field("fromMe", false).field("ack", ack).field("ackName", ack_name(ack));
  w.key("_data").object().field("Chat", wire_chat(m)).field("Type", "read-self");
  w.key("MessageIDs").array().value(m.stanza).end_array().end_object();
  return w.end_object().text();
}

std::string environment_json(waha_engine engine, std::string_view version, bool plus) {
  json_writer w;
  w.object().field("version", version).field("engine", engine_name(engine));
  w.field("tier", plus ? "PLUS" : "CORE").key("browser");
  if (engine == waha_engine::webjs) {
    w.value("/usr/bin/google-chrome-stable");
  } else {
    w.value(nullptr);
  }
  w.field("platform", "linux/x64");
  if (features_of(version, plus).keys) {
    w.key("worker").object().field("id", "worker-1").end_object();
  }
  return w.end_object().text();
}

std::string me_json(const account& me, bool with_lid) {
  json_writer w;
  w.object().field("id", me.id()).field("pushName", me.push_name);
  if (with_lid) w.field("lid", me.lid + "@lid");
  return w.end_object().text();
}

std::string envelope(const envelope_head& head, std::string_view payload) {
  json_writer w;
  const waha_features can = features_of(head.version, head.plus);
  w.object();
  if (can.signed_webhooks) w.field("id", head.id);
  if (can.envelope_timestamp) w.field("timestamp", head.timestamp_ms);
  w.field("event", head.event).field("session", head.session);
  if (!head.metadata_json.empty()) w.raw_field("metadata", head.metadata_json);
  w.raw_field("me", head.me_json).raw_field("payload", payload);
  // GOWS builds of this age leave the top-level engine out.
  if (head.engine != waha_engine::gows) w.field("engine", engine_name(head.engine));
  return w.raw_field("environment", environment_json(head.engine, head.version, head.plus))
      .end_object()
      .text();
}

std::string action_answer(waha_engine engine, const chat_message& m, const account& me) {
  const std::string data = raw_data(engine, m, me);
  if (engine == waha_engine::noweb) {
    // NOWEB answers with its raw record; in groups our device follows as participant.
    if (!is_group(m.chat)) return data;
    return fmt::format(R"({},"participant":"{}:12@s.whatsapp.net"}})",
                       std::string_view(data).substr(0, data.size() - 1), me.phone);
  }
  json_writer w;
  if (engine == waha_engine::gows) {
    w.object().field("id", serialised_id(engine, m, me)).raw_field("_data", data);
    return w.end_object().text();
  }
  w.object().raw_field("_data", data).key("id").object().field("fromMe", true);
  w.field("remote", m.chat).field("id", m.stanza);
  w.field("_serialized", serialised_id(engine, m, me)).end_object();
  w.field("ack", m.ack).field("hasMedia", m.has_media()).field("body", m.text);
  w.field("type", raw_type(m)).field("timestamp", m.timestamp_s).field("from", me.id());
  w.field("to", m.chat).field("fromMe", true).field("hasQuotedMsg", m.quoted.has_value());
  return w.end_object().text();
}

std::string send_answer(waha_engine engine, const chat_message& m, const account& me) {
  if (m.forwarded && engine == waha_engine::webjs) return R"({"sent":true})";
  const bool whole = m.forwarded || m.kind == content::poll;
  if (whole && engine == waha_engine::noweb) return message_payload(engine, m, me);
  return action_answer(engine, m, me);
}

}  // namespace fibrehub::peers
