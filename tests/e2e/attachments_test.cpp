// Files of tickets on the real program: what is taken, what is refused, who gets them back.
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "protocols/json/parse.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"
#include "tests/protocols/files/samples.hpp"

namespace fibrehub::e2e {
namespace {

namespace fs = std::filesystem;
namespace json = protocols::json;
namespace samples = protocols::files::samples;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::size_t megabyte = std::size_t{1024} * 1024;

std::string escaped(const std::string& name) {
  std::string out;
  for (const unsigned char c : name)
    out += fmt::format("%{:02X}", c);
  return out;
}

/// `text` of a member of `data`.
std::string text(const http_answer& answer, const char* key) {
  const auto body = json::parse(answer.body);
  const auto* data = body ? json::find(*body, "data") : nullptr;
  return data ? json::text_or_number(*data, key) : "";
}

class AttachmentsOverHttp : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    hub = new hub_process({.store_url = db->url()});
    hub->start_ready();
    token = hub->make_token("write");
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static http_answer send(const char* verb, const std::string& path, const std::string& body = {},
                          const std::string& type = "application/json",
                          const std::string& with = token, const http_headers& more = {}) {
    http_headers headers{{"Authorization", "Bearer " + with}, {"Content-Type", type}};
    headers.insert(headers.end(), more.begin(), more.end());
    return fetch(hub->port(), verb, "/api/v1" + path, body, headers);
  }
  static std::string make_ticket() {
    const http_answer made = send("POST", "/tickets", R"({"title":"No light"})");
    EXPECT_EQ(made.status, 201U) << made.body;
    return text(made, "ticket_uid");
  }
  static http_answer attach(const std::string& uid, const std::string& name,
                            const std::string& bytes, const std::string& with = token) {
    return send("POST", fmt::format("/tickets/{}/attachments?name={}", uid, escaped(name)), bytes,
                "application/octet-stream", with);
  }
  /// The attachments of a ticket, as its detail shows them.
  struct shown {
    std::string id, name, type, sha256;
  };
  static std::vector<shown> files_of(const http_answer& answer) {
    std::vector<shown> out;
    const auto body = json::parse(answer.body);
    const auto* list = body ? json::at(*body, "data", "attachments") : nullptr;
    if (!list || !list->IsArray()) {
      ADD_FAILURE() << answer.body;
      return out;
    }
    for (const auto& a : list->GetArray())
      out.push_back({std::string(json::text(a, "id")), std::string(json::text(a, "name")),
                     std::string(json::text(a, "content_type")),
                     std::string(json::text(a, "sha256"))});
    return out;
  }
  static std::vector<shown> files_of_ticket(const std::string& uid) {
    return files_of(send("GET", "/tickets/" + uid));
  }
  static std::size_t kept_files() {
    std::size_t n = 0;
    for (const auto& entry : fs::recursive_directory_iterator(hub->data_dir() / "attachments"))
      if (entry.is_regular_file() && entry.path().filename().string().size() == 64) ++n;
    return n;
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string token;
};

TEST_F(AttachmentsOverHttp, AreTakenShownAndGivenBackAsTheyWere) {
  const std::string uid = make_ticket();
  const std::string bytes = samples::png();
  const http_answer made = attach(uid, "photo.png", bytes);
  ASSERT_EQ(made.status, 201U) << made.body;
  const auto files = files_of(made);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].name, "photo.png");
  EXPECT_EQ(files[0].type, "image/png");
  const http_answer got = send("GET", "/attachments/" + files[0].id);
  ASSERT_EQ(got.status, 200U) << got.body;
  EXPECT_EQ(got.body, bytes);
  EXPECT_EQ(got.headers.at("content-type"), "image/png");
  EXPECT_EQ(got.headers.at("content-disposition"), R"(attachment; filename="photo.png")");
  EXPECT_EQ(got.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(got.headers.at("content-security-policy"), "sandbox; default-src 'none'");
  EXPECT_EQ(got.headers.at("etag"), '"' + files[0].sha256 + '"');
  EXPECT_EQ(send("GET", "/attachments/" + files[0].id, {}, "application/json", token,
                 {{"If-None-Match", got.headers.at("etag")}})
                .status,
            304U);
  const http_answer detail = send("GET", "/tickets/" + uid);
  EXPECT_EQ(files_of(detail).at(0).sha256, files[0].sha256);
  EXPECT_THAT(detail.body, HasSubstr(R"("action":"attachment")"));
}

TEST_F(AttachmentsOverHttp, ComeAsAFormWithSeveralFilesOrNotAtAll) {
  const std::string uid = make_ticket();
  const auto form = [](const std::string& second) {
    return "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\n"
           "Content-Type: image/png\r\n\r\n" +
           samples::png() +
           "\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"b.pdf\"\r\n\r\n" +
           second + "\r\n--B--\r\n";
  };
  const std::string type = "multipart/form-data; boundary=B";
  const http_answer broken = send("POST", "/tickets/" + uid + "/attachments", form("no pdf"), type);
  EXPECT_EQ(broken.status, 415U) << broken.body;
  EXPECT_THAT(broken.body, HasSubstr(R"("field":"b.pdf")"));
  EXPECT_TRUE(files_of_ticket(uid).empty());
  const http_answer made =
      send("POST", "/tickets/" + uid + "/attachments", form(samples::pdf()), type);
  ASSERT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(files_of_ticket(uid).size(), 2U);
  const http_answer cut =
      send("POST", "/tickets/" + uid + "/attachments", form(samples::pdf()).substr(0, 200), type);
  EXPECT_EQ(cut.status, 400U);
  EXPECT_THAT(cut.body, HasSubstr("malformed_form"));
}

TEST_F(AttachmentsOverHttp, AreKeptOnceHoweverOftenTheyAreSent) {
  const std::string bytes = samples::jpeg();
  const std::string uid = make_ticket();
  ASSERT_EQ(attach(uid, "one.jpg", bytes).status, 201U);
  const std::size_t before = kept_files();
  ASSERT_EQ(attach(uid, "two.jpg", bytes).status, 201U);
  ASSERT_EQ(attach(make_ticket(), "three.jpg", bytes).status, 201U);
  EXPECT_EQ(kept_files(), before);
  const auto files = files_of_ticket(uid);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].sha256, files[1].sha256);
  EXPECT_NE(files[0].id, files[1].id);
}

TEST_F(AttachmentsOverHttp, AreRefusedWithAReason) {
  const std::string uid = make_ticket();
  const std::string exe = "MZ" + std::string(510, '\x90');
  const std::string bomb =
      samples::docx({{"word/media/zeros.bin", std::string(200 * megabyte, '\0')}});
  ASSERT_LT(bomb.size(), megabyte);
  struct refused {
    const char* name;
    std::string bytes;
    unsigned status;
    const char* code;
  };
  const refused all[] = {{"photo.jpg", exe, 415, "wrong_content"},
                         {"tool.exe", exe, 415, "type_not_allowed"},
                         {"photo.png", "<html><script>alert(1)</script>", 415, "wrong_content"},
                         {"bomb.docx", bomb, 413, "unpacks_too_large"},
                         {"huge.png", samples::png(100'000, 100'000), 413, "too_many_pixels"},
                         {"cut.png", samples::png().substr(0, 20), 400, "damaged"}};
  const std::size_t before = kept_files();
  for (const refused& r : all) {
    const http_answer answer = attach(uid, r.name, r.bytes);
    EXPECT_EQ(answer.status, r.status) << r.name << " " << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(fmt::format(R"("code":"{}")", r.code))) << r.name;
  }
  EXPECT_TRUE(files_of_ticket(uid).empty());
  EXPECT_EQ(kept_files(), before);
  EXPECT_EQ(send("POST", "/tickets/" + uid + "/attachments", samples::png(), "image/png").status,
            400U)
      << "no name";
}

TEST_F(AttachmentsOverHttp, AreRefusedWhenTheyAreTooLarge) {
  const std::string uid = make_ticket();
  EXPECT_EQ(attach(uid, "big.pdf", std::string(11 * megabyte, 'x')).status, 413U);
  std::string pdf = samples::pdf();
  pdf.insert(pdf.size() - 1, std::string(10 * megabyte, ' '));
  const http_answer over = attach(uid, "over.pdf", pdf);
  EXPECT_EQ(over.status, 413U) << over.body;
  EXPECT_THAT(over.body, HasSubstr("too_large"));
}

TEST_F(AttachmentsOverHttp, AreGivenBackInPiecesWhenTheyAreLarge) {
  const std::string uid = make_ticket();
  std::string pdf = samples::pdf();
  pdf += "%" + std::string(3 * megabyte, 'x') + "\n" + samples::pdf();
  const http_answer made = attach(uid, "large.pdf", pdf);
  ASSERT_EQ(made.status, 201U) << made.body;
  http_connection connection(hub->port());
  ASSERT_TRUE(connection.send(fmt::format(
      "GET /api/v1/attachments/{} HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
      files_of(made).at(0).id, token)));
  std::string all;
  for (std::string more = connection.receive_some(); !more.empty();
       more = connection.receive_some())
    all += more;
  const auto head = all.find("\r\n\r\n");
  ASSERT_NE(head, std::string::npos);
  EXPECT_TRUE(all.substr(head + 4) == pdf);
}

TEST_F(AttachmentsOverHttp, HaveNamesThatLeadNowhere) {
  const std::string uid = make_ticket();
  const http_answer made =
      attach(uid, "../../../etc/cron.d/x\r\nSet-Cookie: a.png", samples::png());
  ASSERT_EQ(made.status, 400U) << "control characters in an address: " << made.body;
  const http_answer up = attach(uid, "../../..\\etc/naïve.png", samples::png());
  ASSERT_EQ(up.status, 201U) << up.body;
  const auto file = files_of(up).at(0);
  EXPECT_EQ(file.name, "naïve.png");
  EXPECT_EQ(send("GET", "/attachments/" + file.id).headers.at("content-disposition"),
            R"(attachment; filename="na_ve.png"; filename*=UTF-8''na%C3%AFve.png)");
}

TEST_F(AttachmentsOverHttp, AreForThoseWhoMay) {
  const std::string reader = hub->make_token("read");
  const std::string uid = make_ticket();
  EXPECT_EQ(attach(uid, "a.png", samples::png(), reader).status, 403U);
  EXPECT_EQ(attach("FF-9999", "a.png", samples::png()).status, 404U);
  const std::string id = files_of(attach(uid, "a.png", samples::png())).at(0).id;
  EXPECT_EQ(send("GET", "/attachments/" + id, {}, "application/json", reader).status, 200U);
  EXPECT_EQ(send("DELETE", "/attachments/" + id, {}, "application/json", reader).status, 403U);
  EXPECT_EQ(fetch(hub->port(), "GET", "/api/v1/attachments/" + id).status, 401U);
  EXPECT_EQ(send("GET", "/attachments/999999999").status, 404U);
  EXPECT_EQ(send("GET", "/attachments/x").status, 400U);
  EXPECT_EQ(send("DELETE", "/attachments/" + id).status, 200U);
  EXPECT_EQ(send("GET", "/attachments/" + id).status, 404U);
  EXPECT_EQ(send("DELETE", "/attachments/" + id).status, 404U);
  EXPECT_TRUE(files_of_ticket(uid).empty());
  EXPECT_THAT(send("GET", "/tickets/" + uid).body, HasSubstr("a.png (image/png"));
}

TEST_F(AttachmentsOverHttp, AreAddedOnceByARepeatedRequest) {
  const std::string uid = make_ticket();
  const std::string path = "/tickets/" + uid + "/attachments?name=a.png";
  const http_headers key{{"Idempotency-Key", "upload-1"}};
  const auto again = [&](const std::string& bytes) {
    return send("POST", path, bytes, "image/png", token, key);
  };
  EXPECT_EQ(again(samples::png()).status, 201U);
  const http_answer repeated = again(samples::png());
  EXPECT_EQ(repeated.status, 201U);
  EXPECT_EQ(repeated.headers.at("idempotency-replayed"), "true");
  EXPECT_EQ(files_of_ticket(uid).size(), 1U);
  const http_answer other = again(samples::png(2, 2));
  EXPECT_THAT(other.body, HasSubstr("key_reused"));
}

TEST_F(AttachmentsOverHttp, AreReceivedEightAtATime) {
  const std::string uid = make_ticket();
  std::vector<std::unique_ptr<http_connection>> slow;
  const std::string head = fmt::format(
      "POST /api/v1/tickets/{}/attachments?name=a.png HTTP/1.1\r\nHost: x\r\n"
      "Authorization: Bearer {}\r\nContent-Type: image/png\r\nContent-Length: 1000000\r\n"
      "Expect: 100-continue\r\n\r\n",
      uid, token);
  for (int i = 0; i < 8; ++i) {
    slow.push_back(std::make_unique<http_connection>(hub->port()));
    ASSERT_TRUE(slow.back()->send(head));
    ASSERT_THAT(slow.back()->receive_some(), HasSubstr("100 Continue"));
  }
  const http_answer ninth = attach(uid, "a.png", samples::png());
  EXPECT_EQ(ninth.status, 503U) << ninth.body;
  EXPECT_EQ(ninth.headers.count("retry-after"), 1U);
  slow.clear();
  EXPECT_TRUE(eventually([&] { return attach(uid, "a.png", samples::png()).status == 201U; }));
}

TEST_F(AttachmentsOverHttp, WithoutARowAreRemovedADayLater) {
  const std::string uid = make_ticket();
  const std::string kept = files_of(attach(uid, "kept.png", samples::png(3, 3))).at(0).sha256;
  const std::string doomed = files_of(attach(uid, "gone.png", samples::png(4, 4))).at(0).sha256;
  const std::string young = files_of(attach(uid, "young.png", samples::png(5, 5))).at(0).sha256;
  db->ask(
      fmt::format("DELETE FROM attachments WHERE encode(sha256, 'hex') IN ('{}', '{}') RETURNING 1",
                  doomed, young));
  const auto place = [](const std::string& sha) {
    return hub->data_dir() / "attachments" / sha.substr(0, 2) / sha.substr(2, 2) / sha;
  };
  hub->terminate();
  for (const std::string& sha : {kept, doomed})
    fs::last_write_time(place(sha), fs::file_time_type::clock::now() - std::chrono::hours(25));
  hub->start_ready();
  EXPECT_TRUE(eventually([&] { return !fs::exists(place(doomed)); }));
  EXPECT_TRUE(fs::exists(place(kept)));
  EXPECT_TRUE(fs::exists(place(young)));
}

TEST_F(AttachmentsOverHttp, PresenceIsReportedAndShown) {
  const std::string uid = make_ticket();
  const std::string path = "/tickets/" + uid + "/presence";
  EXPECT_THAT(send("GET", path).body, HasSubstr(R"("present":[])"));
  const http_answer there = send("POST", path, R"({"state":"editing"})");
  EXPECT_EQ(there.status, 200U) << there.body;
  EXPECT_THAT(send("GET", path).body, HasSubstr(R"("state":"editing")"));
  EXPECT_THAT(send("POST", path, R"({"state":"left"})").body, HasSubstr(R"("present":[])"));
  EXPECT_EQ(send("POST", path, R"({"state":"asleep"})").status, 400U);
  EXPECT_EQ(send("GET", "/tickets/FF-9999/presence").status, 404U);
  EXPECT_EQ(send("POST", "/tickets/" + uid + "/follow").status, 403U) << "a token is no person";
}

TEST_F(AttachmentsOverHttp, NewTicketsAreAssignedByTheRulesAlsoAfterARestart) {
  db->ask("INSERT INTO teams (id, name) VALUES (701, 'North') RETURNING 1");
  const http_answer rule =
      send("POST", "/assignment-rules", R"({"name":"All","team_id":701,"method":"team"})");
  ASSERT_EQ(rule.status, 201U) << rule.body;
  EXPECT_EQ(send("POST", "/assignment-rules", R"({"name":"X","method":"none","zone":1})").status,
            400U);
  const auto is_assigned = [](const std::string& uid) {
    return eventually([&] { return text(send("GET", "/tickets/" + uid), "status") == "assigned"; });
  };
  const std::string first = make_ticket();
  EXPECT_TRUE(is_assigned(first));
  EXPECT_THAT(send("GET", "/tickets/" + first).body, HasSubstr("assignment rules"));
  EXPECT_EQ(send("POST", "/tickets/" + first + "/auto-assign", R"({"dry_run":true})").status, 200U);
  hub->kill_now();
  // As if the hub had been killed between the ticket and its assignment.
  db->ask(fmt::format(
      "UPDATE tickets SET status = 'new', assigned_team = NULL, rules_passed = false WHERE uid ="
      " '{}' RETURNING 1",
      first));
  hub->start_ready();
  EXPECT_TRUE(is_assigned(first));
  const std::string id = text(rule, "id");
  EXPECT_EQ(send("PATCH", "/assignment-rules/" + id, R"({"enabled":false})").status, 200U);
  EXPECT_THAT(send("GET", "/assignment-rules").body, HasSubstr(R"("enabled":false)"));
  EXPECT_EQ(send("DELETE", "/assignment-rules/" + id).status, 200U);
  EXPECT_EQ(send("DELETE", "/assignment-rules/" + id).status, 404U);
}

}  // namespace
}  // namespace fibrehub::e2e
