// Reading tickets: lists, one with everything, its history, its notes.
#include <fmt/format.h>

#include <charconv>

#include "domain/drop_number.hpp"
#include "domain/ticket.hpp"
#include "web/api/backend.hpp"
#include "web/api/cursor.hpp"
#include "web/api/parameters.hpp"
#include "web/api/routes.hpp"
#include "web/api/ticket_answers.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t default_limit = 50;
constexpr std::int64_t max_limit = 100;
constexpr std::int64_t max_page = 100'000;

/// "me", "none" or an id; nothing for anything else.
std::optional<std::int64_t> person(const request_context& ctx, std::string_view text) {
  if (text == "me") return ctx.caller->who.user_id;
  if (text == "none") return 0;
  std::int64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (ec != std::errc{} || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

std::string digits_of(std::string_view drop) {
  const auto found = domain::find_drop_numbers(drop);
  return found.empty() ? std::string(drop) : found.front();
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_tickets ask;
  ask.by = ctx.caller->who;
  ask.statuses = ctx.query_list("status");
  ask.sources = ctx.query_list("source");
  ask.priorities = ctx.query_list("priority");
  ask.types = ctx.query_list("type");
  ask.tags = ctx.query_list("tag");
  if (const auto drop = ctx.query("drop")) ask.drop = digits_of(*drop);
  for (const auto& [name, target] : {std::pair{"assigned_to", &ask.assigned_to},
                                     std::pair{"assigned_team", &ask.assigned_team}}) {
    const auto text = ctx.query(name);
    if (!text) continue;
    *target = person(ctx, *text);
    if (!*target) co_return invalid_field(ctx, name, "must be an id, me or none");
  }
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
  ask.by = ctx.caller->who;
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_ticket(ctx);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return detail_answer(*found, ctx.caller->who.as);
}

asio::awaitable<response> history(backend& b, const request_context& ctx) {
  store::get_history ask;
  ask.uid = ctx.path_value("uid");
  ask.by = ctx.caller->who;
  ask.limit = ctx.query_integer("limit").value_or(default_limit);
  ask.after_seq = static_cast<std::int32_t>(ctx.query_integer("after").value_or(0));
  ask.action = ctx.query("action").value_or("");
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_ticket(ctx);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return history_answer(*found);
}

asio::awaitable<response> notes(backend& b, const request_context& ctx) {
  store::get_ticket ask;
  ask.uid = ctx.path_value("uid");
  ask.by = ctx.caller->who;
  ask.message_limit = ask.history_limit = 0;
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_ticket(ctx);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return notes_answer(*found);
}

route reading(std::string path, std::string id, std::string summary) {
  route r;
  r.path = "/api/v1" + path;
  r.aliases = {"/api" + path};
  r.operation_id = std::move(id);
  r.summary = std::move(summary);
  r.tag = "tickets";
  r.auth = allowed_to(domain::permission::read_tickets);
  return r;
}

route list_route(backend& b) {
  route all = reading("/tickets", "listTickets", "Tickets, newest first");
  all.description =
      "Follow `next_cursor` to walk through all of them; `page` also counts them, which costs "
      "more.";
  all.parameters = {
      one_of("status", domain::ticket_status_names(), "Only tickets in one of these statuses."),
      one_of("source", domain::ticket_source_names(), "Only tickets from one of these sources."),
      one_of("priority", domain::ticket_priority_names(),
             "Only tickets of one of these priorities."),
      one_of("type", domain::ticket_type_names(), "Only tickets of one of these types."),
      words("tag", "Only tickets with all of these tags.", 50, true),
      words("drop", "Only tickets of this drop."),
      words("assigned_to", "Only tickets of this person: an id, `me` or `none`.", 20),
      words("assigned_team", "Only tickets of this team: an id or `none`.", 20),
      number("limit", 1, max_limit, "Tickets on a page.", std::to_string(default_limit)),
      number("page", 1, max_page, "Page number, from 1; adds totals to the answer."),
      words("cursor", "`next_cursor` of the page before.")};
  all.answers = {{200, "A page of tickets", "TicketPage"}};
  all.handle = [&b](request_context& ctx) { return list(b, ctx); };
  return all;
}

}  // namespace

std::vector<route> ticket_routes(backend& b) {
  const answer_description missing{404, "No such ticket, or not yours to see", ""};
  route one = reading("/tickets/{uid}", "getTicket",
                      "One ticket with its latest 200 messages, notes and history rows");
  one.parameters = {ticket_uid()};
  one.answers = {{200, "The ticket", "TicketDetail"}, missing};
  one.handle = [&b](request_context& ctx) { return detail(b, ctx); };

  route past = reading("/tickets/{uid}/history", "getTicketHistory",
                       "What was done to a ticket, by whom, oldest first");
  past.description = "`action=assigned` gives the history of its assignments.";
  past.parameters = {
      ticket_uid(), words("action", "Only rows of this kind.", 40),
      number("after", 0, 2'000'000'000, "Only rows after this number."),
      number("limit", 1, max_limit, "Rows on a page.", std::to_string(default_limit))};
  past.answers = {{200, "Rows of the history", "HistoryPage"}, missing};
  past.handle = [&b](request_context& ctx) { return history(b, ctx); };

  route said = reading("/tickets/{uid}/notes", "getTicketNotes", "The notes of a ticket");
  said.parameters = {ticket_uid()};
  said.answers = {{200, "Its latest 200 notes, oldest first", "NoteList"}, missing};
  said.handle = [&b](request_context& ctx) { return notes(b, ctx); };
  return {list_route(b), std::move(one), std::move(past), std::move(said)};
}

}  // namespace fibrehub::web::api
