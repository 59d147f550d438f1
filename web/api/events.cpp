#include "web/api/backend.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"
#include "web/sse.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

/// What one listener gets: `{"kind", "ticket_uid", "at", "data"}` under the event's id.
std::string to_sse(const std::string& id, const actors::event& e) {
  rapidjson::StringBuffer buffer;
  json_writer w(buffer);
  w.StartObject();
  text_field(w, "id", id);
  text_field(w, "kind", e.kind);
  text_or_null(w, "ticket_uid", e.ticket_uid);
  instant_field(w, "at", e.at);
  raw_field(w, "data", e.data_json);
  w.EndObject();
  return format_event(id, e.kind, {buffer.GetString(), buffer.GetSize()});
}

/// Puts events into a listener's queue; the hub drops it when the queue is full.
class queue_sink final : public actors::event_sink {
 public:
  queue_sink(std::shared_ptr<sse_queue> queue, std::vector<std::string> kinds)
      : queue_(std::move(queue)), kinds_(std::move(kinds)) {}

  bool offer(const std::shared_ptr<const actors::event>& what) override {
    const bool wanted = kinds_.empty() || what->kind == "reset" ||
                        std::find(kinds_.begin(), kinds_.end(), what->kind) != kinds_.end();
    return wanted ? queue_->offer(to_sse(what->id, *what)) : !queue_->closed();
  }
  void closed() noexcept override { queue_->close(); }

 private:
  std::shared_ptr<sse_queue> queue_;
  std::vector<std::string> kinds_;
};

asio::awaitable<response> follow(backend& b, const asio::any_io_executor& io, request_context& ctx,
                                 stream_writer& out) {
  auto queue = std::make_shared<sse_queue>(io);
  auto sink = std::make_shared<queue_sink>(queue, ctx.query_list("kind"));
  std::optional<std::string> last_id;
  if (const std::string_view header = ctx.header("last-event-id"); !header.empty())
    last_id = header;
  if (const auto asked = ctx.query("last_event_id")) last_id = *asked;
  if (!b.events.send(actors::subscribe{sink, std::move(last_id)}))
    co_return from_store_error(
        ctx, {store::errc::unavailable, "events are not available right now; try again later"});
  response end = co_await serve_events(out, queue);
  b.events.send(actors::unsubscribe{sink});
  co_return end;
}

}  // namespace

std::vector<route> event_routes(backend& b, asio::any_io_executor io) {
  route r;
  r.path = "/api/v1/events";
  r.operation_id = "followEvents";
  r.summary = "A live feed of what was committed, as server-sent events";
  r.tag = "events";
  r.description =
      "Each event has an id. After a break, send the last one as Last-Event-ID and nothing is "
      "missed; an event `reset` says that too much"
      " has happened since and everything should be read anew.";
  r.auth = allowed_to(domain::permission::follow_everything);
  r.parameters = {
      parameter{.name = "kind",
                .text = "Only events of these kinds.",
                .list = true,
                .allowed = {"ticket.created", "ticket.updated", "ticket.deleted", "message.created",
                            "note.created", "attachment.created", "attachment.deleted",
                            "presence.changed", "assignment_rules.changed", "review.created",
                            "notification.created", "channel.state"},
                .fallback = {}},
      parameter{.name = "last_event_id",
                .text = "For listeners that cannot set the header.",
                .allowed = {},
                .fallback = {}}};
  r.answers = {{200, "The stream; it ends only when the listener is too slow or the hub stops", "",
                "text/event-stream", false}};
  r.stream = [&b, io](request_context& ctx, stream_writer& out) { return follow(b, io, ctx, out); };
  return {std::move(r)};
}

}  // namespace fibrehub::web::api
