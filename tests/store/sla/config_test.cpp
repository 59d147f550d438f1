// Targets, calendars and contracts on a real database: what people set is what clocks will get.
#include "store/sla/config.hpp"

#include <gmock/gmock.h>

#include "domain/sla/calendar_check.hpp"
#include "store/sla/book.hpp"
#include "store/sla/calendar_column.hpp"
#include "tests/store/work_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

namespace sla = domain::sla;
using domain::ticket_priority;
using domain::ticket_type;
using ::testing::HasSubstr;
using enum sla::clock_kind;

sla::calendar_version office_hours() {
  sla::calendar_version v;
  v.zone = "Africa/Johannesburg";
  for (std::size_t d = 0; d < 5; ++d)
    v.weekly[d] = {{8 * 60, 17 * 60}};
  v.holidays = {*sla::parse_date("2026-12-25")};
  v.exceptions[*sla::parse_date("2026-12-24")] = {{8 * 60, 12 * 60}};
  return v;
}

class SlaConfig : public work_fixture {
 protected:
  sla_book_ptr book() {
    return connection_.transact([&](pqxx::work& tx) { return load_sla_book(connection_, tx); });
  }
  clock_terms terms(sla::clock_kind kind, ticket_type type, ticket_priority priority,
                    std::int64_t client = 0, domain::instant at = noon) {
    return book()->terms_for(kind, type, priority, client, at);
  }
  std::int64_t make_calendar(const std::string& name, bool is_default = false) {
    save_calendar request;
    request.name = name;
    request.versions = {{office_hours()}};
    request.is_default = is_default;
    const auto done = change(request);
    EXPECT_TRUE(done) << done.error().message;
    return std::stoll(db_.ask("SELECT id FROM sla_calendars WHERE name = '" + name + "'"));
  }
};

TEST_F(SlaConfig, BeginsWithTheRuleAndACalendarThatIsAlwaysOpen) {
  for (const auto type : {ticket_type::build, ticket_type::fault, ticket_type::infrastructure,
                          ticket_type::preventative, ticket_type::adhoc})
    for (const auto priority : {ticket_priority::critical, ticket_priority::high,
                                ticket_priority::medium, ticket_priority::low})
      for (const auto kind : {response, resolution})
        EXPECT_EQ(terms(kind, type, priority).target,
                  sla::target_of(kind, type, priority, {}, std::nullopt))
            << "what the migration holds is the rule of the domain";
  const clock_terms t = terms(resolution, ticket_type::fault, ticket_priority::critical);
  EXPECT_EQ(t.target.reason, "fault, critical: 4 h x 0.25");
  EXPECT_TRUE(t.terms.hours->is_open(noon));
  EXPECT_EQ(t.terms.hours->open_time(noon, noon + std::chrono::hours(48)), std::chrono::hours(48));
}

TEST_F(SlaConfig, AChangedPairHoldsInsteadOfTheRuleAndGoesBackToIt) {
  const std::int64_t calendar = make_calendar("Office");
  edit_sla_configs edit;
  edit.version = 1;
  auto& e = edit.pairs.emplace_back();
  e.type = ticket_type::fault;
  e.priority = ticket_priority::high;
  e.resolution_seconds = 90;
  e.levels_bp = {{5'000, 10'000}};
  e.calendar_id = calendar;
  const auto done = change(edit);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(done->data_json, HasSubstr(R"("version":2)"));
  EXPECT_THAT(done->data_json, HasSubstr(R"("levels":[50,100])"));
  const clock_terms t = terms(resolution, ticket_type::fault, ticket_priority::high);
  EXPECT_EQ(t.terms.target.count(), 90);
  EXPECT_EQ(t.target.source, sla::target_source::row);
  EXPECT_EQ(t.calendar_id, calendar);
  EXPECT_EQ(t.terms.levels_bp, (std::vector<int>{5'000, 10'000}));
  EXPECT_EQ(terms(response, ticket_type::fault, ticket_priority::high).target.source,
            sla::target_source::rule);
  e = {};
  e.type = ticket_type::fault;
  e.priority = ticket_priority::high;
  e.resolution_by_rule = e.usual_levels = e.default_calendar = true;
  edit.version = 2;
  ASSERT_TRUE(change(edit));
  EXPECT_EQ(terms(resolution, ticket_type::fault, ticket_priority::high).target.length.count(),
            7'200);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM sla_configs"), "0");
}

TEST_F(SlaConfig, RefusesWhoSawAnOlderVersionAndShowsTheNewOne) {
  edit_sla_configs edit;
  edit.types = {{ticket_type::fault, 60}};
  ASSERT_TRUE(change(edit));
  EXPECT_EQ(terms(resolution, ticket_type::fault, ticket_priority::medium).target.length.count(),
            60);
  edit.version = 1;
  const auto late = change(edit);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, "stale_version");
  EXPECT_THAT(late.error().data_json, HasSubstr(R"("base_seconds":60)"));
  EXPECT_EQ(db_.ask("SELECT string_agg(action || ' ' || actor, ';') FROM audit_log"),
            "sla_configs.updated user:9");
}

TEST_F(SlaConfig, ARefusedChangeLeavesNothingBehind) {
  edit_sla_configs edit;
  edit.types = {{ticket_type::fault, 60}};
  auto& e = edit.pairs.emplace_back();
  e.calendar_id = 99;
  ASSERT_FALSE(change(edit));
  EXPECT_EQ(terms(resolution, ticket_type::fault, ticket_priority::medium).target.length.count(),
            14'400);
}

TEST_F(SlaConfig, CalendarsAreKeptAsTheyWereGiven) {
  const auto versions = std::vector{office_hours()};
  const auto back = from_column(to_column(versions));
  ASSERT_TRUE(back);
  EXPECT_EQ(to_column(*back), to_column(versions));
  EXPECT_EQ(back->front().weekly, versions.front().weekly);
  EXPECT_EQ(back->front().exceptions, versions.front().exceptions);
  EXPECT_FALSE(from_column("[{}]"));
  EXPECT_FALSE(from_column("{"));
}

TEST_F(SlaConfig, ACalendarIsEditedFromNowOnAndThePastOnlyAsARepair) {
  const std::int64_t id = make_calendar("Office", true);
  EXPECT_EQ(book()->default_calendar, id) << "there is one default calendar";
  save_calendar edit;
  edit.id = id;
  edit.version = 1;
  edit.versions = {{office_hours()}};
  edit.versions->front().weekly[5] = {{9 * 60, 12 * 60}};
  ASSERT_TRUE(change(edit));
  const auto hours = book()->calendars.at(id).hours;
  ASSERT_EQ(hours->versions().size(), 2U);
  EXPECT_EQ(hours->versions()[1].effective_from, now_);
  edit.version = 2;
  edit.versions->front().effective_from = noon - std::chrono::hours(24);
  const auto past = change(edit);
  ASSERT_FALSE(past);
  EXPECT_EQ(past.error().fields.at(0).first, "calendar.effective_from");
  edit.is_repair = true;
  ASSERT_TRUE(change(edit));
  EXPECT_EQ(db_.ask("SELECT string_agg(action, ' ' ORDER BY seq) FROM audit_log"),
            "calendar.created calendar.updated calendar.repaired");
}

TEST_F(SlaConfig, ACalendarThatNeverOpensOrIsUsedIsRefused) {
  save_calendar closed;
  closed.name = "Closed";
  closed.versions.emplace(1).front().zone = "UTC";
  EXPECT_FALSE(change(closed));
  const std::int64_t id = make_calendar("Office");
  edit_sla_configs edit;
  edit.pairs.emplace_back().calendar_id = id;
  ASSERT_TRUE(change(edit));
  save_calendar gone;
  gone.id = id;
  gone.archived = true;
  EXPECT_EQ(change(gone).error().reason, "in_use");
}

TEST_F(SlaConfig, AContractHoldsWhileItIsInForce) {
  save_contract fresh;
  fresh.number = "K-1";
  fresh.client_id = 1;
  fresh.starts_on = "2026-11-01";
  fresh.ends_on = std::optional<std::string>("2026-11-30");
  fresh.resolution_seconds = std::optional<std::int64_t>(7'200);
  const auto made = change(fresh);
  ASSERT_TRUE(made) << made.error().message;
  const auto length = [&](std::int64_t client, const char* at) {
    return terms(resolution, ticket_type::fault, ticket_priority::low, client,
                 *domain::parse_rfc3339(at))
        .target.length.count();
  };
  EXPECT_EQ(length(1, "2026-11-30T23:00:00Z"), 7'200);
  EXPECT_EQ(length(1, "2026-12-01T00:00:00Z"), 28'800);
  EXPECT_EQ(length(1, "2026-10-31T23:00:00Z"), 28'800);
  EXPECT_EQ(length(2, "2026-11-15T00:00:00Z"), 28'800);
  EXPECT_EQ(terms(resolution, ticket_type::fault, ticket_priority::low, 1).target.reason,
            "contract K-1: 2 h");
  EXPECT_EQ(terms(response, ticket_type::fault, ticket_priority::low, 1).target.source,
            sla::target_source::rule);
  save_contract gone;
  gone.id = std::stoll(db_.ask("SELECT id FROM contracts"));
  gone.version = 1;
  gone.archived = true;
  ASSERT_TRUE(change(gone));
  EXPECT_EQ(length(1, "2026-11-15T00:00:00Z"), 28'800);
  EXPECT_EQ(change(gone).error().reason, "stale_version");
  save_contract nobody = fresh;
  nobody.number = "K-2";
  nobody.client_id = 77;
  EXPECT_EQ(change(nobody).error().fields.at(0).first, "client_id");
}

}  // namespace
}  // namespace fibrehub::store::tests
