// How a message we send is doing, as the API shows it.
#pragma once

#include <optional>
#include <string>

#include "domain/send_state.hpp"
#include "domain/time.hpp"

namespace fibrehub::store {

struct send_progress {
  std::string state = "queued";  // of domain::send_state_names()
  std::string reason;
  std::optional<domain::instant> queued_at, accepted_at, sent_at, delivered_at, read_at, ended_at;
};

/// The members of an object, without braces.
std::string send_progress_members(const send_progress& p);

/// Of a message somebody typed on the phone, by its delivery step alone (-1 … 4).
send_progress progress_by_ack(int level);

}  // namespace fibrehub::store
