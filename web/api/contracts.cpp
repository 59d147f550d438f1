// Contracts: what clients were promised instead of the usual targets.
#include <fmt/format.h>

#include "domain/sla/calendar_check.hpp"
#include "domain/sla/target.hpp"
#include "store/sla/config.hpp"
#include "web/api/backend.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/paging.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"
#include "web/api/sla_edit.hpp"
#include "web/api/sla_rows.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t longest = domain::sla::longest_target.count();
constexpr std::int64_t max_id = std::numeric_limits<std::int64_t>::max();

std::optional<std::string> date_in(body_reader& body, const char* field) {
  auto text = body.text(field, 10);
  if (text && !domain::sla::parse_date(*text)) body.complain(field, "must be a date YYYY-MM-DD");
  return text;
}

/// Nothing: not given; an inner nothing: null.
std::optional<std::optional<std::int64_t>> number_in(body_reader& body, const char* field,
                                                     std::int64_t max) {
  const auto given = body.integer(field, 1, max);
  if (given) return std::optional(*given);
  if (body.is_null(field)) return std::optional<std::int64_t>();
  return std::nullopt;
}

store::save_contract read_fields(body_reader& body) {
  store::save_contract out;
  out.number = body.text("number", 50);
  if (out.number && out.number->find_first_not_of(" \t\r\n") == std::string::npos)
    body.complain("number", "must not be blank");
  out.client_id = body.integer("client_id", 1, max_id);
  out.starts_on = date_in(body, "starts_on");
  if (auto ends = date_in(body, "ends_on"))
    out.ends_on = std::move(ends);
  else if (body.is_null("ends_on"))
    out.ends_on.emplace();
  out.response_seconds = number_in(body, "response_seconds", longest);
  out.resolution_seconds = number_in(body, "resolution_seconds", longest);
  out.calendar_id = number_in(body, "calendar_id", max_id);
  return out;
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_contracts ask;
  ask.client_id = ctx.query_integer("client_id");
  return page_of_rows(b, ctx, ask, "contracts");
}

store::save_contract read_new(body_reader& body) {
  store::save_contract request = read_fields(body);
  if (body.object())
    for (const char* field : {"number", "client_id", "starts_on"})
      if (!body.has(field) || body.is_null(field)) body.complain(field, "is required");
  return request;
}

store::save_contract read_change(body_reader& body, const request_context& ctx) {
  store::save_contract request = read_fields(body);
  read_edit(body, ctx, request);
  return request;
}

asio::awaitable<response> archive(backend& b, const request_context& ctx) {
  store::save_contract request;
  request.id = path_id(ctx);
  request.archived = true;
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

route on_contracts(backend& b, method verb, const std::string& path, const char* id,
                   const char* summary, domain::permission needed, resource_action run) {
  route r = resource_route(b, verb, path, id, summary, "sla", allowed_to(needed), run);
  r.aliases.push_back("/api/ticketing" + path);
  if (path.ends_with("{id}")) {
    r.parameters = {path_id_parameter("The contract's id.")};
    r.answers = {{200, "The contract", "Contract"}, {404, "No such contract", ""}};
  }
  return r;
}

}  // namespace

std::vector<route> contract_routes(backend& b) {
  using p = domain::permission;
  const answer_description wrong{400, "A field is wrong; details name it", ""};
  route all = on_contracts(b, method::get, "/contracts", "listContracts", "Contracts of clients",
                           p::manage_rules, list);
  all.parameters = {number("client_id", 1, max_id, "Of this client only."), archived_instead(),
                    page_limit(), page_cursor()};
  all.answers = {{200, "A page of contracts", "ContractPage"}};
  route get = on_contracts(b, method::get, "/contracts/{id}", "getContract", "A contract",
                           p::manage_rules, one_row<store::list_contracts>);
  route add = on_contracts(b, method::post, "/contracts", "createContract", "Make a contract",
                           p::manage_rules, save<read_new>);
  add.description =
      "While it is in force (by UTC dates) its hours replace the targets of the client's tickets: "
      "of those that run as well, within seconds, and of those that are made from then on.";
  add.body = body_description{"NewContract", "application/json", true, ""};
  add.answers = {{201, "Made", "Contract"}, wrong, {409, "The number is taken", ""}};
  route edit =
      on_contracts(b, method::patch, "/contracts/{id}", "editContract",
                   "Change, archive or restore a contract", p::manage_rules, save<read_change>);
  edit.body = body_description{"ContractEdit", "application/json", true, ""};
  edit.answers.push_back(wrong);
  edit.answers.push_back({409, "Changed since the version you saw", ""});
  route end = on_contracts(b, method::delete_, "/contracts/{id}", "archiveContract",
                           "Archive a contract", p::manage_rules, archive);
  end.description =
      "The same as an edit with `archived`: true. Nothing is lost; an edit restores it.";
  route try_new = preview_route(add, "previewNewContract", "What a new contract would do");
  try_new.handle = [&b](request_context& ctx) { return preview<read_new>(b, ctx); };
  route try_edit = preview_route(edit, "previewContract", "What another contract would do");
  try_edit.handle = [&b](request_context& ctx) { return preview<read_change>(b, ctx); };
  return {std::move(all), std::move(get),     std::move(add),     std::move(edit),
          std::move(end), std::move(try_new), std::move(try_edit)};
}

}  // namespace fibrehub::web::api
