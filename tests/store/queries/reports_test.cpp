#include "store/queries/reports.hpp"

#include <gmock/gmock.h>

#include "domain/ticket.hpp"
#include "tests/store/queries/report_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using domain::report_kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Reports : public report_fixture {
 protected:
  /// Resolved `hours` after its creation.
  static plain_ticket done(const char* created, double hours) {
    plain_ticket t;
    t.created = time_of(created);
    t.resolved = t.created + std::chrono::seconds(static_cast<std::int64_t>(hours * 3600));
    t.status = "resolved";
    return t;
  }
  static plain_ticket open(const char* created) {
    plain_ticket t;
    t.created = time_of(created);
    return t;
  }
};

TEST_F(Reports, TrendHasARowForEveryDayAndCountsWhatWasOpenAtItsEnd) {
  store_all({open("2026-10-01T08:00:00Z"), done("2026-11-01T08:00:00Z", 1),
             // The end of 18 November in Johannesburg is 22:00 UTC.
             open("2026-11-18T21:59:59Z"), done("2026-11-18T22:00:00Z", 60),
             done("2026-11-10T10:00:00Z", 24 * 8 + 1)});
  plain_ticket merged = open("2026-11-18T08:00:00Z");
  merged.status = "closed";
  merged.closed = time_of("2026-11-21T08:00:00Z");
  plain_ticket gone = open("2026-11-19T08:00:00Z");
  gone.deleted = true;
  store_all({merged, gone});
  EXPECT_THAT(lines(read(ask(report_kind::trend)).rows),
              ElementsAre("2026-11-18|2026-11-17T22:00:00Z|2026-11-18T22:00:00Z|2|1|0|3",
                          "2026-11-19|2026-11-18T22:00:00Z|2026-11-19T22:00:00Z|1|0|0|4",
                          "2026-11-20|2026-11-19T22:00:00Z|2026-11-20T22:00:00Z|0|0|0|4",
                          "2026-11-21|2026-11-20T22:00:00Z|2026-11-21T22:00:00Z|0|1|1|2"));
}

TEST_F(Reports, SlaMeasuresOnlyWhatHasATarget) {
  plain_ticket in_time = done("2026-11-18T08:00:00Z", 2), late = done("2026-11-18T08:00:00Z", 5),
               sharp = done("2026-11-20T08:00:00Z", 4), without = done("2026-11-20T08:00:00Z", 1);
  for (plain_ticket* t : {&in_time, &late, &sharp})
    t->due = t->created + std::chrono::hours(4);
  late.priority = "high";
  store_all({in_time, late, sharp, without});
  const report_answer got = read(ask(report_kind::sla));
  EXPECT_THAT(
      lines(got.rows),
      ElementsAre("2026-11-18|2026-11-17T22:00:00Z|2026-11-18T22:00:00Z|2|2|1|1|50.0|12600|12600",
                  "2026-11-19|2026-11-18T22:00:00Z|2026-11-19T22:00:00Z|0|0|0|0|–|–|–",
                  "2026-11-20|2026-11-19T22:00:00Z|2026-11-20T22:00:00Z|2|1|1|0|100.0|9000|9000",
                  "2026-11-21|2026-11-20T22:00:00Z|2026-11-21T22:00:00Z|0|0|0|0|–|–|–"));
  EXPECT_THAT(lines(got.sections[0].rows), ElementsAre("–|4|3|2|1|66.7|10800|10800"));
  EXPECT_THAT(lines(got.sections[1].rows),
              ElementsAre("medium|3|2|2|0|100.0|8400|7200", "high|1|1|0|1|0.0|18000|18000"));
  EXPECT_THAT(lines(got.sections[2].rows), ElementsAre("fault|4|3|2|1|66.7|10800|10800"));
}

TEST_F(Reports, TechniciansAreCountedByWhatTheyResolvedAndWhatCameBack) {
  plain_ticket a = done("2026-11-18T08:00:00Z", 1), b = done("2026-11-18T08:00:00Z", 2),
               c = done("2026-11-18T08:00:00Z", 6), late = open("2026-11-01T08:00:00Z"),
               again = open("2026-11-01T08:00:00Z"), before = done("2026-11-01T08:00:00Z", 1);
  a.assignee = b.assignee = c.assignee = before.assignee = 1;
  b.rework = 2;
  late.assignee = again.assignee = 3;
  late.due = now_ - std::chrono::seconds(1);
  again.due = now_;
  again.reopened = {time_of("2026-11-01T09:00:00Z"), time_of("2026-11-19T08:00:00Z"),
                    time_of("2026-11-20T08:00:00Z")};
  store_all({a, b, c, late, again, before});
  EXPECT_THAT(lines(read(ask(report_kind::technicians)).rows),
              ElementsAre("1|Thabo|3|10800|7200|0|2|0|0", "3|Zoë|0|–|–|1|0|2|1"));
  get_report own = ask(report_kind::technicians);
  own.only_person = 3;
  EXPECT_THAT(lines(read(own).rows), ElementsAre("3|Zoë|0|–|–|1|0|2|1"));
}

TEST_F(Reports, ZonesAreGroupedByProjectAndZone) {
  plain_ticket a = done("2026-11-18T08:00:00Z", 1), b = open("2026-11-18T08:00:00Z"),
               c = open("2026-11-19T08:00:00Z"), nowhere = open("2026-11-19T08:00:00Z"),
               before = open("2026-11-01T08:00:00Z");
  a.project = b.project = c.project = before.project = 1;
  a.zone = b.zone = c.zone = before.zone = "Zone A";
  a.drop = b.drop = "1730654";
  c.drop = "1730655";
  b.due = time_of("2026-11-20T08:00:00Z");
  c.type = "build";
  store_all({a, b, c, nowhere, before});
  EXPECT_THAT(
      lines(read(ask(report_kind::zones)).rows),
      ElementsAre("LAW|Lawley|Zone A|3|1|2|0|0|0|2|2|1|3600|3600", "–|–|–|1|0|1|0|0|0|0|1|0|–|–"));
}

TEST_F(Reports, ContractorsAreJudgedByDefectsReworkAndFirstTimeFixes) {
  plain_ticket good = done("2026-11-18T08:00:00Z", 1), dirty = done("2026-11-18T08:00:00Z", 1),
               back = done("2026-11-18T08:00:00Z", 1), waiting = open("2026-11-18T08:00:00Z"),
               other = open("2026-11-18T08:00:00Z"), nobodys = done("2026-11-18T08:00:00Z", 1);
  good.contractor = dirty.contractor = back.contractor = waiting.contractor = 1;
  other.contractor = 2;
  dirty.rework = 1;
  dirty.defect = "dirty connector";
  dirty.penalty_cents = 25'010;
  back.reopened = {time_of("2026-11-30T08:00:00Z")};
  back.defect = waiting.defect = "macrobend";
  back.penalty_cents = 9;
  waiting.rework_required = true;
  store_all({good, dirty, back, waiting, other, nobodys});
  EXPECT_THAT(
      lines(read(ask(report_kind::contractors)).rows),
      ElementsAre("K1|Splice & Co|4|3|{ \"macrobend\" : 2, \"dirty connector\" : 1 }|2|50.0|3|1|"
                  "33.3|250.19",
                  "K2|Noël Bouwers|1|0|{}|0|0.0|0|0|–|0.00"));
}

TEST_F(Reports, FiltersKeepWhatIsAskedFor) {
  plain_ticket a = open("2026-11-18T08:00:00Z"), b = a, c = a;
  a.project = 1;
  b.zone = "Zone B";
  b.source = "email";
  c.type = "build";
  store_all({a, b, c});
  const auto counted = [this](report_filter filter) {
    get_report request = ask(report_kind::ticket_summary);
    request.filter = std::move(filter);
    const report_answer got = read(request);
    std::int64_t n = 0;
    for (const auto& row : got.sections[0].rows)
      n += std::stoll(*row[1]);
    return n;
  };
  EXPECT_EQ(counted({}), 3);
  EXPECT_EQ(counted({{"LAW"}, {}, {}, {}}), 1);
  EXPECT_EQ(counted({{"LAW", "MOH", "LAW"}, {}, {}, {}}), 1);
  EXPECT_EQ(counted({{}, {"Zone B"}, {}, {}}), 1);
  EXPECT_EQ(counted({{}, {}, {"build", "adhoc"}, {}}), 1);
  EXPECT_EQ(counted({{}, {}, {}, {"api"}}), 2);
  EXPECT_EQ(counted({{"LAW"}, {"Zone B"}, {}, {}}), 0);
  get_report unknown = ask(report_kind::trend);
  unknown.filter.projects = {"LAW", "NOPE"};
  EXPECT_FALSE(run(connection_, unknown));
}

TEST_F(Reports, SummaryGoesThroughAllTicketsPageByPageOldestFirst) {
  for (int i = 0; i < 25; ++i) {
    // Several of the same moment: the id decides.
    plain_ticket t = open("2026-11-18T08:00:00Z");
    t.created += std::chrono::hours(i / 5);
    if (i == 7) t.due = t.created;
    if (i == 8) {
      t.status = "resolved";
      t.resolved = t.created + std::chrono::seconds(90);
    }
    store(t);
  }
  flush();
  list_report_tickets request;
  request.by = manager();
  request.during = during_;
  request.now = now_;
  request.limit = 7;
  std::vector<std::string> uids;
  for (int pages = 1;; ++pages) {
    const summary_page page = run(connection_, request).value();
    for (const auto& row : page.rows) {
      ASSERT_EQ(row.size(), definition(report_kind::ticket_summary).columns.size());
      uids.push_back(*row[0]);
      EXPECT_EQ(row[17], row[0] == "T-9" ? std::optional<std::string>("90") : std::nullopt);
      EXPECT_EQ(row[18], row[0] == "T-8" ? "yes" : "no");
    }
    if (!page.next) {
      EXPECT_EQ(pages, 4);
      break;
    }
    request.after = page.next;
  }
  ASSERT_EQ(uids.size(), 25U);
  for (int i = 0; i < 25; ++i)
    EXPECT_EQ(uids[static_cast<std::size_t>(i)], fmt::format("T-{}", i + 1));
  request.after.reset();
  request.state = summary_state::overdue;
  EXPECT_EQ(run(connection_, request)->rows.size(), 1U);
  request.state = summary_state::open;
  request.limit = 24;
  EXPECT_EQ(run(connection_, request)->rows.size(), 24U);
  EXPECT_FALSE(run(connection_, request)->next);
}

TEST_F(Reports, StatsTellWhatIsOpenWhatCameInAndWhatWasResolved) {
  plain_ticket a = done("2026-11-18T08:00:00Z", 1), b = done("2026-11-18T08:00:00Z", 3),
               monday = done("2026-11-16T08:00:00Z", 1), late = open("2026-11-01T08:00:00Z"),
               here = open("2026-11-19T08:00:00Z");
  a.due = a.created + std::chrono::hours(1);
  b.due = b.created + std::chrono::hours(1);
  monday.due = monday.created + std::chrono::hours(2);
  late.due = now_ - std::chrono::hours(1);
  late.status = "blocked";
  here.zone = "Zone A";
  here.project = 2;
  here.type = "build";
  store_all({a, b, monday, late, here});
  get_stats request;
  request.during = during_;
  request.now = now_;
  request.week_begins = start_of_week(now_, zone_);
  request.month_begins = start_of_month(now_, zone_);
  request.by = manager();
  const stats_view got = run(connection_, request).value();
  EXPECT_EQ(got.open.total, 2);
  EXPECT_EQ(got.open.overdue, 1);
  EXPECT_EQ(got.open.by_status, (std::map<std::string, std::int64_t>{{"blocked", 1}, {"new", 1}}));
  EXPECT_EQ(got.created.total, 3);
  EXPECT_EQ(got.created.by_type, (std::map<std::string, std::int64_t>{{"build", 1}, {"fault", 2}}));
  ASSERT_EQ(got.open.by_zone.size(), 2U);
  ASSERT_EQ(got.open.by_project.size(), 2U);
  EXPECT_EQ(got.open.by_project[0].code + got.open.by_project[1].code, "MOH");
  EXPECT_EQ(got.resolved.resolved, 2);
  EXPECT_EQ(got.resolved.measured, 2);
  EXPECT_EQ(got.resolved.met, 1);
  EXPECT_EQ(got.resolved.average_s, 7200);
  EXPECT_EQ(got.by_type.at("fault").median_s, 7200);
  EXPECT_EQ(got.week.resolved, 3);
  EXPECT_EQ(got.week.met, 2);
  EXPECT_EQ(got.month.measured, 3);
}

TEST_F(Reports, CountOnlyWhatTheirReaderMaySee) {
  plain_ticket mine = open("2026-11-18T08:00:00Z"), crew = mine, team = mine, strange = mine,
               nobodys = mine;
  mine.assignee = 1;
  crew.assignee = 2;
  team.team = 10;
  strange.assignee = 3;
  strange.team = 11;
  for (plain_ticket* t : {&mine, &crew, &team, &strange, &nobodys}) {
    t->contractor = 1;
    t->reopened = {time_of("2026-11-19T08:00:00Z")};
  }
  store_all({mine, crew, team, strange, nobodys});
  domain::principal lead;
  lead.as = domain::role::team_lead;
  lead.user_id = 1;
  lead.teams = lead.led = {10};
  lead.crew = {2};
  domain::principal technician;
  technician.as = domain::role::technician;
  technician.user_id = 1;
  const std::pair<domain::principal, std::int64_t> readers[] = {
      {manager(), 5}, {lead, 3}, {technician, 1}};
  for (const auto& [who, seen] : readers) {
    for (const domain::report_definition& d : domain::reports()) {
      get_report request = ask(d.kind);
      request.by = who;
      const report_answer got = read(request);
      std::int64_t n = 0;
      const auto add = [&n](const std::vector<domain::report_row>& rows, std::size_t column) {
        for (const auto& row : rows)
          n += std::stoll(row.at(column).value_or("0"));
      };
      switch (d.kind) {
        case report_kind::ticket_summary:
          add(got.sections[0].rows, 1);
          break;
        case report_kind::trend:
        case report_kind::zones:
          add(got.rows, 3);
          break;
        case report_kind::contractors:
          add(got.rows, 2);
          break;
        case report_kind::technicians:
          // Those of nobody belong to no technician.
          add(got.rows, 7);
          n += seen == 5 ? 2 : seen == 3 ? 1 : 0;
          break;
        case report_kind::sla:
        case report_kind::clocks:  // has a test of its own
          n = seen;
          break;
      }
      EXPECT_EQ(n, seen) << d.name << " " << domain::name_of(who.as);
    }
    list_report_tickets list;
    list.by = who;
    list.now = now_;
    EXPECT_EQ(run(connection_, list)->rows.size(), static_cast<std::size_t>(seen));
    get_stats stats;
    stats.by = who;
    stats.now = now_;
    stats.during = during_;
    EXPECT_EQ(run(connection_, stats)->open.total, seen);
  }
}

TEST_F(Reports, TakeEveryStatusForOpenButResolvedAndClosed) {
  for (const std::string_view status : domain::ticket_status_names())
    EXPECT_EQ(open_condition.find(fmt::format("'{}'", status)) != std::string_view::npos,
              status != "resolved" && status != "closed")
        << status;
}

TEST_F(Reports, OfNothingAreEmptyAndWithoutGaps) {
  for (const domain::report_definition& d : domain::reports()) {
    const report_answer got = read(ask(d.kind));
    EXPECT_EQ(got.rows.size(), d.by_step ? 4U : 0U) << d.name;
    for (const auto& row : got.rows)
      EXPECT_EQ(row.size(), d.columns.size());
  }
}

}  // namespace
}  // namespace fibrehub::store::tests
