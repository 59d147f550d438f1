// A database with people, teams and tickets, and changes made on it as the writer would make them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "domain/history.hpp"
#include "store/change.hpp"
#include "store/pq.hpp"
#include "store/queries/tickets.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store::tests {

constexpr domain::instant noon = domain::from_us(1'795'000'000'000'000);

class work_fixture : public testing::Test {
 protected:
  void SetUp() override {
    execute("INSERT INTO clients (id, code, name) VALUES (1, 'C1', 'Acme')");
    execute(
        "INSERT INTO users (id, email, name, role) VALUES (1, 'thabo@x', 'Thabo', 'technician'),"
        " (2, 'lerato@x', 'Lerato', 'technician'), (3, 'sipho@x', 'Sipho', 'technician'),"
        " (4, 'vera@x', 'Vera', 'viewer')");
    execute("INSERT INTO teams (id, name) VALUES (20, 'Lawley'), (21, 'Velocity')");
    execute("INSERT INTO team_members VALUES (20, 1), (20, 2), (21, 3), (20, 4)");
  }
  void execute(const std::string& sql) const { static_cast<void>(db_.ask(sql + " RETURNING 1")); }

  static domain::principal manager() {
    domain::principal p;
    p.what = domain::principal::kind::user;
    p.id = "user:9";
    p.name = "Mandla";
    p.as = domain::role::manager;
    p.address = "10.0.0.7";
    return p;
  }
  static domain::principal technician(std::int64_t id, std::vector<std::int64_t> teams = {}) {
    domain::principal p = manager();
    p.id = fmt::format("user:{}", id);
    p.user_id = id;
    p.as = domain::role::technician;
    p.teams = std::move(teams);
    return p;
  }

  /// A new ticket as a channel would leave it, with its first history row.
  std::string make_ticket(const std::string& zone = "", const std::string& status = "new") {
    const std::int64_t id = next_id_++;
    const std::string uid = fmt::format("FT{}", id);
    const domain::history_entry made{id,        1,      noon, {"system", "test", ""},
                                     "created", "case", "",   ""};
    std::string hash;
    for (const std::uint8_t b : domain::chain({}, made))
      hash += fmt::format("{:02x}", b);
    const std::string at = "timestamptz 'epoch' + 1795000000000000 * interval '1 microsecond'";
    execute(fmt::format(
        "INSERT INTO tickets (id, uid, title, description, source, type, priority, status, zone,"
        " history_seq, history_hash, created_at, updated_at) VALUES ({0}, '{1}', 'No light', '',"
        " 'qcontact', 'fault', 'medium', '{2}', nullif('{3}', ''), 1, decode('{4}', 'hex'), {5}, "
        "{5})",
        id, uid, status, zone, hash, at));
    execute(
        fmt::format("INSERT INTO ticket_history VALUES ({}, 1, {}, 'system', 'test', '',"
                    " 'created', 'case', '', '', decode('{}', 'hex'))",
                    id, at, hash));
    return uid;
  }

  /// In a transaction of its own that is kept when it succeeds.
  template <class Request>
  write_outcome change(const Request& request, domain::principal by = manager()) {
    struct refused {
      error why;
    };
    write_origin origin;
    origin.by = std::move(by);
    origin.at = now_ += std::chrono::seconds(1);
    change_context context{origin, [this] { return next_id_++; }, {}, {}};
    try {
      auto answer = connection_.transact([&](pqxx::work& tx) {
        auto done = run(connection_, tx, request, context);
        if (!done) throw refused{done.error()};
        return *done;
      });
      events_ = std::move(context.events);
      touched_ = std::move(context.tickets);
      return answer;
    } catch (const refused& r) {
      return tl::unexpected(r.why);
    }
  }
  template <class Request>
  auto read(const Request& request) {
    return run(connection_, request);
  }
  ticket_detail ticket(const std::string& uid, domain::principal by = manager()) {
    get_ticket ask;
    ask.uid = uid;
    ask.by = std::move(by);
    return read(ask).value();
  }
  /// "action field: old → new" of every row but the first; fails when the chain is broken.
  std::vector<std::string> history(const std::string& uid) {
    const ticket_detail d = ticket(uid);
    std::vector<domain::chained_entry> rows;
    std::vector<std::string> out;
    for (const history_view& h : d.history) {
      domain::chained_entry& row = rows.emplace_back();
      row.entry = h.entry;
      const std::string bytes = unhex("\\x" + h.hash_hex);
      std::copy_n(bytes.begin(), row.hash.size(), row.hash.begin());
      if (h.entry.seq > 1)
        out.push_back(fmt::format("{} {}: {} → {}", h.entry.action, h.entry.field,
                                  h.entry.old_value, h.entry.new_value));
    }
    EXPECT_EQ(domain::first_broken(rows), 0);
    EXPECT_EQ(d.ticket.history_seq, static_cast<std::int32_t>(rows.size()));
    EXPECT_EQ(d.ticket.history_hash, rows.back().hash);
    EXPECT_EQ(d.ticket.version, d.ticket.history_seq);
    return out;
  }

  fixtures::temporary_database db_;
  connection connection_{db_.options()};
  std::int64_t next_id_ = 1000;
  domain::instant now_ = noon;
  std::vector<committed_event> events_;
  std::vector<std::int64_t> touched_;
};

}  // namespace fibrehub::store::tests
