// Writes asked for by people and programs, as opposed to messages received. A change is one request
// type with a `run` that works inside a transaction of its own on the writer's connection; what it
// answers is the JSON the API gives back, kept for a repeated request with the same key.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "domain/people.hpp"
#include "domain/time.hpp"
#include "store/error.hpp"
#include "store/events.hpp"
#include "store/pq_fwd.hpp"
#include "store/reply.hpp"

namespace fibrehub::store {

/// Who wants it, when it came, and how a repetition of it is recognised.
struct write_origin {
  domain::principal by;
  domain::instant at{};
  std::string idempotency_key;  // empty: every request stands for itself
  std::string request_sha256;   // 32 bytes over method, path and body; with a key only
};

/// What was done, as the API says it.
struct write_answer {
  unsigned status = 200;
  std::string data_json;  // the envelope's `data`
  bool replayed = false;  // an earlier request with this key did it
};
using write_outcome = tl::expected<write_answer, error>;

/// What a change may use and leave behind besides its rows.
struct change_context {
  const write_origin& origin;
  std::function<std::int64_t()> next_id;  // for tables without identity columns; at most 4096
  std::vector<committed_event> events;    // announced after the commit
  std::vector<std::int64_t> tickets;      // changed ones, whose cached state is void
  std::vector<clock_wake> clocks = {};    // SLA clocks it moved
  bool moves_chats = false;               // messages of chats may go to other tickets now
  bool moves_sends = false;               // an echo may be another message's now
  bool grows_outbox = false;              // something may leave that could not before
};

/// What makes a change: called inside a transaction; an error means that nothing of it is kept.
using change_work =
    std::function<write_outcome(connection&, pqxx::transaction_base&, change_context&)>;

/// A change on its way to the writer.
struct submit_change {
  write_origin origin;
  change_work work;
  reply<write_answer> done;
  std::chrono::steady_clock::time_point give_up_at{};  // the writer's
};

/// Wraps a request type whose `run(db, tx, request, context)` does the work.
template <class Request>
submit_change change_of(Request request, write_origin origin, reply<write_answer> done) {
  return {std::move(origin),
          [request = std::move(request)](connection& db, pqxx::transaction_base& tx,
                                         change_context& context) -> write_outcome {
            return run(db, tx, request, context);
          },
          std::move(done)};
}

}  // namespace fibrehub::store
