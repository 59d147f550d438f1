#include "web/api/paging.hpp"

#include "web/api/cursor.hpp"
#include "web/api/json.hpp"
#include "web/api/parameters.hpp"

namespace fibrehub::web::api {
namespace {

constexpr std::int64_t default_limit = 50;
constexpr std::int64_t max_limit = 100;

}  // namespace

void write_pagination(json_writer& w, std::int64_t limit, std::int64_t next) {
  w.Key("pagination");
  w.StartObject();
  integer_field(w, "limit", limit);
  text_or_null(w, "next_cursor", next != 0 ? make_cursor(next) : std::string());
  w.EndObject();
}

parameter page_limit() {
  return number("limit", 1, max_limit, "Items on a page.", std::to_string(default_limit));
}

parameter page_cursor() {
  return words("cursor", "`next_cursor` of the page before.", 100);
}

tl::expected<std::int64_t, response> cursor_of(const request_context& ctx) {
  const auto text = ctx.query("cursor");
  if (!text) return 0;
  if (const auto id = parse_cursor(*text)) return *id;
  return tl::unexpected(invalid_field(
      ctx, "cursor", "is not a cursor of this API: take next_cursor of the page before"));
}

}  // namespace fibrehub::web::api
