#include "channels/qcontact/actor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/channel_registry.hpp"
#include "protocols/json/parse.hpp"
#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::channels::qcontact {
namespace {

using namespace std::chrono_literals;
namespace json = protocols::json;
using actors::channel_state;
using protocols::transport::http_errc;
using protocols::transport::http_error;

http_response reply_with(unsigned status, std::string body = "{}",
                         protocols::transport::http_headers headers = {}) {
  http_response r;
  r.status = status;
  r.headers = std::move(headers);
  r.headers.emplace_back("content-type", body.starts_with('<') ? "text/html" : "application/json");
  r.body = std::move(body);
  return r;
}

std::string path_of(const http_request& r) {
  return r.url.substr(std::string("https://desk.example/api/v2").size());
}

/// A poller with a desk that answers at once (or not at all), a store that acknowledges at once (or
/// when told), and a registry that remembers.
class QcontactActor : public fixtures::actor_fixture {
 protected:
  QcontactActor() {
    settings_.name = "main";
    settings_.base_url = "https://desk.example/api/v2";
    settings_.username = "velocity";
    settings_.password = "pw";
    settings_.queue = "Maintenance";
    settings_.statuses = {"Open", "In Progress", "Pending"};
  }
  ~QcontactActor() override {
    // What is still owed must not call back into an actor system that is gone.
    held_.clear();
    held_batches_.clear();
  }

  void start() {
    ports p;
    p.fetch = [this](http_request r, std::function<void(http_outcome)> done) {
      requests_.push_back(r);
      if (silent_) return held_.push_back(std::move(done));
      done(answer(r));
    };
    p.submit = [this](store::ingest_batch batch, store::reply<store::ingest_batch_result> done) {
      ++batches_;
      if (store_holds_) {
        held_batches_.push_back(std::move(done));
        return;
      }
      if (store_fails_) {
        done.answer(tl::unexpected(store::error{store::errc::unavailable, "the database is away"}));
        return;
      }
      store::ingest_batch_result result;
      for (auto& item : batch.items) {
        stored_.push_back(std::move(item));
        result.items.emplace_back();
      }
      done.answer(std::move(result));
    };
    if (open_)
      p.find_open = [this](store::reply<std::vector<std::string>> done) {
        ++open_asked_;
        if (store_fails_)
          done.answer(tl::unexpected(store::error{store::errc::unavailable, "away"}));
        else
          done.answer(*open_);
      };
    p.publish = [this](const actors::channel_update& u) { note(u); };
    p.now = wall_clock();
    poller_ = spawn_poller(system(), settings_, std::move(p));
    watch(store::untyped(poller_));
    run();
  }

  /// What the desk answers when nothing special is asked of it.
  http_outcome answer(const http_request& r) {
    if (special_)
      if (auto outcome = special_(r)) return *outcome;
    if (path_of(r) == "/user/login")
      return reply_with(200, "{}", {{"set-cookie", "sid=1; HttpOnly"}});
    if (path_of(r).starts_with("/entities/Case/filter")) {
      auto body = json::parse(r.body);
      auto offset = static_cast<std::size_t>(json::integer(*body, "offset").value_or(0));
      std::string items;
      for (std::size_t i = offset; i < cases_.size(); ++i)
        items += (items.empty() ? "" : ",") + cases_[i];
      return reply_with(200, fmt::format(R"({{"items":[{}],"total":{}}})", items, cases_.size()));
    }
    for (const auto& c : cases_)
      if (path_of(r) == "/entities/Case/" + json::text_or_number(*json::parse(c), "id"))
        return reply_with(200, c);
    return reply_with(404, "{}");
  }

  void note(const actors::channel_update& u) {
    if (u.state) state_ = *u.state;
    if (u.detail) detail_ = *u.detail;
    if (u.last_success) last_success_ = u.last_success;
    if (u.last_attempt) last_attempt_ = u.last_attempt;
    if (u.lag_s) lag_s_ = *u.lag_s;
    if (u.started) ++starts_;
    if (u.silence_deadline) silence_ = *u.silence_deadline;
    counters_ += u.add;
  }

  static std::string a_case(int id, std::string_view status = "Open",
                            std::string_view queue = "Maintenance") {
    return fmt::format(
        R"({{"id":{},"subject":"s","status":"{}","queue":"{}","updated_at":"2026-01-05T07:59:00Z"}})",
        id, status, queue);
  }
  std::size_t count(std::string_view path) const {
    return static_cast<std::size_t>(std::count_if(
        requests_.begin(), requests_.end(), [&](const auto& r) { return path_of(r) == path; }));
  }
  std::vector<std::string> stored_ids() const {
    std::vector<std::string> ids;
    for (const auto& item : stored_) {
      const auto* s = std::get_if<domain::case_snapshot>(&item.what);
      ids.push_back(s ? s->case_id : "unreadable");
    }
    return ids;
  }
  std::size_t pages() const { return count("/entities/Case/filter"); }

  settings settings_;
  poller poller_;
  std::vector<std::string> cases_;
  std::function<std::optional<http_outcome>(const http_request&)> special_;
  std::vector<http_request> requests_;
  bool silent_ = false;
  std::vector<std::function<void(http_outcome)>> held_;
  bool store_fails_ = false;
  bool store_holds_ = false;
  std::vector<store::reply<store::ingest_batch_result>> held_batches_;
  std::vector<store::ingest> stored_;
  std::optional<std::vector<std::string>> open_;
  int open_asked_ = 0;
  int batches_ = 0;

  channel_state state_ = channel_state::starting;
  std::string detail_;
  std::optional<domain::instant> last_success_;
  std::optional<domain::instant> last_attempt_;
  double lag_s_ = -1;
  int starts_ = 0;
  std::chrono::milliseconds silence_{};
  actors::channel_counters counters_;
};

TEST_F(QcontactActor, SignsInImportsTheQueueAndSaysSo) {
  cases_ = {a_case(1), a_case(2), R"({"subject":"without id"})"};
  start();
  EXPECT_THAT(stored_ids(), testing::ElementsAre("1", "2", "unreadable"));
  EXPECT_EQ(count("/user/login"), 1u);
  EXPECT_EQ(pages(), 2u);  // everything, then the recent changes
  EXPECT_THAT(requests_[1].headers, testing::Contains(testing::Pair("Cookie", "sid=1")));
  EXPECT_EQ(starts_, 1);
  EXPECT_EQ(silence_, 1h);
  EXPECT_EQ(state_, channel_state::polling);
  EXPECT_EQ(counters_.received, 3u);
  EXPECT_EQ(counters_.stored, 3u);
  EXPECT_TRUE(last_success_);
  EXPECT_TRUE(last_attempt_);
  EXPECT_EQ(lag_s_, 0);
}

TEST_F(QcontactActor, PollsEveryMinuteAndHandsOverOnlyWhatChanged) {
  cases_ = {a_case(1), a_case(2)};
  start();
  auto before = pages();
  advance(5min);
  EXPECT_GE(pages() - before, 5u);
  EXPECT_LE(pages() - before, 6u);
  EXPECT_EQ(stored_.size(), 2u);
  cases_[1] = a_case(2, "Closed");
  advance(61s);
  EXPECT_THAT(stored_ids(), testing::ElementsAre("1", "2", "2"));
}

TEST_F(QcontactActor, AsksForNothingWhileTheStoreHasNotAcknowledged) {
  cases_ = {a_case(1)};
  store_holds_ = true;
  start();
  EXPECT_EQ(pages(), 1u);
  advance(30s);
  EXPECT_EQ(pages(), 1u);
  store_holds_ = false;
  held_batches_.front().answer(store::ingest_batch_result{{{}}});
  run();
  EXPECT_EQ(pages(), 2u);
}

TEST_F(QcontactActor, SendsABatchAgainThatTheStoreDidNotTake) {
  cases_ = {a_case(1)};
  store_fails_ = true;
  start();
  EXPECT_EQ(state_, channel_state::backing_off);
  EXPECT_THAT(detail_, testing::HasSubstr("the database is away"));
  advance(20s);
  EXPECT_GE(batches_, 3);
  EXPECT_TRUE(stored_.empty());
  store_fails_ = false;
  advance(30s);
  EXPECT_THAT(stored_ids(), testing::ElementsAre("1"));
  EXPECT_EQ(state_, channel_state::polling);
  EXPECT_EQ(detail_, "");
}

TEST_F(QcontactActor, IsNotBlockedByAStoreThatDropsItsAnswer) {
  cases_ = {a_case(1)};
  store_holds_ = true;
  start();
  store_holds_ = false;
  held_batches_.clear();  // the token answers `abandoned`
  run();
  advance(5s);
  EXPECT_THAT(stored_ids(), testing::ElementsAre("1"));
}

TEST_F(QcontactActor, IsNotBlockedByARequestThatNeverReturns) {
  silent_ = true;
  start();
  EXPECT_EQ(requests_.size(), 1u);
  advance(31s);
  EXPECT_EQ(state_, channel_state::backing_off);
  EXPECT_THAT(detail_, testing::HasSubstr("did not answer in time"));
  silent_ = false;
  cases_ = {a_case(1)};
  advance(2min);
  EXPECT_THAT(stored_ids(), testing::ElementsAre("1"));
}

TEST_F(QcontactActor, IgnoresAnAnswerThatComesAfterItWasGivenUp) {
  silent_ = true;
  start();
  advance(31s);
  silent_ = false;
  advance(2min);
  auto before = requests_.size();
  held_.front()(reply_with(401));
  run();
  EXPECT_EQ(requests_.size(), before);
  EXPECT_EQ(state_, channel_state::polling);
}

TEST_F(QcontactActor, SignsInAgainWhenTheSessionHasExpired) {
  for (auto lost : {reply_with(401), reply_with(302, "", {{"location", "/login"}}),
                    reply_with(200, "<html>Sign in</html>")}) {
    requests_.clear();
    stored_.clear();
    special_ = nullptr;
    cases_ = {a_case(1)};
    start();
    bool once = false;
    special_ = [&](const http_request& r) -> std::optional<http_outcome> {
      if (path_of(r) == "/user/login" || std::exchange(once, true)) return std::nullopt;
      return lost;
    };
    cases_ = {a_case(1), a_case(2)};
    advance(61s);
    EXPECT_EQ(count("/user/login"), 2u);
    EXPECT_THAT(stored_ids(), testing::ElementsAre("1", "2"));
    EXPECT_EQ(state_, channel_state::polling);
    store::kill(poller_);
    run();
  }
}

TEST_F(QcontactActor, SaysWhatToDoWhenTheLoginIsRefusedAndDoesNotHammer) {
  special_ = [](const http_request&) -> std::optional<http_outcome> { return reply_with(401); };
  start();
  EXPECT_EQ(state_, channel_state::failed);
  EXPECT_THAT(detail_, testing::HasSubstr("username and password of [qcontact.main]"));
  EXPECT_THAT(detail_, testing::Not(testing::HasSubstr("pw")));
  advance(10min);
  EXPECT_LE(requests_.size(), 5u);
  EXPECT_GE(requests_.size(), 3u);
  special_ = nullptr;
  cases_ = {a_case(1)};
  advance(15min);
  EXPECT_EQ(state_, channel_state::polling);
}

TEST_F(QcontactActor, TreatsALoginPageThatNeverEndsLikeARefusedLogin) {
  special_ = [](const http_request& r) -> std::optional<http_outcome> {
    if (path_of(r) == "/user/login") return std::nullopt;
    return reply_with(200, "<!doctype html><form>");
  };
  start();
  EXPECT_EQ(state_, channel_state::failed);
  advance(59s);
  EXPECT_EQ(count("/user/login"), 1u);
  advance(10min);
  EXPECT_LE(count("/user/login"), 6u);
}

TEST_F(QcontactActor, ObeysRetryAfter) {
  cases_ = {a_case(1)};
  bool once = false;
  special_ = [&](const http_request& r) -> std::optional<http_outcome> {
    if (path_of(r) == "/user/login" || std::exchange(once, true)) return std::nullopt;
    auto busy = reply_with(429);
    busy.retry_after = 300s;
    return busy;
  };
  start();
  EXPECT_EQ(state_, channel_state::backing_off);
  EXPECT_THAT(detail_, testing::HasSubstr("429"));
  advance(299s);
  EXPECT_EQ(pages(), 1u);
  advance(32s);
  EXPECT_GE(pages(), 2u);
}

TEST_F(QcontactActor, BacksOffFromAPeerThatIsDownOrTalksNonsense) {
  std::vector<http_outcome> troubles{
      reply_with(503), reply_with(200, "{\"items\":"), reply_with(200, "[1,2"), reply_with(404),
      tl::unexpected(http_error{http_errc::reset, "desk.example closed the connection", true})};
  for (const auto& trouble : troubles) {
    requests_.clear();
    special_ = [&](const http_request& r) -> std::optional<http_outcome> {
      if (path_of(r) == "/user/login") return std::nullopt;
      return trouble;
    };
    start();
    EXPECT_EQ(state_, channel_state::backing_off);
    EXPECT_NE(detail_, "");
    advance(1h);
    EXPECT_GE(requests_.size(), 8u);
    EXPECT_LE(requests_.size(), 25u);
    store::kill(poller_);
    run();
  }
  EXPECT_TRUE(stored_.empty());
}

TEST_F(QcontactActor, PollsAtOnceWhenAskedTo) {
  start();
  advance(10s);
  auto before = pages();
  auto answer = ask<bool>(poller_, [](auto to) { return sync_now{to}; });
  EXPECT_TRUE(answer && *answer);
  EXPECT_EQ(pages(), before + 1);
}

TEST_F(QcontactActor, FetchesOneCaseWhenAskedToAndRefusesWhatIsNoId) {
  cases_ = {a_case(1)};
  start();
  cases_[0] = a_case(1, "Closed");
  auto answer = ask<bool>(poller_, [](auto to) { return sync_case{"1", to}; });
  EXPECT_TRUE(answer && *answer);
  EXPECT_EQ(count("/entities/Case/1"), 1u);
  EXPECT_THAT(stored_ids(), testing::ElementsAre("1", "1"));
  auto refused = ask<bool>(poller_, [](auto to) { return sync_case{"../me", to}; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, store::errc::invalid);
}

TEST_F(QcontactActor, LeavesACaseOfAnotherQueueAlone) {
  start();
  special_ = [&](const http_request& r) -> std::optional<http_outcome> {
    if (path_of(r) == "/entities/Case/77") return reply_with(200, a_case(77, "Open", "Sales"));
    return std::nullopt;
  };
  ask<bool>(poller_, [](auto to) { return sync_case{"77", to}; });
  EXPECT_TRUE(stored_.empty());
  EXPECT_EQ(state_, channel_state::polling);
}

TEST_F(QcontactActor, CasesThatMayNotBeReadAnyMoreKeepNobodyFromTheQueue) {
  for (unsigned status : {403u, 401u, 422u}) {
    requests_.clear();
    stored_.clear();
    special_ = nullptr;
    cases_ = {a_case(1)};
    start();
    special_ = [&](const http_request& r) -> std::optional<http_outcome> {
      for (const char* id : {"71", "72", "73"})
        if (path_of(r) == fmt::format("/entities/Case/{}", id)) return reply_with(status);
      return std::nullopt;
    };
    for (const char* id : {"71", "72", "73"})
      ask<bool>(poller_, [&](auto to) { return sync_case{id, to}; });
    cases_ = {a_case(1), a_case(2)};
    advance(125s);
    EXPECT_THAT(stored_ids(), testing::ElementsAre("1", "2")) << status;
    EXPECT_EQ(state_, channel_state::polling) << status;
    const auto asked = count("/entities/Case/71");
    EXPECT_LE(asked, 2u) << status;
    EXPECT_LE(count("/user/login"), 2u) << status;
    advance(1h);
    EXPECT_EQ(count("/entities/Case/71"), asked) << status;
    store::kill(poller_);
    run();
  }
}

TEST_F(QcontactActor, ABusyDeskIsNoReasonToForgetACase) {
  start();
  int busy = 2;
  special_ = [&](const http_request& r) -> std::optional<http_outcome> {
    if (path_of(r) != "/entities/Case/7" || busy-- <= 0) return std::nullopt;
    return reply_with(busy == 1 ? 429 : 408);
  };
  cases_ = {a_case(7)};
  ask<bool>(poller_, [](auto to) { return sync_case{"7", to}; });
  cases_.clear();
  special_ = [&, before = special_](const http_request& r) -> std::optional<http_outcome> {
    if (auto outcome = before(r)) return outcome;
    if (path_of(r) == "/entities/Case/7") return reply_with(200, a_case(7, "Closed"));
    return std::nullopt;
  };
  advance(5min);
  EXPECT_THAT(stored_ids(), testing::Contains("7"));
}

TEST_F(QcontactActor, LooksAfterWhatTheStoreHasOpenAndTheQueueDoesNotShow) {
  open_ = {"1", "5", "../me"};
  store_fails_ = true;
  cases_ = {a_case(1)};
  start();
  EXPECT_TRUE(requests_.empty());
  EXPECT_EQ(state_, channel_state::backing_off);
  store_fails_ = false;
  special_ = [&](const http_request& r) -> std::optional<http_outcome> {
    if (path_of(r) == "/entities/Case/5") return reply_with(200, a_case(5, "Closed"));
    return std::nullopt;
  };
  advance(6s);
  EXPECT_EQ(open_asked_, 2);
  EXPECT_THAT(stored_ids(), testing::ElementsAre("1", "5"));
  EXPECT_EQ(count("/entities/Case/../me"), 0u);
  EXPECT_EQ(state_, channel_state::polling);
}

TEST_F(QcontactActor, EndsInGoodOrderWhileARequestIsUnderWay) {
  silent_ = true;
  start();
  store::ask_to_stop(poller_);
  run();
  EXPECT_FALSE(alive(store::untyped(poller_)));
  held_.front()(reply_with(200));  // too late, harmless
  run();
}

}  // namespace
}  // namespace fibrehub::channels::qcontact
