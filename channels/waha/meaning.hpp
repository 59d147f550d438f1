// What a delivery means to the hub, before it gets its full name. For .cpp files of this folder.
#pragma once

#include <string>
#include <string_view>

#include "channels/waha/events/event.hpp"
#include "store/inbox.hpp"

namespace fibrehub::channels::waha {

struct meaning {
  std::string key;          // what follows channel and session in the deduplication key
  std::string fingerprint;  // what the message means; empty: the key says it all
  domain::inbound what;
};

/// A needed field that is absent, or is not what it has to be: a person looks at it.
meaning missing_field(std::string key, const problem& p);
/// The message as tickets keep it; a time to come is taken for `received_at`.
domain::chat_message to_domain(const envelope& e, message_info m, domain::instant received_at);
/// When it happened: as precise as the bridge tells it, and never later than `received_at`.
domain::instant happened_at(const envelope& e, std::optional<domain::instant> told,
                            domain::instant received_at);

/// Edits, revocations, reactions, votes and messages that cannot be read yet.
meaning map_change(const envelope& e, std::string_view kind, domain::instant received_at,
                   std::string_view body);
/// Calls, groups, presence, archived chats, labels. What cannot be read is kept raw.
meaning map_surroundings(const envelope& e, std::string_view kind, domain::instant received_at,
                         std::string_view body);

}  // namespace fibrehub::channels::waha
