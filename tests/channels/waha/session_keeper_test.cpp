// The keeper of a bridge's sessions and its pulls, in virtual time: a bridge that answers by a
// script, and a store that takes everything.
#include "channels/waha/session_keeper.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using protocols::transport::http_request;
using protocols::transport::http_response;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t started_ms = 1'795'000'000'000;

rest_outcome answer(std::string body, unsigned status = 200) {
  http_response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

class SessionKeeper : public fixtures::actor_fixture {
 protected:
  void SetUp() override {
    settings_.base_url = "http://waha.internal:3000";
    settings_.check = 60s;
    settings_.catch_up_every = 24h;
    start();
  }
  void start() {
    keeper_ports p;
    p.fetch = [this](http_request r, std::function<void(rest_outcome)> done) {
      done(answer_to(r.url.substr(settings_.base_url.size())));
    };
    p.load = [](store::list_wa_sessions, store::reply<store::wa_session_page> to) {
      to.answer(store::wa_session_page{});
    };
    p.note = [this](store::note_sessions note, store::reply<bool> to) {
      for (const store::seen_session& s : note.seen)
        noted_.push_back(s.name + " " + s.status);
      to.answer(true);
    };
    p.note_silence = [](store::note_silence, store::reply<bool> to) { to.answer(true); };
    p.note_call = [](store::note_session_call) {};
    p.want = [this](store::want_catch_up wish, store::reply<bool> to) {
      for (const std::string& s : wish.sessions)
        wanted_.push_back(s + " " + wish.reason);
      to.answer(true);
    };
    p.take_heard = [] { return std::unordered_map<std::string, last_heard>{}; };
    p.pull = pulls();
    p.pull.fetch = p.fetch;
    p.board = board_;
    p.now = wall_clock();
    keeper_ = spawn_session_keeper(system(), "main", settings_, p);
    watch(store::untyped(keeper_));
    run();
  }
  pull_ports pulls() {
    pull_ports p;
    p.begin = [this](store::begin_catch_up, store::reply<store::catch_up_round> to) {
      store::catch_up_round round;
      round.round_at = wall_clock()();
      round.from = round.round_at - 1h;
      round.finished = finished_;
      to.answer(round);
    };
    p.find_known = [](store::find_known_messages, store::reply<std::set<std::string>> to) {
      to.answer(std::set<std::string>{});
    };
    p.submit = [](store::ingest_batch, store::reply<store::ingest_batch_result> to) {
      to.answer(store::ingest_batch_result{});
    };
    p.finish_chat = [this](store::chat_caught_up done, store::reply<bool> to) {
      finished_.insert(done.chat);
      if (done.left_out) left_out_.push_back(done.chat);
      to.answer(true);
    };
    p.end = [this](store::end_catch_up done, store::reply<bool> to) {
      ended_.push_back(done.session);
      finished_.clear();
      to.answer(true);
    };
    p.fail = [this](store::catch_up_failed, store::reply<bool> to) {
      ++failed_;
      to.answer(true);
    };
    p.now = wall_clock();
    return p;
  }
  void TearDown() override { keeper_ = nullptr; }

  rest_outcome answer_to(const std::string& path) {
    if (path == "/api/server/version")
      return answer(R"({"version":"2026.7.1","engine":"WEBJS","tier":"PLUS"})");
    if (path == "/api/server/status")
      return answer(fmt::format(R"({{"startTimestamp":{},"uptime":1000}})", start_ms_));
    if (path.starts_with("/api/sessions")) {
      std::string list;
      for (const auto& [name, status] : sessions_)
        list += fmt::format(R"({}{{"name":"{}","status":"{}"}})", list.empty() ? "" : ",", name,
                            status);
      return answer("[" + list + "]");
    }
    if (path.find("/overview") != std::string::npos) {
      if (path.find("offset=0") == std::string::npos) return answer("[]");
      std::string list;
      for (const std::string& chat : chats_)
        list += fmt::format(R"({}{{"id":"{}","name":"x","lastMessage":null}})",
                            list.empty() ? "" : ",", chat);
      return answer("[" + list + "]");
    }
    for (const auto& [chat, status] : broken_)
      if (path.find(chat) != std::string::npos)
        return answer(R"({"statusCode":500,"exception":{"message":"Evaluation failed: r"}})",
                      status);
    return answer("[]");
  }

  session_settings settings_;
  std::shared_ptr<session_board> board_ = std::make_shared<session_board>();
  std::int64_t start_ms_ = started_ms;
  std::map<std::string, std::string> sessions_{{"line", "WORKING"}};
  std::vector<std::string> chats_;
  std::map<std::string, unsigned> broken_;  // chat as it stands in the path → status
  std::vector<std::string> noted_, wanted_, ended_, left_out_;
  std::set<std::string> finished_;
  int failed_ = 0;
  session_keeper keeper_;
};

TEST_F(SessionKeeper, SeesTheSessionsAndCatchesUpThoseThatWork) {
  EXPECT_THAT(noted_, ElementsAre("line WORKING"));
  EXPECT_THAT(wanted_, ElementsAre("line start"));
  EXPECT_THAT(ended_, ElementsAre("line"));
  sessions_["desk"] = "SCAN_QR_CODE";
  advance(61s);
  EXPECT_THAT(noted_, ElementsAre("line WORKING", "desk SCAN_QR_CODE"));
  EXPECT_EQ(wanted_.size(), 1U) << "a session that does not work has nothing to be read";
  EXPECT_THAT(board_->detail(), HasSubstr("not connected"));
  EXPECT_THAT(board_->detail(), HasSubstr("desk (SCAN_QR_CODE)"));
  sessions_["desk"] = "WORKING";
  advance(61s);
  EXPECT_THAT(wanted_, ::testing::Contains("desk working"));
  EXPECT_THAT(board_->detail(), IsEmpty());
}

TEST_F(SessionKeeper, ABridgesClockThatTremblesIsNoRestart) {
  wanted_.clear();
  for (const int more : {1, -1, 0, 1, 900, -2000, 3000}) {
    start_ms_ += more;
    advance(61s);
  }
  EXPECT_THAT(wanted_, IsEmpty());
  start_ms_ += 60'000;
  advance(61s);
  EXPECT_THAT(wanted_, ElementsAre("line restarted"));
}

TEST_F(SessionKeeper, AChatThatCannotBeReadAgainAndAgainIsLeftOutAndSaid) {
  ended_.clear();
  chats_ = {"1@c.us", "2@c.us", "3@c.us"};
  broken_ = {{"2%40c.us", 500}};
  start_ms_ += 60'000;
  advance(61s);
  EXPECT_THAT(ended_, IsEmpty());
  advance(1h);
  EXPECT_THAT(ended_, ElementsAre("line"));
  EXPECT_THAT(left_out_, ElementsAre("2@c.us"));
  EXPECT_EQ(failed_, 3);
  // The next round asks for it again.
  ended_.clear();
  broken_.clear();
  start_ms_ += 60'000;
  advance(61s);
  EXPECT_THAT(ended_, ElementsAre("line"));
  EXPECT_EQ(left_out_.size(), 1U);
}

TEST_F(SessionKeeper, ABridgeThatIsAwayMakesNoChatSuspicious) {
  ended_.clear();
  chats_ = {"1@c.us"};
  broken_ = {{"1%40c.us", 503}};
  start_ms_ += 60'000;
  advance(6h);
  EXPECT_THAT(ended_, IsEmpty()) << "it stays owed";
  EXPECT_GT(failed_, 5);
  broken_.clear();
  advance(1h);
  EXPECT_THAT(ended_, ElementsAre("line"));
}

}  // namespace
}  // namespace fibrehub::channels::waha
