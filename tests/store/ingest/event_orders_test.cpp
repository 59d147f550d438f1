// Whatever the order in which a message and what happens to it arrive, once or twice, in one batch
// or in many, before and after a restart: in the end all is the same.
#include <algorithm>
#include <random>

#include "tests/store/ingest/events_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

class Orders : public events_fixture {
 protected:
  /// The items in an order, in batches and with the repeats and restarts that the seed says.
  void arrive(std::vector<ingest> items, int seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    const std::size_t count = items.size();
    for (std::size_t i = 0; i < count; ++i)
      if (random() % 3 == 0) items.push_back(items[i]);
    std::shuffle(items.begin(), items.end(), random);
    for (std::size_t i = 0; i < items.size();) {
      const std::size_t n = std::min<std::size_t>(1 + random() % 5, items.size() - i);
      apply({items.begin() + static_cast<std::ptrdiff_t>(i),
             items.begin() + static_cast<std::ptrdiff_t>(i + n)});
      if (random() % 3 == 0) restart();
      i += n;
    }
  }
  /// Every message as it is shown, but for what depends on the order by its nature.
  std::string all_that_is_shown() {
    const std::string ids = db_.ask("SELECT id || ' ' || ext_id FROM messages ORDER BY ext_id");
    std::istringstream in(ids);
    std::string out;
    std::int64_t id = 0;
    for (std::string name; in >> id >> name;) {
      const auto extras = session_.db().autocommit([&](pqxx::transaction_base& tx) {
        return read_message_extras(session_.db(), tx, std::span(&id, 1), domain::role::viewer);
      });
      out += name + ": ";
      if (const auto found = extras.find(id); found != extras.end()) {
        for (const auto& [field, json] : message_extra_fields(found->second))
          if (std::string_view(field) != "quoted") out += fmt::format("{}={} ", field, json);
        out += receipts_json(found->second);
      }
      out += '\n';
    }
    return out +
           db_.ask(
               "SELECT ext_id || '|' || type || '|' || body || '|' || coalesce("
               "original_body, '-') || '|' || sent_at FROM messages ORDER BY ext_id") +
           '\n' +
           db_.ask(
               "SELECT stanza || kind || value || (message_id IS NULL) FROM message_changes"
               " ORDER BY key, kind") +
           '\n' + db_.ask("SELECT count(*) FROM inbox");
  }
};

TEST_F(Orders, OfAMessageAndItsChangesEndInTheSame) {
  using step = domain::call_note::step;
  domain::chat_message poll = chat_message("P1", "", john, 3);
  poll.type = "poll";
  poll.poll = {"When?", {"Monday", "Tuesday"}, false};
  const std::vector<ingest> items{message("M1", "DR77 no lihgt"),
                                  edited("M1", "DR77 no light", 10),
                                  edited("M1", "DR77 no light!", 20),
                                  edited("M1", "too late", 40),
                                  revoked("M1", 30),
                                  reaction("M1", "👍", 5),
                                  reaction("M1", "", 15),
                                  reaction("M1", "❤", 12, "555@lid"),
                                  message("M2", "and DR78", john, 1),
                                  edited("M2", "and DR79", 50),
                                  said(poll),
                                  vote("P1", {"Monday"}, 10),
                                  vote("P1", {"Tuesday"}, 20),
                                  ours("O1", "we come"),
                                  ack("O1", 1),
                                  ack("O1", 3),
                                  ack("O1", 2),
                                  reaction("O1", "🙏", 9),
                                  call(step::received, 60),
                                  call(step::rejected, 61),
                                  edited("X9", "of nothing", 5)};
  std::string first;
  for (int seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    empty();
    arrive(items, seed);
    const std::string end = all_that_is_shown();
    if (first.empty()) first = end;
    ASSERT_EQ(end, first);
    for (const char* uid : {"DR77-01", "DR78-01"})
      history(uid);
  }
  EXPECT_THAT(first, testing::HasSubstr("M1|text|DR77 no light!|DR77 no lihgt|"));
  EXPECT_THAT(first, testing::HasSubstr("M2|text|and DR79|and DR78|"));
  EXPECT_THAT(first, testing::HasSubstr("call/C1|call|Voice call: rejected|"));
  EXPECT_THAT(first, testing::HasSubstr("X9editedof nothingtrue"));
}

class identities : public events_fixture {
 protected:
  static constexpr const char* lid = "555@lid";
  static ingest hint_direct() {
    domain::chat_message m = chat_message("H1", "both are me", lid, 5);
    m.chat_alt = m.author_alt = john;
    return said(m);
  }
  static ingest hint_in_group() {
    domain::chat_message m = chat_message("H2", "DR90 seen", "120@g.us", 6);
    m.author = lid;
    m.author_alt = john;
    return said(m);
  }
};
class Identities : public identities {
 protected:
  void one_person(int seed) {
    std::vector<ingest> items{message("L1", "dark", lid, 1), message("N1", "dark too", john, 2),
                              seed % 2 == 0 ? hint_direct() : hint_in_group(),
                              message("L2", "hello?", lid, 3), ours("O1", "yes", john)};
    std::mt19937 random(static_cast<unsigned>(seed));
    std::shuffle(items.begin(), items.end(), random);
    for (const ingest& i : items) {
      apply_one(i);
      if (random() % 2 == 0) restart();
    }
    // One person, who has both names, and one conversation with him.
    EXPECT_EQ(db_.ask("SELECT count(DISTINCT contact_id) || ' ' || count(*) FROM contact_aliases"),
              "1 2");
    EXPECT_EQ(db_.ask("SELECT p.name || ' ' || p.phone FROM contacts p JOIN contact_aliases a ON"
                      " a.contact_id = p.id GROUP BY 1"),
              "John 27831112222");
    EXPECT_EQ(db_.ask("SELECT count(*) FROM contacts WHERE merged_into IS NULL"), "1");
    EXPECT_EQ(db_.ask("SELECT count(*) FROM chats WHERE merged_into IS NULL AND kind = 'direct'"),
              "1");
    EXPECT_EQ(db_.ask("SELECT count(*) FROM messages"), "5") << "nothing is lost";
    // Either name leads to the same ticket, and answers go where the last message came from.
    const std::string by_lid = apply_one(message("Z1", "now?", lid, 100)).ticket_uid;
    const std::string by_phone = apply_one(message("Z2", "and now?", john, 101)).ticket_uid;
    EXPECT_EQ(by_lid, by_phone);
    restart();
    EXPECT_EQ(apply_one(message("Z3", "well?", lid, 102)).ticket_uid, by_lid);
    EXPECT_EQ(db_.ask("SELECT address FROM chats WHERE merged_into IS NULL AND kind = 'direct'"),
              lid);
    for (const message_view& m : ticket(by_lid).messages)
      if (m.direction == "inbound") {
        EXPECT_EQ(m.author + " " + m.phone, "John 27831112222");
      }
    history(by_lid);
  }
};
using OneIdentity = identities;

TEST_F(Identities, OfOnePersonEndAsOneWhateverCameFirst) {
  for (int seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE(seed);
    empty();
    one_person(seed);
  }
}

TEST_F(OneIdentity, OpenTicketsOfBothConversationsAreFoundByEitherName) {
  EXPECT_EQ(apply_one(message("L1", "DR77 dark", lid, 1)).ticket_uid, "DR77-01");
  EXPECT_EQ(apply_one(message("N1", "DR78 dark", john, 2)).ticket_uid, "DR78-01");
  apply_one(hint_direct());
  for (const bool again : {false, true}) {
    if (again) restart();
    const std::string n = again ? "b" : "a";
    EXPECT_EQ(apply_one(message("X1" + n, "DR78 still", lid, 10)).ticket_uid, "DR78-01");
    EXPECT_EQ(apply_one(message("X2" + n, "DR77 still", john, 11)).ticket_uid, "DR77-01");
    EXPECT_EQ(apply_one(message("X3" + n, "both?", lid, 12)).ticket_uid, "DR77-01");
  }
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "2");
}

TEST_F(OneIdentity, IsFoundByItsOtherNameAlsoWhenStaffHaveWorkedOnItsTicket) {
  apply_one(message("L1", "DR77 dark", lid, 1));
  apply_one(hint_direct());
  apply_one(message("N1", "still dark", john, 6));
  intake_->forget_tickets({std::stoll(db_.ask("SELECT id FROM tickets"))});
  EXPECT_EQ(apply_one(message("N2", "and today?", john, 7)).ticket_uid, "DR77-01");
  intake_->forget_chats();
  EXPECT_EQ(apply_one(message("N3", "and now?", john, 8)).ticket_uid, "DR77-01");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM chats"), "1");
}

}  // namespace
}  // namespace fibrehub::store::tests
