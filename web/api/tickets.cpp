#include "domain/ticket.hpp"
#include "web/api/backend.hpp"
#include "web/api/cursor.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t default_limit = 50;
constexpr std::int64_t max_limit = 100;
constexpr std::int64_t max_page = 100'000;

void write_ticket(json_writer& w, const store::ticket_view& t) {
  text_field(w, "ticket_uid", t.uid);
  text_field(w, "title", t.title);
  text_field(w, "description", t.description);
  text_field(w, "source", t.source);
  text_or_null(w, "source_reference", t.source_reference);
  text_field(w, "type", t.type);
  text_field(w, "priority", t.priority);
  text_field(w, "status", t.status);
  text_or_null(w, "drop_number", t.drop_number.empty() ? std::string() : "DR" + t.drop_number);
  text_or_null(w, "address", t.address);
  text_field(w, "channel", t.channel);
  raw_field(w, "external", t.external_json);
  integer_field(w, "message_count", t.message_count);
  instant_field(w, "last_message_at", t.last_message_at);
  integer_field(w, "version", t.version);
  instant_field(w, "created_at", t.created_at);
  instant_field(w, "updated_at", t.updated_at);
  instant_field(w, "resolved_at", t.resolved_at);
  instant_field(w, "closed_at", t.closed_at);
}

std::string_view name_of_ack(int level) {
  constexpr std::string_view names[] = {"error", "pending", "sent", "delivered", "read", "played"};
  return names[std::clamp(level, -1, 4) + 1];
}

void write_message(json_writer& w, const store::message_view& m) {
  w.StartObject();
  text_field(w, "message_id", m.message_id);
  text_field(w, "direction", m.direction);
  text_or_null(w, "author", m.author);
  text_or_null(w, "phone", m.phone);
  text_field(w, "chat", m.chat);
  text_field(w, "session", m.session);
  text_field(w, "type", m.type);
  text_field(w, "text", m.body);
  raw_field(w, "media", m.media_json);
  text_or_null(w, "reply_to", m.reply_to);
  text_or_null(w, "delivery", m.ack ? name_of_ack(*m.ack) : std::string_view());
  instant_field(w, "sent_at", m.sent_at);
  instant_field(w, "received_at", m.received_at);
  w.EndObject();
}

void write_history(json_writer& w, const store::history_view& h) {
  w.StartObject();
  integer_field(w, "seq", h.entry.seq);
  instant_field(w, "at", h.entry.at);
  text_field(w, "actor_kind", h.entry.actor.kind);
  text_field(w, "actor", h.entry.actor.name);
  text_or_null(w, "address", h.entry.actor.address);
  text_field(w, "action", h.entry.action);
  text_or_null(w, "field", h.entry.field);
  text_or_null(w, "old_value", h.entry.old_value);
  text_or_null(w, "new_value", h.entry.new_value);
  text_field(w, "hash", h.hash_hex);
  w.EndObject();
}

response page_answer(const store::ticket_page& page, const store::list_tickets& asked) {
  return success([&](json_writer& w) {
    w.StartObject();
    w.Key("tickets");
    w.StartArray();
    for (const store::ticket_view& t : page.items) {
      w.StartObject();
      write_ticket(w, t);
      w.EndObject();
    }
    w.EndArray();
    w.Key("pagination");
    w.StartObject();
    integer_field(w, "limit", asked.limit);
    text_or_null(w, "next_cursor",
                 page.next_before ? make_cursor(*page.next_before) : std::string());
    if (page.total) {
      integer_field(w, "page", *asked.page);
      integer_field(w, "total", *page.total);
      integer_field(w, "totalPages", (*page.total + asked.limit - 1) / asked.limit);
    }
    w.EndObject();
    w.EndObject();
  });
}

response detail_answer(const store::ticket_detail& detail) {
  return success([&](json_writer& w) {
    w.StartObject();
    write_ticket(w, detail.ticket);
    w.Key("messages");
    w.StartArray();
    for (const store::message_view& m : detail.messages)
      write_message(w, m);
    w.EndArray();
    w.Key("history");
    w.StartArray();
    for (const store::history_view& h : detail.history)
      write_history(w, h);
    w.EndArray();
    w.EndObject();
  });
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_tickets ask;
  ask.statuses = ctx.query_list("status");
  ask.sources = ctx.query_list("source");
  ask.priorities = ctx.query_list("priority");
  ask.limit = ctx.query_integer("limit").value_or(default_limit);
  ask.page = ctx.query_integer("page");
  if (const auto cursor = ctx.query("cursor")) {
    if (ask.page)
      co_return invalid_field(ctx, "cursor", "cannot be combined with page: give one of the two");
    ask.before_id = parse_cursor(*cursor);
    if (!ask.before_id)
      co_return invalid_field(ctx, "cursor",
                              "is not a cursor of this API: take next_cursor of the page before");
  }
  const store::list_tickets asked = ask;
  auto page = co_await b.read(std::move(ask));
  if (!page) co_return from_store_error(ctx, page.error());
  co_return page_answer(*page, asked);
}

asio::awaitable<response> detail(backend& b, const request_context& ctx) {
  store::get_ticket ask;
  ask.uid = ctx.path_value("uid");
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found)
    co_return failure(ctx, 404, "not_found", "There is no such ticket, or it is not yours to see.");
  if (!found) co_return from_store_error(ctx, found.error());
  co_return detail_answer(*found);
}

parameter one_of(std::string name, std::span<const std::string_view> names, std::string text) {
  parameter p;
  p.name = std::move(name);
  p.list = true;
  p.text = std::move(text);
  for (std::string_view n : names)
    p.allowed.emplace_back(n);
  return p;
}

parameter number(std::string name, std::int64_t min, std::int64_t max, std::string text,
                 std::string fallback = {}) {
  parameter p;
  p.name = std::move(name);
  p.type = value_type::integer;
  p.min = min;
  p.max = max;
  p.text = std::move(text);
  p.fallback = std::move(fallback);
  return p;
}

}  // namespace

std::vector<route> ticket_routes(backend& b) {
  route all;
  all.path = "/api/v1/tickets";
  all.aliases = {"/api/tickets"};
  all.operation_id = "listTickets";
  all.summary = "Tickets, newest first";
  all.tag = "tickets";
  all.description =
      "Follow `next_cursor` to walk through all of them; `page` also counts them, which costs "
      "more.";
  all.auth = allowed_to(domain::permission::read_tickets);
  all.parameters = {
      one_of("status", domain::ticket_status_names(), "Only tickets in one of these statuses."),
      one_of("source", domain::ticket_source_names(), "Only tickets from one of these sources."),
      one_of("priority", domain::ticket_priority_names(),
             "Only tickets of one of these priorities."),
      number("limit", 1, max_limit, "Tickets on a page.", std::to_string(default_limit)),
      number("page", 1, max_page, "Page number, from 1; adds totals to the answer."),
      parameter{.name = "cursor",
                .text = "`next_cursor` of the page before.",
                .allowed = {},
                .fallback = {}}};
  all.answers = {{200, "A page of tickets", "TicketPage"}};
  all.handle = [&b](request_context& ctx) { return list(b, ctx); };

  route one;
  one.path = "/api/v1/tickets/{uid}";
  one.aliases = {"/api/tickets/{uid}"};
  one.operation_id = "getTicket";
  one.summary = "One ticket with its latest 200 messages and history rows";
  one.tag = "tickets";
  one.auth = allowed_to(domain::permission::read_tickets);
  one.parameters = {parameter{.name = "uid",
                              .in = place::path,
                              .text = "The ticket's UID, for example DR1730654-01.",
                              .required = true,
                              .allowed = {},
                              .min = 1,
                              .max = 40,
                              .fallback = {}}};
  one.answers = {{200, "The ticket", "TicketDetail"},
                 {404, "No such ticket, or not yours to see", ""}};
  one.handle = [&b](request_context& ctx) { return detail(b, ctx); };
  return {std::move(all), std::move(one)};
}

}  // namespace fibrehub::web::api
