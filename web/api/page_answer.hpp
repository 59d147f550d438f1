// A page of rows, newest first, as an answer. Include it from .cpp files only.
#pragma once

#include <utility>

#include "web/api/backend.hpp"
#include "web/api/paging.hpp"

namespace fibrehub::web::api {

/// Reads the page that `limit` and `cursor` ask for and writes its rows under `name`; `more` may
/// add members. `Request` has `limit` and `before_id`, its result `items` and `next_before`.
template <class Request, class Row>
boost::asio::awaitable<response> page_answer(
    backend& b, const request_context& ctx, Request ask, const char* name,
    void (*write_row)(json_writer&, const Row&),
    void (*more)(json_writer&, const typename Request::result&) = nullptr) {
  ask.limit = ctx.query_integer("limit").value_or(50);
  const auto before = cursor_of(ctx);
  if (!before) co_return before.error();
  if (*before != 0) ask.before_id = *before;
  const std::int64_t limit = ask.limit;
  auto page = co_await b.read(std::move(ask));
  if (!page) co_return from_store_error(ctx, page.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    write_key(w, name);
    w.StartArray();
    for (const Row& row : page->items)
      write_row(w, row);
    w.EndArray();
    if (more != nullptr) more(w, *page);
    write_pagination(w, limit, page->next_before.value_or(0));
    w.EndObject();
  });
}

}  // namespace fibrehub::web::api
