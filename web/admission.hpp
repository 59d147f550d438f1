// What is decided about a request between its head and its body: which route, how large a body,
// whether its parameters fit. Pure; the session does the reading and writing around it.
#pragma once

#include <optional>
#include <variant>

#include "web/http_head.hpp"
#include "web/peer_address.hpp"
#include "web/router.hpp"

namespace fibrehub::web {

/// What a connection knows about its other end.
struct peer_info {
  boost::asio::ip::address address;
  std::string text;
};

/// Fills everything in `ctx` that comes from the head. The request id is the client's when it is
/// sane, else left empty.
void fill_context(request_context& ctx, const request_head& head, const peer_info& peer,
                  const network_list& trusted);

/// The route's index, or the answer to give instead (404, 405, 400, 413).
std::variant<std::size_t, response> find_route(const routing_table& table, request_context& ctx,
                                               const request_head& head,
                                               std::size_t default_body_limit);

/// The largest body `r` takes.
inline std::size_t body_limit(const route& r, std::size_t default_limit) {
  return r.body_limit_bytes.value_or(default_limit);
}

/// Checks path and query parameters and the body's media type; the answer to give when they do
/// not fit. Fills `ctx.query_values`.
std::optional<response> check_request(const route& r, request_context& ctx,
                                      const request_head& head);

response too_large(const request_context& ctx, std::size_t limit);

}  // namespace fibrehub::web
