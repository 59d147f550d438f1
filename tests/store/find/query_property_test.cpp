// Whatever is asked: a query that is written out is read as the same tree again, and the database
// finds what a slow and obvious filter in memory finds.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "domain/query/fields.hpp"
#include "store/find/indexer.hpp"
#include "store/queries/tickets.hpp"
#include "tests/store/find/query_tickets.hpp"

namespace fibrehub::store::tests {
namespace {

using node_kind = q::node::kind;

// At full size from the first case on: a small one would know only the first fields and operators.
int any_number(int from, int to) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to + 1));
}
template <class T>
T one_of(const std::vector<T>& values) {
  return values[static_cast<std::size_t>(any_number(0, static_cast<int>(values.size()) - 1))];
}

/// A tree and one of the ways to write it.
class any_query {
 public:
  explicit any_query(const std::vector<q::field>& fields) : fields_(fields) {
    tree = make(3);
    text = write(tree, false);
  }
  q::node tree;
  std::string text;

 private:
  q::node make(int depth) {
    q::node n;
    const int what = depth == 0 ? 0 : any_number(0, 5);
    if (what < 3) {
      n.what = node_kind::condition;
      n.condition = any_condition();
    } else if (what == 3) {
      n.what = node_kind::not_;
      n.children.push_back(make(depth - 1));
    } else {
      n.what = what == 4 ? node_kind::all : node_kind::any;
      for (int i = any_number(2, 3); i > 0; --i)
        n.children.push_back(make(depth - 1));
    }
    return n;
  }

  q::condition any_condition() {
    q::condition c;
    c.what = one_of(fields_);
    for (int i = c.what == q::field::text ? 1 : any_number(1, 3); i > 0; --i)
      c.values.push_back(any_value(c.what));
    return c;
  }

  static q::value any_value(q::field f) {
    const q::field_def& def = q::definition(f);
    q::value v;
    switch (def.kind) {
      case q::value_kind::choice:
      case q::value_kind::ranked: {
        v.text = std::string(one_of<std::string_view>({def.choices.begin(), def.choices.end()}));
        if (def.kind == q::value_kind::ranked) v.how = any_comparison();
        return v;
      }
      case q::value_kind::person:
      case q::value_kind::group: {
        const std::string me = def.kind == q::value_kind::person ? "me" : "mine";
        v.text = one_of<std::string>({me, "none", "any", "1", "2", "or"});
        v.id = v.text == "1" ? 1 : v.text == "2" ? 2 : 0;
        v.phrase = v.text == "or";
        return v;
      }
      case q::value_kind::time:
        return any_time();
      case q::value_kind::number:
        return any_decimal();
      default:
        v.text = one_of(words());
        v.phrase = needs_quotes(v.text) || any_number(0, 1) == 1;
        return v;
    }
  }

  static q::op any_comparison() {
    return one_of<q::op>({q::op::is, q::op::less, q::op::at_most, q::op::more, q::op::at_least});
  }
  static q::value any_decimal() {
    q::value v;
    const std::vector<std::string> some{"0", "1", "2", "-25", "-24.5", "0.35"};
    v.text = one_of(some);
    const int how = any_number(0, 3);
    if (how == 0) {
      v.text = one_of<std::string>({"none", "any"});
    } else if (how == 1) {
      v.how = q::op::range;
      v.upper = one_of(some);
    } else {
      v.how = any_comparison();
    }
    return v;
  }
  static q::moment any_moment() {
    q::moment m;
    switch (any_number(0, 3)) {
      case 0:
        m.what = q::moment::kind::day;
        m.date = std::chrono::sys_days{std::chrono::days{20423 + any_number(-3, 3)}};
        break;
      case 1:
        m.what = q::moment::kind::day;
        m.offset = any_number(-1, 1);
        break;
      case 2:
        m.what = one_of<q::moment::kind>({q::moment::kind::week, q::moment::kind::month});
        m.offset = any_number(-1, 1);
        break;
      default:
        m.what = q::moment::kind::instant;
        m.at = query_now + std::chrono::hours(any_number(-60, 60));
    }
    return m;
  }
  static q::value any_time() {
    q::value v;
    const int how = any_number(0, 4);
    if (how == 0) {
      v.text = one_of<std::string>({"none", "any"});
      return v;
    }
    v.from = any_moment();
    if (how == 1) {
      v.how = q::op::range;
      v.to = any_moment();
    } else if (how == 2) {
      v.from = q::moment{};
      v.from->what = q::moment::kind::duration;
      v.from->length = std::chrono::hours(any_number(1, 72));
      v.how = one_of<q::op>({q::op::less, q::op::at_most, q::op::more, q::op::at_least});
    } else {
      v.how = any_comparison();
    }
    return v;
  }

  // ---- written out

  static bool needs_quotes(const std::string& word) {
    return word.find_first_of(" ,()\"<>:") != std::string::npos || word.starts_with('-') ||
           word == "OR" || word == "AND" || word == "NOT";
  }
  static std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + "\"";
  }
  static std::string written(const q::moment& m) {
    static const std::map<std::pair<q::moment::kind, int>, std::string> names{
        {{q::moment::kind::day, -1}, "yesterday"},    {{q::moment::kind::day, 0}, "today"},
        {{q::moment::kind::day, 1}, "tomorrow"},      {{q::moment::kind::week, -1}, "last-week"},
        {{q::moment::kind::week, 0}, "this-week"},    {{q::moment::kind::week, 1}, "next-week"},
        {{q::moment::kind::month, -1}, "last-month"}, {{q::moment::kind::month, 0}, "this-month"},
        {{q::moment::kind::month, 1}, "next-month"}};
    if (m.what == q::moment::kind::instant) return domain::to_rfc3339(m.at);
    if (m.what == q::moment::kind::duration) return fmt::format("{}m", m.length.count());
    if (!m.date) return names.at({m.what, m.offset});
    const std::chrono::year_month_day d{*m.date};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(d.year()),
                       static_cast<unsigned>(d.month()), static_cast<unsigned>(d.day()));
  }
  static std::string written(const q::value& v) {
    static const std::map<q::op, std::string> signs{{q::op::is, ""},         {q::op::less, "<"},
                                                    {q::op::at_most, "<="},  {q::op::more, ">"},
                                                    {q::op::at_least, ">="}, {q::op::range, ""}};
    if (v.phrase) return quoted(v.text);
    std::string text = v.from ? written(*v.from) : v.text;
    if (v.how == q::op::range) text += ".." + (v.to ? written(*v.to) : v.upper);
    return signs.at(v.how) + text;
  }
  std::string write(const q::condition& c) {
    std::string out;
    if (c.what != q::field::text) out = fmt::format("{}:", q::definition(c.what).name);
    for (std::size_t i = 0; i < c.values.size(); ++i)
      out += (i == 0 ? "" : ",") + written(c.values[i]);
    return out;
  }
  std::string write(const q::node& n, bool inside) {
    if (n.what == node_kind::condition) return write(n.condition);
    if (n.what == node_kind::not_) {
      const q::node& inner = n.children.front();
      const std::string sign = any_number(0, 1) == 0 ? "-" : "NOT ";
      return inner.what == node_kind::condition ? sign + write(inner.condition)
                                                : sign + "(" + write(inner, false) + ")";
    }
    const bool all = n.what == node_kind::all;
    std::string out;
    for (const q::node& c : n.children) {
      const char* between = !all ? " OR " : any_number(0, 1) == 0 ? " " : " AND ";
      // What is joined by AND needs no parentheses among what is joined by OR.
      const bool bare = !all && c.what == node_kind::all && any_number(0, 1) == 0;
      out += (out.empty() ? "" : between) + write(c, !bare);
    }
    return inside ? "(" + out + ")" : out;
  }

  const std::vector<q::field>& fields_;
};

/// All of a tree but where it was written.
std::string shape(const q::node& n) {
  std::string out = fmt::format("{}(", static_cast<int>(n.what));
  const auto moment = [](const std::optional<q::moment>& m) {
    return !m ? std::string("-")
              : fmt::format("{}/{}/{}/{}/{}", static_cast<int>(m->what),
                            m->date ? m->date->time_since_epoch().count() : -1, m->offset,
                            domain::to_us(m->at), m->length.count());
  };
  if (n.what == node_kind::condition) {
    out += fmt::format("f{}", static_cast<int>(n.condition.what));
    for (const q::value& v : n.condition.values)
      out += fmt::format(" [{} '{}' '{}' {} {} {} {}]", static_cast<int>(v.how), v.text, v.upper,
                         v.phrase, moment(v.from), moment(v.to), v.id);
  }
  for (const q::node& c : n.children)
    out += shape(c);
  return out + ")";
}

TEST(QueryLanguage, WhatIsWrittenOutIsReadAsTheSameTree) {
  std::vector<q::field> all{q::field::text};
  for (const q::field_def& f : q::fields())
    all.push_back(f.id);
  const bool held = rc::check("random queries", [&] {
    const any_query query(all);
    RC_LOG() << query.text;
    const auto read = q::parse(query.text);
    if (!read && (read.error().message.starts_with("too many") ||
                  read.error().message.starts_with("the query is too long")))
      return;
    RC_ASSERT(read.has_value());
    RC_ASSERT(shape(*read) == shape(query.tree));
  });
  EXPECT_TRUE(held);
}

class FoundByQuery : public testing::Test {
 protected:
  FoundByQuery() {
    db_.ask(
        "INSERT INTO users (id, email, name, role) VALUES (1, 'thabo@x', 'Thabo', 'technician'),"
        " (2, 'zola@x', 'Zola Gordon', 'technician')");
    db_.ask("INSERT INTO teams (id, name) VALUES (1, 'North'), (2, 'Orange')");
    db_.ask("INSERT INTO team_members VALUES (1, 1)");
  }
  static found_ticket any_ticket(std::int64_t id) {
    found_ticket t;
    t.id = id;
    t.uid = fmt::format("{}-{}", one_of<std::string>({"FT", "DR", "EML"}), id);
    t.title = one_of(words()) + " " + one_of(words());
    t.description = one_of(words());
    t.status = one_of<std::string>({"new", "assigned", "qa", "resolved", "closed"});
    t.priority = one_of(levels);
    t.urgency = one_of<std::string>({"", "critical", "low"});
    t.type = one_of<std::string>({"fault", "build"});
    t.billing = one_of<std::string>({"", "guarantee", "billable"});
    t.source = one_of<std::string>({"api", "email", "adhoc"});
    t.drop = one_of<std::string>({"", "1730654", "100"});
    t.address = one_of<std::string>({"", one_of(words())});
    t.contact = one_of<std::string>({"", one_of(words())});
    t.zone = one_of<std::string>({"", one_of(words())});
    t.channel = one_of<std::string>({"main", one_of(words())});
    t.message = one_of<std::string>({"", one_of(words()) + " " + one_of(words())});
    t.note = one_of<std::string>({"", one_of(words()) + " " + one_of(words())});
    for (int i = any_number(0, 2); i > 0; --i)
      t.tags.insert(one_of(words()));
    t.assignee = one_of<std::int64_t>({0, 1, 2});
    t.team = one_of<std::int64_t>({0, 1, 2});
    t.created = query_now + std::chrono::hours(any_number(-1200, 0));
    if (any_number(0, 1) == 1) t.due = query_now + std::chrono::hours(any_number(-80, 80));
    if (any_number(0, 1) == 1) t.resolved = query_now - std::chrono::hours(any_number(0, 80));
    t.rework = any_number(0, 2);
    if (any_number(0, 1) == 1) t.signal_tenths = any_number(-26, -24) * 10 + any_number(0, 9);
    t.merged = any_number(0, 4) == 0;
    return t;
  }
  std::set<std::string> found(const q::node& tree) {
    list_tickets ask;
    ask.filter.query = tree;
    ask.filter.by = asker();
    ask.filter.now = query_now;
    ask.filter.zone = query_zone();
    ask.limit = 100;
    std::set<std::string> out;
    const auto page = run(connection_, ask);
    for (const auto& t : page->items)
      out.insert(t.uid);
    return out;
  }

  fixtures::temporary_database db_;
  connection connection_{db_.options()};
};

TEST_F(FoundByQuery, IsWhatAFilterInMemoryFinds) {
  std::size_t questions = 0, hits = 0, texts = 0;
  const bool held = rc::check("random tickets and queries", [&] {
    db_.ask("TRUNCATE tickets, messages, ticket_notes, ticket_words, message_words, search_due");
    std::vector<found_ticket> all;
    std::string rows;
    for (int i = any_number(1, 25); i > 0; --i) {
      all.push_back(any_ticket(i));
      rows += (rows.empty() ? "" : ", ") + all.back().sql();
    }
    db_.ask(found_ticket::insert + rows + " RETURNING 1");
    std::string messages, notes;
    for (const found_ticket& t : all) {
      if (!t.message.empty()) messages += (messages.empty() ? "" : ", ") + t.message_sql();
      if (!t.note.empty()) notes += (notes.empty() ? "" : ", ") + t.note_sql();
    }
    if (!messages.empty())
      db_.ask(
          "INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound, by_api, ext_id,"
          " author_name, type, body, sent_at, received_at) VALUES " +
          messages + " RETURNING 1");
    if (!notes.empty())
      db_.ask(
          "INSERT INTO ticket_notes (id, ticket_id, internal, body, author_kind, author,"
          " created_at) VALUES " +
          notes + " RETURNING 1");
    // Found the same before and after it is indexed, and while a part is.
    const int indexed = any_number(0, 2);
    if (indexed > 0) index_some(connection_, indexed == 1 ? 7 : 1000);
    for (int i = 0; i < 8; ++i) {
      const any_query query(filtered_fields());
      RC_LOG() << query.text << "\n";
      std::set<std::string> wanted;
      for (const found_ticket& t : all)
        if (matches(query.tree, t)) wanted.insert(t.uid);
      RC_ASSERT(found(query.tree) == wanted);
      ++questions;
      hits += wanted.empty() ? 0 : 1;
      texts += query.text.find(':') == std::string::npos && !wanted.empty() ? 1 : 0;
    }
  });
  EXPECT_TRUE(held);
  EXPECT_GT(questions, 500U);
  EXPECT_GT(hits, questions / 4) << "queries that find nothing prove little";
  EXPECT_GT(texts, 5U) << "nothing but texts, and something found";
}

}  // namespace
}  // namespace fibrehub::store::tests
