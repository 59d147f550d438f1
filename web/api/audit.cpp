// The audit log: sign-ins and what was done to people, teams, tokens and sessions.
#include "store/people/audit.hpp"
#include "web/api/json.hpp"
#include "web/api/paging.hpp"
#include "web/api/parameters.hpp"
#include "web/api/people_desk.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

void write_row(json_writer& w, const store::audit_view& v) {
  w.StartObject();
  integer_field(w, "seq", v.seq);
  instant_field(w, "at", v.at);
  text_field(w, "actor_kind", v.actor_kind);
  text_field(w, "actor", v.actor);
  text_or_null(w, "address", v.address);
  text_field(w, "action", v.action);
  text_field(w, "subject", v.subject);
  raw_field(w, "detail", v.detail_json);
  text_field(w, "hash", v.hash_hex);
  w.EndObject();
}

asio::awaitable<response> list(people_desk& d, const request_context& ctx) {
  store::list_audit ask;
  ask.action = ctx.query("action").value_or("");
  ask.actor = ctx.query("actor").value_or("");
  ask.subject = ctx.query("subject").value_or("");
  if (const auto since = ctx.query("since")) ask.since = domain::parse_rfc3339(*since);
  if (const auto until = ctx.query("until")) ask.until = domain::parse_rfc3339(*until);
  ask.limit = ctx.query_integer("limit").value_or(50);
  const auto before = cursor_of(ctx);
  if (!before) co_return before.error();
  if (*before != 0) ask.before_seq = *before;
  const std::int64_t limit = ask.limit;
  auto page = co_await d.hub.read(std::move(ask));
  if (!page) co_return from_store_error(ctx, page.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    w.Key("entries");
    w.StartArray();
    for (const store::audit_view& v : page->items)
      write_row(w, v);
    w.EndArray();
    write_pagination(w, limit, page->next_before.value_or(0));
    w.EndObject();
  });
}

parameter time_of(std::string name, std::string text) {
  parameter p;
  p.name = std::move(name);
  p.type = value_type::date_time;
  p.text = std::move(text);
  return p;
}

}  // namespace

std::vector<route> audit_routes(people_desk& d) {
  route r;
  r.path = "/api/v1/audit";
  r.operation_id = "listAudit";
  r.summary = "Sign-ins and changes of people, teams, tokens and sessions, the newest first";
  r.tag = "audit";
  r.auth = allowed_to(domain::permission::read_audit);
  r.parameters = {words("action", "Only this, for example sign_in.failed.", 100),
                  words("actor", "Only by this one, for example user:12.", 100),
                  words("subject", "Only about this, for example token:AbCdEfGhIjKl.", 100),
                  time_of("since", "Only then or later."),
                  time_of("until", "Only before."),
                  page_limit(),
                  page_cursor()};
  r.answers = {{200, "A page of the log", "AuditPage"}};
  r.handle = [&d](request_context& ctx) { return list(d, ctx); };
  return {std::move(r)};
}

}  // namespace fibrehub::web::api
