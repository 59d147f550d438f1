#include "web/api/ticket_filter.hpp"

#include <fmt/format.h>

#include <charconv>

#include "domain/drop_number.hpp"
#include "domain/query/query.hpp"
#include "domain/ticket.hpp"
#include "store/views/views.hpp"
#include "web/api/cursor.hpp"
#include "web/api/parameters.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

/// "me", "none" or an id; nothing for anything else.
std::optional<std::int64_t> person(const request_context& ctx, std::string_view text) {
  if (text == "me") return ctx.caller->who.user_id;
  if (text == "none") return 0;
  std::int64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (ec != std::errc{} || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

std::string digits_of(std::string_view drop) {
  const auto found = domain::find_drop_numbers(drop);
  return found.empty() ? std::string(drop) : found.front();
}

/// Adds what `text` says to the filter; the error points at the column.
std::optional<response> add_query(const request_context& ctx, std::string_view name,
                                  std::string_view text, store::ticket_filter& filter) {
  auto tree = domain::query::parse(text);
  if (!tree)
    return failure(
        ctx, 400, "invalid_query",
        fmt::format("{}, column {}: {}", name, tree.error().column, tree.error().message),
        {{std::string(name),
          fmt::format("column {}: {}", tree.error().column, tree.error().message)}});
  filter.query.children.push_back(std::move(*tree));
  return std::nullopt;
}

asio::awaitable<tl::expected<store::view, response>> view_of(backend& b,
                                                             const request_context& ctx) {
  store::get_view ask;
  ask.id = *ctx.query_integer("view");
  ask.by = ctx.caller->who;
  auto found = co_await b.read(std::move(ask));
  if (found) co_return std::move(*found);
  if (found.error().code == store::errc::not_found)
    co_return tl::unexpected(failure(ctx, 404, "not_found", "There is no such view for you."));
  co_return tl::unexpected(from_store_error(ctx, found.error()));
}

std::optional<response> read_parameters(const request_context& ctx, store::ticket_filter& f) {
  f.statuses = ctx.query_list("status");
  f.sources = ctx.query_list("source");
  f.priorities = ctx.query_list("priority");
  f.types = ctx.query_list("type");
  f.tags = ctx.query_list("tag");
  if (const auto drop = ctx.query("drop")) f.drop = digits_of(*drop);
  for (const auto& [name, target] :
       {std::pair{"assigned_to", &f.assigned_to}, std::pair{"assigned_team", &f.assigned_team}}) {
    const auto text = ctx.query(name);
    if (!text) continue;
    *target = person(ctx, *text);
    if (!*target) return invalid_field(ctx, name, "must be an id, me or none");
  }
  if (const auto zone = ctx.query("tz")) {
    const auto known = domain::time_zone::find(*zone);
    if (!known)
      return invalid_field(ctx, "tz", "must be an IANA name such as Africa/Johannesburg or UTC");
    f.zone = *known;
  }
  if (const auto query = ctx.query("q")) return add_query(ctx, "q", *query, f);
  return std::nullopt;
}

}  // namespace

std::vector<parameter> filter_parameters() {
  parameter query = words("q",
                          "A query of the query language: `status:open priority:high,critical "
                          "due:<4h \"no signal\" -tag:storm`; empty: all.",
                          static_cast<std::int64_t>(domain::query::max_query_bytes));
  query.min = 0;
  return {
      std::move(query),
      number("view", 1, std::numeric_limits<std::int64_t>::max(),
             "A saved view whose query applies as well, and whose order unless `sort` is given."),
      words("tz", "The time zone of days and weeks in queries, an IANA name.", 64),
      one_of("status", domain::ticket_status_names(), "Only tickets in one of these statuses."),
      one_of("source", domain::ticket_source_names(), "Only tickets from one of these sources."),
      one_of("priority", domain::ticket_priority_names(),
             "Only tickets of one of these priorities."),
      one_of("type", domain::ticket_type_names(), "Only tickets of one of these types."),
      words("tag", "Only tickets with all of these tags.", 50, true),
      words("drop", "Only tickets of this drop."),
      words("assigned_to", "Only tickets of this person: an id, `me` or `none`.", 20),
      words("assigned_team", "Only tickets of this team: an id or `none`.", 20)};
}

std::vector<parameter> order_parameters() {
  parameter sort;
  sort.name = "sort";
  sort.text = "The order; with a minus in front the largest or latest come first.";
  sort.fallback = "-created";
  for (const store::sort_key& k : store::sort_keys()) {
    sort.allowed.emplace_back(k.name);
    sort.allowed.push_back(fmt::format("-{}", k.name));
  }
  return {std::move(sort), words("cursor", "`next_cursor` of the page before.", 2000)};
}

asio::awaitable<tl::expected<ticket_choice, response>> choice_of(backend& b,
                                                                 const request_context& ctx) {
  ticket_choice out;
  out.filter.by = ctx.caller->who;
  out.filter.zone = b.zone;
  out.filter.now =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  if (auto wrong = read_parameters(ctx, out.filter)) co_return tl::unexpected(std::move(*wrong));
  if (ctx.query_integer("view")) {
    auto view = co_await view_of(b, ctx);
    if (!view) co_return tl::unexpected(std::move(view.error()));
    if (auto wrong = add_query(ctx, "view", view->query, out.filter))
      co_return tl::unexpected(std::move(*wrong));
    out.order = parse_order(view->sort).value_or(out.order);
  }
  if (const auto sort = ctx.query("sort")) out.order = parse_order(*sort).value_or(out.order);
  co_return out;
}

std::optional<store::ticket_order> parse_order(std::string_view text) {
  const bool descending = text.starts_with('-');
  if (descending) text.remove_prefix(1);
  const store::sort_key* key = store::find_sort_key(text);
  if (!key) return std::nullopt;
  return store::ticket_order{key, descending};
}

// The default order's cursor is the id alone; any other names its order and carries the value too.
std::string cursor_of(const store::ticket_order& order, const store::page_end& end) {
  const std::string id = make_cursor(end.id);
  if (order.by == store::default_order().by && order.descending) return id;
  std::string out = fmt::format("{}.{}{}.", id, order.descending ? "-" : "", order.by->name);
  if (!end.value) return out;
  out += "v";
  for (const unsigned char c : *end.value)
    out += fmt::format("{:02x}", c);
  return out;
}

std::optional<store::page_end> parse_cursor_of(const store::ticket_order& order,
                                               std::string_view text) {
  const auto dot = text.find('.', text.find('.') + 1);
  const auto id = parse_cursor(text.substr(0, dot));
  if (!id) return std::nullopt;
  store::page_end out{std::nullopt, *id};
  const std::string bare = cursor_of(order, out);
  if (!text.starts_with(bare)) return std::nullopt;
  text.remove_prefix(bare.size());
  if (text.empty()) return out;
  if (text[0] != 'v' || text.size() % 2 == 0) return std::nullopt;
  std::string value;
  for (std::size_t i = 1; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, ec] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (ec != std::errc{} || end != text.data() + i + 2) return std::nullopt;
    value += static_cast<char>(byte);
  }
  out.value = std::move(value);
  return out;
}

response from_find_error(const request_context& ctx, const store::error& why) {
  if (why.code == store::errc::timeout)
    return failure(
        ctx, 400, "query_too_broad",
        "the question takes too long to answer; ask for less: add status:open, a span of "
        "time such as created:>=2025-12-01, or rarer words",
        {{"q", "takes too long to answer as it is"}});
  return from_store_error(ctx, why);
}

}  // namespace fibrehub::web::api
