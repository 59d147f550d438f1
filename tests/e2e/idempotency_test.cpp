// Every POST there is, sent twice with one Idempotency-Key: what is done once is answered twice.
// The list is compared with the routing table, so that a POST nobody has thought about fails.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "peers/peers.hpp"
#include "protocols/auth/encoding.hpp"
#include "protocols/auth/password.hpp"
#include "protocols/auth/totp.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"
#include "tests/protocols/files/samples.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
namespace auth = protocols::auth;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* password = "correct horse battery";

/// What becomes of the second request.
enum class again {
  same,      // answered word for word as the first
  withheld,  // as the first, its secret replaced by null
  refused    // 409 already_done: the whole answer was secret
};

struct posting {
  const char* operation;
  const char* path;  // $TICKET, $OTHER, … stand for what `prepare` has made
  const char* body;  // empty: none
  again then = again::same;
  const char* secret = "";  // the member that is withheld
  bool body_counts = true;  // false: it holds a password or a code, only method and path are kept
  int by = 100;             // the person; 0: nobody is signed in
};

// In this order: a second factor is enrolled, confirmed, removed.
const posting postings[] = {
    {"createTicket", "/api/v1/tickets", R"({"title":"x"})"},
    {"moveTicket", "/api/v1/tickets/$TICKET/status", R"({"status":"triaged"})"},
    {"assignTicket", "/api/v1/tickets/$TICKET/assign", R"({"assigned_to":200,"reason":"x"})"},
    {"autoAssignTicket", "/api/v1/tickets/$TICKET/auto-assign", R"({"dry_run":true})"},
    {"claimTicket", "/api/v1/tickets/$CLAIMABLE/claim", "{}"},
    {"addNote", "/api/v1/tickets/$TICKET/notes", R"({"body":"x"})"},
    {"sendMessage", "/api/v1/tickets/$CHAT/messages", R"({"text":"x"})"},
    {"reactToMessage", "/api/v1/tickets/$CHAT/messages/$MSGID/reaction", R"({"emoji":"x"})"},
    {"markChatSeen", "/api/v1/tickets/$CHAT/seen", ""},
    {"showTyping", "/api/v1/tickets/$CHAT/typing", R"({"on":true})"},
    {"sendBridgeMessage", "/api/v1/wa-bridge/send-message",
     R"({"ticketUid":"$CHAT","content":"x"})"},
    {"settleSend", "/api/v1/wa-bridge/sends/$UNCERTAIN/settle", R"({"outcome":"not_sent"})"},
    {"createTemplate", "/api/v1/wa-bridge/templates", R"({"name":"x","language":"en","text":"x"})"},
    {"addAttachments", "/api/v1/tickets/$TICKET/attachments?name=a.pdf", "$PDF"},
    {"followTicket", "/api/v1/tickets/$TICKET/follow", ""},
    {"linkTicket", "/api/v1/tickets/$TICKET/links", R"({"ticket_uid":"$OTHER"})"},
    {"unlinkTicket", "/api/v1/tickets/$LINKED/unlink", R"({"ticket_uid":"$OTHER"})"},
    {"mergeTicket", "/api/v1/tickets/$TICKET/merge", R"({"into":"$OTHER","reason":"x"})"},
    {"splitTicket", "/api/v1/tickets/$CHAT/split", R"({"message_id":"$MESSAGE"})"},
    {"changeTickets", "/api/v1/tickets/bulk", R"({"tickets":["$TICKET"],"add_tags":["y"]})"},
    {"createView", "/api/v1/views", R"({"name":"x","query":"status:open"})"},
    {"createAssignmentRule", "/api/v1/assignment-rules",
     R"({"name":"x","team_id":10,"method":"team","zones":["none such"]})"},
    {"createCalendar", "/api/v1/calendars",
     R"({"name":"x","calendar":{"zone":"UTC","weekly":{"mon":[["08:00","17:00"]]}}})"},
    {"createContract", "/api/v1/contracts",
     R"({"number":"x","client_id":5,"starts_on":"2026-01-01","resolution_seconds":3600})"},
    {"saveGuarantee", "/api/v1/guarantees", R"({"project_id":4,"period_days":90})"},
    {"editSlaConfigs", "/api/v1/sla-configs",
     R"({"version":1,"types":[{"type":"fault","base_seconds":28800}]})"},
    {"createAutomationRule", "/api/v1/automation-rules",
     R"({"name":"x","trigger":{"on":"time","anchor":"unassigned","after_seconds":7200},)"
     R"("query":"is:unassigned","actions":[{"do":"notify","to":{"lead":true},"text":"x"}]})"},
    {"upsertReference", "/api/v1/reference/clients/bulk", R"({"rows":[{"code":"X","name":"X"}]})"},
    {"readNotification", "/api/v1/notifications/$NOTIFICATION/read", ""},
    {"readNotifications", "/api/v1/notifications/read-all", "{}"},
    {"cancelOutboxRow", "/api/v1/outbox/$ROW/cancel", ""},
    {"retryOutboxRow", "/api/v1/outbox/$ROW/retry", ""},
    {"createWaSession", "/api/v1/wa-bridge/sessions", R"({"name":"x"})"},
    {"ensureWaSession", "/api/v1/wa-bridge/sessions/start", R"({"sessionName":"x"})"},
    {"requestWaPairingCode", "/api/v1/wa-bridge/sessions/x/pairing-code",
     R"({"phone_number":"27831234567"})"},
    {"startWaSession", "/api/v1/wa-bridge/sessions/x/start", ""},
    {"restartWaSession", "/api/v1/wa-bridge/sessions/x/restart", ""},
    {"logOutWaSession", "/api/v1/wa-bridge/sessions/x/logout", ""},
    {"stopWaSession", "/api/v1/wa-bridge/sessions/x/stop", ""},
    {"openChat", "/api/v1/wa-bridge/chats",
     R"({"ticket_uid":"$TICKET","chat_type":"individual","phone_number":"0831234567"})"},
    {"placeMessage", "/api/v1/wa-bridge/triage/$WAITING/place", R"({"ticket_uid":"$OTHER"})"},
    {"createTeam", "/api/v1/teams", R"({"name":"x"})"},
    {"createUser", "/api/v1/users", R"({"email":"x@example.com","name":"X","role":"viewer"})",
     again::withheld, "one_time_password"},
    {"resetPassword", "/api/v1/users/200/one-time-password", "", again::withheld,
     "one_time_password"},
    {"createToken", "/api/v1/tokens", R"({"name":"x","scopes":["read"]})", again::withheld,
     "token"},
    {"signIn", "/api/v1/auth/sign-in",
     R"({"email":"p103@example.com","password":"correct horse battery"})", again::refused, "",
     false, 0},
    {"enrolTotp", "/api/v1/auth/totp/enrol", R"({"password":"correct horse battery"})",
     again::refused, "", false, 101},
    {"confirmTotp", "/api/v1/auth/totp/confirm", R"({"code":"$CODE"})", again::refused, "", false,
     101},
    {"removeTotp", "/api/v1/auth/totp/remove", R"({"password":"correct horse battery"})",
     again::same, "", false, 101},
    {"changePassword", "/api/v1/auth/password",
     R"({"old":"correct horse battery","new":"granite otter paints"})", again::same, "", false,
     102},
};

/// Those whose key does nothing; the description of each says why.
const std::set<std::string> without_key{"signOut",
                                        "reportPresence",
                                        "webhook_api_v1_wa_bridge_webhook_main",
                                        "previewTemplate",
                                        "previewSlaConfigs",
                                        "previewCalendar",
                                        "previewNewContract",
                                        "previewContract",
                                        "rehearseNewAutomationRule",
                                        "rehearseAutomationRule"};

class Idempotency : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("E2E_SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 1);
    db = new fixtures::temporary_database;
    db->ask("INSERT INTO clients (id, code, name) VALUES (5, 'A', 'A')");
    db->ask("INSERT INTO projects (id, code, name) VALUES (4, 'P4', 'P4')");
    // Five sign-ins and proofs of the password a minute are allowed to one account.
    for (const int id : {100, 101, 102, 103, 104, 200})
      db->ask(fmt::format(
          "INSERT INTO users (id, email, name, role, password_hash) VALUES ({0},"
          " 'p{0}@example.com', 'P{0}', '{1}', '{2}')",
          id, id == 200 ? "technician" : "admin", auth::hash_password(password).value()));
    db->ask("INSERT INTO teams (id, name) VALUES (10, 'North')");
    db->ask("INSERT INTO team_members VALUES (10, 100)");
    peers::peers_options quiet;
    quiet.version = "2026.7.1";
    quiet.time_scale = 0.02;
    quiet.rate_per_s = 0;
    quiet.case_rate_per_s = 0;
    quiet.burst_every_s = 0;
    world = new peers::peers(quiet);
    hub = new hub_process(
        {.store_url = db->url(),
         .overrides = {"web.trusted_proxies=127.0.0.1", "web.secrets_key=env:E2E_SECRETS_KEY"},
         .more_toml = fmt::format("url = \"http://127.0.0.1:{}\"\napi_key = "
                                  "\"env:E2E_WAHA_API_KEY\"\n",
                                  world->start().waha),
         .environment = {"E2E_WAHA_API_KEY=simulated-waha-key"}});
    hub->start_ready();
    for (const int id : {100, 101, 102})
      sessions[id] = sign_in(hub->port(), fmt::format("p{}@example.com", id), password);
  }
  static void TearDownTestSuite() {
    delete hub;
    delete world;
    delete db;
  }

  static http_answer post(const std::string& path, const std::string& body, const std::string& key,
                          int by = 100) {
    http_headers headers;
    if (by != 0) headers.emplace_back("Authorization", "Bearer " + sessions[by]);
    if (!key.empty()) headers.emplace_back("Idempotency-Key", key);
    if (!body.empty())
      headers.emplace_back("Content-Type", body[0] == '{' ? "application/json" : "application/pdf");
    return fetch(hub->port(), "POST", path, body, headers);
  }
  static std::string member(const http_answer& answer, std::string_view key) {
    const auto body = json::parse(answer.body);
    const auto* data = body ? json::find(*body, "data") : nullptr;
    return data && data->IsObject() ? json::text_or_number(*data, key) : "";
  }
  static std::string make_ticket() {
    return member(post("/api/v1/tickets", R"({"title":"x"})", ""), "ticket_uid");
  }

  /// What stands for the words with a dollar: fresh for every posting.
  static std::string filled(std::string text) {
    const auto replace = [&text](std::string_view word, auto&& make) {
      const auto at = text.find(word);
      if (at != std::string::npos) text.replace(at, word.size(), make());
    };
    replace("$PDF", [] { return protocols::files::samples::pdf(); });
    replace("$TICKET", [] { return make_ticket(); });
    replace("$CLAIMABLE", [] {
      const std::string uid = make_ticket();
      post("/api/v1/tickets/" + uid + "/assign", R"({"assigned_team":10})", "");
      return uid;
    });
    replace("$LINKED", [] {
      const std::string uid = make_ticket();
      post("/api/v1/tickets/" + uid + "/links", fmt::format(R"({{"ticket_uid":"{}"}})", other), "");
      return uid;
    });
    replace("$OTHER", [] { return other; });
    replace("$CHAT", [] { return chat; });
    replace("$MESSAGE", [] { return db->ask("SELECT ext_id FROM messages LIMIT 1"); });
    replace("$MSGID", [] { return db->ask("SELECT min(id) FROM messages WHERE NOT outbound"); });
    replace("$UNCERTAIN", [] {
      return db->ask(
          "INSERT INTO wa_sends (id, outbox_id, kind, channel, session, chat, author, text_digest,"
          " state, queued_at) VALUES (900001, 900001, 'message', 'main', 'default', 'x', 'x', '',"
          " 'uncertain', now()) RETURNING id");
    });
    replace("$NOTIFICATION", [] {
      return db->ask(
          "INSERT INTO notifications (key, user_id, kind, actor, subject, body, created_at) VALUES"
          " ('k' || random(), 100, 'mention', 'x', 'x', 'x', now()) RETURNING id");
    });
    replace("$ROW", [] {
      return db->ask(
          "INSERT INTO outbox (key, channel, lane, body, state, next_at, created_at) VALUES ('k' ||"
          " random(), 'fax', 'x', '{}', 'ready', now() + interval '1 day', now()) RETURNING id");
    });
    replace("$WAITING", [] {
      db->ask(
          "INSERT INTO chats (id, channel, session, ext_id, kind, name, created_at) VALUES (7, "
          "'main',"
          " 'default', '7@c.us', 'direct', 'x', now())");
      db->ask(
          "INSERT INTO messages (id, chat_id, inbox_id, outbound, by_api, ext_id, author_name, "
          "type,"
          " body, sent_at, received_at) VALUES (7, 7, 7, false, false, 'x7', '', 'text', 'x', "
          "now(),"
          " now())");
      return db->ask(
          "INSERT INTO wa_triage (message_id, chat_id, reason, since) VALUES (7, 7, 'unmatched',"
          " now()) RETURNING message_id");
    });
    replace("$CODE", [] {
      return auth::totp_code(secret, auth::totp_step(std::chrono::floor<std::chrono::seconds>(
                                         std::chrono::system_clock::now())));
    });
    return text;
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline peers::peers* world = nullptr;  // the WhatsApp bridge
  static inline std::map<int, std::string> sessions;
  static inline std::string other, chat, secret;
};

TEST_F(Idempotency, ListsEveryPostOfTheRoutingTable) {
  std::set<std::string> listed = without_key;
  for (const posting& p : postings)
    EXPECT_TRUE(listed.insert(p.operation).second) << p.operation << " is listed twice";
  const auto described = json::parse(fetch(hub->port(), "GET", "/api/openapi.json").body);
  ASSERT_TRUE(described);
  std::set<std::string> found;
  for (const auto& path : json::find(*described, "paths")->GetObject()) {
    const json::value* operation = json::find(path.value, "post");
    if (!operation || json::boolean(*operation, "deprecated")) continue;
    const std::string id(json::text(*operation, "operationId"));
    found.insert(id);
    const bool says_so = json::to_text(*operation).find("#/components/parameters/IdempotencyKey") !=
                         std::string::npos;
    EXPECT_EQ(says_so, !without_key.contains(id)) << id;
    EXPECT_EQ(json::text(*operation, "description").find("An Idempotency-Key does nothing here") !=
                  std::string_view::npos,
              without_key.contains(id))
        << id;
  }
  EXPECT_EQ(found, listed);
}

TEST_F(Idempotency, APostRepeatedWithItsKeyIsDoneOnceAndAnsweredAgain) {
  deliver(hub->port(), message_delivery("3EB0AA01", "27831234567", "No light"));
  chat = db->ask("SELECT uid FROM tickets WHERE source = 'wa_inbound'");
  other = make_ticket();
  for (const posting& p : postings) {
    SCOPED_TRACE(p.operation);
    const std::string key = std::string("key-of-") + p.operation;
    const std::string path = filled(p.path);
    const std::string body = filled(p.body);
    const http_answer first = post(path, body, key, p.by);
    EXPECT_LT(first.status, 300U) << first.body;
    EXPECT_FALSE(first.headers.contains("idempotency-replayed"));
    if (std::string_view(p.operation) == "enrolTotp")
      secret = auth::from_base32(member(first, "secret")).value_or("");
    const http_answer second = post(path, body, key, p.by);
    if (p.then == again::refused) {
      EXPECT_EQ(second.status, 409U) << second.body;
      EXPECT_THAT(second.body, HasSubstr("already_done"));
      continue;
    }
    EXPECT_EQ(second.status, first.status) << second.body;
    EXPECT_TRUE(second.headers.contains("idempotency-replayed"));
    if (p.then == again::same) {
      EXPECT_EQ(second.body, first.body);
    } else {
      const std::string shown = member(first, p.secret);
      ASSERT_NE(shown, "") << first.body;
      EXPECT_THAT(second.body, HasSubstr(fmt::format(R"("{}":null)", p.secret)));
      EXPECT_EQ(db->ask("SELECT count(*) FROM idempotency_keys WHERE position('" + shown +
                        "' in body) > 0"),
                "0");
    }
    if (body.empty() || body[0] != '{' || !p.body_counts) continue;
    const http_answer third = post(path, body + " ", key, p.by);
    EXPECT_EQ(third.status, 400U) << third.body;
    EXPECT_THAT(third.body, HasSubstr("key_reused"));
  }
  EXPECT_EQ(db->ask("SELECT count(*) FROM sessions WHERE user_id = 103"), "1");
  EXPECT_EQ(db->ask("SELECT count(*) FROM users WHERE email = 'x@example.com'"), "1");
  EXPECT_EQ(db->ask("SELECT count(*) FROM api_tokens"), "1");
}

TEST_F(Idempotency, ASignInWithAKeyThatWasUsedSaysWhichSessionItOpened) {
  const std::string body = R"({"email":"p104@example.com","password":"correct horse battery"})";
  const http_answer first = post("/api/v1/auth/sign-in", body, "in-1", 0);
  ASSERT_EQ(first.status, 200U) << first.body;
  const http_answer second = post("/api/v1/auth/sign-in", body, "in-1", 0);
  EXPECT_EQ(second.status, 409U) << second.body;
  EXPECT_THAT(second.body, HasSubstr(member(first, "session_id")));
  EXPECT_THAT(second.body, Not(HasSubstr("fhs_")));
  const http_answer wrong =
      post("/api/v1/auth/sign-in", R"({"email":"p104@example.com","password":"x"})", "in-1", 0);
  EXPECT_EQ(wrong.status, 401U) << "a key opens nothing without the password";
}

}  // namespace
}  // namespace fibrehub::e2e
