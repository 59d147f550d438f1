#include <gmock/gmock.h>

#include <fstream>
#include <set>

#include "peers/support.hpp"
#include "peers/waha_envelopes.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::peers {
namespace {

namespace json = protocols::json;

const person john{"John", "27831112222", "555000111222333", true};
const account me;

chat_message inbound_text() {
  chat_message m;
  m.stanza = "3EB0IN0001";
  m.chat = "27831112222@c.us";
  m.sender = john;
  m.text = "No signal at DR1730654";
  m.timestamp_s = 1795224317;
  return m;
}

chat_message group_text() {
  chat_message m = inbound_text();
  m.chat = "120363000000000001@g.us";
  return m;
}

std::string whole(waha_engine engine, std::string_view event, const std::string& payload) {
  envelope_head head;
  head.engine = engine;
  head.id = "evt_01m7xvabdpr08pvmwgfxw2x87p";
  head.event = std::string(event);
  head.session = "default";
  head.metadata_json = R"({"tenant":"t1"})";
  head.me_json = me_json(me);
  return envelope(head, payload);
}

void collect(const json::value& v, const std::string& path, std::set<std::string>& out) {
  if (v.IsArray()) {
    for (const auto& item : v.GetArray())
      collect(item, path + "[]", out);
  } else if (v.IsObject()) {
    for (const auto& member : v.GetObject()) {
      const std::string inner = path + "." + member.name.GetString();
      out.insert(inner);
      collect(member.value, inner, out);
    }
  }
}

std::set<std::string> key_paths(const std::string& text) {
  std::set<std::string> out;
  const auto document = json::parse(text);
  EXPECT_TRUE(document) << text;
  if (document) collect(*document, "", out);
  return out;
}

/// Real deliveries of WAHA 2026.2.1 with NOWEB: one of each shape the simulator makes.
std::string captured(const std::string& name) {
  std::ifstream in(std::string(FIBREHUB_SOURCE_DIR) + "/tests/peers/captured_noweb.jsonl");
  for (std::string line; std::getline(in, line);) {
    const auto document = json::parse(line);
    if (document && json::text(*document, "name") == name) {
      return std::string(json::text(*document, "body"));
    }
  }
  ADD_FAILURE() << "no capture " << name;
  return "{}";
}

json::document payload_of(const std::string& envelope_text) {
  auto document = json::parse(envelope_text);
  json::document out;
  if (document) out.CopyFrom(*json::find(*document, "payload"), out.GetAllocator());
  return out;
}

TEST(NowebEnvelopes, HaveTheKeysOfARealInboundMessage) {
  const auto text =
      whole(waha_engine::noweb, "message", message_payload(waha_engine::noweb, inbound_text(), me));
  EXPECT_EQ(key_paths(text), key_paths(captured("inbound_text")));
}

TEST(NowebEnvelopes, HaveTheKeysOfARealGroupReplyByLid) {
  chat_message m = group_text();
  m.lid_addressed = true;
  m.quoted = quotation{"3EB00314BA2845C411579C", "27820000001", "group hello"};
  const auto text =
      whole(waha_engine::noweb, "message.any", message_payload(waha_engine::noweb, m, me));
  EXPECT_EQ(key_paths(text), key_paths(captured("group_reply_by_lid")));
  EXPECT_EQ(json::text(payload_of(text), "id"),
            "false_120363000000000001@g.us_3EB0IN0001_555000111222333@lid");
}

TEST(NowebEnvelopes, HaveTheKeysOfARealMessageSentByTheApi) {
  chat_message m = inbound_text();
  m.from_me = true;
  m.by_api = true;
  m.ack = ack_pending;
  const auto text =
      whole(waha_engine::noweb, "message.any", message_payload(waha_engine::noweb, m, me));
  EXPECT_EQ(key_paths(text), key_paths(captured("sent_by_api")));
}

TEST(NowebEnvelopes, HaveTheKeysOfARealMessageTypedOnThePhone) {
  chat_message m = inbound_text();
  m.from_me = true;
  m.ack = ack_server;
  const auto text =
      whole(waha_engine::noweb, "message.any", message_payload(waha_engine::noweb, m, me));
  EXPECT_EQ(key_paths(text), key_paths(captured("typed_on_phone")));
}

TEST(NowebEnvelopes, HaveTheKeysOfRealAcks) {
  chat_message direct = inbound_text();
  direct.from_me = true;
  chat_message group = group_text();
  group.from_me = true;
  const auto payload = [](const chat_message& m) {
    return ack_payload(waha_engine::noweb, m, me, ack_read, john, 1795224317);
  };
  EXPECT_EQ(key_paths(whole(waha_engine::noweb, "message.ack", payload(direct))),
            key_paths(captured("ack")));
  EXPECT_EQ(key_paths(whole(waha_engine::noweb, "message.ack.group", payload(group))),
            key_paths(captured("group_ack")));
}

TEST(NowebEnvelopes, HaveTheKeysOfARealReactionAndRevocation) {
  chat_message target = inbound_text();
  const reaction_event r{"3EB0RX0001", target, john, false, "👍", 1795224317};
  EXPECT_EQ(key_paths(whole(waha_engine::noweb, "message.reaction",
                            reaction_payload(waha_engine::noweb, r, me))),
            key_paths(captured("reaction")));
  const edit_event e{"3EB0RV0001", target, "", 1795224317};
  EXPECT_EQ(key_paths(whole(waha_engine::noweb, "message.revoked",
                            revoked_payload(waha_engine::noweb, e, me))),
            key_paths(captured("revoked")));
}

TEST(NowebEnvelopes, HaveTheKeysOfARealStatusPresenceAndCall) {
  const auto status = status_payload("default", "WORKING", {{"STARTING", 1}, {"WORKING", 2}});
  EXPECT_EQ(key_paths(whole(waha_engine::noweb, "session.status", status)),
            key_paths(captured("session_status")));
  const auto presence = presence_payload("120363000000000001@g.us", "5@lid", "typing");
  EXPECT_EQ(key_paths(whole(waha_engine::noweb, "presence.update", presence)),
            key_paths(captured("presence")));
  EXPECT_EQ(key_paths(whole(waha_engine::noweb, "call.received",
                            call_payload({"CALL1", john, 1767225600, false}))),
            key_paths(captured("call")));
}

TEST(NowebEnvelopes, NameTheEditAndItsTarget) {
  const edit_event e{"3EB0ED0001", inbound_text(), "edited", 1795224333};
  const auto text =
      whole(waha_engine::noweb, "message.edited", edited_payload(waha_engine::noweb, e, me));
  const auto payload = payload_of(text);
  EXPECT_EQ(json::text(payload, "id"), "false_27831112222@c.us_3EB0ED0001");
  EXPECT_EQ(json::text(payload, "editedMessageId"), "3EB0IN0001");
  EXPECT_EQ(json::text(payload, "body"), "edited");
  const auto real = key_paths(captured("edited"));
  for (const auto* key : {".payload.editedMessageId", ".payload._data.message.protocolMessage.key"})
    EXPECT_TRUE(real.count(key) == 1 && key_paths(text).count(key) == 1) << key;
}

struct address_row {
  waha_engine engine;
  bool group;
  bool from_me;
  std::string id;
  std::string from;
  std::string to;           // "-" absent, "null" null
  std::string participant;  // the same
};

std::string shown(const json::value& payload, std::string_view key) {
  const auto* v = json::find(payload, key);
  if (v == nullptr) return "-";
  return v->IsNull() ? "null" : std::string(json::text(payload, key));
}

TEST(Envelopes, DifferPerEngineAsTheContractSays) {
  const std::string g = "120363000000000001@g.us";
  const std::string peer = "27831112222@c.us";
  const std::string self = me.id();
  const std::string s = "3EB0IN0001";
  using enum waha_engine;
  const std::vector<address_row> rows{
      {noweb, false, false, "false_" + peer + "_" + s, peer, "-", "-"},
      {noweb, false, true, "true_" + peer + "_" + s, peer, "-", "-"},
      {noweb, true, false, "false_" + g + "_" + s + "_" + peer, g, g, peer},
      {noweb, true, true, "true_" + g + "_" + s, g, "-", "-"},
      {gows, false, false, "false_" + peer + "_" + s, peer, "null", "null"},
      {gows, false, true, "true_" + peer + "_" + s, peer, "null", "null"},
      {gows, true, false, "false_" + g + "_" + s + "_" + peer, g, peer, peer},
      {gows, true, true, "true_" + g + "_" + s + "_" + self, g, self, self},
      {webjs, false, false, "false_" + peer + "_" + s, peer, self, "-"},
      {webjs, false, true, "true_" + peer + "_" + s, self, peer, "-"},
      {webjs, true, false, "false_" + g + "_" + s + "_" + peer, g, self, peer},
      {webjs, true, true, "true_" + g + "_" + s + "_" + self, self, g, self},
  };
  for (const auto& row : rows) {
    chat_message m = row.group ? group_text() : inbound_text();
    m.from_me = row.from_me;
    const auto payload = json::parse(message_payload(row.engine, m, me));
    ASSERT_TRUE(payload);
    const std::string what =
        fmt::format("{} group={} fromMe={}", engine_name(row.engine), row.group, row.from_me);
    EXPECT_EQ(json::text(*payload, "id"), row.id) << what;
    EXPECT_EQ(json::text(*payload, "from"), row.from) << what;
    EXPECT_EQ(shown(*payload, "to"), row.to) << what;
    EXPECT_EQ(shown(*payload, "participant"), row.participant) << what;
  }
}

TEST(Envelopes, LeaveOutTheTopLevelEngineOnGowsOnly) {
  for (const auto engine : {waha_engine::noweb, waha_engine::gows, waha_engine::webjs}) {
    const auto text = whole(engine, "message", message_payload(engine, inbound_text(), me));
    const auto document = json::parse(text);
    ASSERT_TRUE(document);
    EXPECT_EQ(json::find(*document, "engine") == nullptr, engine == waha_engine::gows);
    EXPECT_EQ(json::text(*json::at(*document, "environment"), "engine"), engine_name(engine));
  }
}

TEST(Envelopes, CarryPushNameAndAlternativeIdWhereTheEnginePutsThem) {
  chat_message m = inbound_text();
  m.lid_addressed = true;
  const auto noweb = json::parse(message_payload(waha_engine::noweb, m, me));
  EXPECT_EQ(json::text(*noweb, "from"), "555000111222333@lid");
  EXPECT_EQ(json::text(*json::at(*noweb, "_data", "key"), "remoteJidAlt"),
            "27831112222@s.whatsapp.net");
  EXPECT_EQ(json::text(*json::at(*noweb, "_data"), "pushName"), "John");
  const auto gows = json::parse(message_payload(waha_engine::gows, m, me));
  EXPECT_EQ(json::text(*json::at(*gows, "_data", "Info"), "SenderAlt"),
            "27831112222@s.whatsapp.net");
  EXPECT_EQ(json::text(*json::at(*gows, "_data", "Info"), "PushName"), "John");
  const auto webjs = json::parse(message_payload(waha_engine::webjs, m, me));
  EXPECT_EQ(json::text(*json::at(*webjs, "_data"), "notifyName"), "John");
}

TEST(SendAnswers, HaveTheShapeOfTheEngine) {
  chat_message m = inbound_text();
  m.from_me = true;
  m.by_api = true;
  m.ack = ack_pending;
  const auto noweb = json::parse(send_answer(waha_engine::noweb, m, me));
  EXPECT_EQ(json::text(*json::at(*noweb, "key"), "id"), m.stanza);
  EXPECT_EQ(json::text(*noweb, "status"), "PENDING");
  EXPECT_EQ(json::text(*noweb, "messageTimestamp"), "1795224317");
  const auto gows = json::parse(send_answer(waha_engine::gows, m, me));
  EXPECT_EQ(json::text(*gows, "id"), "true_27831112222@c.us_3EB0IN0001");
  const auto webjs = json::parse(send_answer(waha_engine::webjs, m, me));
  EXPECT_EQ(json::text(*json::at(*webjs, "id"), "_serialized"), "true_27831112222@c.us_3EB0IN0001");
  m.chat = "120363000000000001@g.us";
  const auto group = json::parse(send_answer(waha_engine::noweb, m, me));
  ASSERT_TRUE(group);
  EXPECT_EQ(json::text(*group, "participant"), "27820000001:12@s.whatsapp.net");
}

}  // namespace
}  // namespace fibrehub::peers
