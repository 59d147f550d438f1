#include "actors/slot.hpp"

#include <gtest/gtest.h>

#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {

struct who_are_you {
  store::reply<std::string> to;
};

}  // namespace fibrehub::actors::tests

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::tests::who_are_you)

namespace fibrehub::actors::tests {
namespace {

using named = caf::typed_actor<store::accepts<who_are_you>>;

struct named_state {
  named_state() = default;
  std::string label;
};

named::behavior_type named_actor_fn(named::stateful_pointer<named_state> self, std::string label) {
  self->state.label = std::move(label);
  return {[self](const who_are_you& question) { question.to.answer(self->state.label); }};
}

class Slot : public fixtures::actor_fixture {
 protected:
  std::string name_behind(const slot<named>& place) {
    fixtures::answer<std::string> got;
    place.send(who_are_you{got.token()});
    run();
    return got.get().value_or("nobody");
  }
};

TEST_F(Slot, ReachesTheActorThatWasPutInLast) {
  slot<named> place;
  place.set(store::spawn(system(), named_actor_fn, "first"));
  EXPECT_EQ(name_behind(place), "first");
  place.set(store::spawn(system(), named_actor_fn, "second"));
  EXPECT_EQ(name_behind(place), "second");
}

TEST_F(Slot, SaysThatNobodyIsThereAndDropsTheMessage) {
  slot<named> place;
  EXPECT_FALSE(place.get());
  fixtures::answer<std::string> got;
  EXPECT_FALSE(place.send(who_are_you{got.token()}));
  EXPECT_EQ(got.get().error().code, store::errc::unavailable);
}

TEST_F(Slot, LetsGoOfTheHandleWhenCleared) {
  slot<named> place;
  place.set(store::spawn(system(), named_actor_fn, "only"));
  const auto weak = caf::actor_cast<caf::weak_actor_ptr>(*place.get());
  place.clear();
  run();
  EXPECT_FALSE(place.get());
  EXPECT_FALSE(caf::actor_cast<caf::strong_actor_ptr>(weak)) << "nothing holds the actor";
}

}  // namespace
}  // namespace fibrehub::actors::tests
