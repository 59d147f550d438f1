// Reading on behalf of somebody who may see some tickets only: the transaction takes on a role that
// the database's own row-level security holds back (migration 006), behind the condition that every
// query carries anyway.
#pragma once

#include "domain/people.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// For the rest of the transaction the database shows only what `who` may see. Nothing happens for
/// those who see everything, and where the role could not be made.
void look_through_eyes_of(connection& db, pqxx::transaction_base& tx, const domain::principal& who);

/// True when the role exists and the hub's user may take it on.
bool has_reader_role(connection& db);

/// Whether row visibility holds nothing back from this role.
bool sees_everything(domain::role r);

/// `work(tx)` in a transaction that shows what `who` may see.
template <class F>
auto transact_as(connection& db, const domain::principal& who, F&& work) {
  return db.transact([&](auto& tx) {
    look_through_eyes_of(db, tx, who);
    return work(tx);
  });
}

/// The same for a few statements that need no transaction around them when nothing is held back:
/// two round trips less.
template <class F>
auto read_as(connection& db, const domain::principal& who, F&& work) {
  if (sees_everything(who.as))
    return db.autocommit([&](pqxx::transaction_base& tx) { return work(tx); });
  return transact_as(db, who, [&](pqxx::transaction_base& tx) { return work(tx); });
}

}  // namespace fibrehub::store
