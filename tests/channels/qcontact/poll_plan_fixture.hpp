// A desk that pages as the contract says, and a plan that is asked what it wants until it rests.
#pragma once

#include "channels/qcontact/poll_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace fibrehub::channels::qcontact {

using namespace std::chrono_literals;
using domain::instant;

inline const instant start = *domain::parse_rfc3339("2026-01-05T08:00:00Z");

/// A case at the peer.
struct desk_case {
  std::string id;
  std::int64_t created_s = 0;  // relative to the start
  std::int64_t updated_s = 0;
  std::uint64_t content = 0;
  bool open = true;
};

/// The peer's side of the contract: filter, sort, offset, limit.
class desk {
 public:
  std::vector<desk_case> cases;
  std::size_t most_rows = 1000;

  void add(int from, int to, std::int64_t created_s) {
    for (int i = from; i <= to; ++i)
      cases.push_back({fmt::format("{}", i), created_s + i, created_s + i,
                       static_cast<std::uint64_t>(i), true});
  }
  void touch(const std::string& id, std::int64_t updated_s, bool open = true) {
    for (auto& c : cases)
      if (c.id == id) c = {c.id, c.created_s, updated_s, c.content + 1000, open};
  }
  std::vector<row> page(const page_query& q) const {
    auto list = matching(q);
    std::vector<row> rows;
    for (std::size_t i = q.offset; i < list.size() && rows.size() < std::min(q.limit, most_rows);
         ++i)
      rows.push_back({list[i].id, list[i].content, start + std::chrono::seconds{list[i].updated_s},
                      list[i].open});
    return rows;
  }
  std::int64_t total(const page_query& q) const {
    return static_cast<std::int64_t>(matching(q).size());
  }

 private:
  std::vector<desk_case> matching(const page_query& q) const {
    std::vector<desk_case> list;
    for (const auto& c : cases)
      if (q.everything ? c.open : !q.since || start + std::chrono::seconds{c.updated_s} >= *q.since)
        list.push_back(c);
    std::stable_sort(list.begin(), list.end(), [&](const auto& a, const auto& b) {
      return q.everything ? a.created_s < b.created_s : a.updated_s < b.updated_s;
    });
    return list;
  }
};

/// Drives a plan against the desk and the time; a test steps through by hand or lets it run.
class Plan : public testing::Test {
 protected:
  static plan_settings small_pages(std::size_t size) {
    plan_settings s;
    s.page_size = size;
    return s;
  }
  void use(plan_settings settings) { plan_ = std::make_unique<poll_plan>(settings, 7); }

  moment now() const {
    return {std::chrono::steady_clock::time_point{} + elapsed_, start + elapsed_};
  }
  action next() { return plan_->next(now()); }
  void pass_time(milliseconds by) { elapsed_ += by; }

  /// Answers a page from the desk; returns the ids handed to the store.
  std::vector<std::string> answer(const page_query& query) {
    auto rows = desk_.page(query);
    std::vector<std::string> ids;
    for (auto i : plan_->on_page(rows, desk_.total(query), now()))
      ids.push_back(rows[i].id);
    return ids;
  }
  void commit(const std::vector<std::string>& ids) {
    if (ids.empty()) return;
    for (const auto& id : ids)
      ++stored_[id];
    plan_->on_committed(now());
  }
  /// Does what the plan asks until it wants to wait; returns how long.
  milliseconds run() {
    for (int steps = 0; steps < 10'000; ++steps) {
      auto a = next();
      if (auto* w = std::get_if<wait_for>(&a)) return w->duration;
      if (std::holds_alternative<log_in>(a)) {
        ++logins_;
        plan_->on_login_ok(now());
      } else if (auto* p = std::get_if<ask_page>(&a)) {
        queries_.push_back(p->query);
        commit(answer(p->query));
      } else if (auto* c = std::get_if<ask_case>(&a)) {
        fetched_.push_back(c->id);
        fetch(c->id);
      } else {
        ADD_FAILURE() << "the plan waits for an event that nobody owes";
        return {};
      }
    }
    ADD_FAILURE() << "the plan never rests";
    return {};
  }
  void fetch(const std::string& id) {
    for (const auto& c : desk_.cases)
      if (c.id == id) {
        if (plan_->on_case({c.id, c.content, start + std::chrono::seconds{c.updated_s}, c.open},
                           now()))
          commit({id});
        return;
      }
    plan_->on_case_missing(now());
  }
  page_query expect_page() {
    auto a = next();
    auto* p = std::get_if<ask_page>(&a);
    EXPECT_NE(p, nullptr) << "no page is asked for";
    return p ? p->query : page_query{};
  }
  milliseconds expect_wait() {
    auto a = next();
    auto* w = std::get_if<wait_for>(&a);
    EXPECT_NE(w, nullptr) << "the plan does not wait";
    return w ? w->duration : milliseconds{};
  }
  void expect_login(bool ok = true) {
    auto a = next();
    EXPECT_TRUE(std::holds_alternative<log_in>(a));
    ok ? plan_->on_login_ok(now()) : plan_->on_login_refused(now());
  }
  /// The first import is behind us, everything so far is stored.
  void settle() {
    run();
    queries_.clear();
    logins_ = 0;
  }
  std::size_t stored_count() const { return stored_.size(); }

  desk desk_;
  std::unique_ptr<poll_plan> plan_ = std::make_unique<poll_plan>(plan_settings{}, 7);
  milliseconds elapsed_{};
  std::map<std::string, int> stored_;
  std::vector<page_query> queries_;
  std::vector<std::string> fetched_;
  int logins_ = 0;
};

}  // namespace fibrehub::channels::qcontact
