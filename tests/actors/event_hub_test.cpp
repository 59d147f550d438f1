#include "actors/event_hub.hpp"

#include <gmock/gmock.h>

#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {
namespace {

using ::testing::ElementsAre;

struct listener : event_sink {
  bool offer(const std::shared_ptr<const event>& what) override {
    if (ids.size() >= room) return false;
    ids.push_back(what->id);
    kinds.push_back(what->kind);
    return true;
  }
  void begins(const std::string& after_id) override { ids_before.push_back(after_id); }
  void caught_up() override { missed = ids.size(); }
  void closed() noexcept override { ++closings; }
  std::vector<std::string> ids_before;
  std::size_t missed = 0;
  std::vector<std::string> ids;
  std::vector<std::string> kinds;
  std::size_t room = 1'000;
  int closings = 0;
};

struct throwing_listener : event_sink {
  bool offer(const std::shared_ptr<const event>&) override { throw std::runtime_error{"broken"}; }
};

class EventHub : public fixtures::actor_fixture {
 protected:
  void SetUp() override {
    hub_ = spawn_event_hub(system(), "7", 5);
    watch(store::untyped(hub_));
  }
  void TearDown() override { hub_ = nullptr; }
  void publish(int count, const std::string& kind = "ticket.updated") {
    store::committed_events commit;
    for (int i = 0; i < count; ++i) {
      commit.items.emplace_back();
      commit.items.back().kind = kind;
    }
    store::send(hub_, std::move(commit));
    run();
  }
  std::shared_ptr<listener> listen(std::optional<std::string> last = std::nullopt,
                                   std::size_t room = 1'000) {
    auto sink = std::make_shared<listener>();
    sink->room = room;
    store::send(hub_, subscribe{sink, std::move(last)});
    run();
    return sink;
  }
  event_hub_stats stats() {
    return ask<event_hub_stats>(hub_, [](auto to) { return get_event_hub_stats{to}; }).value();
  }
  event_hub hub_;
};

TEST_F(EventHub, NumbersEventsAndHandsThemToEveryListener) {
  const auto one = listen();
  const auto two = listen();
  publish(1, "ticket.created");
  publish(2, "message.created");
  EXPECT_THAT(one->ids, ElementsAre("7-1", "7-2", "7-3"));
  EXPECT_THAT(one->kinds, ElementsAre("ticket.created", "message.created", "message.created"));
  EXPECT_EQ(two->ids, one->ids);
  EXPECT_EQ(stats().published, 3U);
  EXPECT_EQ(stats().newest_id, "7-3");
}

TEST_F(EventHub, GivesANewListenerOnlyWhatComes) {
  publish(3);
  const auto late = listen();
  publish(1);
  EXPECT_THAT(late->ids, ElementsAre("7-4"));
}

TEST_F(EventHub, ReplaysWhatAListenerMissed) {
  publish(6);
  EXPECT_THAT(listen("7-4")->ids, ElementsAre("7-5", "7-6"));
  EXPECT_THAT(listen("7-1")->ids, ElementsAre("7-2", "7-3", "7-4", "7-5", "7-6"))
      << "the ring holds five";
  const auto current = listen("7-6");
  EXPECT_THAT(current->ids, ElementsAre());
  publish(1);
  EXPECT_THAT(current->ids, ElementsAre("7-7"));
}

TEST_F(EventHub, SaysResetWhenItNoLongerKnowsWhatWasMissed) {
  publish(7);
  for (const std::string last : {"7-1", "6-7", "7-8", "7-", "7-x", "7-1x", "nonsense", "", "-3",
                                 "7-99999999999999999999999"}) {
    const auto sink = listen(last);
    EXPECT_THAT(sink->kinds, ElementsAre("reset")) << last;
    EXPECT_THAT(sink->ids, ElementsAre("7-7")) << last;
  }
}

TEST_F(EventHub, GoesOnWithLiveEventsAfterAReset) {
  publish(7);
  const auto sink = listen("3-1");
  publish(1);
  EXPECT_THAT(sink->kinds, ElementsAre("reset", "ticket.updated"));
}

TEST_F(EventHub, DropsAListenerThatCannotKeepUpAndKeepsTheOthers) {
  const auto slow = listen(std::nullopt, 2);
  const auto fast = listen();
  publish(4);
  EXPECT_EQ(slow->ids.size(), 2U);
  EXPECT_EQ(slow->closings, 1);
  EXPECT_EQ(fast->ids.size(), 4U);
  EXPECT_EQ(stats().subscribers, 1U);
  EXPECT_EQ(stats().dropped_sinks, 1U);
}

TEST_F(EventHub, DropsAListenerThatCannotTakeItsReplay) {
  publish(5);
  const auto slow = listen("7-1", 2);
  EXPECT_EQ(slow->closings, 1);
  EXPECT_EQ(stats().subscribers, 0U);
}

TEST_F(EventHub, SurvivesAListenerThatThrows) {
  store::send(hub_, subscribe{std::make_shared<throwing_listener>(), std::nullopt});
  store::send(hub_, subscribe{nullptr, std::nullopt});
  const auto other = listen();
  publish(2);
  EXPECT_EQ(other->ids.size(), 2U);
  EXPECT_EQ(stats().subscribers, 1U);
}

TEST_F(EventHub, ForgetsAListenerThatUnsubscribes) {
  const auto sink = listen();
  publish(1);
  store::send(hub_, unsubscribe{sink});
  publish(1);
  EXPECT_EQ(sink->ids.size(), 1U);
  EXPECT_EQ(sink->closings, 0);
  EXPECT_EQ(sink.use_count(), 1) << "the hub holds on to nothing";
}

TEST_F(EventHub, ServesAListenerThatSubscribesTwiceOnce) {
  const auto sink = listen();
  store::send(hub_, subscribe{sink, std::nullopt});
  publish(1);
  EXPECT_EQ(sink->ids.size(), 1U);
}

TEST_F(EventHub, TellsItsListenersWhenItEnds) {
  const auto sink = listen();
  store::ask_to_stop(hub_);
  run();
  EXPECT_EQ(sink->closings, 1);
}

TEST_F(EventHub, TellsAListenerWhereItBegins) {
  EXPECT_THAT(listen()->ids_before, ElementsAre("7-0"));
  publish(6);
  EXPECT_THAT(listen()->ids_before, ElementsAre("7-6"));
  const auto back = listen("7-4");
  EXPECT_THAT(back->ids_before, ElementsAre("7-4"));
  EXPECT_EQ(back->missed, 2U);
  publish(1);
  EXPECT_EQ(back->ids.size(), 3U);
  EXPECT_THAT(listen("6-1")->ids_before, ElementsAre("7-7")) << "a reset begins now";
}

TEST_F(EventHub, ResumesAListenerThatHeardNothingYet) {
  const auto cut = listen();
  store::send(hub_, unsubscribe{cut});
  publish(2);
  EXPECT_THAT(listen(cut->ids_before.front())->ids, ElementsAre("7-1", "7-2"));
}

TEST(SharedText, IsMadeOnce) {
  const event e;
  int made = 0;
  const auto make = [&] { return "text " + std::to_string(++made); };
  EXPECT_EQ(e.forms[0].get(make), "text 1");
  EXPECT_EQ(e.forms[0].get(make), "text 1");
  EXPECT_EQ(e.forms[1].get(make), "text 2");
}

}  // namespace
}  // namespace fibrehub::actors::tests
