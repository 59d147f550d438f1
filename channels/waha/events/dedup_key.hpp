// The name under which one happening is known, however often and in whatever version it is told.
#pragma once

#include <string>
#include <string_view>

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

/// `msg/in/3EB0…`, `msg/out/3EB0…`: the same for message and message.any.
std::string message_key(const message_ref& ref);
/// `ack/3EB0…/<participant or nothing>/3`; nothing when it is no delivery step: not of our message,
/// or of no level this version knows.
std::optional<std::string> ack_key(const ack_event& ack);
/// `status/<milliseconds>/WORKING`.
std::string status_key(std::string_view status, domain::instant at);
/// `evt/<event>/<event id>`, with a hash of the bytes for want of an id.
std::string transport_key(const envelope& e, std::string_view body);

/// The key of any event, without its session.
std::string dedup_key(const envelope& e, const content& what, std::string_view body);

/// `session/key`, or its hash where the database could not hold it.
std::string storable_key(std::string key);

}  // namespace fibrehub::channels::waha
