// How a channel that holds sessions at a messenger's bridge offers them without knowing the web
// server, and how the API has something done to one of them without knowing the channel.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "domain/people.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {

/// What can be done to a session. `ensure`: make it if it is missing, start it, and tell what to
/// scan.
enum class session_action {
  create,
  ensure,
  start,
  stop,
  restart,
  logout,
  remove,
  qr_image,
  qr_text,
  pairing_code
};
/// "create" … "pairing_code".
std::string_view name_of(session_action action);

/// One wish. Those of one session are carried out one after the other; four may wait.
struct session_call {
  session_action what = session_action::start;
  std::string session;
  std::string config_json{};   // create: a JSON object, or empty
  bool start = true;           // create
  std::string engine{};        // ensure: the one it has to be, or empty
  std::string phone_number{};  // pairing_code: digits
  domain::principal by{};
};

/// What came of it. Errors carry a reason for programs: `session_not_found`, `exists`, `busy`,
/// `not_scanning`, `plus_only`, `wrong_engine`, `bridge_unreachable`, `bridge_refused`,
/// `bridge_failed`, `bridge_unauthorized`, `no_url`.
struct session_result {
  std::string status{};  // of the session after it, or empty
  std::string content_type = "application/json";
  std::string body{};  // JSON, or what `content_type` says
};

struct messenger_bridge {
  std::string name;           // as configured: "main"
  bool is_default = false;    // answers for who names none
  bool can_be_called = true;  // false: no address is configured
  /// From any thread. Answers within a minute and a half.
  std::function<void(session_call, store::reply<session_result>)> call;
  /// What a server of this engine, version and edition can do: a JSON object.
  std::function<std::string(const std::string& engine, const std::string& version,
                            const std::string& tier)>
      capabilities;
};

}  // namespace fibrehub::actors
