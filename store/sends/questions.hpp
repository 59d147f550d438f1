// Messages that the bridge took and WhatsApp never confirmed: asked about by name, again and again
// for a day, never sent again by themselves. What has no name by then is uncertain: a person
// decides.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/change.hpp"

namespace fibrehub::store {

/// One message to be asked about.
struct send_question {
  std::int64_t send_id = 0;
  std::string session, chat, stanza;
  std::string author = {};  // as taken_send::author
  bool is_last = false;     // nobody will ask again once it is answered
};

/// Those whose time has come, each with its next time set before anybody asks. What nobody could be
/// asked about for too long is uncertain.
struct take_questions {
  std::string channel;
  std::size_t limit = 20;
  std::shared_ptr<std::vector<send_question>> result{};  // filled in before the answer
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const take_questions& request,
                  change_context& context);

/// What the bridge says of it.
struct answer_question {
  std::string channel;
  send_question about;
  bool found = false;
  std::optional<int> level;  // its delivery step
};
/// Applied as any delivery step; what the bridge does not know at the last question is uncertain.
write_outcome run(connection& db, pqxx::transaction_base& tx, const answer_question& request,
                  change_context& context);

}  // namespace fibrehub::store
