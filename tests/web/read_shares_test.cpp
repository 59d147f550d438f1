#include "web/api/read_shares.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>

namespace fibrehub::web::api {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

class ReadShares : public testing::Test {
 protected:
  /// Somebody asks; what becomes of it stands in `asked_` under the same index.
  std::size_t ask(const std::string& who) {
    const std::size_t me = asked_.size();
    asked_.emplace_back();
    asio::co_spawn(
        io_,
        [this, me, who]() -> asio::awaitable<void> {
          auto place = co_await shares_->enter(who);
          asked_[me].answered = true;
          asked_[me].place = std::move(place);
        },
        asio::detached);
    run();
    return me;
  }
  void run() {
    io_.restart();
    io_.poll();
  }
  bool has_place(std::size_t i) const { return asked_[i].place.has_value(); }
  void give_back(std::size_t i) {
    asked_[i].place.reset();
    run();
  }

  struct one {
    bool answered = false;
    std::optional<read_shares::place> place;
  };
  asio::io_context io_;
  std::unique_ptr<read_shares> shares_ =
      std::make_unique<read_shares>(io_.get_executor(), read_share_limits{2, 1, 10min});
  std::deque<one> asked_;
};

TEST_F(ReadShares, OneCallersQuestionsWaitForEachOtherAndNobodyElses) {
  const auto a = ask("user:1"), b = ask("user:1"), c = ask("user:1");
  EXPECT_TRUE(has_place(a) && has_place(b));
  EXPECT_FALSE(asked_[c].answered) << "in line";
  EXPECT_TRUE(has_place(ask("user:2")));
  give_back(a);
  EXPECT_TRUE(has_place(c));
  EXPECT_EQ(shares_->callers(), 2U);
}

TEST_F(ReadShares, BeyondTheLineIsRefusedWithAdvice) {
  for (int i = 0; i < 3; ++i)
    ask("user:1");
  const auto late = ask("user:1");
  EXPECT_TRUE(asked_[late].answered);
  EXPECT_FALSE(has_place(late));
  EXPECT_EQ(shares_->refused(), 1U);
  EXPECT_EQ(shares_->refusal().reason, "too_many_reads");
  EXPECT_NE(shares_->refusal().message.find("ask one after another"), std::string::npos);
}

TEST_F(ReadShares, WhoHasWaitedTooLongIsRefusedAndLeavesTheLine) {
  shares_ = std::make_unique<read_shares>(io_.get_executor(), read_share_limits{1, 1, 0ms});
  const auto a = ask("user:1");
  const auto b = ask("user:1");
  io_.restart();
  io_.run_one();
  run();
  EXPECT_TRUE(asked_[b].answered);
  EXPECT_FALSE(has_place(b));
  give_back(a);
  EXPECT_EQ(shares_->callers(), 0U) << "nothing is remembered of whoever asks nothing";
  EXPECT_TRUE(has_place(ask("user:1")));
}

TEST_F(ReadShares, APlaceMayOutliveThem) {
  ask("user:1");
  ask("user:1");
  ask("user:1");
  shares_.reset();
  asked_[0].place.reset();
  run();
  EXPECT_FALSE(asked_[2].answered);
}

}  // namespace
}  // namespace fibrehub::web::api
