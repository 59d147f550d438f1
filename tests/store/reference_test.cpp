// Reference data on a real PostgreSQL: taken in twice, in rehearsal, with mistakes, and what
// follows from it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/history.hpp"
#include "store/pq.hpp"
#include "store/raise_ticket.hpp"
#include "store/reference/drop_lookup.hpp"
#include "store/reference/read.hpp"
#include "store/reference/upsert.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

using domain::reference_kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr domain::instant noon = domain::from_us(1'795'000'000'000'000);

using fields = std::vector<std::pair<std::string, std::string>>;

domain::reference_row row_of(reference_kind kind, const fields& given) {
  std::vector<domain::given_cell> cells;
  for (const auto& [name, text] : given)
    cells.push_back({name, text});
  return domain::check_row(domain::declaration_of(kind), cells);
}

class ReferenceStore : public testing::Test {
 protected:
  upsert_summary take(upsert_reference request) {
    write_origin origin;
    origin.by.what = domain::principal::kind::token;
    origin.by.id = "token:abc";
    origin.by.name = "network planning";
    origin.by.address = "10.0.0.7";
    origin.at = now_;
    change_context context{origin, [this] { return next_id_++; }, {}, {}};
    upsert_summary out = connection_.transact(
        [&](auto& tx) { return upsert_rows(connection_, tx, request, context).value(); });
    events_ = std::move(context.events);
    return out;
  }
  upsert_summary take(reference_kind kind, const std::vector<fields>& rows, bool dry_run = false) {
    upsert_reference request;
    request.kind = kind;
    request.dry_run = dry_run;
    for (const fields& f : rows)
      request.rows.push_back(row_of(kind, f));
    return take(std::move(request));
  }
  void take_network() {
    take(reference_kind::clients, {{{"code", "C1"}, {"name", "Acme"}}});
    take(reference_kind::projects, {{{"code", "P1"}, {"name", "Lawley"}, {"client", "C1"}},
                                    {{"code", "P2"}, {"name", "Two"}}});
    take(reference_kind::contractors, {{{"code", "K1"}, {"name", "Splice & Co"}}});
    take(reference_kind::poles, {{{"code", "PO1"}, {"project", "P1"}, {"zone", "Zone A"}}});
    take(reference_kind::drops, {{{"code", "DR1730654"},
                                  {"pole", "PO1"},
                                  {"contractor", "K1"},
                                  {"pon", "PON-7"},
                                  {"address", "213 Vygie Crescent"},
                                  {"install_date", "2025-03-14"},
                                  {"latitude", "-26.2041"},
                                  {"longitude", "28.04730000"}}});
  }
  static fields review(const std::string& code, const std::string& outcome,
                       const std::string& drop = "DR1730654") {
    return {{"code", code},         {"drop", drop},
            {"outcome", outcome},   {"reason", "Cable not clamped"},
            {"reviewer", "Lerato"}, {"reviewed_at", "2025-12-01T09:30:00Z"}};
  }
  static std::vector<std::string> outcomes(const upsert_summary& s) {
    std::vector<std::string> out;
    for (const upserted_row& r : s.rows) {
      std::string text = r.code + " " + std::string(name_of(r.outcome));
      for (const domain::row_problem& p : r.problems)
        text += ": " + p.field + " " + p.reason;
      out.push_back(std::move(text));
    }
    return out;
  }
  std::string counts(const upsert_summary& s) {
    return fmt::format("{} {} {} {}", s.created, s.updated, s.unchanged, s.failed);
  }
  /// Everything the tables hold, row for row.
  std::string everything() {
    std::string out;
    for (const domain::reference_declaration& d : domain::reference_declarations())
      out += db_.ask(fmt::format("SELECT t::text FROM {} t ORDER BY id", d.name)) + "\n";
    return out + db_.ask("SELECT t::text FROM tickets t") +
           db_.ask("SELECT t::text FROM team_members t ORDER BY 1") +
           db_.ask("SELECT t::text FROM uid_counters t");
  }

  fixtures::temporary_database db_;
  connection connection_{db_.options()};
  std::int64_t next_id_ = 1000;
  domain::instant now_ = noon;
  std::vector<committed_event> events_;
};

TEST_F(ReferenceStore, InsertsWhatIsNewChangesWhatDiffersAndLeavesTheRest) {
  take_network();
  now_ += std::chrono::hours(1);
  const auto done = take(reference_kind::projects, {{{"code", "P1"}, {"name", "Lawley Phase 2"}},
                                                    {{"code", "P2"}, {"name", "Two"}},
                                                    {{"code", "P3"}, {"name", "Three"}}});
  EXPECT_THAT(outcomes(done), ElementsAre("P1 updated", "P2 unchanged", "P3 created"));
  EXPECT_EQ(counts(done), "1 1 1 0");
  EXPECT_EQ(db_.ask("SELECT code || ' ' || name || ' ' || (client_id IS NOT NULL)::text || ' ' ||"
                    " extract(hour FROM updated_at - '2026-11-18T11:06:40Z') FROM projects"
                    " ORDER BY code"),
            "P1 Lawley Phase 2 true 1\nP2 Two false 0\nP3 Three false 1");
}

TEST_F(ReferenceStore, TakenInTwiceChangesNothing) {
  take_network();
  take(reference_kind::qa_photo_reviews, {review("R1", "failed"), review("R2", "passed")});
  const std::string before = everything();
  now_ += std::chrono::hours(1);
  take_network();
  const auto done =
      take(reference_kind::qa_photo_reviews, {review("R1", "failed"), review("R2", "passed")});
  EXPECT_EQ(counts(done), "0 0 2 0");
  EXPECT_EQ(everything(), before);
}

TEST_F(ReferenceStore, ChangesOnlyTheFieldsThatWereGiven) {
  take_network();
  EXPECT_EQ(counts(take(reference_kind::drops, {{{"code", "1730654"}, {"zone", "Zone B"}}})),
            "0 1 0 0");
  EXPECT_EQ(db_.ask("SELECT zone || '|' || address || '|' || install_date || '|' || latitude"
                    " FROM drops"),
            "Zone B|213 Vygie Crescent|2025-03-14|-26.20410000");
  take(reference_kind::drops,
       {{{"code", "1730654"}, {"zone", ""}, {"install_date", ""}, {"pole", ""}}});
  EXPECT_EQ(db_.ask("SELECT zone || '|' || address || '|' || (install_date IS NULL)::text || '|' ||"
                    " (pole_id IS NULL)::text FROM drops"),
            "|213 Vygie Crescent|true|true");
}

TEST_F(ReferenceStore, KeepsWhatItWasGivenWithTheDigitsTheTableHas) {
  take_network();
  const auto same =
      take(reference_kind::drops,
           {{{"code", "1730654"}, {"latitude", "-26.204100001"}, {"longitude", "28.0473"}}});
  EXPECT_EQ(counts(same), "0 0 1 0");
}

TEST_F(ReferenceStore, ARowWithAReferenceToNothingFailsAloneAndSaysSo) {
  take_network();
  const auto done = take(reference_kind::drops, {{{"code", "1"}, {"project", "P1"}},
                                                 {{"code", "2"}, {"project", "P9"}, {"pole", "X"}},
                                                 {{"code", "1730654"}, {"contractor", "K9"}},
                                                 {{"code", "bad"}},
                                                 {{"code", "3"}}});
  EXPECT_THAT(outcomes(done),
              ElementsAre("1 created",
                          "2 error: project is not known: there is no project \"P9\": pole is not "
                          "known: there is no pole \"X\"",
                          "1730654 error: contractor is not known: there is no contractor \"K9\"",
                          " error: code must be a drop number such as DR1730654", "3 created"));
  EXPECT_EQ(counts(done), "2 0 0 3");
  EXPECT_EQ(db_.ask("SELECT code FROM drops ORDER BY id"), "1730654\n1\n3");
}

TEST_F(ReferenceStore, ANewRowHasToBringWhatIsRequiredAKnownOneNeedNot) {
  take_network();
  const auto done = take(reference_kind::projects,
                         {{{"code", "P1"}, {"client", ""}}, {{"code", "P7"}, {"client", "C1"}}});
  EXPECT_THAT(outcomes(done),
              ElementsAre("P1 updated", "P7 error: name is required for a new row"));
}

TEST_F(ReferenceStore, ACodeThatIsThereTwiceFailsTheSecondTime) {
  const auto done = take(reference_kind::drops,
                         {{{"code", "DR5"}, {"zone", "A"}}, {{"code", "dr 5"}, {"zone", "B"}}});
  EXPECT_THAT(outcomes(done), ElementsAre("5 created", HasSubstr("row 0 has it already")));
  EXPECT_EQ(db_.ask("SELECT zone FROM drops"), "A");
}

TEST_F(ReferenceStore, ARehearsalAnswersTheSameAndKeepsNothing) {
  take_network();
  const std::string before = everything();
  const std::vector<fields> rows{review("R1", "failed"), review("R2", "passed")};
  const auto rehearsed = take(reference_kind::qa_photo_reviews, rows, true);
  EXPECT_EQ(everything(), before);
  EXPECT_THAT(events_, IsEmpty());
  const auto done = take(reference_kind::qa_photo_reviews, rows);
  EXPECT_EQ(outcomes(rehearsed), outcomes(done));
  EXPECT_EQ(rehearsed.tickets_raised, 1U);
  EXPECT_EQ(rehearsed.rows[0].ticket_uid, done.rows[0].ticket_uid);
}

TEST_F(ReferenceStore, ArchivesAndBringsBack) {
  take_network();
  take(reference_kind::poles, {{{"code", "PO1"}, {"archived", "true"}}});
  EXPECT_EQ(counts(take(reference_kind::poles, {{{"code", "PO1"}, {"archived", "true"}}})),
            "0 0 1 0");
  EXPECT_EQ(db_.ask("SELECT count(archived_at) FROM poles"), "1");
  take(reference_kind::poles, {{{"code", "PO1"}, {"archived", "false"}}});
  EXPECT_EQ(db_.ask("SELECT count(archived_at) FROM poles"), "0");
}

TEST_F(ReferenceStore, TakesAThousandRowsInAFewStatements) {
  take_network();
  upsert_reference request;
  request.kind = reference_kind::qa_photo_reviews;
  for (std::size_t i = 0; i < max_reference_rows; ++i)
    request.rows.push_back(
        row_of(request.kind, review(fmt::format("R{}", i), i % 2 == 0 ? "failed" : "passed",
                                    fmt::format("DR{}", 5000 + i / 4))));
  const auto statements = [&] {
    return connection_.autocommit([](auto& tx) {
      return tx.exec("SELECT sum(generic_plans + custom_plans) FROM pg_prepared_statements")[0][0]
          .template as<int>();
    });
  };
  const int before = statements();
  const auto done = take(request);
  // Two of them ask whom the new tickets concern, two make their clocks; the rest of what is new
  // loads what clocks are measured by, once.
  EXPECT_LE(statements() - before, 14);
  EXPECT_EQ(counts(done), "1000 0 0 0");
  EXPECT_EQ(done.tickets_raised, 500U);
  EXPECT_EQ(db_.ask("SELECT count(DISTINCT uid) FROM tickets"), "500");
  request.rows.push_back(row_of(request.kind, review("R", "failed")));
  write_origin origin;
  change_context context{origin, {}, {}, {}};
  const auto refused = connection_.transact(
      [&](auto& tx) { return upsert_rows(connection_, tx, request, context).has_value(); });
  EXPECT_FALSE(refused);
}

TEST_F(ReferenceStore, AFailedReviewRaisesItsTicketWithTheDropsPlace) {
  take_network();
  const auto done = take(reference_kind::qa_photo_reviews, {review("R1", "failed")});
  EXPECT_EQ(done.rows[0].ticket_uid, "DR1730654-01");
  EXPECT_EQ(db_.ask("SELECT concat_ws('|', uid, source, type, status, priority, source_reference,"
                    " title, drop_number, drop_known, zone, address, pon, install_date, latitude,"
                    " longitude, version, created_by) FROM tickets"),
            "DR1730654-01|construction|build|new|medium|R1|Photo review failed: Cable not clamped|"
            "1730654|t|Zone A|213 Vygie Crescent|PON-7|2025-03-14|-26.20410000|28.04730000|1|"
            "network planning");
  EXPECT_EQ(db_.ask("SELECT concat_ws('|', p.code, o.code, k.code, c.code) FROM tickets t"
                    " JOIN projects p ON p.id = t.project_id JOIN poles o ON o.id = t.pole_id"
                    " JOIN contractors k ON k.id = t.contractor_id"
                    " JOIN clients c ON c.id = t.client_id"),
            "P1|PO1|K1|C1");
  EXPECT_EQ(db_.ask("SELECT ticket_uid FROM qa_photo_reviews"), "DR1730654-01");
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].kind, "ticket.created");
  EXPECT_EQ(events_[0].ticket_uid, "DR1730654-01");
  EXPECT_THAT(events_[0].data_json, HasSubstr("\"source\":\"construction\""));
}

TEST_F(ReferenceStore, ChainsTheHistoryOfARaisedTicket) {
  take(reference_kind::qa_photo_reviews, {review("R1", "failed")});
  const domain::history_entry entry{
      1000, 1,   now_, {"token", "network planning", "10.0.0.7"}, "created", "qa_photo_review",
      "",   "R1"};
  std::string hex;
  for (const std::uint8_t byte : domain::chain({}, entry))
    hex += fmt::format("{:02x}", byte);
  EXPECT_EQ(db_.ask("SELECT encode(hash, 'hex') FROM ticket_history"), hex);
  EXPECT_EQ(db_.ask("SELECT encode(history_hash, 'hex') FROM tickets"), hex);
  EXPECT_EQ(
      db_.ask("SELECT concat_ws('|', ticket_id, seq, actor_kind, actor, address, action, field,"
              " old_value, new_value) FROM ticket_history"),
      "1000|1|token|network planning|10.0.0.7|created|qa_photo_review||R1");
}

TEST_F(ReferenceStore, AReviewHasOneTicketHoweverOftenItFails) {
  const auto ticket_count = [&] { return db_.ask("SELECT count(*) FROM tickets"); };
  EXPECT_EQ(take(reference_kind::qa_photo_reviews, {review("R1", "passed")}).tickets_raised, 0U);
  EXPECT_EQ(ticket_count(), "0");
  EXPECT_EQ(take(reference_kind::qa_photo_reviews, {review("R1", "failed")}).tickets_raised, 1U);
  for (const char* outcome : {"failed", "passed", "failed"})
    EXPECT_EQ(take(reference_kind::qa_photo_reviews, {review("R1", outcome)}).tickets_raised, 0U);
  EXPECT_EQ(ticket_count(), "1");
  EXPECT_EQ(db_.ask("SELECT drop_known FROM tickets"), "f") << "nobody has imported the drop";
}

TEST_F(ReferenceStore, CountsItsTicketsOnFromThoseOfTheChannels) {
  db_.ask("INSERT INTO uid_counters VALUES ('DR1730654-#', 7) RETURNING value");
  const auto done =
      take(reference_kind::qa_photo_reviews,
           {review("R1", "failed"), review("R2", "failed", "DR9"), review("R3", "failed")});
  EXPECT_EQ(done.rows[0].ticket_uid, "DR1730654-08");
  EXPECT_EQ(done.rows[1].ticket_uid, "DR9-01");
  EXPECT_EQ(done.rows[2].ticket_uid, "DR1730654-09");
  EXPECT_EQ(db_.ask("SELECT scope || ' ' || value FROM uid_counters ORDER BY 1"),
            "DR1730654-# 9\nDR9-# 1");
}

TEST_F(ReferenceStore, TakesTheTicketSomebodyMadeForTheReviewByHand) {
  db_.ask(
      "INSERT INTO tickets (id, uid, title, description, source, source_reference, type, priority,"
      " status, history_seq, history_hash, created_at, updated_at) VALUES (1, 'DR5-01', 't', '',"
      " 'construction', 'R1', 'build', 'low', 'new', 1, '', now(), now()) RETURNING id");
  const auto done = take(reference_kind::qa_photo_reviews, {review("R1", "failed", "DR5")});
  EXPECT_EQ(done.tickets_raised, 0U);
  EXPECT_EQ(done.rows[0].ticket_uid, "DR5-01");
}

TEST_F(ReferenceStore, RaisesNothingForHistoryThatWasDealtWith) {
  upsert_reference request;
  request.kind = reference_kind::qa_photo_reviews;
  request.raise_tickets = false;
  request.rows = {row_of(request.kind, review("R1", "failed"))};
  EXPECT_EQ(take(request).tickets_raised, 0U);
  EXPECT_EQ(take(reference_kind::qa_photo_reviews, {review("R1", "failed")}).tickets_raised, 0U);
}

TEST_F(ReferenceStore, ReplacesTheMembersOfATeam) {
  db_.ask(
      "INSERT INTO users (email, name, role) VALUES ('Lerato@x.org', 'L', 'team_lead'),"
      " ('thabo@x.org', 'T', 'technician'), ('sipho@x.org', 'S', 'technician') RETURNING id");
  const auto members = [&] {
    return db_.ask("SELECT u.name FROM team_members m JOIN users u ON u.id = m.user_id ORDER BY 1");
  };
  const fields north{{"name", "North"},
                     {"zone", "Zone A"},
                     {"specialties", "splicing|otdr"},
                     {"lead", "lerato@X.org"},
                     {"members", "lerato@x.org|thabo@x.org"}};
  EXPECT_EQ(counts(take(reference_kind::teams, {north})), "1 0 0 0");
  EXPECT_EQ(members(), "L\nT");
  EXPECT_EQ(counts(take(reference_kind::teams, {north})), "0 0 1 0");
  EXPECT_EQ(counts(take(reference_kind::teams,
                        {{{"name", "North"}, {"members", "sipho@x.org|thabo@x.org"}}})),
            "0 1 0 0");
  EXPECT_EQ(members(), "S\nT");
  EXPECT_THAT(outcomes(take(reference_kind::teams, {{{"name", "North"}, {"members", "who@x.org"}},
                                                    {{"name", "South"}, {"lead", "he@x.org"}}})),
              ElementsAre("North error: members names somebody who is no user: who@x.org",
                          "South error: lead is no user: there is no he@x.org"));
  EXPECT_EQ(members(), "S\nT");
  take(reference_kind::teams, {{{"name", "North"}, {"members", ""}}});
  EXPECT_EQ(members(), "");
  EXPECT_EQ(db_.ask("SELECT concat_ws('|', t.name, zone, specialties, u.name) FROM teams t"
                    " JOIN users u ON u.id = t.lead_id"),
            "North|Zone A|{splicing,otdr}|L");
}

TEST_F(ReferenceStore, AnswersAsAChangeWithAResultForEachRow) {
  upsert_reference request;
  request.kind = reference_kind::drops;
  request.rows = {row_of(request.kind, {{"code", "DR5"}}),
                  row_of(request.kind, {{"code", "DR6"}, {"project", "P9"}})};
  write_origin origin;
  change_context context{origin, {}, {}, {}};
  const write_outcome done =
      connection_.transact([&](auto& tx) { return run(connection_, tx, request, context); });
  ASSERT_TRUE(done);
  EXPECT_EQ(done->data_json,
            R"({"kind":"drops","dry_run":false,"created":1,"updated":0,"unchanged":0,"failed":1,)"
            R"("tickets_raised":0,"rows":[{"index":0,"code":"5","result":"created"},)"
            R"({"index":1,"code":"6","result":"error","problems":[{"field":"project",)"
            R"("reason":"is not known: there is no project \"P9\""}]}]})");
}

TEST_F(ReferenceStore, ReadsARowByItsCodeInTheFormItWasGivenIn) {
  take_network();
  const auto drop = run(connection_, get_reference{reference_kind::drops, "1730654"});
  ASSERT_TRUE(drop);
  EXPECT_THAT(drop->cells,
              ElementsAre("1730654", "", "PO1", "K1", "", "", "PON-7", "213 Vygie Crescent",
                          "2025-03-14", "-26.2041", "28.0473", "false"));
  EXPECT_EQ(drop->updated_at, noon);
  EXPECT_FALSE(run(connection_, get_reference{reference_kind::drops, "DR1730654"}));
  take(reference_kind::qa_photo_reviews, {review("R1", "failed")});
  const auto found = run(connection_, get_reference{reference_kind::qa_photo_reviews, "R1"});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->cells, ElementsAre("R1", "1730654", "failed", "Cable not clamped", "Lerato",
                                        "2025-12-01T09:30:00Z"));
  EXPECT_EQ(found->ticket_uid, "DR1730654-01");
  for (const domain::reference_declaration& d : domain::reference_declarations())
    EXPECT_FALSE(run(connection_, get_reference{d.kind, "nothing"})) << d.name;
}

TEST_F(ReferenceStore, PagesThroughAKindWhileRowsAreAdded) {
  std::vector<fields> rows;
  rows.reserve(25);
  for (int i = 0; i < 25; ++i)
    rows.push_back({{"code", std::to_string(100 + i)}});
  take(reference_kind::drops, rows);
  list_reference ask;
  ask.kind = reference_kind::drops;
  ask.limit = 10;
  std::vector<std::string> seen;
  for (int page = 0; page < 5; ++page) {
    const auto found = run(connection_, ask);
    for (const reference_view& v : found->items)
      seen.push_back(v.cells[0]);
    take(reference_kind::drops, {{{"code", std::to_string(500 + page)}}});
    if (!found->next_before) break;
    ask.before_id = found->next_before;
  }
  ASSERT_EQ(seen.size(), 25U);
  EXPECT_EQ(seen.front(), "124");
  EXPECT_EQ(seen.back(), "100");
}

TEST_F(ReferenceStore, FindsRowsByTextByChangeAndByArchive) {
  take_network();
  const auto codes = [&](const list_reference& ask) {
    std::vector<std::string> out;
    const auto page = run(connection_, ask);
    for (const reference_view& v : page->items)
      out.push_back(v.cells[0]);
    return out;
  };
  now_ += std::chrono::hours(1);
  take(reference_kind::projects, {{{"code", "P2"}, {"archived", "true"}}});
  list_reference ask;
  EXPECT_THAT(codes(ask), ElementsAre("P2", "P1"));
  ask.containing = "LAW";
  EXPECT_THAT(codes(ask), ElementsAre("P1"));
  ask.containing = "100%_";
  EXPECT_THAT(codes(ask), IsEmpty());
  ask.containing = "";
  ask.updated_since = now_;
  EXPECT_THAT(codes(ask), ElementsAre("P2"));
  ask.updated_since.reset();
  ask.archived = false;
  EXPECT_THAT(codes(ask), ElementsAre("P1"));
  ask.archived = true;
  EXPECT_THAT(codes(ask), ElementsAre("P2"));
  for (const domain::reference_declaration& d : domain::reference_declarations()) {
    list_reference any;
    any.kind = d.kind;
    any.containing = "p";
    any.archived = false;
    EXPECT_TRUE(run(connection_, any)) << d.name;
  }
}

TEST_F(ReferenceStore, LooksUpADropWithEverythingThatIsKnownOfIt) {
  take_network();
  take(reference_kind::qa_photo_reviews, {review("R1", "failed"), review("R2", "passed")});
  lookup_drop ask{.code = "1730654", .viewer = {}};
  ask.viewer.as = domain::role::manager;
  const auto drop = run(connection_, ask);
  ASSERT_TRUE(drop);
  EXPECT_EQ(drop->project.name, "Lawley") << "its pole's";
  EXPECT_EQ(drop->client.code, "C1") << "its project's";
  EXPECT_EQ(drop->zone, "Zone A") << "its pole's";
  EXPECT_EQ(drop->pole.code, "PO1");
  EXPECT_EQ(drop->contractor.name, "Splice & Co");
  EXPECT_EQ(drop->install_date, "2025-03-14");
  EXPECT_EQ(drop->latitude, "-26.2041");
  ASSERT_EQ(drop->reviews.size(), 2U);
  EXPECT_EQ(drop->reviews[1].ticket_uid, "DR1730654-01");
  ASSERT_EQ(drop->open_tickets.size(), 1U);
  EXPECT_EQ(drop->open_tickets[0].uid, "DR1730654-01");
  ask.viewer.as = domain::role::technician;
  EXPECT_THAT(run(connection_, ask)->open_tickets, IsEmpty()) << "it is not theirs to see";
  db_.ask(
      "WITH team AS (INSERT INTO teams (name) VALUES ('North') RETURNING id)"
      " UPDATE tickets SET assigned_team = team.id FROM team RETURNING uid");
  ask.viewer.teams = {std::stoll(db_.ask("SELECT id FROM teams"))};
  EXPECT_EQ(run(connection_, ask)->open_tickets.size(), 1U) << "their team may claim it";
  ask.code = "1";
  EXPECT_FALSE(run(connection_, ask));
}

}  // namespace
}  // namespace fibrehub::store
