#include "peers/traffic.hpp"

#include <gmock/gmock.h>

#include <set>

#include "peers/waha_envelopes.hpp"

namespace fibrehub::peers {
namespace {

std::string told(const chat_message& m) {
  return message_payload(waha_engine::noweb, m, account{}) + m.expected_drop;
}

TEST(Traffic, IsTheSameForTheSameSeed) {
  traffic_generator one(42);
  traffic_generator two(42);
  traffic_generator other(43);
  int different = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string first = told(one.next_message());
    EXPECT_EQ(first, told(two.next_message()));
    different += static_cast<int>(first != told(other.next_message()));
  }
  EXPECT_GT(different, 490);
}

TEST(Traffic, ExpectsADropExactlyWhenTheTextNamesOne) {
  traffic_generator traffic(7);
  int named = 0;
  int lower_case = 0;
  int unnamed = 0;
  for (int i = 0; i < 2000; ++i) {
    const chat_message m = traffic.next_message();
    const std::string said = lower(m.text);
    if (m.expected_drop.empty()) {
      ++unnamed;
      EXPECT_EQ(said.find("dr17"), std::string::npos) << m.text;
      continue;
    }
    ++named;
    EXPECT_THAT(m.text, ::testing::HasSubstr(m.expected_drop.substr(2)));
    lower_case += static_cast<int>(m.text.find("dr") != std::string::npos);
  }
  EXPECT_GT(named, 500);
  EXPECT_GT(unnamed, 500);
  EXPECT_GT(lower_case, 50);
}

TEST(Traffic, CoversEveryKindOfThing) {
  traffic_generator traffic(3);
  std::set<std::size_t> events;
  std::set<content> kinds;
  std::set<std::string> chats;
  std::set<std::string> stanzas;
  int quotes = 0;
  int staff = 0;
  int messages = 0;
  for (int i = 0; i < 4000; ++i) {
    const traffic_event event = traffic.next();
    events.insert(event.index());
    const auto* m = std::get_if<chat_message>(&event);
    if (m == nullptr) continue;
    ++messages;
    kinds.insert(m->kind);
    chats.insert(m->chat);
    stanzas.insert(m->stanza);
    quotes += static_cast<int>(m->quoted.has_value());
    staff += static_cast<int>(m->from_me);
  }
  EXPECT_EQ(events.size(), std::variant_size_v<traffic_event>);
  EXPECT_EQ(kinds.size(), 5U);
  EXPECT_EQ(stanzas.size(), static_cast<std::size_t>(messages));
  EXPECT_GT(chats.size(), 60U);
  EXPECT_TRUE(chats.count("status@broadcast"));
  EXPECT_GT(quotes, 100);
  EXPECT_GT(staff, 300);
}

TEST(Traffic, HasManyWaysToSayThings) {
  std::set<std::string_view> ways;
  for (const auto& s : scripts()) {
    for (const auto& step : s.steps)
      ways.insert(step.ways.begin(), step.ways.end());
  }
  EXPECT_GE(ways.size(), 80U);
}

TEST(Cast, HasTheStaffAndCustomersOfThreeProjects) {
  const cast c = make_cast(1);
  EXPECT_EQ(c.technicians.size(), 40U);
  EXPECT_EQ(c.customers.size(), 60U);
  EXPECT_EQ(c.groups.size(), 3U);
  std::set<std::string> drops;
  for (const auto& d : c.drops)
    drops.insert(d.number);
  EXPECT_EQ(drops.size(), c.drops.size());
}

}  // namespace
}  // namespace fibrehub::peers
