#include "web/api/backend.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

void write_channel(json_writer& w, const actors::channel_status& c) {
  w.StartObject();
  text_field(w, "kind", c.kind);
  text_field(w, "name", c.name);
  text_field(w, "state", actors::name_of(c.state));
  text_or_null(w, "detail", c.detail);
  instant_field(w, "last_attempt_at", c.last_attempt);
  instant_field(w, "last_success_at", c.last_success);
  w.Key("lag_s");
  if (c.lag_s) {
    w.Double(*c.lag_s);
  } else {
    w.Null();
  }
  integer_field(w, "restarts", static_cast<std::int64_t>(c.restarts));
  integer_field(w, "backlog", static_cast<std::int64_t>(c.backlog));
  w.Key("silent");
  w.Bool(c.silent);
  raw_field(w, "sessions", c.sessions_json);
  w.Key("counters");
  w.StartObject();
  integer_field(w, "received", static_cast<std::int64_t>(c.counters.received));
  integer_field(w, "stored", static_cast<std::int64_t>(c.counters.stored));
  integer_field(w, "duplicates", static_cast<std::int64_t>(c.counters.duplicates));
  integer_field(w, "conflicts", static_cast<std::int64_t>(c.counters.conflicts));
  integer_field(w, "reviews", static_cast<std::int64_t>(c.counters.reviews));
  integer_field(w, "errors", static_cast<std::int64_t>(c.counters.errors));
  w.EndObject();
  w.EndObject();
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  auto channels = co_await actors::ask<std::vector<actors::channel_status>>(
      b.gate, b.patience, [&](store::reply<std::vector<actors::channel_status>> to) {
        b.channels.send(actors::list_channels{std::move(to)});
      });
  if (!channels) co_return from_store_error(ctx, channels.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    w.Key("channels");
    w.StartArray();
    for (const actors::channel_status& c : *channels)
      write_channel(w, c);
    w.EndArray();
    w.EndObject();
  });
}

}  // namespace

std::vector<route> channel_routes(backend& b) {
  route r;
  r.path = "/api/v1/channels";
  r.operation_id = "listChannels";
  r.summary = "Every channel with its state, last success, lag, restarts and counters";
  r.tag = "channels";
  r.auth = allowed_to(domain::permission::read_channels);
  r.answers = {{200, "The channels", "ChannelList"}};
  r.handle = [&b](request_context& ctx) { return list(b, ctx); };
  return {std::move(r)};
}

}  // namespace fibrehub::web::api
