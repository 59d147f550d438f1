// The one actor that changes the database. Whatever is queued when a transaction ends becomes the
// next one (group commit); every caller is answered after the commit that holds its change.
// While the database is away, requests wait in a bounded room and are sent away in time.
#pragma once

#include <caf/fwd.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "store/change.hpp"
#include "store/commands/submit.hpp"
#include "store/events.hpp"
#include "store/inbox.hpp"
#include "store/ingest/planner.hpp"
#include "store/reply.hpp"
#include "store/store_status.hpp"
#include "store/wa/line.hpp"

namespace fibrehub::store {

struct connection_options;

/// One received message, from a caller that is not an actor.
struct submit_message {
  ingest item;
  reply<ingest_result> done;
};

/// The messages of one fetch; each stands on its own, the answer comes when all are settled. An
/// error means that some may not be stored: send all again, what was stored counts as a duplicate.
struct submit_messages {
  ingest_batch batch;
  reply<ingest_batch_result> done;
};

/// To itself: take what is queued and commit it.
struct flush_batch {};
/// To itself, from the committing thread: the batch in flight was committed, or failed.
struct batch_landed {};
/// To itself, each second: look after the connection and send away who has waited too long.
struct writer_tick {};

using writer_actor = caf::typed_actor<
    // Stores and routes one message.
    caf::reacts_to<submit_message>,
    // Stores and routes the messages of one fetch.
    caf::reacts_to<submit_messages>,
    // Carries out commands on tickets, together with the others that wait.
    caf::reacts_to<submit_commands>,
    // Makes one change asked for by a person or a program, in a transaction of its own.
    caf::reacts_to<submit_change>,
    // Commits what is queued.
    caf::reacts_to<flush_batch>,
    // Answers the batch in flight and sends the next one.
    caf::reacts_to<batch_landed>,
    // Keeps the connection alive, or tries to get a new one.
    caf::reacts_to<writer_tick>>;

struct writer_options {
  std::string url;
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::milliseconds statement_timeout{5000};
  std::chrono::milliseconds lock_timeout{1000};
  std::string time_zone = "UTC";               // the hub's
  std::size_t batch_max = 256;                 // messages in one transaction
  std::chrono::milliseconds batch_delay{0};    // waited for more messages; 0: only what is queued
  std::chrono::milliseconds wait_limit{8000};  // longest wait for the database
  std::size_t waiting_room_requests = 2000;
  std::size_t waiting_room_bytes = std::size_t{64} * 1024 * 1024;
  intake_rules rules;
  domain::ticket_rules ticket_rules;
  wa_line line;  // for commands
  /// Called before each attempt to connect, on the writer's thread: keeps a private cluster up.
  std::function<void()> before_connect;
  /// Called after each commit, on the writer's thread; must not block.
  std::function<void(committed_events)> on_commit;
  std::shared_ptr<store_status> status;
};

/// Starts the writer on a thread of its own.
writer_actor spawn_writer(caf::actor_system& system, writer_options options);

}  // namespace fibrehub::store

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::submit_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::submit_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::submit_commands)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::submit_change)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::flush_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::batch_landed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::writer_tick)
