// Which tickets the texts of a query are in, looked up by the tables of words before the query
// itself is asked. What is in few tickets becomes the list of them, which any other condition and
// any order can start from; a page of what is in many is soon filled by looking at the newest
// tickets one by one. Left to one statement, the server guesses which of the two it is, and a wrong
// guess costs seconds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "domain/people.hpp"
#include "domain/query/query.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// Where a text is.
struct text_place {
  bool many = false;    // in more tickets than are listed
  std::string tickets;  // an array literal of their ids; may name tickets that only nearly match
};

class text_places {
 public:
  /// A text that was not looked up is in many.
  const text_place& of(domain::query::field field, const domain::query::value& v) const;
  void add(domain::query::field field, const domain::query::value& v, text_place place);
  bool knows(domain::query::field field, const domain::query::value& v) const;
  /// Whether a text is in many that an index knows.
  bool some_many() const;
  /// Of tickets with a greater id the lists name all; 0: of all tickets.
  std::int64_t complete_after() const { return complete_after_; }
  void be_complete_after(std::int64_t id) { complete_after_ = std::max(complete_after_, id); }

 private:
  std::map<std::string, text_place> places_;
  std::int64_t complete_after_ = 0;
};

enum class thoroughness {
  at_a_glance,   // what the server believes to be in many is not looked up
  newest_first,  // the same, and of what is in more than a few only the newest tickets are listed
  complete
};

/// What a first look leaves out.
struct lookup_limits {
  /// A share of texts from which on the newest tickets soon fill a page. The server's guess for a
  /// word it has no statistics of is half of a percent at most.
  double common_share = 0.006;
  /// Of a text in more texts than so many, a page of the newest is looked for among as many tickets
  /// as probably hold `enough_hits` of them.
  double few_hits = 2000;
  double enough_hits = 600;
};

/// Looks up every text of the query that an index knows, as a part of the transaction. Row
/// visibility plays no part: the lists only narrow what the query may find; but internal notes are
/// not looked through for a client.
text_places look_up(connection& db, pqxx::transaction_base& tx, const domain::query::node& query,
                    const domain::principal& by, thoroughness how,
                    const lookup_limits& limits = {});

/// For the rest of the transaction the server reads a whole table only where no index helps. It
/// does not know how few tickets a part of a word is in, and would rather read all of them.
void prefer_indexes(connection& db, pqxx::transaction_base& tx, bool on);

}  // namespace fibrehub::store
