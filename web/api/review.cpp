#include "store/queries/review.hpp"
#include "domain/text.hpp"
#include "web/api/backend.hpp"
#include "web/api/cursor.hpp"
#include "web/api/json.hpp"
#include "web/api/page_answer.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t shown_body_bytes = 4096;

void write_item(json_writer& w, const store::review_view& v) {
  w.StartObject();
  text_field(w, "id", make_cursor(v.id));
  text_field(w, "reason", v.reason);
  text_field(w, "detail", v.detail);
  text_field(w, "state", v.state);
  text_field(w, "source", v.source);
  text_field(w, "channel", v.channel);
  text_or_null(w, "event", v.event);
  text_field(w, "external_id", v.ext_id);
  raw_field(w, "headers", v.headers_json);
  // Bytes that are no text are shown as replacement characters; the raw copy stays in the inbox.
  text_field(w, "body", domain::storable(v.body, shown_body_bytes));
  integer_field(w, "body_bytes", v.body_bytes);
  instant_field(w, "created_at", v.created_at);
  w.EndObject();
}

void write_open(json_writer& w, const store::review_page& page) {
  integer_field(w, "open", page.open);
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_review ask;
  ask.state = ctx.query("state").value_or("open");
  ask.body_limit = shown_body_bytes;
  response out = co_await page_answer(b, ctx, std::move(ask), "items", write_item, write_open);
  co_return out;
}

}  // namespace

std::vector<route> review_routes(backend& b) {
  route r;
  r.path = "/api/v1/review";
  r.operation_id = "listReview";
  r.summary = "Authentic input that a person has to look at, newest first";
  r.tag = "review";
  r.auth = allowed_to(domain::permission::read_review);
  r.parameters = {parameter{.name = "state",
                            .text = "Which items.",
                            .allowed = {"open", "resolved", "discarded"},
                            .fallback = "open"},
                  page_limit(), page_cursor()};
  r.answers = {{200, "A page of review items", "ReviewPage"}};
  r.handle = [&b](request_context& ctx) { return list(b, ctx); };
  return {std::move(r)};
}

}  // namespace fibrehub::web::api
