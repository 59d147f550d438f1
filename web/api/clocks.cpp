// The SLA clocks of a ticket, and how they come to be due.
#include <algorithm>

#include "store/queries/clocks.hpp"
#include "web/api/backend.hpp"
#include "web/api/clock_json.hpp"
#include "web/api/explanation_json.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"
#include "web/api/ticket_answers.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
namespace sla = domain::sla;

store::get_clocks asked(const request_context& ctx) {
  store::get_clocks ask;
  ask.uid = ctx.path_value("uid");
  ask.by = ctx.caller->who;
  return ask;
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::get_clocks ask = asked(ctx);
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_ticket(ctx);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    write_key(w, "clocks");
    write_clocks(w, *found);
    w.EndObject();
  });
}

asio::awaitable<response> explain_one(backend& b, const request_context& ctx) {
  store::get_clocks ask = asked(ctx);
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_ticket(ctx);
  if (!found) co_return from_store_error(ctx, found.error());
  const auto kind = sla::clock_kind_from(ctx.path_value("clock"));
  const auto clock = std::find_if(found->items.begin(), found->items.end(),
                                  [&](const auto& c) { return c.clock.kind == kind; });
  if (clock == found->items.end())
    co_return failure(ctx, 409, "no_clock", "This ticket has no such clock.");
  const store::stored_clock& c = clock->clock;
  const sla::explanation why = explain(c.terms.terms, c.terms.target.reason, c.state, found->now);
  co_return success([&](json_writer& w) { write_explanation(w, why); });
}

}  // namespace

std::vector<route> clock_routes(backend& b) {
  const answer_description none{404, "No such ticket, or not yours to see", ""};
  route all = resource_route(b, method::get, "/tickets/{uid}/clocks", "getTicketClocks",
                             "The SLA clocks of a ticket as they stand now", "sla",
                             allowed_to(domain::permission::read_tickets), list);
  all.parameters = {ticket_uid()};
  all.answers = {{200, "Its clocks; none when it was made before there were any", "ClockList"},
                 none};
  route why = resource_route(b, method::get, "/tickets/{uid}/clocks/{clock}/explain",
                             "explainTicketClock", "Why a clock is due when it is", "sla",
                             allowed_to(domain::permission::read_internal_notes), explain_one);
  parameter clock;
  clock.name = "clock";
  clock.in = place::path;
  clock.required = true;
  clock.allowed = {"response", "resolution"};
  clock.text = "Which of the two.";
  why.parameters = {ticket_uid(), std::move(clock)};
  why.answers = {
      {200, "Start, target and its reason, what was counted, pauses, due", "ClockExplanation"},
      none};
  return {std::move(all), std::move(why)};
}

}  // namespace fibrehub::web::api
