#include "domain/send_state.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fibrehub::domain {
namespace {

using enum send_state;
constexpr send_state all[] = {queued, accepted, sent,      delivered,
                              read,   failed,   uncertain, cancelled};

struct row {
  send_state known;
  send_state error, pending, server, device, read_it, played;  // by delivery step
  send_state echo;
};

// Each state, and what each piece of news makes of it.
constexpr row table[] = {
    {queued, failed, accepted, sent, delivered, read, read, accepted},
    {accepted, failed, accepted, sent, delivered, read, read, accepted},
    {sent, sent, sent, sent, delivered, read, read, sent},
    {delivered, delivered, delivered, delivered, delivered, read, read, delivered},
    {read, read, read, read, read, read, read, read},
    {failed, failed, failed, sent, delivered, read, read, failed},
    {uncertain, failed, accepted, sent, delivered, read, read, accepted},
    {cancelled, cancelled, accepted, sent, delivered, read, read, accepted},
};

TEST(SendState, FollowsDeliveryStepsAndEchoesAsTheTableSays) {
  for (const row& r : table) {
    const send_state by_level[] = {r.error, r.pending, r.server, r.device, r.read_it, r.played};
    for (int level = -1; level <= 4; ++level)
      EXPECT_EQ(after_ack(r.known, level), by_level[level + 1]) << name_of(r.known) << " " << level;
    EXPECT_EQ(after_echo(r.known), r.echo) << name_of(r.known);
  }
}

TEST(SendState, IgnoresStepsNobodyKnows) {
  for (const send_state s : all)
    for (const int level : {-2, 5, 100})
      EXPECT_EQ(after_ack(s, level), s);
}

TEST(SendState, EndsTheSameInWhateverOrderStepsArrive) {
  const std::vector<std::vector<int>> orders{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 2}};
  for (const auto& order : orders) {
    send_state s = queued;
    for (const int level : order)
      s = after_ack(s, level);
    EXPECT_EQ(s, read);
  }
}

TEST(SendState, AnAttemptsEndNeverTakesBackWhatHasLeft) {
  struct end_row {
    send_state known;
    send_state accepted_, refused, given_up, dark;
  };
  const end_row ends[] = {
      {queued, accepted, failed, failed, uncertain},
      {accepted, accepted, accepted, accepted, accepted},
      {sent, sent, sent, sent, sent},
      {delivered, delivered, delivered, delivered, delivered},
      {read, read, read, read, read},
      {failed, failed, failed, failed, uncertain},
      {uncertain, accepted, failed, failed, uncertain},
      {cancelled, accepted, cancelled, cancelled, cancelled},
  };
  for (const end_row& r : ends) {
    EXPECT_EQ(after_end(r.known, send_end::accepted), r.accepted_) << name_of(r.known);
    EXPECT_EQ(after_end(r.known, send_end::refused), r.refused) << name_of(r.known);
    EXPECT_EQ(after_end(r.known, send_end::given_up), r.given_up) << name_of(r.known);
    EXPECT_EQ(after_end(r.known, send_end::in_the_dark), r.dark) << name_of(r.known);
  }
}

TEST(SendState, NamesAreReadBack) {
  for (const send_state s : all)
    EXPECT_EQ(send_state_from(name_of(s)), s);
  EXPECT_FALSE(send_state_from("Queued"));
}

}  // namespace
}  // namespace fibrehub::domain
