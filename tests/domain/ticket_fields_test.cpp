#include "domain/ticket_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace fibrehub::domain {
namespace {

using kind = field_input::kind;

std::string canon(field f, kind what, const std::string& text) {
  const auto out = canonical(definition(f), {what, text, {}});
  if (!out) return "! " + out.error();
  return *out ? **out : "nothing";
}

TEST(TicketFields, StandInTheTableAtTheirOwnPlaceUnderUniqueNames) {
  std::set<std::string_view> names;
  ASSERT_EQ(ticket_fields().size(), field_count);
  for (std::size_t i = 0; i < field_count; ++i) {
    EXPECT_EQ(static_cast<std::size_t>(ticket_fields()[i].id), i) << ticket_fields()[i].name;
    names.insert(ticket_fields()[i].name);
    EXPECT_FALSE(ticket_fields()[i].text.empty()) << ticket_fields()[i].name;
  }
  EXPECT_EQ(names.size(), field_count);
  EXPECT_EQ(find_field("splice_loss_db")->id, field::splice_loss_db);
  EXPECT_EQ(find_field("nonsense"), nullptr);
}

TEST(TicketFields, KeepDecimalsExactly) {
  EXPECT_EQ(canon(field::penalty, kind::number, "1500"), "1500.00");
  EXPECT_EQ(canon(field::penalty, kind::text, "0.10"), "0.10");
  EXPECT_EQ(canon(field::penalty, kind::number, "9999999999.99"),
            "! must be a number from 0 to 9999999999 with at most 2 decimals");
  EXPECT_EQ(canon(field::penalty, kind::number, "0.001"),
            "! must be a number from 0 to 9999999999 with at most 2 decimals");
  EXPECT_EQ(canon(field::penalty, kind::number, "-1").substr(0, 1), "!");
  EXPECT_EQ(canon(field::signal_level_dbm, kind::number, "-23.4"), "-23.40");
  EXPECT_EQ(canon(field::signal_level_dbm, kind::number, "-0.00"), "0.00");
  EXPECT_EQ(canon(field::signal_level_dbm, kind::number, "1e3").substr(0, 1), "!");
  EXPECT_EQ(canon(field::latitude, kind::number, "-26.20410000"), "-26.20410000");
  EXPECT_EQ(canon(field::latitude, kind::number, "-90.00000001").substr(0, 1), "!");
}

TEST(TicketFields, TakeOneWayOfWritingForEachValue) {
  EXPECT_EQ(canon(field::drop_number, kind::text, "dr 1730654"), "1730654");
  EXPECT_EQ(canon(field::drop_number, kind::text, "1730654"), "1730654");
  EXPECT_EQ(canon(field::drop_number, kind::text, "the blue one").substr(0, 1), "!");
  EXPECT_EQ(canon(field::scheduled_at, kind::text, "2026-01-31T10:00:00+02:00"),
            "2026-01-31T08:00:00Z");
  EXPECT_EQ(canon(field::install_date, kind::text, "2026-02-29"), "! must be a date, YYYY-MM-DD");
  EXPECT_EQ(canon(field::install_date, kind::text, "2024-02-29"), "2024-02-29");
  EXPECT_EQ(canon(field::splice_count, kind::number, "3.5").substr(0, 1), "!");
  EXPECT_EQ(canon(field::rework_required, kind::text, "true"), "! must be true or false");
  EXPECT_EQ(canon(field::contact_email, kind::text, "nobody"), "! must be an e-mail address");
  EXPECT_EQ(canon(field::assigned_to, kind::number, "0").substr(0, 1), "!");
}

TEST(TicketFields, RefuseWhatIsTooLongEmptyOrUnknownByCharactersNotBytes) {
  EXPECT_EQ(canon(field::title, kind::text, std::string(255, 'x')), std::string(255, 'x'));
  EXPECT_EQ(canon(field::title, kind::text, std::string(256, 'x')),
            "! is too long: 256 characters, at most 255");
  std::string wide;
  for (int i = 0; i < 255; ++i)
    wide += "é";
  EXPECT_EQ(canon(field::title, kind::text, wide), wide);
  EXPECT_EQ(canon(field::title, kind::text, "  "), "! is required");
  EXPECT_EQ(canon(field::title, kind::null, ""), "! is required");
  EXPECT_EQ(canon(field::zone, kind::null, ""), "nothing");
  EXPECT_EQ(canon(field::type, kind::text, "flood"),
            "! must be one of build, fault, infrastructure, preventative, adhoc");
  EXPECT_EQ(canon(field::title, kind::text, std::string("a\0b", 3)).substr(0, 1), "!");
}

TEST(TicketFields, SortWordsAndDropRepeats) {
  const auto out = canonical(definition(field::tags), {kind::words, {}, {"storm", "a b", "storm"}});
  ASSERT_TRUE(out);
  EXPECT_EQ(**out, "a b\x1fstorm");
  EXPECT_EQ(for_people(definition(field::tags), *out), "a b, storm");
  EXPECT_EQ(*canonical(definition(field::tags), {kind::words, {}, {}}), std::nullopt);
  EXPECT_FALSE(canonical(definition(field::tags), {kind::words,
                                                   {},
                                                   {"a\x1f"
                                                    "b"}}));
}

TEST(PriorityMatrix, MakesAPriorityOfUrgencyAndImportance) {
  const auto m = priority_matrix::defaults();
  EXPECT_EQ(m.of("critical", "critical"), "critical");
  EXPECT_EQ(m.of("critical", "low"), "medium");
  EXPECT_EQ(m.of("low", "critical"), "medium");
  EXPECT_EQ(m.of("low", "low"), "low");
  EXPECT_FALSE(priority_matrix::parse(std::vector<std::string>(15, "low")));
  EXPECT_EQ(priority_matrix::parse(std::vector<std::string>(16, "high"))->of("low", "low"), "high");
  EXPECT_FALSE(priority_matrix::parse(std::vector<std::string>(16, "urgent")));
}

}  // namespace
}  // namespace fibrehub::domain
