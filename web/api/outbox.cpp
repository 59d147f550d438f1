// What is owed to the outside: for admins to look at, to send again and to give up.
#include <fmt/format.h>

#include "store/notify/outbox.hpp"
#include "web/api/json.hpp"
#include "web/api/page_answer.hpp"
#include "web/api/parameters.hpp"
#include "web/api/people_desk.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

void write_outbox_row(json_writer& w, const store::outbox_view& v) {
  const std::string row = store::outbox_json(v);
  w.RawValue(row.data(), row.size(), rapidjson::kObjectType);
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_outbox ask;
  ask.state = ctx.query("state").value_or("");
  ask.channel = ctx.query("channel").value_or("");
  response out = co_await page_answer(b, ctx, std::move(ask), "items", write_outbox_row);
  co_return out;
}

asio::awaitable<response> retry(backend& b, const request_context& ctx) {
  const store::retry_outbox request{path_id(ctx)};
  response out = co_await b.change(ctx, request);
  co_return out;
}

asio::awaitable<response> cancel(backend& b, const request_context& ctx) {
  const store::cancel_outbox request{path_id(ctx)};
  response out = co_await b.change(ctx, request);
  co_return out;
}

route make(backend& b, method verb, const std::string& path, const char* id, const char* summary,
           answer_description answer, resource_action run) {
  route r = resource_route(b, verb, "/outbox" + path, id, summary, "outbox",
                           allowed_to(domain::permission::manage_outbox), run);
  r.answers = {std::move(answer)};
  if (!path.empty()) {
    r.parameters = {path_id_parameter("The row's id.")};
    r.answers.push_back({404, "No such row", ""});
    r.answers.push_back({409, "Its state does not allow it; the code says which", ""});
  }
  return r;
}

}  // namespace

std::vector<route> outbox_routes(backend& b) {
  route all = make(b, method::get, "", "listOutbox", "What is owed to the outside, newest first",
                   {200, "A page of rows", "OutboxPage"}, list);
  parameter state;
  state.name = "state";
  state.text = "Only rows in this state.";
  state.allowed = {"ready", "inflight", "done", "dead"};
  all.parameters = {std::move(state), words("channel", "Only rows of this channel.", 50),
                    page_limit(), page_cursor()};
  return {
      std::move(all),
      make(b, method::post, "/{id}/retry", "retryOutboxRow", "Have a row sent again, or at once",
           {200, "The row as it is now", "OutboxRow"}, retry),
      make(b, method::post, "/{id}/cancel", "cancelOutboxRow", "Give a row up that waits",
           {200, "The row as it is now", "OutboxRow"}, cancel)};
}

}  // namespace fibrehub::web::api
