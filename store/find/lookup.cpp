#include "store/find/lookup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "store/find/text_sql.hpp"
#include "store/find/texts_sql.hpp"

namespace fibrehub::store {
namespace {

namespace q = domain::query;

// Beyond this a list of tickets costs more than it helps.
#define FIBREHUB_FIND_MOST "30000"
// Texts that are due are looked at as they are, not as they were.
#define FIBREHUB_NEWEST "WITH newest AS MATERIALIZED " FIBREHUB_SQL_NEWEST ", "
#define FIBREHUB_NEW_TICKETS "(SELECT d.ticket_id FROM newest d WHERE d.message_id IS NULL)"
#define FIBREHUB_NEW_MESSAGES "(SELECT d.message_id FROM newest d WHERE d.message_id IS NOT NULL)"

#define FIBREHUB_PLACE                                                                           \
  " SELECT (SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM hits GROUP BY place) AS " \
  "c),"                                                                                          \
  " (SELECT coalesce(array_agg(DISTINCT ticket_id), ARRAY[]::bigint[]) FROM hits)::text"

/// What is looked for among the words.
enum class wanted_words {
  beginning,  // a word that begins so
  phrase,     // words in this order, or one whole word
  pair,       // two words side by side
  pairs       // more than two: every pair of them, and in this order
};

/// Answers how many hits the best place has, and the tickets. $1 the words, $2 the pattern of a
/// part or empty, $3 whether internal notes count.
/// In pairs: $4 the pairs of a phrase; what has none listed is found by its words. The newest only:
/// the last one is the id that their tickets are above.
std::string words_statement(wanted_words what, bool newest_only) {
  const std::string wanted = words_query(what != wanted_words::beginning, "$1::text");
  std::string listed = fmt::format("w.words @@ {}", wanted);
  std::string unpaired;
  if (what != wanted_words::beginning && what != wanted_words::phrase) {
    unpaired = fmt::format(
        " UNION ALL (SELECT 9, w.ticket_id FROM ticket_words w WHERE w.pairs IS NULL AND {0}"
        " AND w.ticket_id NOT IN " FIBREHUB_NEW_TICKETS " LIMIT " FIBREHUB_FIND_MOST
        ") UNION ALL (SELECT 10, w.ticket_id FROM message_words w WHERE w.pairs IS NULL AND {0}"
        " AND w.message_id NOT IN " FIBREHUB_NEW_MESSAGES " LIMIT " FIBREHUB_FIND_MOST
        ") UNION ALL (SELECT 11, l.ticket_id FROM message_links l JOIN message_words w ON"
        " w.message_id = l.message_id WHERE w.pairs IS NULL AND {0} AND w.message_id NOT IN"
        " " FIBREHUB_NEW_MESSAGES " LIMIT " FIBREHUB_FIND_MOST ")",
        listed);
    listed = what == wanted_words::pair ? "w.pairs @@ $4::tsquery"
                                        : fmt::format("w.pairs @@ $4::tsquery AND {}", listed);
  }
  // What is read in a further ticket counts by that ticket's age.
  std::string linked = listed;
  if (newest_only) {
    const int last = unpaired.empty() ? 4 : 5;
    listed += fmt::format(" AND w.ticket_id > ${}::bigint", last);
    linked += fmt::format(" AND l.ticket_id > ${}::bigint", last);
  }
  return fmt::format(
      FIBREHUB_NEWEST
      "hits AS MATERIALIZED ("
      "(SELECT 1 AS place, w.ticket_id FROM ticket_words w WHERE {1} AND w.ticket_id NOT"
      " IN " FIBREHUB_NEW_TICKETS " LIMIT " FIBREHUB_FIND_MOST
      ") UNION ALL (SELECT 2, w.ticket_id FROM ticket_words w WHERE w.parts LIKE"
      " lower(nullif($2::text, '')) AND w.ticket_id NOT IN " FIBREHUB_NEW_TICKETS
      " LIMIT " FIBREHUB_FIND_MOST
      ") UNION ALL (SELECT 3, w.ticket_id FROM message_words w WHERE {1} AND"
      " w.message_id NOT IN " FIBREHUB_NEW_MESSAGES " LIMIT " FIBREHUB_FIND_MOST
      ") UNION ALL (SELECT 4, n.ticket_id FROM ticket_notes n WHERE to_tsvector('simple', n.body)"
      " @@ {0} AND ($3::boolean OR NOT n.internal) LIMIT " FIBREHUB_FIND_MOST
      ") UNION ALL (SELECT 5, t.id FROM tickets t WHERE t.id IN " FIBREHUB_NEW_TICKETS
      " AND (" FIBREHUB_SQL_TICKET_WORDS " @@ {0} OR " FIBREHUB_SQL_TICKET_PARTS
      " LIKE lower(nullif($2::text, ''))))"
      " UNION ALL (SELECT 6, m.ticket_id FROM messages m WHERE m.id IN " FIBREHUB_NEW_MESSAGES
      " AND m.ticket_id IS NOT NULL AND " FIBREHUB_SQL_WORDS(FIBREHUB_SQL_MESSAGE_TEXT)
      " @@ {0})"
      // A message may be read in further tickets than its own.
      " UNION ALL (SELECT 7, l.ticket_id FROM message_links l JOIN message_words w ON w.message_id"
      " = l.message_id WHERE {3} AND w.message_id NOT IN " FIBREHUB_NEW_MESSAGES
      " LIMIT " FIBREHUB_FIND_MOST
      ") UNION ALL (SELECT 8, l.ticket_id FROM message_links l JOIN messages m ON m.id ="
      " l.message_id WHERE l.message_id IN " FIBREHUB_NEW_MESSAGES
      " AND " FIBREHUB_SQL_WORDS(FIBREHUB_SQL_MESSAGE_TEXT) " @@ {0}){2})" FIBREHUB_PLACE,
      wanted, listed, unpaired, linked);
}

template <wanted_words What, bool NewestOnly>
const char* words_text() {
  static const std::string text = words_statement(What, NewestOnly);
  return text.c_str();
}

sql statement_for(wanted_words what, bool newest_only) {
  using enum wanted_words;
  switch (what) {
    case phrase:
      return newest_only ? sql{"find_new_phrase", words_text<phrase, true>()}
                         : sql{"find_phrase", words_text<phrase, false>()};
    case pair:
      return newest_only ? sql{"find_new_pair", words_text<pair, true>()}
                         : sql{"find_pair", words_text<pair, false>()};
    case pairs:
      return newest_only ? sql{"find_new_pairs", words_text<pairs, true>()}
                         : sql{"find_pairs", words_text<pairs, false>()};
    case beginning:
      break;
  }
  return newest_only ? sql{"find_new_words", words_text<beginning, true>()}
                     : sql{"find_words", words_text<beginning, false>()};
}

/// The pairs of a phrase as a query, empty where it has none, and how many words it has.
constexpr sql pairs_of_phrase{
    "phrase_pairs",
    "SELECT phrase_pairs($1::text), (SELECT coalesce(sum(cardinality(u.positions)), 0) FROM"
    " unnest(to_tsvector('simple', $1::text)) AS u)"};

constexpr sql find_part{
    "find_part", FIBREHUB_NEWEST
    "hits AS MATERIALIZED ((SELECT 1 AS place, w.ticket_id FROM ticket_words w WHERE w.parts"
    " LIKE lower($1::text) AND w.ticket_id NOT IN " FIBREHUB_NEW_TICKETS
    " LIMIT " FIBREHUB_FIND_MOST
    ") UNION ALL (SELECT 2, t.id FROM tickets t WHERE t.id IN " FIBREHUB_NEW_TICKETS
    " AND " FIBREHUB_SQL_TICKET_PARTS " LIKE lower($1::text)))" FIBREHUB_PLACE};

constexpr std::size_t whole_drop_digits = 7;
constexpr sql find_drop{"find_drop",
                        "WITH hits AS MATERIALIZED (SELECT 1 AS place, t.id AS ticket_id FROM"
                        " tickets t WHERE t.drop_number = $1::text LIMIT " FIBREHUB_FIND_MOST
                        ")" FIBREHUB_PLACE};

/// The contact's number, or the number of somebody who writes in the ticket.
constexpr sql find_phone{
    "find_phone", FIBREHUB_NEWEST
    "hits AS MATERIALIZED ((SELECT 1 AS place, w.ticket_id FROM ticket_words w JOIN tickets t"
    " ON t.id = w.ticket_id WHERE w.parts LIKE $1::text AND " FIBREHUB_SQL_PHONE
    " LIKE $1::text LIMIT " FIBREHUB_FIND_MOST
    ") UNION ALL (SELECT 2, t.id FROM tickets t WHERE t.id IN " FIBREHUB_NEW_TICKETS
    " AND " FIBREHUB_SQL_PHONE
    " LIKE $1::text) UNION ALL (SELECT 3, m.ticket_id FROM contacts k JOIN"
    " messages m ON m.contact_id = k.id WHERE k.phone LIKE $1::text AND m.ticket_id IS NOT NULL"
    " LIMIT " FIBREHUB_FIND_MOST
    ") UNION ALL (SELECT 4, l.ticket_id FROM contacts k JOIN messages m ON m.contact_id = k.id JOIN"
    " message_links l ON l.message_id = m.id WHERE k.phone LIKE $1::text"
    " LIMIT " FIBREHUB_FIND_MOST "))" FIBREHUB_PLACE};

text_place place_in(const pqxx::result& found) {
  static const std::int64_t most = std::stoll(FIBREHUB_FIND_MOST);
  text_place out;
  out.many = found[0][0].as<std::int64_t>() >= most;
  if (!out.many) out.tickets = found[0][1].c_str();
  return out;
}

/// What the server believes, without doing it: the texts with the words, and all.
std::string guess_statement(wanted_words what) {
  const std::string wanted =
      what == wanted_words::pair || what == wanted_words::pairs
          ? "pairs @@ $1::tsquery"
          : "words @@ " + words_query(what == wanted_words::phrase, "$1::text");
  return fmt::format(
      "EXPLAIN SELECT 1 FROM ticket_words t_hit WHERE t_hit.{0} UNION ALL SELECT 1 FROM"
      " ticket_words t_all UNION ALL SELECT 1 FROM message_words m_hit WHERE m_hit.{0}"
      " UNION ALL SELECT 1 FROM message_words m_all",
      wanted);
}

constexpr sql ids_by_age{
    "ids_by_age",
    "SELECT unnest(s.histogram_bounds::text::bigint[]) FROM pg_stats s WHERE s.schemaname ="
    " current_schema() AND s.tablename = 'tickets' AND s.attname = 'id'"};

/// The number of rows that a plan expects of the table with this alias.
double expected_rows(const pqxx::result& plan, std::string_view alias) {
  for (const auto& row : plan) {
    const std::string_view line = row[0].c_str();
    if (line.find(fmt::format(" {}  (", alias)) == std::string_view::npos) continue;
    const std::size_t at = line.find(" rows=");
    if (at != std::string_view::npos) return std::strtod(line.data() + at + 6, nullptr);
  }
  return 0;
}

std::string key_of(q::field f, const q::value& v) {
  return fmt::format("{}{}{}", static_cast<int>(f), v.phrase ? '"' : ' ', v.text);
}

class finder {
 public:
  finder(connection& db, pqxx::transaction_base& tx, const domain::principal& by, thoroughness how,
         const lookup_limits& limits, text_places& out)
      : db_(db), tx_(tx), by_(by), how_(how), limits_(limits), out_(out) {}

  void look_at(const q::node& n) {
    for (const q::node& c : n.children)
      look_at(c);
    if (n.what != q::node::kind::condition) return;
    for (const q::value& v : n.condition.values)
      look_at(n.condition.what, v);
  }
  /// Whether any text was looked for.
  bool began() const { return began_; }

 private:
  void look_at(q::field f, const q::value& v) {
    if (out_.knows(f, v)) return;
    switch (f) {
      case q::field::text:
        return words(v);
      case q::field::drop:
        return drop(v);
      case q::field::uid:
      case q::field::address:
      case q::field::contact:
      case q::field::email:
        return part(f, v, v.text);
      case q::field::phone:
        return phone(v);
      default:
        return;
    }
  }

  void begin() {
    if (!began_) prefer_indexes(db_, tx_, true);
    began_ = true;
  }

  struct guess {
    bool common = false;
    double hits = 0;
  };
  guess guess_of(wanted_words what, const std::string& text) {
    const pqxx::result plan = db_.run_text(tx_, guess_statement(what), {{text}, nullptr});
    guess out;
    for (const auto& [hit, all] : {std::pair{"t_hit", "t_all"}, std::pair{"m_hit", "m_all"}}) {
      const double hits = expected_rows(plan, hit);
      out.common |= hits > limits_.common_share * std::max(expected_rows(plan, all), 1000.0);
      out.hits += hits;
    }
    return out;
  }

  /// The id that the newest tickets, this share of all, are above; 0 when the server knows too
  /// little of them.
  std::int64_t id_before(double share) {
    if (!ages_) {
      ages_.emplace();
      const pqxx::result known = db_.run(tx_, ids_by_age);
      for (const auto& row : known)
        ages_->push_back(row[0].as<std::int64_t>());
    }
    if (ages_->size() < 2) return 0;
    const double at = (1 - share) * static_cast<double>(ages_->size() - 1);
    return at < 1 ? 0 : (*ages_)[static_cast<std::size_t>(at)];
  }

  void words(const q::value& v) {
    wanted_words what = v.phrase ? wanted_words::phrase : wanted_words::beginning;
    std::string pairs;
    if (v.phrase) {
      const pqxx::result found = db_.run(tx_, pairs_of_phrase, {{v.text}, nullptr});
      pairs = found[0][0].c_str();
      if (!pairs.empty())
        what = found[0][1].as<int>() == 2 ? wanted_words::pair : wanted_words::pairs;
    }
    const bool paired = !pairs.empty();
    std::int64_t after = 0;
    if (how_ != thoroughness::complete) {
      const guess expected = guess_of(what, paired ? pairs : v.text);
      if (expected.common) return out_.add(q::field::text, v, {true, {}});
      if (how_ == thoroughness::newest_first && expected.hits > limits_.few_hits)
        after = id_before(limits_.enough_hits / expected.hits);
    }
    begin();
    const std::string part = v.text.size() < min_part_bytes ? "" : like_pattern(v.text);
    const bool internal = by_.as != domain::role::client;
    sql_params params{{v.text, part, internal ? "true" : "false"}, nullptr};
    if (paired) params.texts.push_back(pairs);
    if (after > 0) params.texts.push_back(std::to_string(after));
    out_.add(q::field::text, v, place_in(db_.run(tx_, statement_for(what, after > 0), params)));
    out_.be_complete_after(after);
  }

  void part(q::field f, const q::value& v, std::string_view text) {
    if (text.size() < min_part_bytes) return;
    begin();
    out_.add(f, v, place_in(db_.run(tx_, find_part, {{like_pattern(text)}, nullptr})));
  }

  /// A number as long as drops have is looked for as a whole first.
  void drop(const q::value& v) {
    const std::string_view digits = drop_digits(v.text);
    if (digits.size() >= whole_drop_digits) {
      text_place whole = place_in(db_.run(tx_, find_drop, {{std::string(digits)}, nullptr}));
      if (whole.tickets != "{}") return out_.add(q::field::drop, v, std::move(whole));
    }
    part(q::field::drop, v, digits);
  }

  void phone(const q::value& v) {
    const std::string tail = phone_tail(v.text);
    if (tail.size() < min_part_bytes) return;
    begin();
    out_.add(q::field::phone, v,
             place_in(db_.run(tx_, find_phone, {{like_pattern(tail)}, nullptr})));
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  const domain::principal& by_;
  thoroughness how_;
  const lookup_limits& limits_;
  text_places& out_;
  bool began_ = false;
  std::optional<std::vector<std::int64_t>> ages_;  // ids of tickets, evenly spread over all
};

}  // namespace

const text_place& text_places::of(q::field field, const q::value& v) const {
  static const text_place everywhere{true, {}};
  const auto found = places_.find(key_of(field, v));
  return found == places_.end() ? everywhere : found->second;
}

void text_places::add(q::field field, const q::value& v, text_place place) {
  places_.insert_or_assign(key_of(field, v), std::move(place));
}

bool text_places::knows(q::field field, const q::value& v) const {
  return places_.contains(key_of(field, v));
}

bool text_places::some_many() const {
  return std::any_of(places_.begin(), places_.end(), [](const auto& p) { return p.second.many; });
}

text_places look_up(connection& db, pqxx::transaction_base& tx, const domain::query::node& query,
                    const domain::principal& by, thoroughness how, const lookup_limits& limits) {
  text_places out;
  finder find(db, tx, by, how, limits, out);
  find.look_at(query);
  if (find.began()) prefer_indexes(db, tx, false);
  return out;
}

void prefer_indexes(connection& db, pqxx::transaction_base& tx, bool on) {
  db.run(tx, {"prefer_indexes", "SELECT set_config('enable_seqscan', $1, true)"},
         {{on ? "off" : "on"}, nullptr});
}

}  // namespace fibrehub::store
