// What the ends of sends have in common. For .cpp files of this folder only.
#pragma once

#include <cstdint>
#include <string>

#include "store/pq.hpp"
#include "store/sends/take.hpp"

/// Our own id where it is part of a message's full name: in groups, but on NOWEB. `session`: of
/// wa_sessions, or a row of nothing.
#define FIBREHUB_OWN_ID(chat, session)                                               \
  "CASE WHEN " chat " LIKE '%@g.us' AND " session ".engine <> 'NOWEB' THEN " session \
  ".me ELSE '' END"

namespace fibrehub::store {

/// The end of a delivery nobody goes on with, said to the admins; hints and alarms die unsung.
void tell_of_dead_send(connection& db, pqxx::transaction_base& tx, const taken_send& send,
                       const std::string& why, change_context& context);

/// The chat of a send as WhatsApp spells it: its echo comes from there, and it is asked about
/// there.
void move_send(connection& db, pqxx::transaction_base& tx, std::int64_t send_id,
               const std::string& chat);

}  // namespace fibrehub::store
