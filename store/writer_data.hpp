// What the writer remembers, and how it gets and loses its connection: shared by the .cpp files of
// the writer, for nobody else.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "store/change_desk.hpp"
#include "store/commands/desk.hpp"
#include "store/commit_thread.hpp"
#include "store/hub_session.hpp"
#include "store/ingest/intake.hpp"
#include "store/waiting_room.hpp"
#include "store/writer.hpp"

namespace fibrehub::store {

inline constexpr std::chrono::milliseconds first_retry{100};
/// A batch that is being committed by the other thread.
struct flight {
  message_batch messages;
  planned_batch planned;
  std::chrono::steady_clock::time_point started;
  std::exception_ptr failure;
};

/// Everything the writer remembers. Rebuilt from the database after a restart.
struct writer_data {
  writer_data() = default;

  writer_options options;
  std::unique_ptr<intake> messages;
  std::unique_ptr<waiting_room> room;
  std::unique_ptr<change_desk> changes;
  std::unique_ptr<command_desk> commands;
  std::unique_ptr<hub_session> session;  // none: the database is away or held by another
  std::optional<hub_identity> identity;  // of this process's last connection
  bool migrated = false;                 // the schema was brought up to date by this process
  message_batch open;                    // planned, not yet sent
  std::size_t open_bytes = 0;
  std::unique_ptr<flight> in_flight;  // sent, not yet answered; the session is busy with it
  std::uint64_t generation = 1;       // of the intake's cache
  bool flush_sent = false;
  std::chrono::steady_clock::time_point next_connect{};
  std::chrono::milliseconds retry = first_retry;
  std::chrono::steady_clock::time_point last_use{};
  std::minstd_rand random{std::random_device{}()};
  std::unique_ptr<commit_thread> committer;  // last: its job uses session and flight
};

/// The planned messages, whose plan is used or void from now on.
message_batch take_open(writer_data& s);
/// The intake's cache is void; plans made with it are of an older generation.
void forget(writer_data& s);
/// What was planned waits again; the next attempt to connect comes after a rest.
void lose_connection(writer_data& s, writer_state state, const std::string& why);
/// Tries to get a connection when it is time to; blocks for at most the connect timeout.
bool connected(writer_data& s);
/// What somebody is told while there is no connection.
error away(const writer_data& s);

}  // namespace fibrehub::store
