// What is known of a message we send: only ever more, whatever the order in which answers, echoes
// and delivery steps arrive.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace fibrehub::domain {

enum class send_state {
  queued,     // ours alone still
  accepted,   // handed to the bridge; WhatsApp has not confirmed it
  sent,       // WhatsApp's servers have it
  delivered,  // it reached a device
  read,       // or played
  failed,     // it will not arrive
  uncertain,  // nobody knows whether it left: a person decides
  cancelled   // taken back before it left
};
std::string_view name_of(send_state s);
std::optional<send_state> send_state_from(std::string_view name);
std::span<const std::string_view> send_state_names();

/// It has left the hub as far as anybody can tell.
bool has_left(send_state s);

/// How an attempt to hand it over, or waiting for it, ended.
enum class send_end {
  accepted,    // the bridge took it
  refused,     // the bridge never will
  given_up,    // nobody waits any longer
  in_the_dark  // no answer, no echo, and no way to ask
};

/// A delivery step (domain/ack.hpp): -1 error, 0 pending, 1 server, 2 device, 3 read, 4 played. An
/// error counts only before the first step; a step shows that what was given up has left after all.
send_state after_ack(send_state known, int level);
/// It came back as a message of ours.
send_state after_echo(send_state known);
/// What is known to have left stays so, whatever becomes of a later attempt.
send_state after_end(send_state known, send_end end);

}  // namespace fibrehub::domain
