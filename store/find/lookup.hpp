// Which tickets the texts of a query are in, looked up by the tables of words before the query
// itself is asked. What is in few tickets becomes the list of them, which any other condition and
// any order can start from; a page of what is in many is soon filled by looking at the newest
// tickets one by one. Left to one statement, the server guesses which of the two it is, and a wrong
// guess costs seconds.
#pragma once

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

 private:
  std::map<std::string, text_place> places_;
};

enum class thoroughness {
  at_a_glance,  // what the server believes to be in many is not looked up
  complete
};

/// Looks up every text of the query that an index knows, as a part of the transaction. Row
/// visibility plays no part: the lists only narrow what the query may find; but internal notes are
/// not looked through for a client.
text_places look_up(connection& db, pqxx::transaction_base& tx, const domain::query::node& query,
                    const domain::principal& by, thoroughness how);

/// For the rest of the transaction the server reads a whole table only where no index helps. It
/// does not know how few tickets a part of a word is in, and would rather read all of them.
void prefer_indexes(connection& db, pqxx::transaction_base& tx, bool on);

}  // namespace fibrehub::store
