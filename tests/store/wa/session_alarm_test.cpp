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
  /// A webhook of its state.
  void told(const std::string& status, domain::instant at) {
    domain::session_status s;
    s.session = "line";
    s.status = status;
    s.at = at;
    ingest item = chat_item("", "", customer, true, true);
    item.ext_id = fmt::format("main/line/status/{}/{}", domain::to_us(at), status);
    item.event = "session.status";
    item.received_at = at;
    item.what = std::move(s);
    apply({item});
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

TEST_F(SessionAlarm, CountsFromTheBeginningOfTheSpellHoweverOftenItsStatesAreTold) {
  told("WORKING", noon);
  // The phone unlinks it; the engine starts it again and again, and shows code after code.
  for (int round = 0; round < 6; ++round) {
    const domain::instant begin = noon + 1min + round * 1min;
    told("FAILED", begin);
    told("STARTING", begin + 5s);
    for (int code = 0; code < 3; ++code)
      told("SCAN_QR_CODE", begin + 10s + code * 15s);
    EXPECT_EQ(tell(begin + 50s), round == 5 ? "1 0" : "0 0") << round;
  }
  EXPECT_THAT(db_.ask("SELECT body FROM notifications"),
              HasSubstr(domain::to_rfc3339(noon + 1min)));
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
