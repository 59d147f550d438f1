// Who is on a ticket: looking at it or writing in it now, and who follows it.
#include <fmt/format.h>

#include "actors/presence.hpp"
#include "store/attachments/attachments.hpp"
#include "store/followers.hpp"
#include "web/api/backend.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/parameters.hpp"
#include "web/api/routes.hpp"
#include "web/api/ticket_answers.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

using board_slot = actors::slot<actors::presence_board>;
using people_outcome = tl::expected<actors::present_people, store::error>;

response people_answer(const request_context& ctx, const people_outcome& people) {
  if (!people) return from_store_error(ctx, people.error());
  return success([&](json_writer& w) {
    w.StartObject();
    text_field(w, "ticket_uid", ctx.path_value("uid"));
    w.Key("present");
    w.StartArray();
    for (const actors::present_person& p : *people) {
      w.StartObject();
      text_field(w, "id", p.id);
      text_field(w, "name", p.name);
      text_field(w, "state", actors::name_of(p.state));
      w.EndObject();
    }
    w.EndArray();
    w.EndObject();
  });
}

/// Whose the ticket is, or the answer to give when the caller may not see it.
asio::awaitable<tl::expected<domain::ticket_ownership, response>> find_owner(
    backend& b, const request_context& ctx) {
  store::get_ticket_load ask;
  ask.uid = ctx.path_value("uid");
  ask.by = ctx.caller->who;
  auto there = co_await b.read(std::move(ask));
  if (there) co_return there->owner;
  if (there.error().code == store::errc::not_found) co_return tl::unexpected(no_such_ticket(ctx));
  co_return tl::unexpected(from_store_error(ctx, there.error()));
}

/// "left" is no state; nothing for what is not known.
std::optional<std::optional<actors::presence_state>> state_from(std::string_view text) {
  using enum actors::presence_state;
  if (text == "left") return std::optional<actors::presence_state>();
  for (const auto state : {viewing, editing})
    if (text == actors::name_of(state)) return state;
  return std::nullopt;
}

asio::awaitable<response> report(backend& b, board_slot& board, const request_context& ctx) {
  body_reader body(ctx);
  const auto state = state_from(body.required_text("state"));
  if (!state && body.problems().empty()) body.complain("state", "must be viewing, editing or left");
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  auto owner = co_await find_owner(b, ctx);
  if (!owner) co_return std::move(owner.error());
  const domain::principal& who = ctx.caller->who;
  auto people = co_await actors::ask<actors::present_people>(
      b.gate, b.patience, [&](store::reply<actors::present_people> to) {
        board.send(actors::report_presence{std::string(ctx.path_value("uid")), who.id, who.name,
                                           *state, std::move(to), *owner});
      });
  co_return people_answer(ctx, people);
}

asio::awaitable<response> list(backend& b, board_slot& board, const request_context& ctx) {
  auto owner = co_await find_owner(b, ctx);
  if (!owner) co_return std::move(owner.error());
  auto people = co_await actors::ask<actors::present_people>(
      b.gate, b.patience, [&](store::reply<actors::present_people> to) {
        board.send(actors::list_presence{std::string(ctx.path_value("uid")), std::move(to)});
      });
  co_return people_answer(ctx, people);
}

asio::awaitable<response> follow(backend& b, const request_context& ctx, bool wanted) {
  store::follow_ticket request;
  request.ticket_uid = ctx.path_value("uid");
  request.follow = wanted;
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

route on_ticket(method verb, const std::string& what, std::string id, std::string summary,
                domain::permission needs, std::string answer) {
  route r;
  r.verb = verb;
  r.path = "/api/v1/tickets/{uid}/" + what;
  r.aliases = {"/api/tickets/{uid}/" + what};
  r.operation_id = std::move(id);
  r.summary = std::move(summary);
  r.tag = "tickets";
  r.auth = allowed_to(needs);
  r.parameters = {ticket_uid()};
  r.answers = {{200, "Done", std::move(answer)}, {404, "No such ticket, or not yours to see", ""}};
  return r;
}

}  // namespace

std::vector<route> presence_routes(backend& b, presence_source& presence) {
  board_slot& board = presence.board;
  using p = domain::permission;
  // Staff only: clients do not see who works on what.
  route tell = on_ticket(method::post, "presence", "reportPresence",
                         "Say that you look at a ticket, write in it, or have left it",
                         p::read_internal_notes, "Presence");
  tell.description =
      "Counts for 45 s: report again while you are there. Answers who is there, you included.";
  tell.no_key = "nothing is kept: saying again where one is changes nothing";
  tell.body = body_description{"PresenceReport", "application/json", true, ""};
  tell.handle = [&b, &board](request_context& ctx) { return report(b, board, ctx); };
  route ask =
      on_ticket(method::get, "presence", "getPresence", "Who looks at a ticket or writes in it now",
                p::read_internal_notes, "Presence");
  ask.handle = [&b, &board](request_context& ctx) { return list(b, board, ctx); };
  route begin = on_ticket(method::post, "follow", "followTicket", "Follow a ticket",
                          p::read_tickets, "Following");
  begin.answers.push_back({403, "A token is nobody who could follow", ""});
  begin.handle = [&b](request_context& ctx) { return follow(b, ctx, true); };
  route end = on_ticket(method::delete_, "follow", "unfollowTicket", "Follow a ticket no more",
                        p::read_tickets, "Following");
  end.answers.push_back({403, "A token is nobody who could follow", ""});
  end.handle = [&b](request_context& ctx) { return follow(b, ctx, false); };
  return {std::move(tell), std::move(ask), std::move(begin), std::move(end)};
}

}  // namespace fibrehub::web::api
