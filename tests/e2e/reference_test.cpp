// Reference data through the API of a running hub, and with `fibrehub import` beside it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "protocols/json/parse.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Reference : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    hub = new hub_process({.store_url = db->url()});
    hub->start_ready();
    reader = hub->make_token("read");
    writer = hub->make_token("write");
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }

  static http_answer post(const std::string& target, const std::string& body,
                          const std::string& token = writer, const http_headers& more = {}) {
    http_headers headers{{"Authorization", "Bearer " + token},
                         {"Content-Type", "application/json"}};
    headers.insert(headers.end(), more.begin(), more.end());
    return fetch(hub->port(), "POST", target, body, headers);
  }
  static http_answer take(const std::string& kind, const std::string& rows,
                          const std::string& more = {}) {
    return post("/api/v1/reference/" + kind + "/bulk",
                fmt::format(R"({{"rows":[{}]{}}})", rows, more));
  }
  static http_answer read(const std::string& target) { return get(hub->port(), target, reader); }
  /// Writes a file and imports it.
  static run_result import(const std::string& kind, const std::string& text,
                           std::vector<std::string> more = {}) {
    const temporary_folder folder;
    const std::string file = (folder / "rows.csv").string();
    write_file(file, text);
    std::vector<std::string> arguments{"import", kind, file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return hub->run(std::move(arguments));
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string reader, writer;
};

TEST_F(Reference, IsTakenInBulkAndReadBackByCodeAndInPages) {
  EXPECT_EQ(take("clients", R"({"code":"C1","name":"Acme","email":"office@acme.example"})").status,
            200U);
  EXPECT_EQ(take("projects", R"({"code":"P1","name":"Lawley","client":"C1"})").status, 200U);
  const http_answer done =
      take("drops", R"({"code":"DR100","project":"P1","latitude":-26.2041,"zone":"Zone A"},)"
                    R"({"code":101,"project":"P9"},{"code":"DR102","colour":"red"},7)");
  EXPECT_EQ(done.status, 200U) << done.body;
  EXPECT_THAT(done.body, HasSubstr(R"("created":1,"updated":0,"unchanged":0,"failed":3)"));
  EXPECT_THAT(done.body, HasSubstr(R"(there is no project \"P9\")"));
  EXPECT_THAT(done.body, HasSubstr(R"("field":"colour","reason":"is not known here)"));
  EXPECT_THAT(done.body, HasSubstr(R"("field":"row","reason":"must be an object")"));

  const http_answer one = read("/api/v1/reference/drops/dr%20100");
  EXPECT_EQ(one.status, 200U);
  EXPECT_THAT(one.body, HasSubstr(R"("code":"100","project":"P1","pole":null)"));
  EXPECT_THAT(one.body, HasSubstr(R"("latitude":-26.2041,"longitude":null,"archived":false)"));
  EXPECT_EQ(read("/api/v1/reference/drops/DR999").status, 404U);
  EXPECT_EQ(read("/api/v1/reference/splitters/1").status, 400U);
  const http_answer found = read("/api/v1/reference/clients?q=acme&limit=1");
  EXPECT_THAT(found.body, HasSubstr(R"("kind":"clients","rows":[{"id":)"));
  EXPECT_THAT(found.body, HasSubstr(R"("email":"office@acme.example","phone":null)"));
  EXPECT_THAT(read("/api/v1/reference/clients?q=nobody").body, HasSubstr(R"("rows":[])"));
  EXPECT_EQ(read("/api/v1/reference/drops?cursor=x").status, 400U);
  EXPECT_EQ(read("/api/v1/reference/drops?updated_since=yesterday").status, 400U);
}

TEST_F(Reference, WantsAWritersTokenARowListAndKnownFields) {
  const std::string target = "/api/v1/reference/drops/bulk";
  EXPECT_EQ(post(target, R"({"rows":[{"code":"DR1"}]})", reader).status, 403U);
  EXPECT_EQ(fetch(hub->port(), "POST", target, "{}").status, 401U);
  for (const char* body : {"{}", R"({"rows":[]})", R"({"rows":{"code":"DR1"}})", "[]", "x",
                           R"({"rows":[{"code":"DR1"}],"dryrun":true})",
                           R"({"rows":[{"code":"DR1"}],"dry_run":"yes"})"})
    EXPECT_EQ(post(target, body).status, 400U) << body;
  std::string many = R"({"code":"DR1"})";
  for (int i = 0; i < 1000; ++i)
    many += R"(,{"code":"DR1"})";
  EXPECT_EQ(post(target, fmt::format(R"({{"rows":[{}]}})", many)).status, 400U);
}

TEST_F(Reference, KeepsNothingOfADryRunAndKnowsARepeatedRequest) {
  const http_answer dry = take("drops", R"({"code":"DR200"})", R"(,"dry_run":true)");
  EXPECT_THAT(dry.body, HasSubstr(R"("dry_run":true,"created":1)"));
  EXPECT_EQ(read("/api/v1/reference/drops/200").status, 404U);
  const std::string body = R"({"rows":[{"code":"DR201"}]})";
  const http_headers key{{"Idempotency-Key", "once"}};
  const auto first = post("/api/v1/reference/drops/bulk", body, writer, key);
  const auto again = post("/api/v1/reference/drops/bulk", body, writer, key);
  EXPECT_THAT(first.body, HasSubstr(R"("created":1)"));
  EXPECT_EQ(again.body, first.body);
}

TEST_F(Reference, LooksUpADropWithItsPlaceReviewsAndOpenTickets) {
  take("projects", R"({"code":"P3","name":"Three"})");
  take("drops",
       R"({"code":"DR300","project":"P3","address":"1 Long St","install_date":"2025-03-14"})");
  const http_answer review = take(
      "qa_photo_reviews", R"({"code":"R300","drop":"DR300","outcome":"failed","reason":"No clamp",)"
                          R"("reviewed_at":"2025-12-01T09:30:00+02:00"})");
  EXPECT_THAT(review.body, HasSubstr(R"("tickets_raised":1)"));
  EXPECT_THAT(review.body, HasSubstr(R"("ticket_uid":"DR300-01")"));
  // A message about the same drop is counted on from there, and its ticket knows the place.
  http_connection sender(hub->port());
  ASSERT_EQ(deliver(sender, message_delivery("REF300", "27840000300", "DR300 no light")).status,
            200U);
  for (const char* target : {"/api/v1/lookup/drop/DR300", "/api/tickets/lookup/drop/300"}) {
    const http_answer found = read(target);
    EXPECT_EQ(found.status, 200U) << target;
    EXPECT_THAT(found.body,
                HasSubstr(R"("drop_number":"DR300","archived":false,"project":{"id":)"));
    EXPECT_THAT(found.body, HasSubstr(R"("code":"P3","name":"Three")"));
    EXPECT_THAT(found.body, HasSubstr(R"("install_date":"2025-03-14")"));
    EXPECT_THAT(found.body,
                HasSubstr(R"("reviewed_at":"2025-12-01T07:30:00Z","ticket_uid":"DR300-01")"));
    EXPECT_THAT(found.body, HasSubstr(R"("ticket_uid":"DR300-02")"));
  }
  EXPECT_EQ(db->ask("SELECT address FROM tickets WHERE uid = 'DR300-02'"), "1 Long St");
  EXPECT_EQ(read("/api/v1/lookup/drop/DR398").status, 404U);
  EXPECT_EQ(read("/api/v1/lookup/drop/house").status, 400U);
  EXPECT_EQ(read("/api/v1/tickets/DR300-01").status, 200U);
}

TEST_F(Reference, ImportTakesAFileOnceAndAgainChangesNothing) {
  const std::string file =
      "\xEF\xBB\xBF"
      "code;zone;address\r\nDR400;Zone A;\"1 Long St; Gate 4\"\r\n"
      "dr 401;Zone B;\r\n";
  const run_result dry = import("drops", file, {"--dry-run"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_EQ(dry.out,
            "drops: 2 created, 0 updated, 0 unchanged, 0 failed, 0 tickets raised; a dry run, "
            "nothing was kept\n");
  const run_result first = import("drops", file);
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, StartsWith("drops: 2 created, 0 updated, 0 unchanged, 0 failed"));
  EXPECT_THAT(import("drops", file).out, StartsWith("drops: 0 created, 0 updated, 2 unchanged"));
  EXPECT_EQ(db->ask("SELECT address FROM drops WHERE code = '400'"), "1 Long St; Gate 4");
}

TEST_F(Reference, ImportReportsEveryRowThatFailsWithItsLineAndTakesTheRest) {
  const temporary_folder folder;
  const std::string errors = (folder / "errors.csv").string();
  const run_result r =
      import("drops",
             "DR Number,Area,Remarks,project\n"
             "DR500,A,\"two\nlines\",\n"
             "DR501,A,,P9\n"
             "house,A,,\n"
             "DR500,B,,\n"
             "DR502,A,x\n"
             "DR503,A,,\n",
             {"--columns", "DR Number=code,Area=zone,Remarks=", "--errors", errors});
  EXPECT_EQ(r.exit_code, 1);
  EXPECT_THAT(r.out, StartsWith("drops: 2 created, 0 updated, 0 unchanged, 4 failed"));
  EXPECT_THAT(r.err,
              HasSubstr("rows.csv:4: 501: project is not known: there is no project \"P9\""));
  EXPECT_THAT(r.err, HasSubstr("rows.csv:5: code must be a drop number"));
  EXPECT_EQ(read_file(errors),
            "line,code,field,reason\r\n"
            "4,501,project,\"is not known: there is no project \"\"P9\"\"\"\r\n"
            "5,,code,must be a drop number such as DR1730654\r\n"
            "6,500,code,is on line 2 already\r\n"
            "7,,row,\"has 3 fields, the header has 4\"\r\n");
  EXPECT_EQ(db->ask("SELECT string_agg(code, ' ' ORDER BY code) FROM drops WHERE code LIKE '50_'"),
            "500 503");
}

TEST_F(Reference, ImportRefusesAFileItCannotUseAndNamesTheLine) {
  const auto complaint = [](const run_result& r) {
    EXPECT_EQ(r.exit_code, 2) << r.out << r.err;
    return r.err;
  };
  EXPECT_THAT(complaint(import("drops", "")), HasSubstr("rows.csv:1: there is no header"));
  EXPECT_THAT(complaint(import("drops", "\ncolour,code\n1,DR600\n")),
              HasSubstr("rows.csv:2: the column \"colour\" is not known here"));
  EXPECT_THAT(complaint(import("drops", "zone\nA\n")), HasSubstr("\"code\" is missing"));
  EXPECT_THAT(complaint(import("drops", "code,zone\nDR600,A\n\"DR601,A\n")),
              HasSubstr("rows.csv:3: a quoted field begins here and does not end"));
  EXPECT_THAT(complaint(import("drops",
                               "\xFF\xFE"
                               "c")),
              HasSubstr("UTF-16"));
  EXPECT_THAT(complaint(import("splitters", "code\n1\n")), HasSubstr("splitters"));
  EXPECT_THAT(complaint(import("drops", "code\n", {"--columns", "code"})), HasSubstr("their=ours"));
  EXPECT_THAT(complaint(hub->run({"import", "drops", "/nowhere/x.csv"})),
              HasSubstr("/nowhere/x.csv: No such file"));
  EXPECT_THAT(complaint(hub->run({"import", "drops", "/tmp"})), HasSubstr("/tmp is a folder"));
  EXPECT_EQ(db->ask("SELECT count(*) FROM drops WHERE code = '600'"), "1")
      << "what stands before the broken line is taken";
}

TEST_F(Reference, ImportStopsAfterSoManyFailures) {
  std::string file = "code,zone\n";
  for (int i = 0; i < 3000; ++i)
    file += i == 1200 || i == 1300 ? "house,A\n" : fmt::format("DR{},A\n", 70000 + i);
  const run_result r = import("drops", file, {"--stop-after", "2"});
  EXPECT_EQ(r.exit_code, 1);
  EXPECT_THAT(r.out, StartsWith("drops: 1299 created, 0 updated, 0 unchanged, 2 failed"));
  EXPECT_THAT(r.out, HasSubstr("stopped early"));
}

TEST_F(Reference, ImportRaisesTicketsOfFailedReviewsWhileTheHubRuns) {
  std::string file = "code,drop,outcome,reviewed_at\n";
  for (int i = 0; i < 1500; ++i)
    file += fmt::format("QA{},DR{},{},2025-12-01T09:30:00Z\n", i, 80000 + i % 100,
                        i % 3 == 0 ? "failed" : "passed");
  const run_result r = import("qa_photo_reviews", file);
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_THAT(r.out,
              HasSubstr("1500 created, 0 updated, 0 unchanged, 0 failed, 500 tickets raised"));
  EXPECT_THAT(import("qa_photo_reviews", file).out,
              HasSubstr("1500 unchanged, 0 failed, 0 tickets"));
  EXPECT_EQ(
      db->ask("SELECT count(*) FROM tickets WHERE source = 'construction' AND drop_number LIKE"
              " '80___' AND (SELECT count(*) FROM ticket_history h WHERE h.ticket_id = id) = 1"),
      "500");
  EXPECT_EQ(
      db->ask("SELECT count(*) FROM tickets t WHERE source = 'construction' AND uid <>"
              " (SELECT ticket_uid FROM qa_photo_reviews q WHERE q.code = t.source_reference)"),
      "0");
  // The hub's own numbering goes on from there.
  http_connection sender(hub->port());
  ASSERT_EQ(deliver(sender, message_delivery("REF80000", "27840080000", "DR80000 dead")).status,
            200U);
  EXPECT_EQ(
      db->ask("SELECT uid FROM tickets WHERE source = 'wa_inbound' AND drop_number = '80000'"),
      "DR80000-06");
  EXPECT_THAT(import("qa_photo_reviews",
                     "code,drop,outcome,reviewed_at\nQH1,DR1,failed,"
                     "2020-01-01T00:00:00Z\n",
                     {"--no-tickets"})
                  .out,
              HasSubstr("1 created, 0 updated, 0 unchanged, 0 failed, 0 tickets raised"));
}

TEST_F(Reference, ImportAndHubNumberTheTicketsOfTheSameDropsTogether) {
  std::string file = "code,drop,outcome,reviewed_at\n";
  for (int i = 0; i < 6000; ++i)
    file += fmt::format("QB{},DR{},failed,2025-12-01T09:30:00Z\n", i, 81000 + i % 40);
  std::atomic<bool> done{false};
  run_result r;
  std::thread importer([&] {
    r = import("qa_photo_reviews", file);
    done = true;
  });
  http_connection sender(hub->port());
  int sent = 0, refused = 0;
  for (; !done || sent < 80; ++sent) {
    const std::string id = fmt::format("REFB{}", sent);
    const std::string text = fmt::format("DR{} dead", 81000 + sent % 40);
    if (deliver(sender, message_delivery(id, fmt::format("2786{:07}", sent), text)).status != 200U)
      ++refused;
  }
  importer.join();
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_EQ(refused, 0) << "of " << sent;
  EXPECT_EQ(db->ask("SELECT count(*) FROM tickets WHERE drop_number LIKE '810__'"),
            std::to_string(6000 + sent - refused));
  EXPECT_EQ(db->ask("SELECT count(*) FROM (SELECT drop_number, count(*) AS n,"
                    " max(split_part(uid, '-', 2)::int) AS last FROM tickets WHERE drop_number LIKE"
                    " '810__' GROUP BY 1) t JOIN uid_counters c ON c.scope = 'DR' || drop_number ||"
                    " '-#' WHERE n <> last OR n <> c.value"),
            "0");
}

TEST_F(Reference, ImportReadsStandardInput) {
  const temporary_folder folder;
  write_file(folder / "in.csv", "code\nDR900\n");
  const std::string command =
      fmt::format("E2E_WAHA_KEY={} '{}' import drops - --config '{}' <'{}' 2>&1", waha_key,
                  FIBREHUB_PROGRAM, hub->config_file(), (folder / "in.csv").string());
  std::string out;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  ASSERT_TRUE(pipe);
  char buffer[256];
  while (std::fgets(buffer, sizeof buffer, pipe.get()))
    out += buffer;
  EXPECT_THAT(out, StartsWith("drops: 1 created"));
}

}  // namespace
}  // namespace fibrehub::e2e
