#include "actors/presence.hpp"

#include <gmock/gmock.h>

#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class Presence : public fixtures::actor_fixture {
 protected:
  void SetUp() override {
    presence_options options;
    options.max_people = 3;
    options.max_tickets = 2;
    options.changed = [this](const std::string& uid, const domain::ticket_ownership& owner,
                             const present_people& people) {
      changes_.push_back(uid + ": " + text_of(people));
      owners_.push_back(owner.assigned_to);
    };
    options.typing = [this](const std::string& uid, const domain::ticket_ownership&,
                            const present_person& who, bool writes) {
      typing_.push_back(fmt::format("{} {} {}", uid, who.name, writes));
    };
    options.online = [this](const std::string& id, const std::string&, bool is_online) {
      online_.push_back(fmt::format("{} {}", id, is_online));
    };
    board_ = spawn_presence_board(system(), std::move(options));
    watch(store::untyped(board_));
  }
  void TearDown() override { board_ = nullptr; }

  static std::string text_of(const present_people& people) {
    std::string out;
    for (const present_person& p : people)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", p.name, name_of(p.state));
    return out;
  }
  using outcome = store::reply<present_people>::outcome;
  static std::string text_of(const outcome& answer) {
    return answer ? text_of(*answer) : std::string(store::name_of(answer.error().code));
  }
  std::string report(const std::string& name, std::optional<presence_state> state,
                     const std::string& uid = "FT1") {
    return text_of(ask<present_people>(board_, [&](auto to) {
      return report_presence{uid, "user:" + name, name, state, to, {assignee_, 0, 0}};
    }));
  }
  std::string list(const std::string& uid = "FT1") {
    return text_of(ask<present_people>(board_, [&](auto to) { return list_presence{uid, to}; }));
  }

  static constexpr auto viewing = presence_state::viewing;
  static constexpr auto editing = presence_state::editing;
  presence_board board_;
  std::vector<std::string> changes_, typing_, online_;
  std::vector<std::int64_t> owners_;
  std::int64_t assignee_ = 7;
};

TEST_F(Presence, ShowsWhoIsThereAndWhatTheyDo) {
  EXPECT_EQ(list(), "");
  EXPECT_EQ(report("Thabo", viewing), "Thabo viewing");
  EXPECT_EQ(report("Lerato", editing), "Lerato editing, Thabo viewing");
  EXPECT_EQ(list(), "Lerato editing, Thabo viewing");
  EXPECT_EQ(list("FT2"), "");
}

TEST_F(Presence, ForgetsWhoIsNotHeardOfFor45Seconds) {
  report("Thabo", viewing);
  advance(30s);
  report("Lerato", viewing);
  advance(14s);
  EXPECT_EQ(list(), "Lerato viewing, Thabo viewing");
  advance(1s);
  EXPECT_EQ(list(), "Lerato viewing");
  advance(30s);
  EXPECT_EQ(list(), "");
}

TEST_F(Presence, KeepsWhoReportsAgain) {
  for (int i = 0; i < 10; ++i) {
    report("Thabo", viewing);
    advance(40s);
  }
  EXPECT_EQ(list(), "Thabo viewing");
}

TEST_F(Presence, LetsPeopleLeaveAtOnce) {
  report("Thabo", viewing);
  report("Lerato", viewing);
  EXPECT_EQ(report("Thabo", std::nullopt), "Lerato viewing");
  EXPECT_EQ(report("Lerato", std::nullopt), "");
  EXPECT_EQ(report("Nobody", std::nullopt), "");
}

TEST_F(Presence, TellsOfChangesAndNotOfRepetitions) {
  report("Thabo", viewing);
  report("Thabo", viewing);
  report("Thabo", editing);
  report("Nobody", std::nullopt);
  advance(1min);
  EXPECT_THAT(changes_, ElementsAre("FT1: Thabo viewing", "FT1: Thabo editing", "FT1: "));
}

TEST_F(Presence, HasABoundForPeopleAndForTickets) {
  for (const char* name : {"A", "B", "C"})
    report(name, viewing);
  EXPECT_EQ(report("D", viewing), "overloaded");
  EXPECT_EQ(report("A", editing), "A editing, B viewing, C viewing") << "who is there may stay";
  EXPECT_EQ(report("D", viewing, "FT2"), "D viewing");
  EXPECT_EQ(report("D", viewing, "FT3"), "overloaded");
  report("D", std::nullopt, "FT2");
  EXPECT_EQ(report("D", viewing, "FT3"), "D viewing");
}

TEST_F(Presence, RestsWhileNobodyIsThere) {
  report("Thabo", viewing);
  advance(1min);
  EXPECT_EQ(advance(1h), 0U);
}

TEST_F(Presence, ToldWithWhoseTheTicketIsAsOfTheLastReport) {
  report("Thabo", viewing);
  assignee_ = 8;
  report("Lerato", viewing);
  EXPECT_THAT(owners_, ElementsAre(7, 8));
}

TEST_F(Presence, TellsWhoBeginsToWriteAndWhoStops) {
  report("Thabo", viewing);
  EXPECT_THAT(typing_, ElementsAre());
  report("Thabo", editing);
  report("Thabo", editing);
  report("Thabo", viewing);
  report("Lerato", editing, "FT2");
  report("Lerato", std::nullopt, "FT2");
  EXPECT_THAT(typing_, ElementsAre("FT1 Thabo true", "FT1 Thabo false", "FT2 Lerato true",
                                   "FT2 Lerato false"));
  report("Thabo", editing);
  advance(46s);
  EXPECT_EQ(typing_.back(), "FT1 Thabo false") << "not heard of any more";
}

TEST_F(Presence, SomebodyIsOnlineWhileTheyListenOrReport) {
  auto first = std::make_shared<int>(0), second = std::make_shared<int>(0);
  const auto listen = [&](const std::string& id, const std::shared_ptr<int>& feed) {
    store::send(board_, announce_listener{id, "Thabo", feed});
    run();
  };
  listen("user:Thabo", first);
  listen("user:Thabo", second);
  listen("token:abc", second);
  EXPECT_THAT(online_, ElementsAre("user:Thabo true"));
  first.reset();
  advance(120s);
  EXPECT_THAT(online_, ElementsAre("user:Thabo true")) << "the other feed is open";
  second.reset();
  advance(30s);
  EXPECT_THAT(online_, ElementsAre("user:Thabo true")) << "may come again";
  auto third = std::make_shared<int>(0);
  listen("user:Thabo", third);
  third.reset();
  advance(47s);
  EXPECT_THAT(online_, ElementsAre("user:Thabo true", "user:Thabo false"));
  report("Lerato", viewing);
  advance(47s);
  EXPECT_THAT(online_, ElementsAre("user:Thabo true", "user:Thabo false", "user:Lerato true",
                                   "user:Lerato false"));
}

}  // namespace
}  // namespace fibrehub::actors::tests
