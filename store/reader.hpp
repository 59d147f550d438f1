// Actors that read: each on a thread with a connection of its own, a time limit on every question,
// however many statements it runs, and read-only transactions, so that nothing they do can delay or
// change a write. What they are asked is a request type with a `run(connection&, const Request&)`,
// declared with its topic (store/queries and others); this header knows none of them.
#pragma once

#include <caf/fwd.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "store/error.hpp"
#include "store/pq_fwd.hpp"
#include "store/reply.hpp"

namespace fibrehub::store {

/// A reader at work, as a question sees it.
class reading {
 public:
  reading() = default;
  reading(const reading&) = delete;
  reading& operator=(const reading&) = delete;
  virtual ~reading() = default;

  /// Calls `work` with the connection, once more when that turns out to be dead; `work` says
  /// whether there was anything to answer. The error to answer instead, if any.
  virtual std::optional<error> attempt(const std::function<bool(connection&)>& work) = 0;
};

/// A question and who waits for the answer.
struct question {
  std::function<void(reading&)> work;
};

/// Wraps a request. `run` answers nothing for what is not there, or not to be seen: not_found.
template <class Request>
question question_of(Request request, reply<typename Request::result> done) {
  return {[request = std::move(request), done = std::move(done)](reading& reader) {
    if (!done.claim()) return;
    std::optional<typename Request::result> found;
    const auto failed = reader.attempt([&](connection& db) {
      found = run(db, request);
      return found.has_value();
    });
    if (failed) {
      done.answer(tl::unexpected(*failed));
    } else {
      done.answer(std::move(*found));
    }
  }};
}

using reader_actor = caf::typed_actor<
    // Answers a question.
    caf::reacts_to<question>>;

struct reader_options {
  std::string url;
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::milliseconds statement_timeout{5000};
  std::string time_zone = "UTC";  // the hub's
};

/// Starts a reader on a thread of its own; it connects on the first question.
reader_actor spawn_reader(caf::actor_system& system, reader_options options);

}  // namespace fibrehub::store

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::question)
