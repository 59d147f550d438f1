// Whatever the tickets are: the database's figures are those of a recount ticket by ticket.
#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <array>
#include <cmath>

#include "tests/store/queries/report_recount.hpp"

namespace fibrehub::store::tests {
namespace {

using domain::report_kind;
using std::chrono::seconds;

class ReportFigures : public report_fixture {
 protected:
  using lines_by_key = std::map<std::string, std::string>;

  domain::instant moment(int days_before, int days_after) const {
    const int span = (days_before + days_after) * 86'400;
    return during_.from - std::chrono::days(days_before) + seconds(*rc::gen::inRange(0, span));
  }
  template <class T>
  static T one_of(std::initializer_list<T> values) {
    return *rc::gen::elementOf(std::vector<T>(values));
  }
  plain_ticket any_ticket() const {
    plain_ticket t;
    t.created = moment(2, 5);
    t.type = one_of<std::string>({"build", "fault", "adhoc"});
    t.priority = one_of<std::string>({"critical", "high", "low"});
    t.zone = one_of<std::string>({"", "A", "B"});
    t.project = one_of<std::int64_t>({0, 1, 2});
    t.contractor = one_of<std::int64_t>({0, 1, 2});
    t.assignee = one_of<std::int64_t>({0, 1, 2, 3});
    t.defect = one_of<std::string>({"", "dirty", "bend"});
    t.drop = one_of<std::string>({"", "1000001", "1000002"});
    t.rework = one_of({0, 0, 1, 3});
    t.rework_required = one_of({0, 0, 1}) == 1;
    t.penalty_cents = one_of<std::int64_t>({0, 0, 1, 99, 123'456});
    t.deleted = one_of({0, 0, 0, 0, 1}) == 1;
    if (one_of({0, 1}) == 1) t.due = moment(2, 6);
    t.status =
        one_of<std::string>({"new", "in_progress", "resolved", "resolved", "closed", "merged"});
    if (!t.open() && t.status != "merged")
      t.resolved = t.created + seconds(*rc::gen::inRange(0, 300'000));
    if (t.status == "closed") t.closed = *t.resolved + seconds(*rc::gen::inRange(0, 86'400));
    if (t.status == "merged") {
      t.closed = t.created + seconds(*rc::gen::inRange(0, 300'000));
      t.status = "closed";
    }
    for (int i = one_of({0, 0, 0, 1, 2}); i > 0; --i)
      t.reopened.push_back(moment(2, 6));
    return t;
  }

  void expect_trend(const tickets& all) {
    const get_report request = ask(report_kind::trend);
    const auto got = lines(read(request).rows);
    RC_ASSERT(got.size() + 1 == request.borders.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      const domain::instant from = request.borders[i], to = request.borders[i + 1];
      const auto count = [&](auto keep) { return only(all, keep).size(); };
      RC_ASSERT(got[i] == fmt::format("{}|{}|{}|{}|{}|{}|{}", domain::local_date(from, zone_),
                                      domain::to_rfc3339(from), domain::to_rfc3339(to),
                                      count([&](auto& t) { return in(t.created, from, to); }),
                                      count([&](auto& t) { return in(t.resolved, from, to); }),
                                      count([&](auto& t) { return in(t.closed, from, to); }),
                                      count([&](auto& t) {
                                        return t.created < to && (!ended(t) || *ended(t) >= to);
                                      })));
    }
  }

  void expect_sla(const tickets& all) {
    const get_report request = ask(report_kind::sla);
    const report_answer answer = read(request);
    for (std::size_t i = 0; i < answer.rows.size(); ++i) {
      const domain::instant from = request.borders[i], to = request.borders[i + 1];
      const auto done = only(all, [&](auto& t) { return in(t.resolved, from, to); });
      RC_ASSERT(line(answer.rows[i]) == fmt::format("{}|{}|{}|{}", domain::local_date(from, zone_),
                                                    domain::to_rfc3339(from),
                                                    domain::to_rfc3339(to), compliance_line(done)));
    }
    const auto done = only(all, [&](auto& t) { return in(t.resolved, during_.from, during_.to); });
    RC_ASSERT(line(answer.sections[0].rows.at(0)) == "–|" + compliance_line(done));
    for (const auto& row : answer.sections[1].rows)
      RC_ASSERT(line(row) == *row[0] + "|" + compliance_line(only(done, [&](auto& t) {
                  return t.priority == *row[0];
                })));
    for (const auto& row : answer.sections[2].rows)
      RC_ASSERT(line(row) == *row[0] + "|" + compliance_line(only(done, [&](auto& t) {
                  return t.type == *row[0];
                })));
  }

  void expect_technicians(const tickets& all) {
    const char* names[] = {"", "Thabo", "Lerato", "Zoë"};
    lines_by_key wanted;
    for (std::int64_t person = 1; person <= 3; ++person) {
      const auto theirs = only(all, [&](auto& t) { return t.assignee == person; });
      const auto done =
          only(theirs, [&](auto& t) { return in(t.resolved, during_.from, during_.to); });
      const auto back = only(theirs, [&](auto& t) {
        return std::any_of(t.reopened.begin(), t.reopened.end(),
                           [&](auto at) { return in(at, during_.from, during_.to); });
      });
      const auto open = only(theirs, [](auto& t) { return t.open(); });
      if (done.empty() && back.empty() && open.empty()) continue;
      int rework = 0;
      for (const auto& t : done)
        rework += t.rework;
      wanted[std::to_string(person)] =
          fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}", person, names[person], done.size(),
                      average_s(done), median_s(done), back.size(), rework, open.size(),
                      only(open, [&](auto& t) { return late(t, now_); }).size());
    }
    expect_lines(read(ask(report_kind::technicians)).rows, wanted, 1);
  }

  void expect_zones(const tickets& all) {
    const char* codes[] = {"–|–", "LAW|Lawley", "MOH|Mohadin"};
    lines_by_key wanted;
    std::map<std::string, tickets> groups;
    for (const auto& t :
         only(all, [&](auto& x) { return in(x.created, during_.from, during_.to); }))
      groups[fmt::format("{}|{}", codes[t.project], t.zone.empty() ? "–" : t.zone)].push_back(t);
    for (const auto& [key, group] : groups) {
      std::set<std::string> drops;
      for (const auto& t : group)
        if (!t.drop.empty()) drops.insert(t.drop);
      const auto of_type = [&, &g = group](const char* type) {
        return only(g, [&](auto& t) { return t.type == type; }).size();
      };
      wanted[key] = fmt::format("{}|{}|{}|{}|0|0|{}|{}|{}|{}|{}|{}", key, group.size(),
                                of_type("build"), of_type("fault"), of_type("adhoc"), drops.size(),
                                only(group, [](auto& t) { return t.open(); }).size(),
                                only(group, [&](auto& t) { return late(t, now_); }).size(),
                                average_s(group), median_s(group));
    }
    expect_lines(read(ask(report_kind::zones)).rows, wanted, 3);
  }

  void expect_contractors(const tickets& all) {
    const char* names[] = {"", "K1|Splice & Co", "K2|Noël Bouwers"};
    lines_by_key wanted;
    for (std::int64_t k = 1; k <= 2; ++k) {
      const auto theirs = only(all, [&](auto& t) {
        return t.contractor == k && in(t.created, during_.from, during_.to);
      });
      if (theirs.empty()) continue;
      const auto reworked = [](auto& t) { return t.rework > 0 || t.rework_required; };
      const auto done = only(theirs, [](auto& t) { return t.resolved.has_value(); });
      const auto at_once = only(done, [&](auto& t) { return !reworked(t) && t.reopened.empty(); });
      const auto rework = only(theirs, reworked);
      std::map<std::string, int> defects;
      std::int64_t cents = 0;
      std::size_t with_defect = 0;
      for (const auto& t : theirs) {
        cents += t.penalty_cents;
        if (t.defect.empty()) continue;
        ++defects[t.defect];
        ++with_defect;
      }
      std::vector<std::pair<std::string, int>> sorted(defects.begin(), defects.end());
      std::stable_sort(sorted.begin(), sorted.end(),
                       [](auto& a, auto& b) { return a.second > b.second; });
      std::string json;
      for (const auto& [name, n] : sorted)
        json += fmt::format("{}\"{}\" : {}", json.empty() ? "" : ", ", name, n);
      wanted[names[k]] =
          fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}.{:02}", names[k], theirs.size(), with_defect,
                      json.empty() ? "{}" : "{ " + json + " }", rework.size(),
                      percent_of(rework.size(), theirs.size()), done.size(), at_once.size(),
                      percent_of(at_once.size(), done.size()), cents / 100, cents % 100);
    }
    expect_lines(read(ask(report_kind::contractors)).rows, wanted, 2);
  }

  void expect_stats(const tickets& all) {
    get_stats request;
    request.during = during_;
    request.now = now_;
    request.week_begins = start_of_week(now_, zone_);
    request.month_begins = start_of_month(now_, zone_);
    request.by = manager();
    const stats_view got = run(connection_, request).value();
    const auto open = only(all, [](auto& t) { return t.open(); });
    RC_ASSERT(got.open.total == static_cast<std::int64_t>(open.size()));
    std::map<std::string, std::int64_t> by_priority;
    for (const auto& t : open)
      ++by_priority[t.priority];
    RC_ASSERT(got.open.by_priority == by_priority);
    const auto overdue = only(all, [&](auto& t) { return late(t, now_); });
    RC_ASSERT(got.open.overdue == static_cast<std::int64_t>(overdue.size()));
    const auto week =
        only(all, [&](auto& t) { return in(t.resolved, request.week_begins, now_ + seconds(1)); });
    RC_ASSERT(got.week.resolved == static_cast<std::int64_t>(week.size()));
  }

  /// Counts of the tickets made in the period, and all of them page by page.
  void expect_summary(const tickets& all, std::int64_t first_id) {
    const char* codes[] = {"–", "LAW", "MOH"};
    const char* builders[] = {"–", "Splice & Co", "Noël Bouwers"};
    const char* names[] = {"–", "Thabo", "Lerato", "Zoë"};
    const summary_state state =
        one_of({summary_state::any, summary_state::open, summary_state::overdue});
    using row = std::pair<std::pair<domain::instant, std::int64_t>, std::string>;
    std::vector<row> wanted;
    std::array<std::map<std::string, int>, 4> counts;
    const auto or_none = [](const std::optional<domain::instant>& at) {
      return at ? domain::to_rfc3339(*at) : std::string("–");
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
      const plain_ticket& t = all[i];
      if (t.deleted || !in(t.created, during_.from, during_.to)) continue;
      if (state != summary_state::any && !t.open()) continue;
      if (state == summary_state::overdue && !late(t, now_)) continue;
      const std::int64_t id = first_id + static_cast<std::int64_t>(i);
      wanted.push_back(
          {{t.created, id},
           fmt::format(
               "T-{0}|Title {0}|{1}|{2}|{3}|{4}|{5}|{6}|{7}|–|{8}|{9}|–|{10}|{11}|{12}|{13}|{14}|"
               "{15}|{16}",
               id, t.status, t.priority, t.type, t.source, codes[t.project],
               t.zone.empty() ? "–" : t.zone, t.drop.empty() ? "–" : "DR" + t.drop,
               builders[t.contractor], names[t.assignee], domain::to_rfc3339(t.created),
               or_none(t.due), or_none(t.resolved), or_none(t.closed),
               t.resolved ? std::to_string((*t.resolved - t.created) / seconds(1)) : "–",
               late(t, now_) ? "yes" : "no", t.rework)});
      ++counts[0][t.status];
      ++counts[1][t.priority];
      ++counts[2][t.type];
      ++counts[3][t.source];
    }
    std::sort(wanted.begin(), wanted.end());
    std::vector<std::string> lines_wanted, got;
    for (const auto& w : wanted)
      lines_wanted.push_back(w.second);
    list_report_tickets page;
    page.during = during_;
    page.state = state;
    page.now = now_;
    page.limit = 7;
    page.by = manager();
    do {
      const summary_page found = run(connection_, page).value();
      for (const auto& r : found.rows)
        got.push_back(line(r));
      page.after = found.next;
    } while (page.after);
    RC_ASSERT(got == lines_wanted);

    get_report request = ask(report_kind::ticket_summary);
    request.state = state;
    const report_answer answer = read(request);
    RC_ASSERT(answer.sections.size() == counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
      std::map<std::string, int> found;
      for (const auto& r : answer.sections[i].rows)
        found[r[0].value()] = std::stoi(r[1].value());
      RC_ASSERT(found == counts[i]);
    }
  }

  /// Rows in any order, found by their first `key_cells` cells.
  static void expect_lines(const std::vector<domain::report_row>& rows, const lines_by_key& wanted,
                           std::size_t key_cells) {
    lines_by_key got;
    for (const auto& row : rows) {
      const domain::report_row key(row.begin(), row.begin() + static_cast<long>(key_cells));
      got[line(key)] = line(row);
    }
    RC_ASSERT(got == wanted);
  }
};

TEST_F(ReportFigures, AreThoseOfARecountTicketByTicket) {
  const bool held = rc::check("the reports of random tickets", [this] {
    const auto count = *rc::gen::inRange(0, 40);
    tickets all;
    for (int i = 0; i < count; ++i)
      all.push_back(any_ticket());
    remove_all();
    const std::int64_t first_id = next_id_;
    store_all(all);
    expect_summary(all, first_id);
    expect_trend(all);
    expect_sla(all);
    expect_technicians(all);
    expect_zones(all);
    expect_contractors(all);
    expect_stats(all);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace fibrehub::store::tests
