// Guarantees of projects, and the tickets that are billed by them: those that are made, and those
// that are open when a guarantee or a contract is edited.
#include "store/billing/guarantees.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/ingest/intake.hpp"
#include "store/raise_ticket.hpp"
#include "store/sla/config.hpp"
#include "store/sla/retarget.hpp"
#include "tests/store/automation/automation_fixture.hpp"

namespace fibrehub::store {
namespace {

using namespace tests;
using domain::field;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using kind = domain::field_input::kind;

class Guarantees : public automation_fixture {
 protected:
  void SetUp() override {
    automation_fixture::SetUp();
    execute("INSERT INTO projects (id, code, name) VALUES (4, 'LAW', 'Lawley')");
    execute("INSERT INTO clients (id, code, name) VALUES (8, 'C8', 'Bolt')");
    // Installed 18 days before noon, of a client and of nobody.
    execute(
        "INSERT INTO drops (code, project_id, client_id, install_date) VALUES ('77', 4, 8,"
        " '2026-10-31'), ('78', 4, NULL, '2026-10-31')");
  }
  write_outcome save(std::optional<std::int64_t> days,
                     std::optional<std::vector<domain::ticket_type>> covers = {},
                     std::optional<std::int32_t> version = {}) {
    save_guarantee request;
    request.project_id = 4;
    request.period_days = days;
    request.covers = std::move(covers);
    request.version = version;
    return change(request);
  }
  std::string create(const std::string& drop) {
    domain::create_ticket c;
    for (const auto& [f, text] : {std::pair<field, std::string>{field::title, "No light"},
                                  {field::type, "fault"},
                                  {field::source, "construction"},
                                  {field::drop_number, drop}})
      c.fields.items.emplace_back(f, domain::field_input{kind::text, text, {}});
    command("", c);
    return db_.ask("SELECT uid FROM tickets ORDER BY id DESC LIMIT 1");
  }
  void edit(const std::string& uid, field f, const std::string& value, kind k = kind::text) {
    domain::edit_ticket e;
    e.fields.items.emplace_back(f, domain::field_input{k, value, {}});
    command(uid, e);
  }
  void follow(std::size_t limit = 64) {
    retarget_clocks request;
    request.limit = limit;
    do {
      request.result = std::make_shared<retarget_round>();
      ASSERT_TRUE(change(request));
    } while (request.result->more);
  }
  std::string billing(const std::string& uid) {
    return db_.ask(
        "SELECT concat_ws('|', billing_type, guarantee_until, contract_id) FROM tickets"
        " WHERE uid = '" +
        uid + "'");
  }
};

TEST_F(Guarantees, AreMadeChangedAndArchivedWithTheirHistory) {
  const auto none = save({});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().fields,
              ElementsAre(testing::Pair("period_days", HasSubstr("required"))));
  const auto made = save(90);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->status, 201U);
  EXPECT_THAT(made->data_json, HasSubstr(R"("period_days":90,"ticket_types":["build","fault"])"));
  const auto stale = save(60, {}, 7);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().reason, "stale_version");
  EXPECT_THAT(stale.error().data_json, HasSubstr(R"("period_days":90)"));
  const auto changed = save({}, std::vector{domain::ticket_type::fault}, 1);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->status, 200U);
  EXPECT_THAT(changed->data_json,
              HasSubstr(R"("period_days":90,"ticket_types":["fault"],"notes":"","version":2)"));
  save_guarantee archive;
  archive.project_id = 4;
  archive.archived = true;
  ASSERT_TRUE(change(archive));
  EXPECT_EQ(read(list_guarantees{}).value().data_json, "[]");
  list_guarantees archived;
  archived.archived = true;
  EXPECT_THAT(read(archived).value().data_json, HasSubstr(R"("project":"LAW")"));
  EXPECT_EQ(db_.ask("SELECT string_agg(action, ' ' ORDER BY seq) FROM audit_log WHERE subject ="
                    " 'guarantee:4'"),
            "guarantee.created guarantee.updated guarantee.updated");
  save_guarantee nowhere;
  nowhere.project_id = 77;
  nowhere.period_days = 5;
  EXPECT_EQ(change(nowhere).error().fields[0].second, "is no project");
}

TEST_F(Guarantees, BillNewTicketsWhoeverMakesThem) {
  ASSERT_TRUE(save(90));
  const std::string made = create("DR77");
  EXPECT_EQ(billing(made), "guarantee|2027-01-29");
  EXPECT_EQ(db_.ask("SELECT billing_reason FROM tickets WHERE uid = '" + made + "'"),
            "installed on 2026-10-31, guaranteed by project LAW for 90 days, until 2027-01-29");
  EXPECT_THAT(history(made), IsEmpty()) << "it was so from the beginning";

  domain::chat_message m;
  m.session = "default";
  m.chat = m.author = "1@c.us";
  m.message_id = "A1";
  m.type = "text";
  m.text = "DR78 is dead";
  m.sent_at = now_;
  ingest item;
  item.source = "waha";
  item.channel = "main";
  item.ext_id = "A1";
  item.headers_json = "{}";
  item.fingerprint = std::string(16, 'f');
  item.received_at = now_;
  item.what = m;
  hub_session session(db_.options(), std::nullopt);
  intake taking{intake_rules{}};
  ASSERT_TRUE(taking.apply(session, std::vector<ingest>{item}).results[0]);
  EXPECT_EQ(billing(db_.ask("SELECT uid FROM tickets WHERE source = 'wa_inbound'")),
            "guarantee|2027-01-29");

  std::vector<std::string> raised;
  connection_.transact([&](pqxx::work& tx) {
    write_origin origin;
    origin.by = manager();
    origin.at = now_;
    change_context context{origin, [this] { return next_id_++; }, {}, {}};
    const std::vector<construction_ticket> wanted{
        {"77", "QA-1", "qa_photo_review", "Redo", "Bad photos"},
        {"99", "QA-2", "qa_photo_review", "Redo", "Bad photos"}};
    raised = raise_tickets(connection_, tx, wanted, context);
  });
  EXPECT_EQ(billing(raised.at(0)), "guarantee|2027-01-29");
  EXPECT_EQ(billing(raised.at(1)), "billable") << "nobody has imported the drop";
}

TEST_F(Guarantees, BillATicketAnewWhenWhatItDependsOnIsEdited) {
  ASSERT_TRUE(save(90));
  const std::string uid = create("DR78");
  edit(uid, field::title, "No light at all");
  EXPECT_EQ(history(uid).size(), 1U);
  edit(uid, field::type, "infrastructure");
  EXPECT_EQ(billing(uid), "billable");
  EXPECT_THAT(history(uid).back(),
              HasSubstr("billing billing_type: guarantee → billable (the guarantee of project LAW"
                        " does not cover infrastructure; no client)"));
  edit(uid, field::type, "build");
  EXPECT_EQ(billing(uid), "guarantee|2027-01-29");
  edit(uid, field::install_date, "2020-01-01");
  EXPECT_EQ(billing(uid), "billable|2020-03-31");
}

TEST_F(Guarantees, AndContractsReachOpenTicketsWhenTheyAreEdited) {
  const std::string theirs = create("DR77"), nobodys = create("DR78"), done = create("DR77");
  domain::assign_ticket give;
  give.user = 1;
  command(done, give);
  command(done, domain::move_ticket{domain::ticket_status::in_progress, ""});
  command(done, domain::move_ticket{domain::ticket_status::resolved, ""});
  EXPECT_EQ(billing(theirs), "billable");
  save_contract promise;
  promise.number = "K-7";
  promise.client_id = 8;
  promise.starts_on = "2020-01-01";
  ASSERT_TRUE(change(promise));
  follow();
  EXPECT_EQ(billing(theirs), "sla|" + db_.ask("SELECT id FROM contracts"));
  EXPECT_EQ(billing(nobodys), "billable");
  EXPECT_EQ(billing(done), "billable") << "what is done stays as it was agreed on";
  ASSERT_TRUE(save(90));
  follow();
  EXPECT_EQ(billing(theirs), "guarantee|2027-01-29");
  EXPECT_EQ(billing(nobodys), "guarantee|2027-01-29");
  EXPECT_EQ(billing(done), "billable");
  save_guarantee archive;
  archive.project_id = 4;
  archive.archived = true;
  ASSERT_TRUE(change(archive));
  follow();
  EXPECT_EQ(billing(nobodys), "billable");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets t WHERE (t.version, t.history_seq) <> (SELECT"
                    " count(*), max(seq) FROM ticket_history h WHERE h.ticket_id = t.id)"),
            "0");
}

TEST_F(Guarantees, FillInTheBillingOfOlderTicketsWithoutChangingThem) {
  std::vector<std::string> uids;
  for (int i = 0; i < 5; ++i)
    uids.push_back(create("DR78"));
  const std::string before = db_.ask(
      "SELECT string_agg(concat(version, updated_at), ',' ORDER BY"
      " id) FROM tickets");
  execute("UPDATE tickets SET billing_type = NULL, billing_reason = NULL");
  execute("INSERT INTO sla_retargets (made_at, reason) VALUES (now(), 'billing')");
  follow(2);
  for (const std::string& uid : uids) {
    EXPECT_EQ(billing(uid), "billable");
    EXPECT_THAT(history(uid), IsEmpty());
  }
  EXPECT_EQ(db_.ask("SELECT string_agg(concat(version, updated_at), ',' ORDER BY id) FROM tickets"),
            before);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM sla_retargets"), "0");
}

TEST_F(Guarantees, CoverWhatCameInWhileTheyLastedHoweverLateItIsWorkedOut) {
  ASSERT_TRUE(save(18)) << "until noon's day";
  const std::string uid = create("DR78");
  EXPECT_EQ(billing(uid), "guarantee|2026-11-18");
  now_ += std::chrono::hours(24 * 30);
  edit(uid, field::type, "build");
  ASSERT_TRUE(save(18, std::vector{domain::ticket_type::build, domain::ticket_type::fault,
                                   domain::ticket_type::adhoc}));
  follow();
  EXPECT_EQ(billing(uid), "guarantee|2026-11-18");
  EXPECT_EQ(billing(create("DR78")), "billable|2026-11-18");
}

TEST_F(Guarantees, AndContractsAreLookedAtAgainWhenATicketIsReopened) {
  const std::string uid = create("DR77");
  domain::assign_ticket give;
  give.user = 1;
  command(uid, give);
  for (const auto to : {domain::ticket_status::in_progress, domain::ticket_status::resolved,
                        domain::ticket_status::closed})
    command(uid, domain::move_ticket{to, ""});
  execute("UPDATE tickets SET billing_type = NULL, billing_reason = NULL");
  command(uid, domain::move_ticket{domain::ticket_status::new_, "again"});
  EXPECT_EQ(billing(uid), "billable");
  command(uid, give);
  command(uid, domain::move_ticket{domain::ticket_status::in_progress, ""});
  command(uid, domain::move_ticket{domain::ticket_status::resolved, ""});
  ASSERT_TRUE(save(90));
  follow();
  EXPECT_EQ(billing(uid), "billable");
  command(uid, domain::move_ticket{domain::ticket_status::in_progress, "not yet"});
  EXPECT_EQ(billing(uid), "guarantee|2027-01-29");
}

TEST_F(Guarantees, ThatAreEditedAreToldOfByTheTicketsTheyChange) {
  const std::string uid = create("DR78");
  ASSERT_TRUE(save(90));
  ASSERT_TRUE(change(retarget_clocks{}));
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].kind, "ticket.updated");
  EXPECT_EQ(events_[0].ticket_uid, uid);
  EXPECT_THAT(events_[0].data_json, HasSubstr("billing_type"));
  follow();
  save_guarantee notes;
  notes.project_id = 4;
  notes.notes = "see the contract's annex";
  ASSERT_TRUE(change(notes));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM sla_retargets"), "0") << "nothing depends on notes";
}

TEST_F(Guarantees, OfAnArchivedProjectGoOnAndComeBackWhenTheyAreGivenAPeriod) {
  ASSERT_TRUE(save(90));
  execute("UPDATE projects SET archived_at = now()");
  EXPECT_EQ(billing(create("DR78")), "guarantee|2027-01-29");
  save_guarantee archive;
  archive.project_id = 4;
  archive.archived = true;
  ASSERT_TRUE(change(archive));
  EXPECT_EQ(billing(create("DR78")), "billable");
  ASSERT_TRUE(save(60));
  EXPECT_EQ(billing(create("DR78")), "guarantee|2026-12-30");
}

}  // namespace
}  // namespace fibrehub::store
