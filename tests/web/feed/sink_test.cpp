#include "web/feed/sink.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>

namespace fibrehub::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using circle = domain::event_access::circle;

std::shared_ptr<const actors::event> make(const std::string& kind,
                                          const std::string& uid = "DR1-01",
                                          circle who = circle::ticket,
                                          domain::ticket_ownership owner = {1, 0, 5}) {
  store::committed_event e;
  e.id = "7-1";
  e.kind = kind;
  e.ticket_uid = uid;
  e.data_json = R"({"ticket_uid":"DR1-01","by":"Sarah"})";
  e.outside_json = R"({"ticket_uid":"DR1-01"})";
  e.access.who = who;
  e.access.owner = owner;
  return std::make_shared<const actors::event>(std::move(e));
}

class FeedSink : public ::testing::Test {
 protected:
  feed_sink make_sink(domain::role as, feed_filter filter = {},
                      feed_format format = feed_format::json) {
    auto who = std::make_shared<principal>();
    who->who.as = as;
    who->who.user_id = 1;
    who->who.client_id = as == domain::role::client ? 5 : 0;
    return {queue_, std::move(who), std::move(filter), format};
  }
  std::string heard() { return queue_->take(1'000'000); }
  boost::asio::io_context io_;
  std::shared_ptr<listener_queue> queue_ = std::make_shared<listener_queue>(io_.get_executor());
};

TEST_F(FeedSink, WritesAnEventForItsListener) {
  auto sink = make_sink(domain::role::technician);
  EXPECT_TRUE(sink.offer(make("ticket.updated")));
  EXPECT_EQ(heard(), R"({"type":"event","id":"7-1","event":"ticket.updated","ticket_uid":"DR1-01",)"
                     R"("at":"1970-01-01T00:00:00Z","data":{"ticket_uid":"DR1-01","by":"Sarah"}})");
  auto sse = make_sink(domain::role::technician, {}, feed_format::sse);
  EXPECT_TRUE(sse.offer(make("ticket.updated")));
  EXPECT_THAT(heard(), HasSubstr("id: 7-1\nevent: ticket.updated\ndata: {\"type\":\"event\""));
}

TEST_F(FeedSink, KeepsWhatItsListenerMayNotSee) {
  auto sink = make_sink(domain::role::technician);
  EXPECT_TRUE(sink.offer(make("ticket.updated", "DR1-01", circle::ticket, {2, 0, 0})));
  EXPECT_TRUE(sink.offer(make("channel.state", "", circle::channels)));
  EXPECT_EQ(heard(), "");
  EXPECT_EQ(*queue_->take_position(), "7-1") << "a listener who hears nothing moves on, too";
  EXPECT_EQ(queue_->take_position(), nullptr);
}

TEST_F(FeedSink, TellsAClientNothingInternal) {
  auto sink = make_sink(domain::role::client);
  sink.offer(make("note.created", "DR1-01", circle::ticket_staff));
  EXPECT_EQ(heard(), "");
  sink.offer(make("ticket.updated"));
  EXPECT_THAT(heard(), HasSubstr(R"("data":{"ticket_uid":"DR1-01"}})"));
}

TEST_F(FeedSink, SaysGoodbyeToWhomATicketWasTakenFrom) {
  auto sink = make_sink(domain::role::technician);
  store::committed_event e = *make("ticket.assigned", "DR1-01", circle::ticket, {2, 0, 0});
  e.access.before = domain::ticket_ownership{1, 0, 0};
  sink.offer(std::make_shared<const actors::event>(std::move(e)));
  const std::string said = heard();
  EXPECT_THAT(said, HasSubstr(R"("data":{"ticket_uid":"DR1-01","out_of_sight":true}})"));
  EXPECT_THAT(said, Not(HasSubstr("Sarah")));
}

TEST_F(FeedSink, GivesWhatWasAskedForAndEveryReset) {
  auto sink = make_sink(domain::role::admin, {{"ticket.created"}, {"DR1-01"}});
  sink.offer(make("ticket.updated"));
  sink.offer(make("ticket.created", "DR2-01"));
  sink.offer(make("channel.state", "", circle::channels));
  EXPECT_EQ(heard(), "");
  sink.offer(make("ticket.created"));
  EXPECT_THAT(heard(), HasSubstr("ticket.created"));
  sink.refilter({{}, {"DR2-01"}});
  sink.offer(make("ticket.updated", "DR2-01"));
  EXPECT_THAT(heard(), HasSubstr("DR2-01"));
  sink.offer(make("reset", "", circle::everybody));
  EXPECT_EQ(heard(), R"({"type":"reset","id":"7-1","at":"1970-01-01T00:00:00Z"})");
}

TEST_F(FeedSink, TakesAWholeReplayButNoFloodAfterIt) {
  auto sink = make_sink(domain::role::admin);
  sink.begins("7-0");
  const auto e = make("ticket.updated");
  for (int i = 0; i < 5000; ++i)
    ASSERT_TRUE(sink.offer(e));
  sink.caught_up();
  for (int i = 0; i < 256; ++i)
    ASSERT_TRUE(sink.offer(e));
  EXPECT_FALSE(sink.offer(e));
  EXPECT_TRUE(queue_->overflowed());
  EXPECT_EQ(queue_->ending()->reason, "too_slow");
}

TEST_F(FeedSink, SharesOneTextAmongListeners) {
  auto one = make_sink(domain::role::admin), two = make_sink(domain::role::manager);
  const auto e = make("ticket.updated");
  one.offer(e);
  two.offer(e);
  EXPECT_EQ(queue_->take_one().get(), queue_->take_one().get());
}

TEST_F(FeedSink, EndsAtOnceWithWhatIsQueuedUnsent) {
  auto sink = make_sink(domain::role::admin);
  sink.offer(make("ticket.updated"));
  queue_->end({feed_ending::policy, "token_revoked"});
  EXPECT_EQ(heard(), "");
  EXPECT_FALSE(sink.offer(make("ticket.updated")));
  sink.closed();
  EXPECT_EQ(queue_->ending()->reason, "token_revoked") << "the first reason counts";
}

}  // namespace
}  // namespace fibrehub::web
