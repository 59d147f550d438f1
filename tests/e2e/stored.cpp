#include "tests/e2e/stored.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include "domain/history.hpp"
#include "store/sql_time.hpp"
#include "tests/e2e/deliveries.hpp"

namespace fibrehub::e2e {
namespace {

std::map<std::string, int> count_lines(const std::string& text) {
  std::map<std::string, int> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    ++out[line];
  return out;
}

using histories = std::map<std::int64_t, std::vector<domain::chained_entry>>;

histories read_histories(const fixtures::temporary_database& db) {
  store::connection c(db.options());
  const pqxx::result rows = c.autocommit([](auto& tx) {
    return tx.exec("SELECT ticket_id, seq, " FIBREHUB_SQL_US(
        "at") ", actor_kind, actor, address,"
              " action, field, old_value, new_value, hash FROM ticket_history"
              " ORDER BY ticket_id, seq");
  });
  histories out;
  for (const auto& row : rows) {
    domain::chained_entry e;
    e.entry.ticket_id = row[0].as<std::int64_t>();
    e.entry.seq = row[1].as<std::int32_t>();
    e.entry.at = domain::from_us(row[2].as<std::int64_t>());
    e.entry.actor = {row[3].c_str(), row[4].c_str(), row[5].c_str()};
    e.entry.action = row[6].c_str();
    e.entry.field = row[7].c_str();
    e.entry.old_value = row[8].c_str();
    e.entry.new_value = row[9].c_str();
    const std::string hash = store::unhex(row[10].c_str());
    std::copy_n(hash.begin(), std::min(hash.size(), e.hash.size()), e.hash.begin());
    out[e.entry.ticket_id].push_back(std::move(e));
  }
  return out;
}

}  // namespace

void expect_stored_once(const fixtures::temporary_database& db,
                        const std::set<std::string>& stanzas) {
  const auto inbox =
      count_lines(db.ask("SELECT ext_id FROM inbox WHERE state IN ('stored', 'kept')"));
  const auto messages = count_lines(db.ask("SELECT ext_id FROM messages"));
  std::size_t wrong = 0;
  std::string example;
  for (const std::string& stanza : stanzas) {
    const auto a = inbox.find(inbox_key(stanza));
    const auto b = messages.find(stanza);
    if (a != inbox.end() && a->second == 1 && b != messages.end() && b->second == 1) continue;
    ++wrong;
    example = fmt::format("{} is {} times in the inbox, {} times a message", stanza,
                          a == inbox.end() ? 0 : a->second, b == messages.end() ? 0 : b->second);
  }
  EXPECT_EQ(wrong, 0U) << "of " << stanzas.size() << "; for example " << example;
  EXPECT_EQ(db.ask("SELECT count(*) FROM inbox WHERE state IN ('conflict', 'review')"), "0");
}

void expect_sound_tickets(const fixtures::temporary_database& db) {
  const histories all = read_histories(db);
  EXPECT_FALSE(all.empty());
  for (const auto& [id, rows] : all) {
    EXPECT_EQ(domain::first_broken(rows), 0) << "ticket " << id;
    for (std::size_t i = 0; i < rows.size(); ++i)
      ASSERT_EQ(rows[i].entry.seq, static_cast<std::int32_t>(i) + 1) << "ticket " << id;
  }
  EXPECT_EQ(db.ask("SELECT count(*) FROM tickets t WHERE history_seq <> (SELECT count(*) FROM"
                   " ticket_history h WHERE h.ticket_id = t.id)"),
            "0");
  EXPECT_EQ(db.ask("SELECT count(*) FROM tickets t WHERE history_hash <> (SELECT hash FROM"
                   " ticket_history h WHERE h.ticket_id = t.id AND h.seq = t.history_seq)"),
            "0");
  EXPECT_EQ(db.ask("SELECT count(*) FROM tickets t WHERE message_count <> (SELECT count(*) FROM"
                   " messages m WHERE m.ticket_id = t.id) + (SELECT count(*) FROM message_links l"
                   " WHERE l.ticket_id = t.id)"),
            "0");
  EXPECT_EQ(db.ask("SELECT coalesce(sum(value), 0) - (SELECT count(*) FROM tickets WHERE source <>"
                   " 'qcontact') FROM uid_counters"),
            "0");
}

}  // namespace fibrehub::e2e
