// Statistics and reports over HTTP: who may read them, what is refused, and the files they become.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include "domain/reports/report.hpp"
#include "protocols/auth/password.hpp"
#include "protocols/csv.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using domain::role;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int many = 12'345;
constexpr role roles[] = {role::admin,      role::manager, role::team_lead,
                          role::technician, role::viewer,  role::client};

class ReportsOverHttp : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    db->ask("INSERT INTO clients (id, code, name) VALUES (5, 'A', 'A') RETURNING 1");
    db->ask("INSERT INTO projects (id, code, name) VALUES (1, 'LAW', 'Lawley') RETURNING 1");
    const std::string hash = protocols::auth::hash_password("correct horse battery").value();
    for (const role r : roles)
      db->ask(
          fmt::format("INSERT INTO users (id, email, name, role, client_id, password_hash)"
                      " VALUES ({}, '{}@example.com', '{}', '{}', {}, '{}') RETURNING 1",
                      id_of(r), domain::name_of(r), domain::name_of(r), domain::name_of(r),
                      r == role::client ? "5" : "NULL", hash));
    // A ticket every five minutes from 1 January 2026 on; the titles are what people write.
    db->ask(fmt::format(
        "INSERT INTO tickets (id, uid, title, description, source, type, priority, status,"
        " history_seq, history_hash, created_at, updated_at, due_at, resolved_at, project_id, zone,"
        " assigned_to) SELECT i, 'R-' || i, CASE i % 3 WHEN 0 THEN '=cmd|'' /C calc''!A0 ' || i"
        " WHEN 1 THEN 'Noël said: \"no light\", since €5' ELSE 'Router' || chr(10) || 'is dead'"
        " END, '', 'email', 'fault', 'medium', CASE WHEN i % 2 = 0 THEN 'resolved' ELSE 'new' END,"
        " 0, '', c, c, c + interval '4 hours', CASE WHEN i % 2 = 0 THEN c + (i % 5 + 1) * interval"
        " '1 hour' END, 1, 'Zone ' || i % 7, CASE WHEN i % 10 = 0 THEN {} WHEN i % 10 = 1 THEN {}"
        " END FROM (SELECT i, timestamptz '2026-01-01T00:00:00Z' + i * interval '5 minutes' AS c"
        " FROM generate_series(0, {}) i) x RETURNING 1",
        id_of(role::technician), id_of(role::team_lead), many - 1));
    hub = new hub_process({.store_url = db->url(), .overrides = {"web.trusted_proxies=127.0.0.1"}});
    hub->start_ready();
    token = hub->make_token();
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static int id_of(role r) { return 100 + static_cast<int>(r); }
  static std::string sign_in(role r) {
    return e2e::sign_in(hub->port(), fmt::format("{}@example.com", domain::name_of(r)),
                        "correct horse battery", fmt::format("198.51.100.{}", id_of(r)));
  }
  static http_answer read(const std::string& path, const std::string& as = token) {
    return get(hub->port(), "/api/v1" + path, as);
  }
  /// A member of the answer's data, as JSON.
  static std::string data(const http_answer& answer, const char* key) {
    const auto body = json::parse(answer.body);
    const auto* found = body ? json::at(*body, "data", key) : nullptr;
    return found ? json::to_text(*found) : "absent: " + answer.body;
  }
  /// An answer in pieces put together; the sizes of the pieces, too.
  static http_answer read_pieces(const std::string& path, std::vector<std::size_t>& sizes) {
    http_connection c(hub->port());
    c.send("GET /api/v1" + path +
           " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + token +
           "\r\n\r\n");
    std::string all;
    for (std::string some = c.receive_some(); !some.empty(); some = c.receive_some())
      all += some;
    const auto head_end = all.find("\r\n\r\n");
    http_answer out;
    if (head_end == std::string::npos) return out;
    out.status = static_cast<unsigned>(std::stoul(all.substr(9, 3)));
    out.headers["head"] = all.substr(0, head_end);
    for (std::size_t at = head_end + 4; at < all.size();) {
      const auto line = all.find("\r\n", at);
      const std::size_t size = std::stoul(all.substr(at, line - at), nullptr, 16);
      if (size == 0) return out;
      sizes.push_back(size);
      out.body += all.substr(line + 2, size);
      at = line + 2 + size + 2;
    }
    out.status = 0;  // no proper end
    return out;
  }
  static std::string text_of_pdf(const std::string& pdf) {
    const auto file = hub->data_dir().parent_path() / "report.pdf";
    write_file(file, pdf);
    const std::string command = "pdftotext -q -layout " + file.string() + " -";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string out;
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
      out.append(buffer.data(), n);
    return out;
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string token;
};

TEST_F(ReportsOverHttp, AreForTheOfficeAndForTechniciansAboutThemselves) {
  for (const role r : roles) {
    const std::string session = sign_in(r);
    ASSERT_FALSE(session.empty()) << domain::name_of(r);
    const bool office = r != role::technician && r != role::client;
    EXPECT_EQ(read("/stats", session).status, office ? 200U : 403U) << domain::name_of(r);
    for (const domain::report_definition& d : domain::reports()) {
      const bool own = r == role::technician && d.kind == domain::report_kind::technicians;
      const http_answer got =
          read(fmt::format("/reports/{}?from=2026-01-01&to=2026-01-03", d.name), session);
      EXPECT_EQ(got.status, office || own ? 200U : 403U) << domain::name_of(r) << got.body;
    }
  }
  const std::string listed = data(read("/reports", sign_in(role::technician)), "reports");
  EXPECT_THAT(listed, HasSubstr("technicians"));
  EXPECT_THAT(listed, Not(HasSubstr("contractors")));
  EXPECT_EQ(data(read("/reports", sign_in(role::client)), "reports"), "[]");
}

TEST_F(ReportsOverHttp, ShowTheirReaderWhatIsTheirs) {
  const std::string period = "?from=2026-01-01&to=2026-03-01";
  const http_answer own = read("/reports/technicians" + period, sign_in(role::technician));
  const std::string rows = data(own, "rows");
  EXPECT_THAT(rows, HasSubstr(R"("name":"technician","resolved":1235,)"));
  EXPECT_THAT(rows, Not(HasSubstr("team_lead")));
  EXPECT_THAT(data(read("/reports/technicians" + period), "rows"), HasSubstr("team_lead"));
  // The lead's own alone, of all there are.
  const std::string open = data(read("/stats", sign_in(role::team_lead)), "open");
  EXPECT_THAT(open, HasSubstr(R"("total":1235,)")) << open;
}

TEST_F(ReportsOverHttp, StatsAddUp) {
  const http_answer got = read("/stats?from=2026-01-01&to=2026-03-01&tz=Africa/Johannesburg");
  ASSERT_EQ(got.status, 200U) << got.body;
  EXPECT_THAT(data(got, "period"),
              HasSubstr(R"("from":"2025-12-31T22:00:00Z","to":"2026-02-28T22:00:00Z")"));
  EXPECT_THAT(data(got, "open"), HasSubstr(R"("by_status":{"new":6172,"triaged":0)"));
  EXPECT_THAT(data(got, "open"), HasSubstr(R"("overdue":6172)"));
  EXPECT_THAT(data(got, "created"), HasSubstr(R"("total":12345)"));
  EXPECT_THAT(data(got, "sla"), HasSubstr(R"("available":true)"));
  // One to five hours, the target at four: a fifth is late.
  EXPECT_THAT(data(got, "sla"), HasSubstr(R"("compliance_percent":80.0)"));
  const http_answer later = read("/stats?from=2026-06-01&to=2026-07-01");
  EXPECT_THAT(data(later, "sla"), HasSubstr(R"("available":false)"));
  EXPECT_THAT(data(later, "sla"), HasSubstr(R"("compliance_percent":null)"));
  const http_answer link = read("/reports/ticket-summary?state=overdue&limit=1");
  EXPECT_THAT(data(link, "rows"), HasSubstr(R"("ticket_uid":"R-1")"));
}

TEST_F(ReportsOverHttp, RefuseBadInputByNameAndReason) {
  struct row {
    const char* query;
    const char* field;
    const char* reason;
  };
  const row rows[] = {
      {"trend?from=2026-02-01&to=2026-01-01", "from", "must be before to"},
      {"trend?from=soon", "from", "must be a date"},
      {"trend?from=2019-01-01&to=2026-01-01", "to", "at most 5 years"},
      {"trend?tz=Mars/Olympus", "tz", "IANA"},
      {"trend?step=hour", "step", "day, week, month"},
      {"zones?step=day", "step", "cut by time"},
      {"trend?state=open", "state", "ticket-summary only"},
      {"trend?type=leak", "type", "must be one of"},
      {"trend?project=NOPE", "project", "names a project"},
      {"ticket-summary?project=NOPE&format=csv", "project", "names a project"},
      {"ticket-summary?cursor=c1.5", "cursor", "is not a cursor"},
      {"ticket-summary?cursor=r1.99999999999999999.1", "cursor", "is not a cursor"},
      {"ticket-summary?format=csv&limit=5", "limit", "is for JSON"},
      {"ticket-summary?format=xls", "format", "json, csv, pdf"},
      {"ticket-summary?from=2026-01-01&to=2026-03-01&format=pdf", "format", "5000 tickets at most"},
      {"trend?colour=red", "colour", "is not known here"},
  };
  for (const row& r : rows) {
    const http_answer got = read(std::string("/reports/") + r.query);
    EXPECT_EQ(got.status, 400U) << r.query << got.body;
    EXPECT_THAT(got.body, HasSubstr(fmt::format(R"("field":"{}")", r.field))) << r.query;
    EXPECT_THAT(got.body, HasSubstr(r.reason)) << r.query;
  }
  EXPECT_EQ(read("/reports/nothing").status, 404U);
}

TEST_F(ReportsOverHttp, ALongListComesAsCsvInPiecesAndWhole) {
  std::vector<std::size_t> sizes;
  const http_answer got =
      read_pieces("/reports/ticket-summary?from=2026-01-01&to=2026-03-01&format=csv", sizes);
  ASSERT_EQ(got.status, 200U);
  EXPECT_GE(sizes.size(), 13U);
  EXPECT_LT(*std::max_element(sizes.begin(), sizes.end()), 1'000'000U);
  EXPECT_THAT(got.headers.at("head"), HasSubstr("text/csv; charset=utf-8"));
  EXPECT_THAT(got.headers.at("head"), HasSubstr("ticket-summary-2026-01-01-to-2026-02-28.csv"));
  ASSERT_TRUE(got.body.starts_with("\xEF\xBB\xBFticket_uid,title,"));
  protocols::csv_reader reader;
  reader.feed(got.body);
  reader.finish();
  int rows = -1;
  for (;;) {
    const auto row = reader.next();
    ASSERT_TRUE(row) << row.error().message;
    if (!*row) break;
    if (++rows == 0) continue;
    const int i = rows - 1;
    ASSERT_EQ((*row)->fields.size(), 20U);
    ASSERT_EQ((*row)->fields[0], fmt::format("R-{}", i));
    const std::string title = i % 3 == 0   ? fmt::format("'=cmd|' /C calc'!A0 {}", i)
                              : i % 3 == 1 ? "Noël said: \"no light\", since €5"
                                           : "Router\nis dead";
    ASSERT_EQ((*row)->fields[1], title);
  }
  EXPECT_EQ(rows, many);
}

TEST_F(ReportsOverHttp, AreChosenByAcceptAsWell) {
  const auto asked = [](const char* accept) {
    return fetch(hub->port(), "GET", "/api/v1/reports/trend?from=2026-01-01&to=2026-01-03", {},
                 {{"Authorization", "Bearer " + token}, {"Accept", accept}});
  };
  EXPECT_TRUE(asked("text/csv").body.starts_with("\xEF\xBB\xBFperiod,from,to,created"));
  EXPECT_TRUE(asked("application/pdf").body.starts_with("%PDF-"));
  EXPECT_TRUE(asked("application/json, text/csv;q=0.5").body.starts_with("{\"success\":true"));
  EXPECT_TRUE(asked("*/*").body.starts_with("{\"success\":true"));
}

TEST_F(ReportsOverHttp, PagesOfJsonMakeTheWholeList) {
  std::string cursor;
  int rows = 0;
  for (int page = 0; page < 5; ++page) {
    const http_answer got = read("/reports/ticket-summary?from=2026-01-01&to=2026-01-02&limit=100" +
                                 (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(got.status, 200U) << got.body;
    const auto body = json::parse(got.body);
    const auto* all = json::at(*body, "data", "rows");
    rows += static_cast<int>(all->Size());
    EXPECT_EQ(data(got, "breakdown") == "{}", page > 0);
    cursor = json::text(*json::at(*body, "data", "pagination"), "next_cursor");
    if (cursor.empty()) break;
  }
  EXPECT_TRUE(cursor.empty());
  EXPECT_EQ(rows, 288);
}

TEST_F(ReportsOverHttp, APdfShowsTheNumbers) {
  for (const domain::report_definition& d : domain::reports()) {
    const http_answer got =
        read(fmt::format("/reports/{}?from=2026-01-01&to=2026-01-08&format=pdf", d.name));
    ASSERT_EQ(got.status, 200U) << got.body;
    EXPECT_EQ(got.headers.at("content-type"), "application/pdf");
    EXPECT_THAT(got.headers.at("content-disposition"),
                HasSubstr(fmt::format("{}-2026-01-01-to-2026-01-07.pdf", d.name)));
    ASSERT_TRUE(got.body.starts_with("%PDF-"));
    if (std::system("command -v pdftotext >/dev/null 2>&1") != 0) continue;
    const std::string text = text_of_pdf(got.body);
    EXPECT_THAT(text, HasSubstr(std::string(d.title)));
    EXPECT_THAT(text, HasSubstr("Period: 2026-01-01 to 2026-01-07 (UTC)"));
    EXPECT_THAT(text, HasSubstr("Page 1 of "));
    if (d.kind == domain::report_kind::ticket_summary) {
      EXPECT_THAT(text, HasSubstr("2016 tickets"));
      EXPECT_THAT(text, HasSubstr("since €5"));
      EXPECT_THAT(text, HasSubstr("R-2015"));
    }
    if (d.kind == domain::report_kind::sla) {
      EXPECT_THAT(text, HasSubstr("80.2 %"));
    }
  }
}

TEST_F(ReportsOverHttp, SayWhatIsMissingWhenNoPdfCanBeMade) {
  hub_process other({.store_url = db->url(), .overrides = {"reports.font=/nowhere/font.ttf"}});
  // Not ready beside the first hub, and yet it reads.
  other.start();
  const http_answer got =
      get(other.port(), "/api/v1/reports/trend?from=2026-01-01&to=2026-01-03&format=pdf", token);
  EXPECT_EQ(got.status, 503U);
  EXPECT_THAT(got.body, HasSubstr("pdf_unavailable"));
  EXPECT_THAT(got.body, HasSubstr("/nowhere/font.ttf"));
}

}  // namespace
}  // namespace fibrehub::e2e
