// A message as JSON, the same in events and in answers: docs/waha-events.md describes the fields.
#pragma once

#include "channels/waha/events/event.hpp"
#include "channels/waha/events/json_out.hpp"

namespace fibrehub::channels::waha {

/// Members of an object that `out` has open.
void write_ref(json_out& out, const message_ref& ref);
void write_ack(json_out& out, const ack_info& ack);
void write_message(json_out& out, const message_info& m);

}  // namespace fibrehub::channels::waha
