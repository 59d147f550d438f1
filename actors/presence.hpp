// Who is looking at a ticket, or writing in it, right now: so that two people do not answer the
// same customer. Kept in memory only; whoever is not heard of for a while has left.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/people.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {

enum class presence_state { viewing, editing };
std::string_view name_of(presence_state state);

struct present_person {
  std::string id;  // "user:12", "token:AbC…"
  std::string name;
  presence_state state = presence_state::viewing;
  bool operator==(const present_person&) const = default;
};
/// By name, then id.
using present_people = std::vector<present_person>;

/// Somebody is there, has changed what they do, or has left (no state). Answers who is there then.
/// `overloaded` when a ticket has as many people, or the hub as many tickets, as it may have.
struct report_presence {
  std::string ticket_uid;
  std::string person_id;
  std::string name;
  std::optional<presence_state> state;
  store::reply<present_people> to;
  domain::ticket_ownership owner = {};  // of the ticket now: decides who hears of it
};
/// A person listens to the live feed as long as `while_alive` has an owner.
struct announce_listener {
  std::string person_id;
  std::string name;
  std::weak_ptr<const void> while_alive;
};
/// Who is there.
struct list_presence {
  std::string ticket_uid;
  store::reply<present_people> to;
};
namespace detail {
/// To itself: look who has not been heard of.
struct presence_check {};
}  // namespace detail

using presence_board =
    caf::typed_actor<caf::reacts_to<report_presence>, caf::reacts_to<announce_listener>,
                     caf::reacts_to<list_presence>, caf::reacts_to<detail::presence_check>>;

struct presence_options {
  std::chrono::milliseconds keep_for{45'000};  // after the last report
  std::chrono::milliseconds check_every{1'000};
  std::size_t max_people = 50;  // on one ticket
  std::size_t max_tickets = 20'000;
  /// Told when who is there, or what they do, has changed; not of mere repetitions. Called on the
  /// board's thread. The ticket's owner is as of the last report.
  std::function<void(const std::string& ticket_uid, const domain::ticket_ownership& owner,
                     const present_people&)>
      changed;
  /// Told when somebody begins to write in a ticket, and when they do no more.
  std::function<void(const std::string& ticket_uid, const domain::ticket_ownership& owner,
                     const present_person&, bool writes)>
      typing;
  /// Told when a person is online: listens to the feed, or has reported within `keep_for`; and when
  /// they are not any more.
  std::function<void(const std::string& person_id, const std::string& name, bool is_online)> online;
  std::size_t max_online = 10'000;  // more are not told of
};

presence_board spawn_presence_board(caf::actor_system& system, presence_options options);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::report_presence)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::announce_listener)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::list_presence)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::presence_check)
