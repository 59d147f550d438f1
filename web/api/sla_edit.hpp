// Edits of targets, calendars and contracts, and previews of them. Include it from .cpp files only.
#pragma once

#include <chrono>
#include <type_traits>

#include "store/sla/preview.hpp"
#include "web/api/backend.hpp"
#include "web/api/body.hpp"
#include "web/api/cursor.hpp"
#include "web/api/json.hpp"
#include "web/api/paging.hpp"

namespace fibrehub::web::api {

inline void write_preview(json_writer& w, const store::sla_preview& p, std::int64_t limit) {
  w.StartObject();
  integer_field(w, "tickets", p.tickets);
  integer_field(w, "clocks", p.clocks);
  integer_field(w, "changed", p.changed);
  integer_field(w, "moved", p.moved);
  integer_field(w, "breached_at_once", p.breached);
  integer_field(w, "unbreached", p.unbreached);
  w.Key("complete");
  w.Bool(p.complete);
  w.Key("sample");
  w.StartArray();
  for (const store::moved_clock& m : p.items) {
    w.StartObject();
    text_field(w, "ticket_uid", m.ticket_uid);
    text_field(w, "clock", m.is_resolution ? "resolution" : "response");
    text_or_null(w, "from", m.from_due);
    text_or_null(w, "to", m.to_due);
    integer_field(w, "from_target_seconds", m.from_s);
    integer_field(w, "to_target_seconds", m.to_s);
    w.Key("breached_at_once");
    w.Bool(m.breached);
    w.Key("unbreached");
    w.Bool(m.unbreached);
    w.EndObject();
  }
  w.EndArray();
  write_pagination(w, limit, p.next_after);
  w.EndObject();
}

/// What the edit would do to the clocks that run; nothing is changed.
template <class Edit>
boost::asio::awaitable<response> preview_of(backend& b, const request_context& ctx, Edit edit) {
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  origin->idempotency_key.clear();  // there is nothing that could be done twice
  auto draft = std::make_shared<store::sla_draft>();
  store::draft_sla_edit trial;
  trial.edit = std::move(edit);
  trial.result = draft;
  store::preview_sla_edit ask;
  ask.now = origin->at;
  ask.limit = ctx.query_integer("limit").value_or(50);
  const auto after = cursor_of(ctx);
  if (!after) co_return after.error();
  ask.after_ticket = *after;
  const std::int64_t limit = ask.limit;
  auto tried = co_await b.write(std::move(*origin), std::move(trial));
  if (!tried) co_return from_store_error(ctx, tried.error());
  ask.draft = std::move(draft);
  auto found = co_await b.read_share(ctx, std::move(ask));
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success([&](json_writer& w) { write_preview(w, *found, limit); });
}

/// The request that `Read` makes of a body, with its complaints in the body.
template <auto Read>
auto request_in(body_reader& body, const request_context& ctx) {
  if constexpr (std::is_invocable_v<decltype(Read), body_reader&, const request_context&>)
    return Read(body, ctx);
  else
    return Read(body);
}

/// Answers what the edit in the body would do.
template <auto Read>
boost::asio::awaitable<response> preview(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  auto request = request_in<Read>(body, ctx);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await preview_of(b, ctx, std::move(request));
  co_return out;
}

/// Makes the edit in the body.
template <auto Read>
boost::asio::awaitable<response> save(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  auto request = request_in<Read>(body, ctx);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

/// Turns a route that edits into the one that previews it.
inline route preview_route(route of, const char* id, const char* summary) {
  std::erase_if(of.parameters, [](const parameter& p) { return p.in != place::path; });
  of.verb = method::post;
  of.path += "/preview";
  for (std::string& alias : of.aliases)
    alias += "/preview";
  of.operation_id = id;
  of.summary = summary;
  of.description =
      "The body is what the edit itself would take. Nothing is changed: the answer says which "
      "clocks "
      "that run would be due at another instant, and which would be late at once, or no longer.";
  of.no_key = "nothing is changed that could be done twice";
  of.parameters.push_back(page_limit());
  of.parameters.push_back(page_cursor());
  std::erase_if(of.answers, [](const answer_description& a) { return a.status < 300; });
  of.answers.insert(of.answers.begin(), {200, "What it would do", "SlaPreview"});
  return of;
}

}  // namespace fibrehub::web::api
