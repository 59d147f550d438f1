// What the routes of WhatsApp sessions share: which bridge is meant, and how something is asked of
// it, written down and answered. Include it from .cpp files only.
#pragma once

#include <string>
#include <vector>

#include "actors/messenger_bridge.hpp"
#include "web/api/backend.hpp"

namespace fibrehub::web::api {

class session_desk {
 public:
  session_desk(backend& b, std::vector<actors::messenger_bridge> bridges)
      : hub(b), bridges_(std::move(bridges)) {}

  backend& hub;

  /// By its configured name; null when there is none.
  const actors::messenger_bridge* find(std::string_view name) const;
  /// The one `?channel=` names, else the only one or the default; or the answer to give instead.
  tl::expected<const actors::messenger_bridge*, response> choose(const request_context& ctx) const;

  /// Has it done.
  boost::asio::awaitable<tl::expected<actors::session_result, store::error>> ask(
      const actors::messenger_bridge& bridge, actors::session_call call) const;
  /// Has it done, writes down who wanted it and what came of it, and answers; a repeated request
  /// with an Idempotency-Key is answered as the first.
  boost::asio::awaitable<response> carry_out(const request_context& ctx, actors::session_call call,
                                             unsigned status) const;
  /// The answer to what the bridge could not do.
  response refusal(const request_context& ctx, const store::error& why) const;

 private:
  std::vector<actors::messenger_bridge> bridges_;
};

/// What WAHA takes for a name: letters, digits, - and _.
bool is_session_name(std::string_view name);
/// "+27 83 123-4567" → "27831234567".
std::string digits_of(std::string_view phone);

}  // namespace fibrehub::web::api
