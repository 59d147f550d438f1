// What is said to one person leaves in order, also when the person is known by two addresses.
#include "tests/store/wa/wa_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

const std::string hidden = "98765432109876@lid";
const std::string phone = "27831112222@c.us";

class WaLanes : public wa_fixture {
 protected:
  /// A message that tells that both are one person.
  void tell_who(const std::string& id, const std::string& from, const std::string& alias) {
    ingest item = chat_item(id, "it is me", from, false, false);
    auto& m = std::get<domain::chat_message>(item.what);
    m.chat_alt = m.author_alt = alias;
    hear(std::move(item));
  }
  std::string lanes() const {
    return db_.ask(
        "SELECT string_agg(lane || ' ' || NOT behind, ', ' ORDER BY id) FROM outbox WHERE state ="
        " 'ready'");
  }
};

TEST_F(WaLanes, OfTwoConversationsThatBecomeOneAreOneInTheOrderOfWriting) {
  const std::string by_hidden = says(hidden, "A1", "DR77 no light");
  const std::string by_phone = says(phone, "A2", "DR78 no light");
  say(by_hidden, "first");
  say(by_phone, "second");
  say(by_hidden, "third");
  const std::string kept = "main/default/" + hidden, gone = "main/default/" + phone;
  EXPECT_EQ(lanes(), kept + " true, " + gone + " true, " + kept + " false");
  tell_who("A3", phone, hidden);
  EXPECT_EQ(lanes(), kept + " true, " + kept + " false, " + kept + " false");
}

TEST_F(WaLanes, StayWhenAnswersGoToAnotherAddress) {
  const std::string uid = says(hidden, "A1", "DR77 no light");
  say(uid, "first");
  tell_who("A2", phone, hidden);
  say(uid, "second");
  const std::string lane = "main/default/" + hidden;
  EXPECT_EQ(lanes(), lane + " true, " + lane + " false");
  EXPECT_EQ(db_.ask("SELECT string_agg(body->>'chat', ' ' ORDER BY id) FROM outbox WHERE state ="
                    " 'ready'"),
            hidden + " " + phone);
}

}  // namespace
}  // namespace fibrehub::store::tests
