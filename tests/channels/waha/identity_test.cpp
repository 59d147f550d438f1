#include "channels/waha/identity.hpp"

#include <gtest/gtest.h>

namespace fibrehub::channels::waha {
namespace {

TEST(WahaIdentity, SpellsOnePersonOneWay) {
  EXPECT_EQ(canonical_id("27831112222@s.whatsapp.net"), "27831112222@c.us");
  EXPECT_EQ(canonical_id("27831112222:12@s.whatsapp.net"), "27831112222@c.us");
  EXPECT_EQ(canonical_id("555:3@lid"), "555@lid");
  EXPECT_EQ(canonical_id("27831112222"), "27831112222@c.us");
  EXPECT_EQ(canonical_id("120363@g.us"), "120363@g.us");
  EXPECT_EQ(canonical_id(""), "");
}

TEST(WahaIdentity, TakesMessageIdsApart) {
  const auto group = parse_message_id("false_120363@g.us_3EB0_555@lid");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->chat, "120363@g.us");
  EXPECT_EQ(group->stanza, "3EB0");
  EXPECT_EQ(group->participant, "555@lid");
  const auto direct = parse_message_id("true_1@c.us_3EB0");
  ASSERT_TRUE(direct);
  EXPECT_TRUE(direct->from_me);
  EXPECT_EQ(direct->stanza, "3EB0");
}

TEST(WahaIdentity, RefusesWhatIsNoMessageId) {
  for (const char* text :
       {"", "3EB0", "maybe_1@c.us_3EB0", "true_1@c.us", "true__3EB0", "true_1@c.us_"})
    EXPECT_FALSE(parse_message_id(text)) << text;
}

TEST(WahaIdentity, FindsTheStanzaInBareAndSerialisedIds) {
  EXPECT_EQ(stanza_of("3EB0"), "3EB0");
  EXPECT_EQ(stanza_of("true_1@c.us_3EB0"), "3EB0");
}

}  // namespace
}  // namespace fibrehub::channels::waha
