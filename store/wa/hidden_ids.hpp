// People whom messages name by a hidden id alone. The bridge is asked for their number once they
// are first seen, and rarely again while it does not know: rows of wa_hidden_ids, made by a trigger
// on names. What it tells makes two people and their two conversations one, as a message that names
// both does.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "domain/time.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

struct hidden_id {
  std::string session, lid;  // "555@lid"
};

/// Those to ask about now: of sessions that work, one of each, those that wait longest first.
struct find_hidden_ids {
  using result = std::vector<hidden_id>;
  std::string channel;
  domain::instant now{};
  std::size_t limit = 20;
};
std::optional<std::vector<hidden_id>> run(connection& db, const find_hidden_ids& request);

/// After an answer that said nothing.
inline constexpr std::chrono::minutes hidden_id_again_after{5};

/// What the bridge said of one.
struct answer_hidden_id {
  enum class standing { known, unknown, said_nothing };
  std::string channel;
  hidden_id about;
  standing what = standing::said_nothing;
  std::string person;  // known: "27831112222@c.us"
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const answer_hidden_id& request,
                  change_context& context);

}  // namespace fibrehub::store
