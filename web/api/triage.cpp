// Messages that belong to no ticket and wait for a person to say to which.
#include "store/wa/triage.hpp"
#include "web/api/body.hpp"
#include "web/api/cursor.hpp"
#include "web/api/json.hpp"
#include "web/api/paging.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"
#include "web/api/ticket_bodies.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
namespace json = protocols::json;

void write_waiting(json_writer& w, const store::triage_view& v) {
  w.StartObject();
  text_field(w, "id", std::to_string(v.message_id));
  text_field(w, "reason", v.reason);
  text_field(w, "message_id", v.stanza);
  text_or_null(w, "author", v.author);
  text_or_null(w, "phone", v.phone);
  text_field(w, "type", v.type);
  text_field(w, "text", v.text);
  raw_field(w, "media", v.media_json);
  text_or_null(w, "reply_to", v.reply_to);
  write_key(w, "chat");
  w.StartObject();
  text_field(w, "id", std::to_string(v.chat_id));
  text_field(w, "chat_id", v.chat);
  text_field(w, "channel", v.channel);
  text_field(w, "session", v.session);
  text_field(w, "kind", v.chat_kind);
  text_or_null(w, "name", v.chat_name);
  text_or_null(w, "project", v.project);
  integer_field(w, "waiting", v.waiting_in_chat);
  w.EndObject();
  instant_field(w, "sent_at", v.sent_at);
  instant_field(w, "since", v.since);
  w.EndObject();
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_triage ask;
  ask.limit = ctx.query_integer("limit").value_or(50);
  ask.chat_id = ctx.query_integer("chat");
  const auto after = cursor_of(ctx);
  if (!after) co_return after.error();
  ask.after_id = *after;
  const std::int64_t limit = ask.limit;
  auto page = co_await b.read(std::move(ask));
  if (!page) co_return from_store_error(ctx, page.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    write_key(w, "messages");
    w.StartArray();
    for (const store::triage_view& v : page->items)
      write_waiting(w, v);
    w.EndArray();
    integer_field(w, "waiting", page->waiting);
    write_pagination(w, limit, page->next_after.value_or(0));
    w.EndObject();
  });
}

/// `{"title": …, "priority": …}`: fields of tickets.
void read_new(body_reader& body, store::place_message& request) {
  const json::value* fields = body.member("new");
  if (!fields || fields->IsNull()) return;
  if (!fields->IsObject()) return body.complain("new", "must be an object");
  body_reader inner(*fields, "new");
  request.make = ticket_fields_in(inner);
  inner.refuse_unknown();
  for (const field_problem& problem : inner.problems())
    body.complain(problem.field, problem.reason);
  for (const auto& item : request.make->items)
    if (item.first == domain::field::source)
      body.complain("new.source", "is wa_inbound: the message came by WhatsApp");
}

asio::awaitable<response> place(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::place_message request;
  request.message_id = path_id(ctx);
  request.ticket_uid = body.text("ticket_uid", 40).value_or("");
  read_new(body, request);
  request.dismiss = body.boolean("dismiss").value_or(false);
  request.with_chat = body.boolean("with_chat").value_or(false);
  const int ways =
      (request.ticket_uid.empty() ? 0 : 1) + (request.make ? 1 : 0) + (request.dismiss ? 1 : 0);
  if (ways != 1 && body.problems().empty())
    body.complain("ticket_uid", "give one of ticket_uid, new and dismiss");
  if (auto refused = body.refusal(ctx)) co_return std::move(*refused);
  if (b.rules) request.rules = *b.rules;
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

}  // namespace

std::vector<route> triage_routes(backend& b) {
  route all =
      resource_route(b, method::get, "/wa-bridge/triage", "listTriage",
                     "Messages that belong to no ticket and wait for a person, oldest first",
                     "wa-bridge", allowed_to(domain::permission::read_review), list);
  all.parameters = {number("chat", 1, std::numeric_limits<std::int64_t>::max(),
                           "Only those of the chat with this id."),
                    page_limit(), page_cursor()};
  all.answers = {{200, "A page of them", "TriagePage"}};
  route one = resource_route(b, method::post, "/wa-bridge/triage/{id}/place", "placeMessage",
                             "Put a waiting message into a ticket, make one of it, or dismiss it",
                             "wa-bridge", allowed_to(domain::permission::assign_ticket), place);
  one.parameters = {path_id_parameter("The message's id.")};
  one.body = body_description{"Placing", "application/json", true, ""};
  one.answers = {{200, "What became of it, and of its chat's others with `with_chat`", "Placed"},
                 {400, "A field is wrong; details name it", ""},
                 {404, "No such message waits", ""},
                 {409, "The ticket is closed", ""}};
  return {std::move(all), std::move(one)};
}

}  // namespace fibrehub::web::api
