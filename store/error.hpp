// Why the store could not do what was asked: one enum with one line each, and a sentence.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fibrehub::store {

enum class errc {
  unavailable,  // the database is away; try again after a pause
  standby,      // another hub holds the database; this one waits
  overloaded,   // the waiting room is full; try again after a pause
  timeout,      // the statement took longer than its limit
  not_found,    // no such thing, or not yours to see
  forbidden,    // visible, but this role may not do it
  invalid,      // the request cannot be right, whatever the state
  conflict,     // the state does not allow it
  abandoned,    // the worker went away before answering; the outcome is unknown
  internal      // a fault of ours; the log has the details
};

std::string_view name_of(errc code);

struct error {
  errc code = errc::internal;
  std::string message;
  std::string reason = {};  // machine-readable, where one code has several: "illegal_move"
  std::vector<std::pair<std::string, std::string>> fields = {};  // field and what is wrong with it
  std::string data_json = {};  // further details for the caller, a JSON object
};

}  // namespace fibrehub::store
