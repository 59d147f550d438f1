// What calendars and contracts have in common: rows with a version that are archived instead of
// deleted. Include it from .cpp files only.
#pragma once

#include <limits>

#include "web/api/backend.hpp"
#include "web/api/body.hpp"
#include "web/api/cursor.hpp"
#include "web/api/json.hpp"
#include "web/api/paging.hpp"
#include "web/api/parameters.hpp"

namespace fibrehub::web::api {

/// The row of the path; `List` finds it by `id`.
template <class List>
boost::asio::awaitable<response> one_row(backend& b, const request_context& ctx) {
  List ask;
  ask.id = path_id(ctx);
  auto found = co_await b.read(ask);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success_json(found->data_json);
}

/// A page of rows, in the order of their ids, under `name`; `ask` says which.
template <class List>
boost::asio::awaitable<response> page_of_rows(backend& b, const request_context& ctx, List ask,
                                              const char* name) {
  ask.archived = ctx.query_boolean("archived").value_or(false);
  ask.limit = ctx.query_integer("limit").value_or(50);
  const auto after = cursor_of(ctx);
  if (!after) co_return after.error();
  ask.after_id = *after;
  const std::int64_t limit = ask.limit;
  auto found = co_await b.read(ask);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    raw_field(w, name, found->data_json);
    write_pagination(w, limit, found->next_after);
    w.EndObject();
  });
}

/// What an edit says beside the row's own fields: which row, the version that was seen, `archived`.
template <class Save>
void read_edit(body_reader& body, const request_context& ctx, Save& request) {
  request.id = path_id(ctx);
  if (const auto version = body.integer("version", 1, std::numeric_limits<std::int32_t>::max()))
    request.version = static_cast<std::int32_t>(*version);
  request.archived = body.boolean("archived");
}

inline parameter archived_instead() {
  parameter out;
  out.name = "archived";
  out.type = value_type::boolean;
  out.text = "Those that are archived instead.";
  return out;
}

}  // namespace fibrehub::web::api
