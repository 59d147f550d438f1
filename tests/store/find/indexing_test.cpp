// The tables of words: what is indexed behind the commits, and what is found meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/find/find_fixture.hpp"

namespace fibrehub::store {
namespace {

using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

using FindIndexing = find_fixture;

TEST_F(FindIndexing, TheSameIsFoundBeforeAndAfterItsWordsAreIndexed) {
  const char* queries[] = {"signal",           "\"no signal\"", "modem rooi", "surcharge",
                           "drop:654",         "address:main",  "uid:a1",     "phone:0831234567",
                           "1730654",          "phone:111",     "-signal",    "signal OR pole",
                           "-(signal OR pole)"};
  std::vector<std::vector<std::string>> before;
  for (const char* query : queries)
    before.push_back(found(query));
  EXPECT_EQ(count_due(connection_, 100), 6) << "five tickets and a message";
  EXPECT_EQ(index_some(connection_, 4), 4);
  for (std::size_t i = 0; i < std::size(queries); ++i)
    EXPECT_EQ(found(queries[i]), before[i]) << queries[i] << ", half of it indexed";
  EXPECT_EQ(index_some(connection_, 4), 2);
  EXPECT_EQ(index_some(connection_, 4), 0);
  tidy_indexes(connection_);
  for (std::size_t i = 0; i < std::size(queries); ++i)
    EXPECT_EQ(found(queries[i]), before[i]) << queries[i];
}

TEST_F(FindIndexing, WhatChangesIsIndexedAnewAndNothingElse) {
  index_some(connection_, 100);
  db_.ask("UPDATE tickets SET updated_at = now(), version = version + 1, status = 'blocked'");
  EXPECT_EQ(count_due(connection_, 100), 0) << "no word changed";
  db_.ask("UPDATE tickets SET title = 'Mast leaning' WHERE uid = 'A5'");
  db_.ask("UPDATE messages SET body = 'all good' WHERE id = 1");
  EXPECT_THAT(found("mast"), ElementsAre("A5")) << "not indexed yet";
  EXPECT_EQ(index_some(connection_, 100), 2);
  EXPECT_THAT(found("mast"), ElementsAre("A5"));
  EXPECT_THAT(found("pole"), ElementsAre());
  EXPECT_THAT(found("rooi"), ElementsAre());
  EXPECT_THAT(found("\"all good\""), ElementsAre("A4"));
  db_.ask("UPDATE messages SET ticket_id = 3 WHERE id = 1");
  index_some(connection_, 100);
  EXPECT_THAT(found("\"all good\""), ElementsAre("A3"));
  db_.ask("UPDATE messages SET ticket_id = NULL WHERE id = 1");
  index_some(connection_, 100);
  EXPECT_THAT(found("\"all good\""), ElementsAre());
  EXPECT_EQ(db_.ask("SELECT count(*) FROM message_words"), "0");
}

TEST_F(FindIndexing, ATextTooLongForTheIndexIsCutAndHoldsUpNobody) {
  db_.ask(
      "UPDATE messages SET body = (SELECT string_agg('word' || i, ' ') FROM generate_series(1,"
      " 200000) i) WHERE id = 1");
  EXPECT_EQ(index_some(connection_, 100), 7);
  EXPECT_THAT(found("word17"), ElementsAre("A4"));
  EXPECT_THAT(found("word199999"), ElementsAre());
}

TEST_F(FindIndexing, AMessageIsFoundInEveryTicketItIsReadIn) {
  db_.ask("INSERT INTO message_links (message_id, ticket_id) VALUES (1, 2)");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(found("rooi"), ElementsAre("A4", "A2"));
    EXPECT_THAT(found("phone:0831234567"), ElementsAre("A4", "A2"));
    EXPECT_THAT(found("rooi", domain::role::technician), ElementsAre("A2"));
    index_some(connection_, 100);
  }
}

TEST_F(FindIndexing, WhatWasThereBeforeTheTablesIsIndexedPieceByPiece) {
  db_.ask("DELETE FROM search_due");
  EXPECT_THAT(found("rooi"), ElementsAre());
  int pieces = 0;
  while (backfill_some(connection_, 2)) {
    ++pieces;
    index_some(connection_, 100);
  }
  EXPECT_EQ(pieces, 3) << "two tickets at a time";
  EXPECT_THAT(found("rooi"), ElementsAre("A4"));
  EXPECT_THAT(found("signal"), ElementsAre("A4", "A1"));
  EXPECT_FALSE(backfill_some(connection_, 2));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM search_backfill"), "0");
}

TEST_F(FindIndexing, OnlyATextThatCanNeverBeIndexedIsSetAside) {
  db_.ask(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.ticket_id = 3"
      " THEN RAISE 'cannot be'; END IF; RETURN NEW; END $$");
  db_.ask(
      "CREATE TRIGGER refuse BEFORE INSERT ON ticket_words FOR EACH ROW EXECUTE FUNCTION refuse()");
  EXPECT_THROW(index_some(connection_, 100), bad_statement);
  std::vector<std::int64_t> aside;
  for (int i = 0; i < 7; ++i)
    if (const auto text = index_or_set_aside(connection_)) aside.push_back(text->ticket_id);
  EXPECT_THAT(aside, ElementsAre(3));
  EXPECT_EQ(count_due(connection_, 100), 0);
  EXPECT_THAT(found("signal"), ElementsAre("A4", "A1"));
  EXPECT_THAT(found("rooi"), ElementsAre("A4"));
}

TEST_F(FindIndexing, WhatCannotBeIndexedForNowStaysDue) {
  index_some(connection_, 100);
  db_.ask("UPDATE tickets SET title = 'Mast leaning' WHERE uid = 'A5'");
  connection_options options = db_.options();
  options.lock_timeout = std::chrono::milliseconds{50};
  connection other(options);
  connection_.transact([&](pqxx::work& tx) {
    tx.exec("LOCK TABLE ticket_words");
    EXPECT_THROW(index_or_set_aside(other), try_later);
  });
  EXPECT_EQ(count_due(connection_, 100), 1);
  EXPECT_FALSE(index_or_set_aside(connection_));
  EXPECT_THAT(found("mast"), ElementsAre("A5"));
}

TEST_F(FindIndexing, GoesOnWhileTheServersOwnVacuumHoldsATable) {
  connection other(db_.options());
  struct give_up {};
  const auto hold_and_tidy = [&] {
    other.transact([&](pqxx::work& tx) {
      other.run_text(tx, "LOCK TABLE search_due IN SHARE UPDATE EXCLUSIVE MODE", {});
      other.run_text(tx, "DROP INDEX message_words_words", {});
      EXPECT_NO_THROW(tidy_indexes(connection_));
      throw give_up();
    });
  };
  EXPECT_THROW(hold_and_tidy(), give_up);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM pg_indexes WHERE indexname = 'message_words_words'"),
            "1");
}

TEST(Indexer, RestsLongerTheMoreOfTheTimeCommitsTake) {
  using namespace std::chrono_literals;
  EXPECT_EQ(rest_after(50ms, 0), 50ms);
  EXPECT_EQ(rest_after(50ms, 0.25), 250ms);
  EXPECT_EQ(rest_after(50ms, 0.5), 450ms);
  EXPECT_EQ(rest_after(50ms, 0.97), 450ms);
}

}  // namespace
}  // namespace fibrehub::store
