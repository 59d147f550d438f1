// What no webhook told of has to be fetched from the bridge: which sessions are owed a pull, how
// far the one under way has come, and up to when nothing is missing. Rows, so that a pull that was
// cut off goes on after a restart.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/change.hpp"

namespace fibrehub::store {

/// From now on these sessions are owed a pull of everything before now; one under way is followed
/// by another.
struct want_catch_up {
  std::string channel;
  std::vector<std::string> sessions;
  std::string reason;  // "start", "working", "restarted", "activity", "silence"
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const want_catch_up& request,
                  change_context& context);

/// Where a pull begins, or goes on.
struct catch_up_round {
  domain::instant round_at{};      // what was before is in it
  domain::instant from{};          // nothing older has to be looked at
  std::set<std::string> finished;  // chats it has done already
};

/// Begins the pull that is owed, or goes on with the one that was cut off.
struct begin_catch_up {
  std::string channel, session;
  std::chrono::milliseconds overlap{};       // looked at again before what was seen
  std::chrono::milliseconds at_most{};       // nothing older than that
  std::shared_ptr<catch_up_round> result{};  // filled in before the answer
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const begin_catch_up& request,
                  change_context& context);

/// One chat is done up to the round's time.
struct chat_caught_up {
  std::string channel, session, chat;
  domain::instant round_at{};
  std::int64_t looked_at = 0, found = 0;  // messages, found: no webhook had told of them
  bool left_out = false;                  // it could not be read
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const chat_caught_up& request,
                  change_context& context);

/// The whole round is done. Another one stays owed when it was wanted meanwhile. The session's
/// trouble names the chats that were left out, and is empty without.
struct end_catch_up {
  std::string channel, session;
  domain::instant round_at{};
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const end_catch_up& request,
                  change_context& context);

/// It could not be brought to its end now. `trouble`: nothing can be read of this session until
/// somebody changes something; it is owed no longer.
struct catch_up_failed {
  std::string channel, session, why;
  bool trouble = false;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const catch_up_failed& request,
                  change_context& context);

/// Which of these names of messages the inbox has.
struct find_known_messages {
  using result = std::set<std::string>;
  std::vector<std::string> ext_ids;
};
std::optional<std::set<std::string>> run(connection& db, const find_known_messages& request);

}  // namespace fibrehub::store
