// The same conversation as each engine tells it: whom `from` names, where the sender's other id and
// name are, what the content is called.
#include <gtest/gtest.h>

#include "tests/channels/waha/reading.hpp"

namespace fibrehub::channels::waha {
namespace {

struct engine_case {
  std::string_view what;
  std::string_view engine;
  std::string_view payload;
  std::vector<expected_value> expected;
};

void check(const std::vector<engine_case>& table, std::string_view event = "message.any") {
  for (const engine_case& c : table) {
    const written out = read(wrapped(event, c.payload, c.engine));
    EXPECT_TRUE(out["problem"] != "-" || out["engine"] == c.engine);
    for (const auto& [path, value] : c.expected)
      EXPECT_EQ(out[path], value) << c.engine << ", " << c.what << ": " << path << "\n"
                                  << out.text();
  }
}

TEST(WahaEngines, WriteDirectMessagesToUs) {
  const std::vector<expected_value> common{{"message.chat", "27831112222@c.us"},
                                           {"message.chat_kind", "direct"},
                                           {"message.from_me", "false"},
                                           {"message.author", "27831112222@c.us"},
                                           {"message.author_name", "John"},
                                           {"message.type", "text"},
                                           {"message.text", "hi"},
                                           {"message.sent_at", "2026-11-21T01:25:17.000Z"},
                                           {"dedup_key", "default/msg/in/3EB0A"}};
  std::vector<engine_case> table{
      {"in", "WEBJS",
       R"({"id":"false_27831112222@c.us_3EB0A","timestamp":1795224317,"from":"27831112222@c.us",
           "to":"27820000001@c.us","fromMe":false,"source":"app","body":"hi","hasMedia":false,"ack":1,
           "ackName":"SERVER","vCards":[],"_data":{"notifyName":"John","type":"chat"}})",
       common},
      {"in", "NOWEB",
       R"({"id":"false_27831112222@c.us_3EB0A","timestamp":1795224317,"from":"27831112222@c.us",
           "fromMe":false,"source":"app","body":"hi","hasMedia":false,"ack":2,"ackName":"DEVICE",
           "_data":{"key":{"remoteJid":"27831112222@s.whatsapp.net","fromMe":false,"id":"3EB0A"},
           "pushName":"John","message":{"conversation":"hi"}}})",
       common},
      {"in", "GOWS",
       R"({"id":"false_27831112222@c.us_3EB0A","timestamp":1795224317,"from":"27831112222@c.us",
           "to":null,"participant":null,"fromMe":false,"source":"app","body":"hi","hasMedia":false,
           "ack":2,"ackName":"DEVICE","_data":{"Info":{"Chat":"27831112222@s.whatsapp.net",
           "Sender":"27831112222:7@s.whatsapp.net","SenderAlt":"555@lid","PushName":"John",
           "Type":"text"},"Message":{"conversation":"hi"}}})",
       common}};
  table[0].expected.insert(
      table[0].expected.end(),
      {{"message.ack", "1"}, {"message.raw_type", "chat"}, {"message.author_alt", "-"}});
  table[1].expected.insert(table[1].expected.end(),
                           {{"message.ack", "2"}, {"message.raw_type", "conversation"}});
  table[2].expected.insert(table[2].expected.end(), {{"message.ack", "2"},
                                                     {"message.raw_type", "conversation"},
                                                     {"message.author_alt", "555@lid"},
                                                     {"message.chat_alt", "555@lid"}});
  check(table);
}

TEST(WahaEngines, WriteDirectMessagesOfOursWithTheChatNowHereNowThere) {
  const std::vector<expected_value> common{
      {"message.chat", "27831112222@c.us"},   {"message.from_me", "true"},
      {"message.author", "27820000001@c.us"}, {"message.author_alt", "111@lid"},
      {"message.author_name", "Desk"},        {"dedup_key", "default/msg/out/3EB0B"}};
  check({{"out", "WEBJS",
          R"({"id":"true_27831112222@c.us_3EB0B","timestamp":1795224317,"from":"27820000001@c.us",
              "to":"27831112222@c.us","fromMe":true,"source":"app","body":"x",
              "_data":{"notifyName":"Somebody","type":"chat"}})",
          common},
         {"out", "NOWEB",
          R"({"id":"true_27831112222@c.us_3EB0B","timestamp":1795224317,"from":"27831112222@c.us",
              "fromMe":true,"source":"api","body":"x",
              "_data":{"key":{"remoteJid":"27831112222@s.whatsapp.net","fromMe":true,"id":"3EB0B"}}})",
          common},
         {"out", "GOWS",
          R"({"id":"true_27831112222@c.us_3EB0B","timestamp":1795224317,"from":"27831112222@c.us",
              "to":null,"fromMe":true,"source":"api","body":"x","_data":{"Info":{"PushName":"Other"}}})",
          common}});
}

TEST(WahaEngines, WriteGroupMessagesToUs) {
  const std::vector<expected_value> common{{"message.chat", "120363@g.us"},
                                           {"message.chat_kind", "group"},
                                           {"message.chat_alt", "-"},
                                           {"message.author", "555@lid"},
                                           {"message.participant", "555@lid"}};
  std::vector<engine_case> table{
      {"group in", "WEBJS",
       R"({"id":"false_120363@g.us_3EB0C_555@lid","timestamp":1,"from":"120363@g.us",
           "to":"27820000001@c.us","participant":"555@lid","fromMe":false,"body":"x",
           "_data":{"notifyName":"Thabo","type":"chat","author":"555@lid"}})",
       common},
      {"group in", "NOWEB",
       R"({"id":"false_120363@g.us_3EB0C_555@lid","timestamp":1,"from":"120363@g.us",
           "to":"120363@g.us","participant":"555@lid","fromMe":false,"body":"x",
           "_data":{"key":{"remoteJid":"120363@g.us","id":"3EB0C","participant":"555:4@lid",
           "participantAlt":"27831112222@s.whatsapp.net","addressingMode":"lid"},"pushName":"Thabo"}})",
       common},
      {"group in", "GOWS",
       R"({"id":"false_120363@g.us_3EB0C_555@lid","timestamp":1,"from":"120363@g.us","to":"555@lid",
           "participant":"555@lid","fromMe":false,"body":"x","_data":{"Info":{"Sender":"555:4@lid",
           "SenderAlt":"27831112222:4@s.whatsapp.net","PushName":"Thabo","IsGroup":true}}})",
       common}};
  for (engine_case& c : table) {
    c.expected.push_back({"message.author_name", "Thabo"});
    c.expected.push_back({"message.author_alt", c.engine == "WEBJS" ? "-" : "27831112222@c.us"});
  }
  check(table);
}

TEST(WahaEngines, WriteGroupMessagesOfOursUnderDifferentIds) {
  const std::vector<expected_value> common{{"message.chat", "120363@g.us"},
                                           {"message.stanza_id", "3EB0D"},
                                           {"message.author", "27820000001@c.us"},
                                           {"dedup_key", "default/msg/out/3EB0D"}};
  check(
      {{"group out", "WEBJS",
        R"({"id":"true_120363@g.us_3EB0D_27820000001@c.us","timestamp":1,"from":"27820000001@c.us",
              "to":"120363@g.us","participant":"27820000001@c.us","fromMe":true,"body":"x"})",
        common},
       {"group out", "NOWEB",
        R"({"id":"true_120363@g.us_3EB0D","timestamp":1,"from":"120363@g.us","fromMe":true,"body":"x"})",
        common},
       {"group out", "GOWS",
        R"({"id":"true_120363@g.us_3EB0D_27820000001@c.us","timestamp":1,"from":"120363@g.us",
              "to":"27820000001@c.us","participant":"27820000001@c.us","fromMe":true,"body":"x"})",
        common}});
}

TEST(WahaEngines, HintAtThePhoneBehindAHiddenIdInDirectChats) {
  check(
      {{"in",
        "NOWEB",
        R"({"id":"false_555@lid_A","timestamp":1,"fromMe":false,"body":"x","_data":{"key":
              {"remoteJid":"555@lid","remoteJidAlt":"27831112222@s.whatsapp.net","id":"A"}}})",
        {{"message.chat", "555@lid"},
         {"message.chat_alt", "27831112222@c.us"},
         {"message.author_alt", "27831112222@c.us"}}},
       {"in",
        "GOWS",
        R"({"id":"false_555@lid_A","timestamp":1,"fromMe":false,"body":"x","_data":{"Info":
              {"Sender":"555@lid","SenderAlt":"27831112222@s.whatsapp.net","RecipientAlt":""}}})",
        {{"message.chat_alt", "27831112222@c.us"}, {"message.author", "555@lid"}}},
       {"out",
        "GOWS",
        R"({"id":"true_555@lid_A","timestamp":1,"fromMe":true,"body":"x","_data":{"Info":
              {"SenderAlt":"111@lid","RecipientAlt":"27831112222@s.whatsapp.net"}}})",
        {{"message.chat_alt", "27831112222@c.us"}, {"message.author", "27820000001@c.us"}}},
       {"in",
        "WEBJS",
        R"({"id":"false_555@lid_A","timestamp":1,"fromMe":false,"body":"x","_data":{"type":"chat"}})",
        {{"message.chat_alt", "-"}, {"message.author_alt", "-"}}}});
}

TEST(WahaEngines, TellTheEngineOfGowsInTheEnvironmentOnly) {
  const std::string body = wrapped("message", R"({"id":"false_1@c.us_A"})", "GOWS");
  EXPECT_EQ(protocols::json::parse(body)->HasMember("engine"), false);
  EXPECT_EQ(read(body)["engine"], "GOWS");
  EXPECT_EQ(read(R"({"event":"x","session":"s","engine":"WPP","payload":{}})")["engine"], "WPP");
}

TEST(WahaEngines, EditUnderANewIdOrUnderTheOldOne) {
  check(
      {{"edit",
        "NOWEB",
        R"({"id":"true_1@c.us_E1","timestamp":1,"body":"new","editedMessageId":"M1","_data":{"message":
              {"protocolMessage":{"key":{"id":"M1"},"editedMessage":{"conversation":"new"}}}}})",
        {{"message.edited_id", "M1"},
         {"message.stanza_id", "E1"},
         {"message.type", "text"},
         {"dedup_key", "default/edited/M1/E1"}}},
       {"edit",
        "GOWS",
        R"({"id":"false_1@c.us_E2","timestamp":1,"body":"new","_data":{"Message":
              {"protocolMessage":{"key":{"ID":"M2"},"editedMessage":{"conversation":"new"}}}}})",
        {{"message.edited_id", "M2"}}},
       {"edit",
        "WEBJS",
        R"({"id":"true_1@c.us_M3","timestamp":1,"body":"new","editedMessageId":"M3"})",
        {{"message.edited_id", "M3"},
         {"message.stanza_id", "M3"},
         // One message may be edited any number of times.
         {"dedup_key", "default/evt/message.edited/evt_1"}}},
       {"edit",
        "WEBJS",
        R"({"id":"true_1@c.us_M4","timestamp":1,"body":"new"})",
        {{"message.edited_id", "M4"}}}},
      "message.edited");
}

TEST(WahaEngines, TakeBackUnderANewIdOrUnderTheOldOne) {
  check(
      {{"revoke",
        "NOWEB",
        R"({"after":{"id":"false_1@c.us_R1","timestamp":1},"before":null,"revokedMessageId":"M1"})",
        {{"revoked.stanza_id", "M1"}, {"revoked.after.stanza_id", "R1"}, {"revoked.before", "-"}}},
       {"revoke",
        "GOWS",
        R"({"after":{"id":"false_2@c.us_R2","_data":{"Message":{"protocolMessage":{"key":{"ID":"M2"}}}}},
              "before":null})",
        {{"revoked.stanza_id", "M2"}, {"revoked.chat", "2@c.us"}}},
       {"revoke",
        "WEBJS",
        R"({"after":{"id":"true_1@c.us_M3","body":""},"before":{"id":"true_1@c.us_M3","body":"old"}})",
        {{"revoked.stanza_id", "M3"}, {"revoked.before.text", "old"}}},
       {"revoke",
        "WEBJS",
        R"({"after":{"id":"true_1@c.us_M4","body":""},"before":null})",
        {{"revoked.stanza_id", "M4"}, {"dedup_key", "default/revoked/M4"}}},
       // The act is not the message: on this engine its id says nothing about the target.
       {"revoke",
        "NOWEB",
        R"({"after":{"id":"true_1@c.us_R5"},"before":null})",
        {{"problem", "payload.revokedMessageId is missing"}}}},
      "message.revoked");
}

TEST(WahaEngines, AcknowledgeInTheirOwnWords) {
  check({{"ack",
          "WEBJS",
          R"({"id":"true_120363@g.us_A_27820000001@c.us","participant":"27820000001@c.us","ack":3,
              "ackName":"READ","body":"x","fromMe":true})",
          // The author, not the reader.
          {{"message.participant", "-"}, {"message.ack", "3"}, {"dedup_key", "default/ack/A//3"}}},
         {"ack",
          "NOWEB",
          R"({"id":"true_1@c.us_A","from":"1@c.us","fromMe":true,"ack":-1,"ackName":"ERROR",
              "error":{"code":"463","blocked":true,"reason":"reach-out","until":1795231517}})",
          {{"message.ack", "-1"},
           {"message.ack_name", "ERROR"},
           {"message.ack_error.code", "463"},
           {"message.ack_error.blocked", "true"},
           {"message.ack_error.until", "2026-11-21T03:25:17.000Z"}}},
         {"ack of another device",
          "GOWS",
          R"({"id":"false_1@c.us_A","fromMe":false,"ack":3,"ackName":"READ"})",
          {{"message.from_me", "false"}, {"dedup_key", "default/evt/message.ack/evt_1"}}},
         {"ack",
          "GOWS",
          R"({"id":"true_1@c.us_A","ack":null,"ackName":"UNKNOWN"})",
          {{"message.ack", "-"}, {"message.ack_name", "UNKNOWN"}}}},
        "message.ack");
}

}  // namespace
}  // namespace fibrehub::channels::waha
