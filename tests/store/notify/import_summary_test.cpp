#include "store/notify/import_summary.hpp"

#include <gmock/gmock.h>

#include "tests/store/work_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class ImportSummary : public work_fixture {
 protected:
  void SetUp() override {
    work_fixture::SetUp();
    execute(
        "INSERT INTO users (id, email, name, role) VALUES (6, 'mandla@x', 'Mandla', 'manager'),"
        " (5, 'ada@x', 'Ada', 'admin')");
    execute(fmt::format("UPDATE sla_import_summary SET told_to = {}", at(noon)));
  }
  static std::string at(domain::instant t) {
    return fmt::format("(timestamptz 'epoch' + {} * interval '1 microsecond')", domain::to_us(t));
  }
  void import_late(domain::instant t, const char* status = "new",
                   const char* disposition = "silent", int level = 10000) {
    const std::string uid = make_ticket("", status);
    for (const char* clock : {"response", "resolution"})
      execute(fmt::format("INSERT INTO sla_events VALUES ({}, '{}', 1, {}, 0, {}, {}, '{}')",
                          uid.substr(2), clock, level, at(noon - 1h), at(t), disposition));
  }
  std::int64_t summarise(domain::instant now) {
    const write_origin origin;
    change_context context{origin, {}, {}, {}};
    return connection_.transact(
        [&](pqxx::work& tx) { return summarise_imports(connection_, tx, now, context); });
  }
  std::string told() {
    return db_.ask(
        "SELECT coalesce(string_agg(u.name || ': ' || n.subject, ', ' ORDER BY n.id), '') FROM"
        " notifications n JOIN users u ON u.id = n.user_id WHERE n.kind = 'import_summary'");
  }
};

TEST_F(ImportSummary, IsOneForAllLateTicketsOfAnImportAndNoMail) {
  for (int i = 0; i < 27; ++i)
    import_late(noon + 1s + i * 100ms);
  import_late(noon + 2s, "resolved");
  import_late(noon + 2s, "new", "silent", 9000);
  import_late(noon + 2s, "new", "send");
  EXPECT_EQ(summarise(noon + 8s), 0) << "it may still go on";
  EXPECT_EQ(summarise(noon + 30s), 27);
  EXPECT_EQ(told(), "Mandla: 27 late tickets were imported");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox"), "0");
  EXPECT_THAT(db_.ask("SELECT body FROM notifications"), HasSubstr("and 17 more"));
  EXPECT_EQ(summarise(noon + 60s), 0);
  import_late(noon + 90s);
  EXPECT_EQ(summarise(noon + 120s), 1);
  EXPECT_EQ(told(), "Mandla: 27 late tickets were imported, Mandla: A late ticket was imported");
}

TEST_F(ImportSummary, GoesToAdminsWhenThereAreNoManagers) {
  execute("UPDATE users SET disabled_at = now() WHERE id = 6");
  import_late(noon + 1s);
  EXPECT_EQ(summarise(noon + 30s), 1);
  EXPECT_EQ(told(), "Ada: A late ticket was imported");
}

TEST_F(ImportSummary, LeavesOutTicketsFromBeforeThereWereClocks) {
  execute("UPDATE sla_older_tickets SET up_to_id = 7");
  import_late(noon + 1s);
  EXPECT_EQ(summarise(noon + 30s), 0);
  execute("UPDATE sla_older_tickets SET up_to_id = 0");
  EXPECT_EQ(summarise(noon + 60s), 0);
  EXPECT_EQ(told(), "");
}

}  // namespace
}  // namespace fibrehub::store::tests
