// Keeps actors alive: owns how each child is started, monitors it, restarts it with back-off when
// it fails, and fails itself when that happens too often, so that its own supervisor takes over. A
// restarted child loses its mailbox: reply tokens in it answer `abandoned`.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "domain/time.hpp"
#include "protocols/backoff.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {

enum class restart_policy {
  permanent,  // always started again
  transient,  // started again unless it ended in good order
  temporary   // never started again; its entry goes when it ends in good order
};

enum class restart_strategy {
  one_for_one,  // only the child that failed
  one_for_all,  // all children
  rest_for_one  // the child that failed and those after it in the list
};

/// Starts the actor; an error (or an exception) counts as a failure of the child. Called again for
/// every restart: put the new handle into its slot here.
using start_function = std::function<tl::expected<caf::actor, std::string>(caf::actor_system&)>;

struct child_spec {
  std::string id;  // unique among its siblings
  start_function start;
  restart_policy restart = restart_policy::permanent;
  /// Children with a lower number are stopped first. Equal numbers: together under one_for_one,
  /// else one after the other in reverse order of the list.
  int shutdown_order = 0;
  std::chrono::milliseconds stop_within{5'000};  // then it is killed
};

enum class child_state {
  running,
  stopping,     // asked to end, has not ended yet
  backing_off,  // waits for its next start
  stopped,      // by request, or it ended in good order
  failed        // ended with an error and is not started again
};
std::string_view name_of(child_state state);

struct child_report {
  std::string id;
  child_state state = child_state::stopped;
  std::uint64_t restarts = 0;  // times it was started again
  std::string last_reason;     // why it last ended or could not start, empty when never
  domain::instant since{};     // when it entered its state
};

struct supervisor_options {
  std::string name = "supervisor";  // for the log
  restart_strategy strategy = restart_strategy::one_for_one;
  /// The supervisor gives up when one child fails more often than this within the window.
  unsigned max_restarts = 10;
  std::chrono::milliseconds window = std::chrono::minutes{5};
  protocols::backoff_policy backoff;
  /// A child that has run this long starts again from the first step of the back-off.
  std::chrono::milliseconds healthy_after = std::chrono::minutes{1};
  std::function<double()> random;        // from [0, 1); none: the process's own
  std::function<domain::instant()> now;  // for reports; none: the system clock
};

/// What every child is doing.
struct list_children {
  store::reply<std::vector<child_report>> to;
};
/// Adds a child at the end of the list and starts it; `conflict` when the id is taken.
struct add_child {
  child_spec spec;
  store::reply<child_report> to;
};
/// Starts a child that does not run; answered once the start was tried.
struct start_child {
  std::string id;
  store::reply<child_report> to;
};
/// Stops a child and keeps its entry; answered when it has ended.
struct stop_child {
  std::string id;
  store::reply<child_report> to;
};
/// Stops and starts a child (with the siblings its strategy names) without counting it as a
/// failure.
struct restart_child {
  std::string id;
  std::string why;
  store::reply<child_report> to;
};
/// Stops a child and forgets it; answered when it has ended.
struct remove_child {
  std::string id;
  store::reply<child_report> to;
};

namespace detail {
/// To itself: start the children.
struct supervisor_boot {};
/// To itself: the back-off of a group is over.
struct recovery_due {
  std::string group;
  std::uint64_t generation = 0;
};
/// To itself: a child had its time to stop.
struct stop_overdue {
  std::string id;
  std::uint64_t generation = 0;
};
}  // namespace detail

/// Exit messages stop it: it stops its children in order, then ends with the reason it was given.
using supervisor =
    caf::typed_actor<caf::reacts_to<list_children>, caf::reacts_to<add_child>,
                     caf::reacts_to<start_child>, caf::reacts_to<stop_child>,
                     caf::reacts_to<restart_child>, caf::reacts_to<remove_child>,
                     caf::reacts_to<detail::supervisor_boot>, caf::reacts_to<detail::recovery_due>,
                     caf::reacts_to<detail::stop_overdue>>;

/// Starts a supervisor; its children start in the order of the list. Use `store::untyped` to make
/// it the child of another one, with a `stop_within` that covers those of its own children.
supervisor spawn_supervisor(caf::actor_system& system, supervisor_options options,
                            std::vector<child_spec> children);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::list_children)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::add_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::start_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::stop_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::restart_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::remove_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::supervisor_boot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::recovery_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::stop_overdue)
