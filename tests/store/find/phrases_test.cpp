// Phrases are looked up by the pairs of their words; what that finds is held against what the
// server finds in the texts themselves, word by word.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "store/find/indexer.hpp"
#include "store/find/lookup.hpp"
#include "store/queries/tickets.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

namespace q = domain::query;
using testing::HasSubstr;

class Phrases : public testing::Test {
 protected:
  Phrases() {
    db_.ask(
        "INSERT INTO tickets (id, uid, title, description, source, type, priority, status,"
        " history_seq, history_hash, created_at, updated_at) SELECT i, 'T' || i, '', '', 'api',"
        " 'fault', 'low', 'new', 0, '', now(), now() FROM generate_series(1, 400) i");
  }

  void write(std::int64_t ticket, const std::string& body) {
    connection_.transact([&](pqxx::work& tx) {
      connection_.run_text(tx,
                           fmt::format("INSERT INTO messages (id, ticket_id, chat_id, inbox_id,"
                                       " outbound, by_api, ext_id, author_name, type, body,"
                                       " sent_at, received_at) VALUES ({0}, {0}, 1, {0}, false,"
                                       " false, 'm{0}', '', 'text', $1, now(), now())",
                                       ticket),
                           {{body}, nullptr});
    });
  }
  void index_all() {
    while (index_some(connection_, 10'000) > 0) {
    }
  }

  static q::node phrase(const std::string& text) {
    q::value v;
    v.text = text;
    v.phrase = true;
    q::node out;
    out.what = q::node::kind::condition;
    out.condition.what = q::field::text;
    out.condition.values.push_back(std::move(v));
    return out;
  }
  std::int64_t blocks(pqxx::transaction_base& tx) {
    return connection_
        .run_text(tx, "SELECT pg_stat_get_xact_blocks_fetched('message_words'::regclass)", {})[0][0]
        .as<std::int64_t>();
  }
  /// An array literal of the tickets in order.
  std::string looked_up(const std::string& text) {
    const q::node query = phrase(text);
    return connection_.transact([&](pqxx::work& tx) {
      const std::int64_t before = blocks(tx);
      const text_places places = look_up(connection_, tx, query, manager(), thoroughness::complete);
      const text_place& place = places.of(q::field::text, query.condition.values[0]);
      EXPECT_FALSE(place.many) << text;
      blocks_read_ = blocks(tx) - before;
      return place.tickets;
    });
  }
  /// The slow and obvious way.
  std::string looked_through(const std::string& text) {
    return connection_.transact([&](pqxx::work& tx) {
      return std::string(connection_
                             .run_text(tx,
                                       "SELECT coalesce(array_agg(DISTINCT ticket_id), '{}')::text"
                                       " FROM messages WHERE to_tsvector('simple', body) @@"
                                       " phraseto_tsquery('simple', $1)",
                                       {{text}, nullptr})[0][0]
                             .c_str());
    });
  }
  static domain::principal manager() {
    domain::principal out;
    out.as = domain::role::manager;
    out.user_id = 1;
    return out;
  }

  std::int64_t blocks_read_ = 0;  // of the table, by the last look-up
  fixtures::temporary_database db_;
  connection connection_{db_.options()};
};

TEST_F(Phrases, AreFoundByTheirPairsAsInTheTextsThemselves) {
  const std::vector<std::string> words{"no",        "signal", "the",    "ont",
                                       "red",       "O'Neil", "a\\b",   "a",
                                       "re-splice", "é",      "x@y.za", "https://q.za/a?b=c"};
  std::mt19937 random(20261121);
  const auto text_of = [&](std::size_t most) {
    std::string out;
    for (std::size_t i = 0, n = 1 + random() % most; i < n; ++i)
      out += (i ? " " : "") + words[random() % words.size()];
    return out;
  };
  for (std::int64_t i = 1; i <= 400; ++i)
    write(i, text_of(12));
  index_all();
  // As if some had been indexed before there were pairs.
  db_.ask("UPDATE message_words SET pairs = NULL WHERE message_id % 5 = 0");
  int found = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string wanted = text_of(4);
    const std::string expected = looked_through(wanted);
    EXPECT_EQ(looked_up(wanted), expected) << wanted;
    if (expected != "{}") ++found;
  }
  EXPECT_GT(found, 100) << "most of the phrases were in no text at all";
}

TEST_F(Phrases, AWordAsLongAsTwoPairsIsFoundNextToItsNeighbour) {
  const std::string word(1990, 'w');
  write(1, "before " + word + " after");
  write(2, word + " before after");
  index_all();
  EXPECT_EQ(looked_up("before " + word), "{1}");
  EXPECT_EQ(looked_up(word + " after"), "{1}");
  EXPECT_EQ(looked_up("before after"), "{2}");
}

TEST_F(Phrases, InATextTooLongForPairsAreFoundByItsWords) {
  std::string body = "red light";
  for (int i = 0; i < 12'000; ++i)
    body += " w" + std::to_string(i);
  write(1, body + " no signal");
  write(2, "no signal");
  index_all();
  EXPECT_EQ(db_.ask("SELECT string_agg((pairs IS NULL)::text, ' ' ORDER BY message_id) FROM"
                    " message_words"),
            "true false");
  EXPECT_EQ(looked_up("red light"), "{1}");
  EXPECT_EQ(looked_up("no signal"), "{1,2}");
}

TEST_F(Phrases, WhatIsDueAgainIsFoundAsItIsNow) {
  write(1, "no signal at the pole");
  index_all();
  db_.ask("UPDATE message_words SET pairs = NULL");
  db_.ask("UPDATE messages SET body = 'the signal is back'");
  EXPECT_EQ(looked_up("no signal"), "{}");
  EXPECT_EQ(looked_up("signal is"), "{1}");
  index_all();
  EXPECT_EQ(looked_up("no signal"), "{}");
  EXPECT_EQ(looked_up("signal is"), "{1}");
}

/// Whoever has 60 000 messages with both words and three with the phrase does not read them all.
TEST_F(Phrases, OfFrequentWordsThatAreSeldomSideBySideReadFewTexts) {
  db_.ask(
      "INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound, by_api, ext_id,"
      " author_name, type, body, sent_at, received_at) SELECT 1000 + i, 1 + i % 400, 1, i, false,"
      " false, 'm' || i, '', 'text', CASE WHEN i % 20000 = 7 THEN 'signal no' ELSE 'no light, no"
      " signal ' || i END, now(), now() FROM generate_series(1, 60000) i");
  index_all();
  tidy_indexes(connection_);
  db_.ask("ANALYZE");
  EXPECT_EQ(looked_up("signal no"), "{8}");
  EXPECT_LT(blocks_read_, 20);
}

}  // namespace
}  // namespace fibrehub::store
