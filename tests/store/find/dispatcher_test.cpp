// The ten queries of docs/find.md find in the demo data what the document says they find.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "domain/query/query.hpp"
#include "store/queries/tickets.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(FIBREHUB_SOURCE_DIR "/" + name);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct documented {
  std::string query, sort, answer;
};

/// The text between the first pair of backquotes at or after `from`; what comes behind it starts at
/// `from` then.
std::string quoted(const std::string& text, std::size_t& from) {
  const auto begin = text.find('`', from);
  if (begin == std::string::npos) return "";
  const auto end = text.find('`', begin + 1);
  from = end + 1;
  return text.substr(begin + 1, end - begin - 1);
}

/// The rows of the section's table.
std::vector<documented> table() {
  std::istringstream lines(file("docs/find.md"));
  std::vector<documented> out;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) inside = line.find("dispatcher") != std::string::npos;
    if (!inside || !line.starts_with("| `")) continue;
    const std::string first = line.substr(0, line.find(" | "));
    documented d;
    std::size_t at = 0;
    d.query = quoted(first, at);
    if (first.find("`sort=", at) != std::string::npos) d.sort = quoted(first, at).substr(5);
    const auto last = line.rfind(" | ");
    d.answer = line.substr(last + 3, line.rfind(" |") - last - 3);
    out.push_back(d);
  }
  return out;
}

TEST(Dispatcher, TheTenFirstQueriesFindWhatTheDocumentSays) {
  const fixtures::temporary_database db;
  db.ask(file("tests/data/find/demo.sql"));
  connection reader(db.options());
  domain::principal thabo;
  thabo.as = domain::role::manager;  // sees all, whoever is the assignee
  thabo.user_id = 1;
  const std::vector<documented> all = table();
  ASSERT_EQ(all.size(), 10U);
  for (const documented& d : all) {
    list_tickets ask;
    ask.filter.by = thabo;
    ask.filter.now = *domain::parse_rfc3339("2026-11-18T08:00:00Z");
    auto tree = domain::query::parse(d.query);
    ASSERT_TRUE(tree) << d.query;
    ask.filter.query.children.push_back(std::move(*tree));
    ask.order = default_order();
    if (!d.sort.empty()) ask.order = {find_sort_key(d.sort), false};
    ask.limit = 50;
    std::string found;
    const auto page = run(reader, ask);
    for (const auto& t : page->items)
      found += (found.empty() ? "" : ", ") + t.uid;
    EXPECT_EQ(found, d.answer) << d.query;
    EXPECT_NE(d.answer, "");
  }
}

}  // namespace
}  // namespace fibrehub::store
