// The report of SLA clocks, held against a recount of the same clocks in the plainest way.
#include <random>

#include "tests/store/queries/report_recount.hpp"

namespace fibrehub::store::tests {
namespace {

using domain::instant;
using domain::report_kind;

struct plain_clock {
  plain_ticket ticket;
  std::string clock = "resolution";
  int cycle = 1;
  std::optional<instant> stopped;
  std::string verdict;  // met, breached, or none
};

class ReportOfClocks : public report_fixture {
 protected:
  void put(const plain_clock& c, std::int64_t ticket) {
    db_.ask(fmt::format(
        "INSERT INTO sla_clocks (ticket_id, clock, cycle, start_at, target_seconds, target_source,"
        " target_reason, calendar_id, calendar_version, state, stopped_at, verdict, level_bp,"
        " marks) VALUES ({}, '{}', {}, '2026-11-01T00:00:00Z', 3600, 'rule', '', 1, 1, '{}', {},"
        " {}, 0, '') RETURNING 1",
        ticket, c.clock, c.cycle,
        !c.stopped          ? "running"
        : c.verdict.empty() ? "withdrawn"
                            : "stopped",
        sql_time(c.stopped), sql_text(c.verdict)));
  }
  std::vector<std::string> report() {
    get_report request = ask(report_kind::clocks);
    request.borders = cut(during_, domain::report_step::week, zone_);
    for (std::size_t i = 0; i + 1 < request.borders.size(); ++i)
      request.piece_names.push_back(domain::iso_week(request.borders[i], zone_));
    return lines(read(request).rows);
  }
  static std::string name_of(std::int64_t id, const char* one, const char* two) {
    return id == 0 ? "–" : id % 2 == 0 ? two : one;
  }
  /// As the database names the week of the local day.
  std::string week_of(instant at) const {
    return db_.ask("SELECT to_char(timestamptz " + sql_time(at) +
                   " AT TIME ZONE 'Africa/Johannesburg', 'IYYY-\"W\"IW')");
  }
};

TEST_F(ReportOfClocks, CountsVerdictsOfClocksThatStoppedInThePeriod) {
  plain_ticket t;
  t.created = time_of("2026-11-18T06:00:00Z");
  t.team = 10;
  t.contractor = 2;
  store(t);
  flush();
  const instant inside = time_of("2026-11-18T08:00:00Z");
  put({t, "resolution", 1, inside, "breached"}, 1);
  put({t, "resolution", 2, inside, "met"}, 1);
  put({t, "response", 1, inside, "met"}, 1);
  put({t, "response", 2, std::nullopt, ""}, 1);
  EXPECT_EQ(
      report(),
      (std::vector<std::string>{
          "resolution|all|–|2|1|1|50.0", "resolution|type|fault|2|1|1|50.0",
          "resolution|priority|medium|2|1|1|50.0", "resolution|team|North|2|1|1|50.0",
          "resolution|contractor|Noël Bouwers|2|1|1|50.0", "resolution|week|2026-W47|2|1|1|50.0",
          "response|all|–|1|1|0|100.0", "response|type|fault|1|1|0|100.0",
          "response|priority|medium|1|1|0|100.0", "response|team|North|1|1|0|100.0",
          "response|contractor|Noël Bouwers|1|1|0|100.0", "response|week|2026-W47|1|1|0|100.0"}));
}

TEST_F(ReportOfClocks, IsWhatARecountOfRandomClocksSays) {
  std::mt19937 random(47);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::vector<std::string> types{"fault", "build"}, priorities{"critical", "low"};
  // Over the end of a year, where weeks and years part.
  during_ = {time_of("2026-12-20T22:00:00Z"), time_of("2027-01-10T22:00:00Z")};
  std::vector<plain_clock> clocks;
  for (std::int64_t id = 1; id <= 150; ++id) {
    plain_clock c;
    c.ticket.created = time_of("2026-12-01T00:00:00Z");
    c.ticket.type = types[below(2)];
    c.ticket.priority = priorities[below(2)];
    c.ticket.team = below(3) == 0 ? 0 : 10 + static_cast<std::int64_t>(below(2));
    c.ticket.contractor = static_cast<std::int64_t>(below(3));
    c.ticket.deleted = below(10) == 0;
    store(c.ticket);
    for (const char* clock : {"response", "resolution"})
      for (int cycle = 1; cycle <= 1 + static_cast<int>(below(2)); ++cycle) {
        c.clock = clock;
        c.cycle = cycle;
        c.stopped.reset();
        c.verdict.clear();
        if (below(5) != 0)
          c.stopped = time_of("2026-12-18T00:00:00Z") + std::chrono::minutes(below(40'000));
        if (c.stopped && below(6) != 0) c.verdict = below(3) == 0 ? "breached" : "met";
        clocks.push_back(c);
        flush();
        put(c, id);
      }
  }
  std::map<std::tuple<std::string, int, std::string>, std::pair<std::size_t, std::size_t>> counted;
  const char* names[]{"all", "type", "priority", "team", "contractor", "week"};
  for (const plain_clock& c : clocks) {
    if (c.ticket.deleted || c.verdict.empty() || !in(c.stopped, during_.from, during_.to)) continue;
    const std::string values[]{"–",
                               c.ticket.type,
                               c.ticket.priority,
                               name_of(c.ticket.team, "South", "North"),
                               name_of(c.ticket.contractor, "Splice & Co", "Noël Bouwers"),
                               week_of(*c.stopped)};
    for (int n = 0; n < 6; ++n) {
      auto& [measured, met] = counted[{c.clock, n, values[n]}];
      ++measured;
      met += c.verdict == "met" ? 1 : 0;
    }
  }
  std::set<std::string> wanted;
  for (const auto& [key, count] : counted) {
    const auto& [clock, n, value] = key;
    const auto& [measured, met] = count;
    wanted.insert(fmt::format("{}|{}|{}|{}|{}|{}|{}", clock, names[n], value, measured, met,
                              measured - met, percent_of(met, measured)));
  }
  const auto found = report();
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), wanted);
  EXPECT_EQ(found.size(), wanted.size());
  EXPECT_GT(wanted.size(), 20U);
}

}  // namespace
}  // namespace fibrehub::store::tests
