// A refusal of the domain's rules as the store answers it.
#pragma once

#include "domain/ticket_commands.hpp"
#include "store/error.hpp"

namespace fibrehub::store {

inline errc code_of(domain::refusal::kind what) {
  switch (what) {
    case domain::refusal::kind::forbidden:
      return errc::forbidden;
    case domain::refusal::kind::not_found:
      return errc::not_found;
    case domain::refusal::kind::conflict:
      return errc::conflict;
    case domain::refusal::kind::invalid:
      break;
  }
  return errc::invalid;
}

}  // namespace fibrehub::store
