// One wish about a session, carried out in steps without sockets: the next request, and what an
// answer means. WAHA's odd answers (a 422 for what is done already, ten seconds of waiting before
// a refusal) become results and clear errors here.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "actors/messenger_bridge.hpp"
#include "channels/waha/rest.hpp"
#include "channels/waha/rest_answers.hpp"
#include "channels/waha/session_config.hpp"

namespace fibrehub::channels::waha {

/// What an errand has to know of its bridge.
struct bridge_facts {
  rest_address address;
  std::string bridge;  // as configured, for people
  webhook_target webhook;
  server_version server;  // empty texts: not known yet
};

/// The error the caller is told, with its reason for programs.
store::error error_of(const rest_failure& f, const actors::session_call& call,
                      const bridge_facts& facts);

class session_errand {
 public:
  session_errand(actors::session_call call, bridge_facts facts);

  using outcome = tl::expected<actors::session_result, store::error>;
  using step = std::variant<protocols::transport::http_request, outcome>;

  step begin();
  step answered(const rest_outcome& answer);

  const actors::session_call& call() const { return call_; }
  /// The session as WAHA showed it last, if it did.
  const std::optional<session_info>& shown() const { return shown_; }
  /// The session may go through states now.
  bool moves_session() const;

 private:
  enum class stage { meeting, creating, looking, moving, removing, reading_code };

  step ask(stage next, protocols::transport::http_request request);
  step fail(const rest_failure& f) const;
  step fail(store::errc code, std::string reason, std::string message) const;
  step done(std::string body = "{}", std::string content_type = "application/json") const;
  std::string status() const { return shown_ ? shown_->status : std::string(); }

  step met(const rest_outcome& answer);
  step go();
  step create(bool start);
  step created(const rest_outcome& answer);
  step looked(const rest_outcome& answer);
  step moved(const rest_outcome& answer);
  step removed(const rest_outcome& answer);
  step code_read(const rest_outcome& answer);
  step ensure_running();
  step ensured(const std::string& code) const;
  step read_code();

  actors::session_call call_;
  bridge_facts facts_;
  stage stage_ = stage::looking;
  std::optional<session_info> shown_;
};

}  // namespace fibrehub::channels::waha
