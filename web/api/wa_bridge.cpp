// What became of the WhatsApp messages the hub sent.
#include "domain/send_state.hpp"
#include "store/sends/report.hpp"
#include "web/api/json.hpp"
#include "web/api/page_answer.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

void write_send(json_writer& w, const store::send_view& v) {
  w.StartObject();
  text_field(w, "id", std::to_string(v.id));
  integer_field(w, "outbox_id", v.outbox_id);
  text_field(w, "kind", v.kind);
  text_or_null(w, "ticket_uid", v.ticket_uid);
  text_field(w, "channel", v.channel);
  text_field(w, "session", v.session);
  text_field(w, "chat", v.chat);
  text_field(w, "author", v.author);
  text_or_null(w, "message_id", v.stanza);
  text_field(w, "state", v.progress.state);
  text_or_null(w, "reason", v.progress.reason);
  instant_field(w, "queued_at", v.progress.queued_at);
  instant_field(w, "accepted_at", v.progress.accepted_at);
  instant_field(w, "sent_at", v.progress.sent_at);
  instant_field(w, "delivered_at", v.progress.delivered_at);
  instant_field(w, "read_at", v.progress.read_at);
  instant_field(w, "ended_at", v.progress.ended_at);
  w.EndObject();
}

void write_counts(json_writer& w, const store::send_page& page) {
  w.Key("counts");
  w.StartObject();
  for (const auto& [state, n] : page.counts)
    integer_field(w, state, n);
  w.EndObject();
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_sends ask;
  ask.by = ctx.caller->who;
  ask.state = ctx.query("state").value_or("");
  ask.session = ctx.query("session").value_or("");
  if (const auto from = ctx.query("from")) ask.from = domain::parse_rfc3339(*from);
  if (const auto to = ctx.query("to")) ask.to = domain::parse_rfc3339(*to);
  response out = co_await page_answer(b, ctx, std::move(ask), "sends", write_send, write_counts);
  co_return out;
}

parameter time_of(std::string name, std::string text) {
  parameter p;
  p.name = std::move(name);
  p.type = value_type::date_time;
  p.text = std::move(text);
  return p;
}

}  // namespace

std::vector<route> wa_bridge_routes(backend& b) {
  route r = resource_route(b, method::get, "/wa-bridge/sends", "listSends",
                           "Messages sent through WhatsApp and what became of each, newest first",
                           "wa-bridge", allowed_to(domain::permission::read_channels), list);
  parameter state;
  state.name = "state";
  state.text = "Only those in this state.";
  for (const std::string_view name : domain::send_state_names())
    state.allowed.emplace_back(name);
  r.parameters = {std::move(state),
                  words("session", "Only those of this session.", 100),
                  time_of("from", "Only those queued then or later."),
                  time_of("to", "Only those queued before."),
                  page_limit(),
                  page_cursor()};
  r.answers = {{200, "A page of them, and how many there are in each state", "SendPage"}};
  return {std::move(r)};
}

}  // namespace fibrehub::web::api
