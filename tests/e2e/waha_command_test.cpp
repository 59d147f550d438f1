// `fibrehub waha parse`: one body on standard input, what it says on standard output.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>

#include "peers/waha_envelopes.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/hub_process.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using testing::HasSubstr;

/// Runs it with `input` as its standard input.
run_result waha(const std::string& arguments, const std::string& input) {
  const temporary_folder folder;
  write_file(folder / "in", input);
  const std::string command =
      fmt::format("'{}' waha parse {} <'{}' >'{}' 2>'{}'", FIBREHUB_PROGRAM, arguments,
                  (folder / "in").string(), (folder / "out").string(), (folder / "err").string());
  const int status = std::system(command.c_str());
  return {WEXITSTATUS(status), read_file(folder / "out"), read_file(folder / "err")};
}

std::string real_delivery(std::size_t row) {
  std::ifstream in(FIBREHUB_SOURCE_DIR "/tests/data/waha/deliveries.jsonl");
  std::string line;
  for (std::size_t i = 0; i <= row; ++i)
    std::getline(in, line);
  return std::string(json::text(json::parse(line).value(), "body"));
}

/// Two spellings of the same JSON become one.
std::string compact(std::string_view text) {
  const auto doc = json::parse(text);
  return doc ? json::to_text(*doc) : "no JSON: " + std::string(text);
}

TEST(WahaParse, PrintsARealDeliveryAsOneLine) {
  const run_result r = waha("", real_delivery(4));
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_EQ(r.err, "");
  EXPECT_EQ(
      r.out,
      R"({"event":"message.ack","kind":"ack","session":"default","engine":"NOWEB","version":"2026.2.1",)"
      R"("tier":"CORE","event_id":"evt_01m7xvaa46g9nxn9avga2n5p6b","occurred_at":"2026-11-21T01:25:16.038Z",)"
      R"("dedup_key":"default/ack/3EB00314BA2845C411579C//1","me":{"id":"27820000001@c.us",)"
      R"("lid":"111111111111111@lid","name":"FibreFlow Desk"},"metadata":{"tenant":"t1"},)"
      R"("message":{"stanza_id":"3EB00314BA2845C411579C",)"
      R"("serialized_id":"true_27831112222@c.us_3EB00314BA2845C411579C","chat":"27831112222@c.us",)"
      R"("chat_kind":"direct","from_me":true,"ack":1,"ack_name":"SERVER"}})"
      "\n");
}

TEST(WahaParse, PrettyPrintsTheSameOverSeveralLines) {
  const run_result line = waha("", real_delivery(9));
  const run_result pretty = waha("--pretty", real_delivery(9));
  EXPECT_EQ(pretty.exit_code, 0);
  EXPECT_THAT(pretty.out, HasSubstr("\n  \"message\": {\n    \"stanza_id\": \"3EB0IN0003\""));
  EXPECT_EQ(compact(pretty.out), compact(line.out));
}

TEST(WahaParse, ReadsAnswers) {
  const std::string sent =
      R"({"key":{"remoteJid":"1@s.whatsapp.net","fromMe":true,"id":"3EB0"},"status":"PENDING"})";
  const run_result ok = waha("--answer --status 201", sent);
  EXPECT_EQ(ok.exit_code, 0);
  EXPECT_EQ(ok.out, R"({"outcome":"ok","status":201,"shape":"message","id_from":"key","message":{)"
                    R"("stanza_id":"3EB0","serialized_id":"true_1@c.us_3EB0","chat":"1@c.us",)"
                    R"("chat_kind":"direct","from_me":true,"ack":0,"ack_name":"PENDING"}})"
                    "\n");
  EXPECT_THAT(waha("--answer", "").out, HasSubstr(R"("shape":"empty")"));
  const run_result proxy =
      waha("--answer --status 502 --method POST --path /api/sendText", "<html>Bad Gateway</html>");
  EXPECT_EQ(proxy.exit_code, 0);
  EXPECT_THAT(proxy.out, HasSubstr(R"("shape":"not_json","kind":"gateway","verdict":"ambiguous")"));
  const run_result large = waha("--answer --status 500", std::string(6'000'000, 'x'));
  EXPECT_EQ(large.exit_code, 0);
  EXPECT_THAT(large.out, HasSubstr(R"("shape":"oversize")"));
}

TEST(WahaParse, RefusesInOneLineWithTheFieldAndTheReason) {
  const std::vector<std::tuple<std::string, std::string, std::string>> table{
      {"", "", "fibrehub: byte 0: The document is empty."},
      {"", "{\"event\":", "fibrehub: byte 9: "},
      {"", "{} {}", "fibrehub: byte 3: "},
      {"", "[]", "fibrehub: the body is no JSON object"},
      {"", "{}", "fibrehub: event is missing"},
      {"", R"({"event":"message","session":"s","payload":{"id":42}})",
       "fibrehub: payload.id is no text"},
      {"", R"({"event":"session.status","session":"s","payload":{}})",
       "fibrehub: payload.status is missing"},
      {"", std::string(6'000'000, ' '), "fibrehub: the body is larger than 5242880 bytes"},
      {"", std::string(100'000, '['), "fibrehub: byte "},
      {"--answer", "<html>", "fibrehub: byte 0: "},
  };
  for (const auto& [arguments, input, line] : table) {
    const run_result r = waha(arguments, input);
    EXPECT_EQ(r.exit_code, 2) << line;
    EXPECT_EQ(r.out, "") << line;
    EXPECT_TRUE(r.err.starts_with(line)) << r.err;
    EXPECT_EQ(std::count(r.err.begin(), r.err.end(), '\n'), 1) << r.err;
  }
  EXPECT_EQ(waha("--status 500", "{}").exit_code, 2) << "only with --answer";
  EXPECT_EQ(waha("--answer --status 7", "{}").exit_code, 2);
}

TEST(WahaParse, WritesWhatAMessageHoldsEvenWhereTextEndsInC) {
  const run_result r = waha(
      "",
      R"({"event":"message","session":"s","payload":{"id":"false_1@c.us_A","body":"a\u0000b\u2028"}})");
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_EQ(json::text(*json::find(json::parse(r.out).value(), "message"), "text"),
            std::string_view("a\0b\xE2\x80\xA8", 6));
}

TEST(WahaParse, ExampleOfItsHelpIsTrue) {
  const std::string help = waha("--help", "").out;
  const std::size_t begin = help.find("<<'EOF'\n") + 8;
  const std::size_t end = help.find("  EOF\n");
  ASSERT_LT(begin, end);
  const run_result r = waha("", help.substr(begin, end - begin));
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_THAT(help, HasSubstr(r.out));
}

// What the simulated bridge writes, which knows nothing of this reader.
class WahaParseOfEngine : public testing::TestWithParam<peers::waha_engine> {
 protected:
  static peers::chat_message message(const std::string& chat) {
    peers::chat_message m;
    m.stanza = "3EB0IN0001";
    m.chat = chat;
    m.sender = {"John", "27831112222", "555000111222333", true};
    m.text = "No signal";
    m.timestamp_s = 1795224317;
    return m;
  }
  static json::document parsed(std::string_view event, const std::string& payload) {
    peers::envelope_head head;
    head.engine = GetParam();
    head.id = "evt_1";
    head.timestamp_ms = 1795224317366;
    head.event = event;
    head.session = "default";
    head.me_json = peers::me_json(me);
    const run_result r = waha("", peers::envelope(head, payload));
    EXPECT_EQ(r.exit_code, 0) << r.err;
    json::document out = json::parse(r.out).value();
    EXPECT_EQ(json::text(out, "engine"), peers::engine_name(GetParam()));
    EXPECT_EQ(json::find(out, "notes"), nullptr) << r.out;
    return out;
  }
  static std::string text(const json::value& out, std::string_view member, std::string_view field) {
    const json::value* v = json::at(out, member, field);
    return !v ? "-" : v->IsString() ? v->GetString() : json::to_text(*v);
  }
  static inline const peers::account me;
};

TEST_P(WahaParseOfEngine, ReadsMessagesInEveryDirection) {
  for (const bool group : {false, true})
    for (const bool from_me : {false, true})
      for (const bool by_lid : {false, true}) {
        peers::chat_message m = message(group ? "120363000000000001@g.us" : "27831112222@c.us");
        m.from_me = from_me;
        m.lid_addressed = by_lid;
        const auto out = parsed("message.any", peers::message_payload(GetParam(), m, me));
        const std::string john = by_lid ? "555000111222333@lid" : "27831112222@c.us";
        EXPECT_EQ(text(out, "message", "chat"), group ? m.chat : john);
        EXPECT_EQ(text(out, "message", "chat_kind"), group ? "group" : "direct");
        EXPECT_EQ(text(out, "message", "author"), from_me ? me.id() : john);
        EXPECT_EQ(text(out, "message", "author_name"), from_me ? me.push_name : "John");
        EXPECT_EQ(text(out, "message", "from_me"), from_me ? "true" : "false");
        EXPECT_EQ(text(out, "message", "type"), "text");
        EXPECT_EQ(text(out, "message", "text"), "No signal");
        EXPECT_EQ(text(out, "message", "sent_at"), "2026-11-21T01:25:17.000Z");
        // WEBJS does not tell the phone behind a hidden id.
        if (by_lid && !from_me) {
          EXPECT_EQ(text(out, "message", "author_alt"),
                    GetParam() == peers::waha_engine::webjs ? "-" : "27831112222@c.us");
        }
        EXPECT_EQ(json::text(out, "dedup_key"),
                  from_me ? "default/msg/out/3EB0IN0001" : "default/msg/in/3EB0IN0001");
      }
}

TEST_P(WahaParseOfEngine, ReadsFilesAndPlaces) {
  const std::vector<std::tuple<peers::content, std::string, std::string>> table{
      {peers::content::image, "image/jpeg", "image"},
      {peers::content::voice, "audio/ogg; codecs=opus", "voice"},
      {peers::content::document, "application/pdf", "document"},
      {peers::content::location, "", "location"}};
  for (const auto& [kind, mimetype, type] : table) {
    peers::chat_message m = message("27831112222@c.us");
    m.kind = kind;
    m.mimetype = mimetype;
    m.media_url = "http://localhost:3000/api/files/default/3EB0IN0001";
    m.latitude = -26.1;
    m.longitude = 28.05;
    const auto out = parsed("message", peers::message_payload(GetParam(), m, me));
    EXPECT_EQ(text(out, "message", "type"), type);
    const auto& content = *json::find(out, "message");
    if (kind == peers::content::location) {
      EXPECT_EQ(text(content, "location", "latitude"), "-26.1");
    } else {
      EXPECT_EQ(text(content, "media", "state"), "available");
      EXPECT_EQ(text(content, "media", "mimetype"), mimetype);
    }
  }
}

TEST_P(WahaParseOfEngine, ReadsWhatHappensToMessages) {
  peers::chat_message ours = message("120363000000000001@g.us");
  ours.from_me = true;
  const auto ack =
      parsed("message.ack.group",
             peers::ack_payload(GetParam(), ours, me, peers::ack_read, ours.sender, 1795224317));
  EXPECT_EQ(text(ack, "message", "stanza_id"), "3EB0IN0001");
  EXPECT_EQ(text(ack, "message", "ack_name"), "READ");
  const auto reaction =
      parsed("message.reaction",
             peers::reaction_payload(GetParam(),
                                     {"3EB0RX", ours, ours.sender, false, "+", 1795224317}, me));
  EXPECT_EQ(text(reaction, "reaction", "text"), "+");
  EXPECT_EQ(text(*json::find(reaction, "reaction"), "target", "stanza_id"), "3EB0IN0001");
  EXPECT_EQ(text(reaction, "message", "author"), "27831112222@c.us");
  const peers::edit_event change{"3EB0ED", message("27831112222@c.us"), "New words", 1795224400};
  const auto edited = parsed("message.edited", peers::edited_payload(GetParam(), change, me));
  EXPECT_EQ(text(edited, "message", "edited_id"), "3EB0IN0001");
  EXPECT_EQ(text(edited, "message", "text"), "New words");
  EXPECT_EQ(text(edited, "message", "type"), "text");
  const auto revoked = parsed("message.revoked", peers::revoked_payload(GetParam(), change, me));
  EXPECT_EQ(text(revoked, "revoked", "stanza_id"), "3EB0IN0001");
  EXPECT_EQ(text(revoked, "revoked", "chat"), "27831112222@c.us");
}

TEST_P(WahaParseOfEngine, FindsTheMessageInTheAnswerToASend) {
  peers::chat_message m = message("27831112222@c.us");
  m.from_me = true;
  m.by_api = true;
  m.ack = peers::ack_pending;
  const run_result r = waha("--answer --status 201", peers::send_answer(GetParam(), m, me));
  const auto out = json::parse(r.out).value();
  EXPECT_EQ(text(out, "message", "serialized_id"), "true_27831112222@c.us_3EB0IN0001") << r.out;
  constexpr std::array<std::string_view, 3> places{"key", "id", "id._serialized"};
  EXPECT_EQ(json::text(out, "id_from"), places[static_cast<std::size_t>(GetParam())]);
}

INSTANTIATE_TEST_SUITE_P(Engines, WahaParseOfEngine,
                         testing::Values(peers::waha_engine::noweb, peers::waha_engine::gows,
                                         peers::waha_engine::webjs),
                         [](const auto& of) { return std::string(peers::engine_name(of.param)); });

/// Pairs of code blocks of the page: what goes in (marked `json in` or `json answer …`), what comes
/// out (`json out`).
TEST(WahaParse, ExamplesOfItsPageAreTrue) {
  std::ifstream page(FIBREHUB_SOURCE_DIR "/docs/waha-events.md");
  std::string line, input, arguments, block, kind;
  int checked = 0;
  while (std::getline(page, line)) {
    if (!line.starts_with("```")) {
      if (!kind.empty()) block += line + '\n';
      continue;
    }
    if (kind.empty()) {
      kind = line.substr(3);
      block.clear();
      continue;
    }
    if (kind == "json in") {
      input = block;
      arguments.clear();
    } else if (kind.starts_with("json answer")) {
      input = block;
      arguments = "--answer" + kind.substr(11);
    } else if (kind == "json out") {
      const run_result r = waha(arguments, input);
      EXPECT_EQ(r.exit_code, 0) << input << r.err;
      EXPECT_EQ(compact(r.out), compact(block)) << input;
      ++checked;
    }
    kind.clear();
  }
  EXPECT_GE(checked, 25);
}

}  // namespace
}  // namespace fibrehub::e2e
