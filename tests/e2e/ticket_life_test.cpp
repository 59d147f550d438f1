// The life of a ticket through the public API only: made with a drop number, triaged, assigned,
// worked on, sent back by quality assurance, resolved, closed, reopened; then its history verified.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/history.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;

class TicketLife : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    hub = new hub_process({.store_url = db->url()});
    hub->start_ready();
    token = hub->make_token("write");
    db->ask(
        "INSERT INTO users (id, email, name, role) VALUES (501, 'thabo@x.example', 'Thabo',"
        " 'technician'), (502, 'lerato@x.example', 'Lerato', 'technician')");
    db->ask("INSERT INTO teams (id, name) VALUES (601, 'North')");
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static http_answer send(const char* verb, const std::string& path, const std::string& body,
                          const http_headers& more = {}) {
    http_headers headers{{"Authorization", "Bearer " + token},
                         {"Content-Type", "application/json"}};
    headers.insert(headers.end(), more.begin(), more.end());
    return fetch(hub->port(), verb, "/api/v1" + path, body, headers);
  }
  static http_answer post(const std::string& path, const std::string& body,
                          const http_headers& more = {}) {
    return send("POST", path, body, more);
  }
  static std::string text(const http_answer& answer, const char* key) {
    const auto body = json::parse(answer.body);
    const auto* data = body ? json::find(*body, "data") : nullptr;
    return data ? json::text_or_number(*data, key) : "";
  }
  static std::string make(const std::string& title) {
    const http_answer made =
        post("/tickets", fmt::format(R"({{"title":"{}","source":"ff_internal"}})", title));
    EXPECT_EQ(made.status, 201U) << made.body;
    return text(made, "ticket_uid");
  }
  /// Moves a ticket and expects it to arrive.
  static void move(const std::string& uid, const std::string& to, const std::string& reason = {}) {
    const http_answer moved = post("/tickets/" + uid + "/status",
                                   fmt::format(R"({{"status":"{}","reason":"{}"}})", to, reason));
    EXPECT_EQ(moved.status, 200U) << to << ": " << moved.body;
    EXPECT_EQ(text(moved, "status"), to);
  }
  /// Every row of the history, page by page.
  static std::vector<domain::chained_entry> history_of(const std::string& uid,
                                                       std::int64_t ticket_id) {
    std::vector<domain::chained_entry> out;
    std::string after = "0";
    while (!after.empty()) {
      const http_answer page =
          get(hub->port(), "/api/v1/tickets/" + uid + "/history?limit=5&after=" + after, token);
      EXPECT_EQ(page.status, 200U) << page.body;
      const auto body = json::parse(page.body);
      const auto* rows = json::at(*body, "data", "history");
      for (const auto& row : rows->GetArray()) {
        domain::chained_entry e;
        e.entry = {ticket_id,
                   static_cast<std::int32_t>(*json::integer(row, "seq")),
                   *domain::parse_rfc3339(json::text(row, "at")),
                   {std::string(json::text(row, "actor_kind")),
                    std::string(json::text(row, "actor")), std::string(json::text(row, "address"))},
                   std::string(json::text(row, "action")),
                   std::string(json::text(row, "field")),
                   std::string(json::text(row, "old_value")),
                   std::string(json::text(row, "new_value"))};
        const std::string hash = store::unhex("\\x" + std::string(json::text(row, "hash")));
        std::copy_n(hash.begin(), std::min(hash.size(), e.hash.size()), e.hash.begin());
        out.push_back(std::move(e));
      }
      after = json::text_or_number(*json::find(*body, "data"), "next_after");
    }
    return out;
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string token;
};

TEST_F(TicketLife, FromItsDropToClosedAndReopenedWithAHistoryThatHolds) {
  const http_answer imported =
      post("/reference/projects/bulk", R"({"rows":[{"code":"LAW","name":"Lawley Phase 2"}]})");
  ASSERT_EQ(imported.status, 200U) << imported.body;
  const http_answer drops = post(
      "/reference/drops/bulk",
      R"({"rows":[{"code":"DR1730654","project":"LAW","zone":"Zone A","address":"123 Main Street","install_date":"2026-09-01"}]})");
  ASSERT_EQ(drops.status, 200U) << drops.body;

  const http_answer made =
      post("/tickets",
           R"({"title":"No signal at customer premises","description":"Since yesterday morning",
          "source":"construction","type":"fault","urgency":"high","importance":"critical",
          "drop_number":"DR1730654","tags":["storm"]})");
  ASSERT_EQ(made.status, 201U) << made.body;
  const std::string uid = text(made, "ticket_uid");
  EXPECT_EQ(uid, "DR1730654-01");
  EXPECT_EQ(text(made, "priority"), "critical");
  EXPECT_EQ(text(made, "zone"), "Zone A");
  EXPECT_EQ(text(made, "address"), "123 Main Street");
  EXPECT_EQ(text(made, "install_date"), "2026-09-01");

  move(uid, "triaged");
  EXPECT_EQ(
      post("/tickets/" + uid + "/assign", R"({"assigned_to":501,"assigned_team":601})").status,
      200U);
  const http_answer hasty = post("/tickets/" + uid + "/assign", R"({"assigned_to":502})");
  EXPECT_EQ(hasty.status, 400U);
  EXPECT_THAT(hasty.body, HasSubstr("reason"));
  EXPECT_EQ(
      post("/tickets/" + uid + "/assign", R"({"assigned_to":502,"reason":"Thabo is ill"})").status,
      200U);
  move(uid, "in_progress");
  move(uid, "blocked", "waiting for the key");
  move(uid, "in_progress");
  EXPECT_EQ(
      send(
          "PATCH", "/tickets/" + uid,
          R"({"splice_count":4,"splice_loss_db":0.12,"signal_level_dbm":"-18.5","test_results":{"otdr":"ok"}})")
          .status,
      200U);
  EXPECT_EQ(post("/tickets/" + uid + "/notes", R"({"body":"@lerato please add the photo"})").status,
            201U);
  move(uid, "qa");
  move(uid, "in_progress", "photo is blurred");
  move(uid, "qa");
  move(uid, "resolved");
  move(uid, "closed");
  move(uid, "new", "it happened again");

  const http_answer now = get(hub->port(), "/api/v1/tickets/" + uid, token);
  EXPECT_EQ(text(now, "status"), "new");
  EXPECT_EQ(text(now, "rework_count"), "1");
  EXPECT_EQ(text(now, "assigned_to_name"), "Lerato");
  EXPECT_THAT(now.body, HasSubstr(R"("splice_loss_db":0.120)"));
  EXPECT_THAT(now.body, HasSubstr(R"("mentions":[502])"));
  EXPECT_THAT(now.body, HasSubstr(R"("resolved_at":null,"closed_at":null)"));

  const auto rows =
      history_of(uid, std::stoll(db->ask("SELECT id FROM tickets WHERE uid = '" + uid + "'")));
  EXPECT_GT(rows.size(), 20U);
  EXPECT_EQ(domain::first_broken(rows), 0);
  EXPECT_EQ(std::to_string(rows.size()), text(now, "version"));
  const http_answer assignments =
      get(hub->port(), "/api/v1/tickets/" + uid + "/history?action=assigned", token);
  EXPECT_THAT(assignments.body, HasSubstr(R"("old_value":"501","new_value":"502")"));
}

TEST_F(TicketLife, AnIllegalMoveIs409AndNamesTheLegalOnes) {
  const std::string uid = make("one");
  const http_answer refused = post("/tickets/" + uid + "/status", R"({"status":"resolved"})");
  EXPECT_EQ(refused.status, 409U);
  EXPECT_THAT(refused.body,
              HasSubstr(R"("legal_moves":["triaged","assigned","pending_approval","closed"])"));
}

TEST_F(TicketLife, AStaleVersionIs409WithTheTicketAndTheFieldsThatClash) {
  const std::string uid = make("one");
  EXPECT_EQ(send("PATCH", "/tickets/" + uid, R"({"title":"two","version":1})").status, 200U);
  const http_answer stale =
      send("PATCH", "/tickets/" + uid, R"({"title":"three","zone":"Z","version":1})");
  EXPECT_EQ(stale.status, 409U);
  EXPECT_THAT(stale.body, HasSubstr(R"("clashes":["title"])"));
  EXPECT_THAT(stale.body, HasSubstr(R"("title":"two")"));
}

TEST_F(TicketLife, WhatIsWrongWithABodyIsSaidByField) {
  const http_answer unknown = post("/tickets", R"({"title":"x","colour":"red","size":1})");
  EXPECT_EQ(unknown.status, 400U);
  EXPECT_THAT(unknown.body, HasSubstr(R"({"field":"colour","reason":"is not known here"})"));
  EXPECT_THAT(unknown.body, HasSubstr(R"("field":"size")"));
  const http_answer wrong = post("/tickets", R"({"title":5,"type":"flood","penalty":1.234})");
  EXPECT_EQ(wrong.status, 400U);
  for (const char* field : {"title", "type", "penalty"})
    EXPECT_THAT(wrong.body, HasSubstr(fmt::format(R"("field":"{}")", field)));
  const http_answer longer =
      post("/tickets", fmt::format(R"({{"title":"{}"}})", std::string(256, 'x')));
  EXPECT_THAT(longer.body, HasSubstr("256 characters, at most 255"));
  EXPECT_EQ(post("/tickets", "[]").status, 400U);
  EXPECT_EQ(post("/tickets", "{").status, 400U);
  const http_answer set = send("PATCH", "/tickets/" + make("one"), R"({"status":"closed"})");
  EXPECT_EQ(set.status, 400U);
  EXPECT_THAT(set.body, HasSubstr("cannot be set directly"));
}

TEST_F(TicketLife, ARepeatedRequestWithItsKeyIsAnsweredAsBefore) {
  const http_headers key{{"Idempotency-Key", "11111111-2222"}};
  const http_answer first = post("/tickets", R"({"title":"once","source":"adhoc"})", key);
  const http_answer again = post("/tickets", R"({"title":"once","source":"adhoc"})", key);
  EXPECT_EQ(first.status, 201U);
  EXPECT_EQ(again.status, 201U);
  EXPECT_EQ(first.body, again.body);
  EXPECT_EQ(again.headers.at("idempotency-replayed"), "true");
  const http_answer other = post("/tickets", R"({"title":"twice","source":"adhoc"})", key);
  EXPECT_EQ(other.status, 400U);
  EXPECT_THAT(other.body, HasSubstr("key_reused"));
  EXPECT_EQ(post("/tickets", R"({"title":"x"})", {{"Idempotency-Key", "a b"}}).status, 400U);
}

TEST_F(TicketLife, ManyTicketsAreChangedInOneRequestWithAResultForEach) {
  const std::string a = make("a"), b = make("b");
  const http_answer tagged =
      post("/tickets/bulk",
           fmt::format(R"({{"tickets":["{}","{}","NO-1"],"add_tags":["flood","east"]}})", a, b));
  EXPECT_EQ(tagged.status, 200U) << tagged.body;
  EXPECT_THAT(tagged.body, HasSubstr(R"("succeeded":2,"failed":1)"));
  const http_answer found = get(hub->port(), "/api/v1/tickets?tag=flood&tag=east", token);
  EXPECT_THAT(found.body, HasSubstr(a));
  EXPECT_THAT(found.body, HasSubstr(b));
  const http_answer both = post("/tickets/bulk", fmt::format(R"({{"tickets":["{}"]}})", a));
  EXPECT_EQ(both.status, 400U);
  std::string many;
  for (int i = 0; i < 501; ++i)
    many += fmt::format("{}\"X-{}\"", i == 0 ? "" : ",", i);
  EXPECT_EQ(
      post("/tickets/bulk", fmt::format(R"({{"tickets":[{}],"add_tags":["x"]}})", many)).status,
      400U);
}

TEST_F(TicketLife, AReaderMayNotWriteAndADeletedTicketIsGone) {
  const std::string uid = make("one");
  const std::string reader = hub->make_token("read");
  const http_answer refused =
      fetch(hub->port(), "POST", "/api/v1/tickets/" + uid + "/notes", R"({"body":"x"})",
            {{"Authorization", "Bearer " + reader}, {"Content-Type", "application/json"}});
  EXPECT_EQ(refused.status, 403U) << refused.body;
  EXPECT_EQ(send("DELETE", "/tickets/" + uid, R"({"reason":"made twice"})").status, 200U);
  EXPECT_EQ(get(hub->port(), "/api/v1/tickets/" + uid, token).status, 404U);
  EXPECT_EQ(post("/tickets/" + uid + "/notes", R"({"body":"x"})").status, 404U);
}

TEST_F(TicketLife, ThePathsWithoutAVersionAnswerToo) {
  const http_answer made =
      fetch(hub->port(), "POST", "/api/tickets", R"({"title":"old path","source":"adhoc"})",
            {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}});
  EXPECT_EQ(made.status, 201U);
  EXPECT_EQ(get(hub->port(), "/api/tickets/" + text(made, "ticket_uid"), token).status, 200U);
}

TEST_F(TicketLife, WhatPeopleDoAndWhatChannelsBringDoesNotMixUp) {
  const std::string phone = "27831119999";
  ASSERT_EQ(deliver(hub->port(), message_delivery("L1", phone, "DR1799001 dead")).status, 200U);
  const std::string uid = "DR1799001-01";
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(deliver(hub->port(), message_delivery(fmt::format("L2{}", i), phone, "still")).status,
              200U);
    ASSERT_EQ(post("/tickets/" + uid + "/notes", R"({"body":"seen"})").status, 201U);
  }
  ASSERT_EQ(post("/tickets/" + uid + "/status", R"({"status":"closed","reason":"done"})").status,
            200U);
  ASSERT_EQ(deliver(hub->port(), message_delivery("L3", phone, "DR1799001 again")).status, 200U);
  EXPECT_EQ(db->ask("SELECT uid || ' ' || status || ' ' || version FROM tickets WHERE drop_number ="
                    " '1799001' ORDER BY uid"),
            "DR1799001-01 closed 43\nDR1799001-02 new 1");
  EXPECT_EQ(db->ask("SELECT count(*) FROM tickets t WHERE history_seq <> (SELECT count(*) FROM"
                    " ticket_history h WHERE h.ticket_id = t.id)"),
            "0");
}

}  // namespace
}  // namespace fibrehub::e2e
