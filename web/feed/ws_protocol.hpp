// What is said over the feed's WebSocket: messages in, actions out. No I/O and no clock of its own.
//
//   → {"type":"auth","token":"…"}                  only when nothing was shown in the handshake
//   → {"type":"subscribe","kinds":[…],"tickets":[…],"last_event_id":"…"}
//   → {"type":"ping"}                              ← {"type":"pong"}
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "protocols/json/parse.hpp"
#include "protocols/rate_limit.hpp"
#include "web/feed/sink.hpp"

namespace fibrehub::web {

class ws_protocol {
 public:
  static constexpr std::size_t max_tickets = 100;
  static constexpr std::size_t max_last_id_bytes = 100;
  static constexpr std::size_t max_token_bytes = std::size_t{8} * 1024;
  /// Messages a listener may send.
  static constexpr protocols::rate max_messages{60, std::chrono::seconds{60}};

  /// Somebody says who they are; `signed_in` must follow, or the end.
  struct authenticate {
    std::string token;
  };
  /// The feed begins.
  struct begin {
    feed_filter filter;
    std::optional<std::string> last_event_id;
  };
  /// From now on something else is wanted.
  struct change {
    feed_filter filter;
  };
  struct say {
    std::string text;
  };
  /// RFC 6455 code 1008; the reason is for the peer.
  struct refuse {
    std::string reason;
  };
  using action = std::variant<authenticate, begin, change, say, refuse>;

  explicit ws_protocol(protocols::steady_time now) : messages_(max_messages, now) {}

  action take(std::string_view message, protocols::steady_time now);
  void signed_in() { signed_in_ = true; }
  bool is_signed_in() const { return signed_in_; }
  /// The feed has begun by other means.
  void begun() { begun_ = true; }

 private:
  action subscribe(const protocols::json::value& message);

  protocols::token_bucket messages_;
  bool signed_in_ = false;
  bool begun_ = false;
};

}  // namespace fibrehub::web
