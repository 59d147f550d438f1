// Whom a request is made by: a session with its person, or a person known to the identity provider,
// each with teams and what else decides what may be seen. Sessions are listed and ended here, too.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/change.hpp"
#include "store/people/records.hpp"

namespace fibrehub::store {

/// By public id, ended ones included.
struct find_session {
  using result = session_record;
  std::string public_id;
};
std::optional<session_record> run(connection& db, const find_session& request);

/// By the identity provider's subject, or (for those whose subject is not known yet) by e-mail.
struct find_person {
  using result = person_access;
  std::string subject;
  std::string email;  // verified by the provider; empty: none
};
std::optional<person_access> run(connection& db, const find_person& request);

/// One by their id, inside a transaction that is open already.
std::optional<person_access> load_person(connection& db, pqxx::transaction_base& tx,
                                         std::int64_t user_id);

/// Sessions that are neither ended nor over at `now`, the latest used first; at most 200.
struct list_sessions {
  using result = std::vector<session_view>;
  std::int64_t user_id = 0;
  domain::instant now{};
};
std::optional<std::vector<session_view>> run(connection& db, const list_sessions& request);

/// Writes down that the session was used at the origin's time.
struct touch_session {
  std::string public_id;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const touch_session& request,
                  change_context& context);

/// Ends a session; of anybody when `user_id` is 0. Error not_found.
struct revoke_session {
  std::string public_id;
  std::int64_t user_id = 0;
  bool signed_out = false;  // by its owner at the end of the day, rather than withdrawn
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const revoke_session& request,
                  change_context& context);

/// Keeps the identity provider's name of somebody found by e-mail, so that a later change of the
/// address does not matter. Somebody who has one keeps it.
struct adopt_subject {
  std::int64_t user_id = 0;
  std::string subject;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const adopt_subject& request,
                  change_context& context);

}  // namespace fibrehub::store
