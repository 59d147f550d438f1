// Tells the admins of WhatsApp sessions that need a person: those that wait for their code to be
// scanned or have failed, for longer than a pairing takes. Nothing is sent or received through them
// until somebody does something. Once for each spell, and once when it is over.
#pragma once

#include <chrono>

#include "store/notify/channel_alarm.hpp"

namespace fibrehub::store {

/// Asking again while nothing changes writes nothing. More than a few at a time are one notice.
struct tell_session_trouble {
  std::chrono::milliseconds after{
      std::chrono::minutes(5)};              // since the session came into its state
  std::shared_ptr<channel_alarms> result{};  // filled in before the answer
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const tell_session_trouble& request,
                  change_context& context);

}  // namespace fibrehub::store
