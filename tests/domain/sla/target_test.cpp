#include "domain/sla/target.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain::sla {
namespace {

using namespace std::chrono_literals;
using enum ticket_priority;
constexpr auto fault = ticket_type::fault;
constexpr auto resolution = clock_kind::resolution, response = clock_kind::response;

TEST(Target, IsBaseTimesMultiplier) {
  const target t = target_of(resolution, fault, critical, {}, std::nullopt);
  EXPECT_EQ(t.length, 3'600s);
  EXPECT_EQ(t.source, target_source::rule);
  EXPECT_EQ(t.reason, "fault, critical: 4 h x 0.25");
  EXPECT_EQ(target_of(resolution, fault, low, {}, std::nullopt).length, 8h);
  EXPECT_EQ(target_of(resolution, ticket_type::build, medium, {}, std::nullopt).length, 48h);
  EXPECT_EQ(target_of(resolution, ticket_type::preventative, high, {}, std::nullopt).length, 84h);
}

TEST(Target, OfResponsesGoesByPriority) {
  const std::chrono::seconds expected[] = {1h, 4h, 24h, 48h};
  for (int p = 0; p < 4; ++p)
    EXPECT_EQ(
        target_of(response, ticket_type::adhoc, static_cast<ticket_priority>(p), {}, std::nullopt)
            .length,
        expected[p]);
}

TEST(Target, TakesTheRowOfThePairBeforeTheRule) {
  const target_row rows[] = {{ticket_type::build, high, 1h, 2h},
                             {fault, high, std::nullopt, 90min}};
  const target t = target_of(resolution, fault, high, rows, std::nullopt);
  EXPECT_EQ(t, (target{90min, target_source::row, "configured for fault, high: 1 h 30 min"}));
  EXPECT_EQ(target_of(response, fault, high, rows, std::nullopt).source, target_source::rule);
  EXPECT_EQ(target_of(resolution, fault, low, rows, std::nullopt).source, target_source::rule);
}

TEST(Target, TakesTheContractBeforeEverything) {
  const target_row rows[] = {{fault, high, 1h, 2h}};
  const contract_terms contract{"C-7", std::nullopt, 6h};
  EXPECT_EQ(target_of(resolution, fault, high, rows, contract),
            (target{6h, target_source::contract, "contract C-7: 6 h"}));
  EXPECT_EQ(target_of(response, fault, high, rows, contract).source, target_source::row);
}

TEST(Duration, ReadsLikePeopleSayIt) {
  EXPECT_EQ(duration_text(0s), "0 s");
  EXPECT_EQ(duration_text(90s), "1 min 30 s");
  EXPECT_EQ(duration_text(168h), "168 h");
  EXPECT_EQ(duration_text(-90min), "-1 h 30 min");
}

TEST(ClockKinds, HaveNames) {
  for (const clock_kind k : {response, resolution})
    EXPECT_EQ(clock_kind_from(name_of(k)), k);
  EXPECT_EQ(clock_kind_from("resolving"), std::nullopt);
}

}  // namespace
}  // namespace fibrehub::domain::sla
