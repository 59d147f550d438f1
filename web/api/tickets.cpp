// Reading tickets: lists, one with everything, its history, its notes.
#include "store/queries/tickets.hpp"
#include "store/commands/batch.hpp"
#include "store/wa/staff_chat.hpp"
#include "web/api/backend.hpp"
#include "web/api/parameters.hpp"
#include "web/api/routes.hpp"
#include "web/api/ticket_answers.hpp"
#include "web/api/ticket_filter.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t default_limit = 50;
constexpr std::int64_t max_limit = 100;
constexpr std::int64_t max_page = 100'000;

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  auto choice = co_await choice_of(b, ctx);
  if (!choice) co_return std::move(choice.error());
  store::list_tickets ask;
  ask.filter = std::move(choice->filter);
  ask.order = choice->order;
  ask.limit = ctx.query_integer("limit").value_or(default_limit);
  ask.page = ctx.query_integer("page");
  if (const auto cursor = ctx.query("cursor")) {
    if (ask.page)
      co_return invalid_field(ctx, "cursor", "cannot be combined with page: give one of the two");
    ask.after = parse_cursor_of(ask.order, *cursor);
    if (!ask.after)
      co_return invalid_field(
          ctx, "cursor",
          "is not a cursor of this list and order: take next_cursor of the page "
          "before");
  }
  const store::list_tickets asked = ask;
  auto page = co_await b.read_share(ctx, std::move(ask));
  if (!page) co_return from_find_error(ctx, page.error());
  co_return page_answer(*page, asked);
}

asio::awaitable<response> facets(backend& b, const request_context& ctx) {
  auto choice = co_await choice_of(b, ctx);
  if (!choice) co_return std::move(choice.error());
  store::count_facets ask;
  ask.filter = std::move(choice->filter);
  auto counts = co_await b.read_share(ctx, std::move(ask));
  if (!counts) co_return from_find_error(ctx, counts.error());
  co_return facets_answer(*counts);
}

asio::awaitable<response> detail(backend& b, const request_context& ctx) {
  store::get_ticket ask;
  ask.uid = ctx.path_value("uid");
  ask.by = ctx.caller->who;
  store::get_clocks its_clocks;
  its_clocks.by = ask.by;
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_ticket(ctx);
  if (!found) co_return from_store_error(ctx, found.error());
  its_clocks.seen_ticket_id = found->ticket.id;
  auto clocks = co_await b.read(std::move(its_clocks));
  if (!clocks) co_return from_store_error(ctx, clocks.error());
  std::string staff_chat;
  if (ctx.caller->who.as != domain::role::client) {
    store::get_staff_chat where;
    where.uid = found->ticket.uid;
    where.by = ctx.caller->who;
    if (b.rules) where.line = b.rules->line;
    auto chat = co_await b.read(std::move(where));
    if (chat) staff_chat = std::move(*chat);
  }
  co_return detail_answer(*found, *clocks, staff_chat, ctx.caller->who.as);
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

asio::awaitable<response> edits(backend& b, const request_context& ctx) {
  store::get_message_edits ask;
  ask.uid = ctx.path_value("uid");
  ask.message_id = path_id(ctx);
  ask.by = ctx.caller->who;
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_ticket(ctx);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return edits_answer(*found);
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
  route all = reading("/tickets", "listTickets", "Find tickets");
  all.description =
      "Newest first unless `sort` says otherwise. Follow `next_cursor` to walk through all of "
      "them; "
      "`page` also counts them, which costs more.";
  all.parameters = filter_parameters();
  for (parameter& p : order_parameters())
    all.parameters.push_back(std::move(p));
  all.parameters.push_back(
      number("limit", 1, max_limit, "Tickets on a page.", std::to_string(default_limit)));
  all.parameters.push_back(
      number("page", 1, max_page, "Page number, from 1; adds totals to the answer."));
  all.answers = {{200, "A page of tickets", "TicketPage"},
                 {400, "A parameter is wrong; an error in `q` names its column", ""}};
  all.handle = [&b](request_context& ctx) { return list(b, ctx); };
  return all;
}

route facets_route(backend& b) {
  route counts = reading("/tickets/facets", "countTickets",
                         "How many tickets there are by status, priority, source and type");
  counts.parameters = filter_parameters();
  counts.answers = {{200, "The counts", "TicketFacets"}};
  counts.handle = [&b](request_context& ctx) { return facets(b, ctx); };
  return counts;
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
  route changed = reading("/tickets/{uid}/messages/{id}/edits", "getMessageEdits",
                          "What a message of a ticket said, before each edit and after it");
  changed.parameters = {ticket_uid(), path_id_parameter("The message's own id.")};
  changed.answers = {{200, "Its texts, the first one first", "MessageEdits"},
                     {404, "No such ticket or message, or not yours to see", ""}};
  changed.handle = [&b](request_context& ctx) { return edits(b, ctx); };
  return {list_route(b),   facets_route(b), std::move(one),
          std::move(past), std::move(said), std::move(changed)};
}

}  // namespace fibrehub::web::api
