// GET /api/v1/events (server-sent events) and /api/v1/events/ws (WebSocket): what is committed, as
// far as the listener may see it.
#include <fmt/format.h>

#include "domain/event_kinds.hpp"
#include "web/api/json.hpp"
#include "web/api/parameters.hpp"
#include "web/api/routes.hpp"
#include "web/feed/conversation.hpp"
#include "web/feed/ws_protocol.hpp"
#include "web/sse.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

feed_wish wish_of(const request_context& ctx) {
  feed_wish out;
  out.filter.kinds = ctx.query_list("kinds");
  for (std::string& kind : ctx.query_list("kind"))
    out.filter.kinds.push_back(std::move(kind));
  out.filter.tickets = ctx.query_list("ticket");
  if (const auto header = ctx.header("last-event-id"); !header.empty())
    out.last_event_id = std::string(header);
  if (const auto asked = ctx.query("last_event_id")) out.last_event_id = std::string(*asked);
  return out;
}

std::optional<response> refuse_long_list(const request_context& ctx) {
  if (ctx.query_list("ticket").size() <= ws_protocol::max_tickets) return std::nullopt;
  return invalid_field(ctx, "ticket",
                       fmt::format("must name at most {} tickets", ws_protocol::max_tickets));
}

asio::awaitable<response> follow(feed_desk& desk, request_context& ctx, stream_writer& out) {
  if (auto no = refuse_long_list(ctx)) co_return std::move(*no);
  auto queue = std::make_shared<listener_queue>(desk.io, desk.options.queue);
  feed_wish wish = wish_of(ctx);
  feed_listener listener(desk, queue, ctx.caller, credential_of(ctx), feed_format::sse);
  if (!listener.begin(std::move(wish.filter), std::move(wish.last_event_id)))
    co_return from_store_error(
        ctx, {store::errc::unavailable, "events are not available right now; try again later"});
  response end = co_await serve_events(out, queue);
  listener.leave();
  co_return end;
}

/// A page elsewhere must not listen with the cookie of somebody who visits it.
std::optional<response> refuse_origin(const feed_desk& desk, const request_context& ctx) {
  if (!ctx.caller || !ctx.caller->by_cookie || desk.auth->is_from_known_origin(ctx))
    return std::nullopt;
  return failure(ctx, 403, "origin_refused",
                 "with a session cookie a WebSocket is opened from a page of this very host, or of "
                 "one in web.allowed_origins");
}

asio::awaitable<response> talk(feed_desk& desk, request_context& ctx, web_socket& socket) {
  if (auto no = refuse_origin(desk, ctx)) co_return std::move(*no);
  if (auto no = refuse_long_list(ctx)) co_return std::move(*no);
  std::optional<feed_wish> wish;
  if (!ctx.query_values.empty()) wish = wish_of(ctx);
  response end = co_await converse(desk, ctx, socket, std::move(wish));
  co_return end;
}

std::vector<parameter> parameters() {
  return {one_of("kinds", domain::event_kinds, "Only events of these kinds."),
          one_of("kind", domain::event_kinds, "The same as `kinds`."),
          words("ticket", "Only events about these tickets (UIDs, at most 100).", 100, true),
          words("last_event_id",
                "What comes after this event; for listeners that cannot set the "
                "header Last-Event-ID.",
                100)};
}

constexpr const char* who_hears =
    "Everybody who is signed in may listen and hears what they may see; role `client` hears "
    "nothing "
    "internal. The feed ends with the session or token, and when role or teams change. Each event "
    "has an id: after a break, name the last one and nothing is missed or repeated; `reset` says "
    "that too much has happened since and everything should be read anew.";

constexpr const char* how_to_talk =
    "Sign in with a token or cookie in the handshake, or within 5 s with "
    "`{\"type\":\"auth\",\"token\":\"…\"}`. The feed begins at once when the address has a "
    "parameter, else with `{\"type\":\"subscribe\",\"kinds\":[…],\"tickets\":[…],"
    "\"last_event_id\":\"…\"}`. Messages are JSON texts of at most 16 KB; the hub sends `Event`, "
    "`{\"type\":\"reset\",\"id\":\"…\"}` and `{\"type\":\"position\",\"id\":\"…\"}`. It closes "
    "with 1008 (the reason says why), 1009 (message too long), 1013 (come again), 1001 (the hub "
    "stops).";

}  // namespace

std::vector<route> event_routes(feed_desk& desk) {
  route sse;
  sse.path = "/api/v1/events";
  sse.operation_id = "followEvents";
  sse.summary = "A live feed of what was committed, as server-sent events";
  sse.tag = "events";
  sse.description = who_hears;
  sse.auth = desk.wanted();
  sse.parameters = parameters();
  sse.answers = {
      {200, "The stream; each event's data is an `Event`", "Event", "text/event-stream", false}};
  sse.stream = [&desk](request_context& ctx, stream_writer& out) { return follow(desk, ctx, out); };
  route ws;
  ws.path = "/api/v1/events/ws";
  ws.operation_id = "followEventsByWebSocket";
  ws.summary = "The live feed over WebSocket";
  ws.tag = "events";
  ws.description = fmt::format("{} {}", who_hears, how_to_talk);
  ws.auth = {auth_requirement::kind::bearer_if_shown, {}, desk.wanted().needs};
  ws.parameters = parameters();
  ws.answers = {{101, "The connection speaks WebSocket from here on", ""},
                {426, "No request to open a WebSocket", ""}};
  ws.converse = [&desk](request_context& ctx, web_socket& socket) {
    return talk(desk, ctx, socket);
  };
  return {std::move(sse), std::move(ws)};
}

}  // namespace fibrehub::web::api
