// Sessions that need a person: admins hear of each once, and of its end.
#include "store/wa/session_alarm.hpp"

#include <gmock/gmock.h>

#include "store/wa/sessions.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class SessionAlarm : public sends_fixture {
 protected:
  void see(const std::vector<std::pair<std::string, std::string>>& states, domain::instant at,
           std::vector<std::string> gone = {}) {
    now_ = at;
    note_sessions note;
    note.channel = "main";
    note.asked_at = at;
    for (const auto& [name, status] : states)
      note.seen.push_back({name, status, "", "", ""});
    note.gone = std::move(gone);
    ASSERT_TRUE(change(note));
  }
  /// How many were raised, and how many are over.
  std::string tell(domain::instant at) {
    now_ = at;
    tell_session_trouble request;
    request.result = std::make_shared<channel_alarms>();
    const auto result = request.result;
    EXPECT_TRUE(change(std::move(request)));
    return fmt::format("{} {}", result->raised, result->over);
  }
  std::string subjects() const {
    return db_.ask("SELECT subject FROM notifications WHERE user_id = 1 ORDER BY id");
  }
};

TEST_F(SessionAlarm, IsRaisedOnceForASpellAndEndedWhenItWorks) {
  see({{"line", "SCAN_QR_CODE"}, {"desk", "WORKING"}, {"old", "STOPPED"}}, noon);
  EXPECT_EQ(tell(noon + 4min), "0 0") << "somebody may be pairing it";
  EXPECT_EQ(tell(noon + 5min), "1 0");
  EXPECT_EQ(subjects(), "WhatsApp session main/line is not connected");
  EXPECT_THAT(db_.ask("SELECT body FROM notifications"), HasSubstr("waits to be scanned"));
  EXPECT_EQ(tell(noon + 6min), "0 0");
  // Nobody scanned; somebody tried to start it in vain.
  see({{"line", "FAILED"}}, noon + 10min);
  see({{"line", "STARTING"}}, noon + 11min);
  EXPECT_EQ(tell(noon + 12min), "0 0");
  see({{"line", "FAILED"}}, noon + 13min);
  EXPECT_EQ(tell(noon + 30min), "0 0") << "the same spell";
  see({{"line", "WORKING"}}, noon + 31min);
  EXPECT_EQ(tell(noon + 31min), "0 1");
  EXPECT_EQ(tell(noon + 32min), "0 0");
  see({{"line", "FAILED"}}, noon + 40min);
  EXPECT_EQ(tell(noon + 45min), "1 0") << "another one";
  EXPECT_EQ(subjects(),
            "WhatsApp session main/line is not connected\nWhatsApp session main/line is connected "
            "again\nWhatsApp session main/line is not connected");
}

TEST_F(SessionAlarm, EndsWithoutAWordWhereSomebodyStoppedOrRemovedTheSession) {
  see({{"a", "FAILED"}, {"b", "FAILED"}}, noon);
  EXPECT_EQ(tell(noon + 5min), "2 0");
  see({{"a", "STOPPED"}}, noon + 6min, {"b"});
  EXPECT_EQ(tell(noon + 6min), "0 0");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM alarms"), "0");
}

TEST_F(SessionAlarm, OfManyAtOnceIsOneNotice) {
  std::vector<std::pair<std::string, std::string>> many;
  for (int i = 0; i < 25; ++i)
    many.emplace_back(fmt::format("s{:02}", i), "FAILED");
  see(many, noon);
  EXPECT_EQ(tell(noon + 5min), "25 0");
  EXPECT_EQ(subjects(), "25 WhatsApp sessions are not connected");
  EXPECT_THAT(db_.ask("SELECT body FROM notifications"), HasSubstr("and 15 more"));
  for (auto& [name, status] : many)
    status = "WORKING";
  see(many, noon + 6min);
  EXPECT_EQ(tell(noon + 6min), "0 25");
  EXPECT_THAT(subjects(), HasSubstr("25 WhatsApp sessions are connected again"));
}

}  // namespace
}  // namespace fibrehub::store::tests
