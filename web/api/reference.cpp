#include <fmt/format.h>

#include "domain/drop_number.hpp"
#include "domain/text.hpp"
#include "store/queries/review.hpp"
#include "store/reference/drop_lookup.hpp"
#include "store/reference/read.hpp"
#include "store/reference/upsert.hpp"
#include "web/api/backend.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/paging.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
namespace json = protocols::json;

using domain::column_type;

constexpr std::int64_t default_limit = 50;
constexpr std::int64_t max_limit = 100;

/// The kind in the path; the routing table lets nothing else through.
const domain::reference_declaration& kind_of(const request_context& ctx) {
  return *domain::find_reference(ctx.path_value("kind"));
}

void list_field(json_writer& w, std::string_view key, std::string_view items) {
  write_key(w, key);
  w.StartArray();
  while (!items.empty()) {
    const std::size_t end = std::min(items.find(domain::list_separator), items.size());
    write_string(w, items.substr(0, end));
    items.remove_prefix(std::min(end + 1, items.size()));
  }
  w.EndArray();
}

void number_or_null(json_writer& w, std::string_view key, std::string_view decimal) {
  write_key(w, key);
  if (decimal.empty()) {
    w.Null();
  } else {
    w.RawValue(decimal.data(), decimal.size(), rapidjson::kNumberType);
  }
}

void write_cell(json_writer& w, const domain::reference_column& c, const std::string& cell) {
  switch (c.type) {
    case column_type::number:
      return number_or_null(w, c.name, cell);
    case column_type::archived:
      write_key(w, c.name);
      w.Bool(cell == "true");
      return;
    case column_type::words:
    case column_type::users:
      return list_field(w, c.name, cell);
    default:
      return text_or_null(w, c.name, cell);
  }
}

void write_row(json_writer& w, const domain::reference_declaration& d,
               const store::reference_view& v) {
  w.StartObject();
  integer_field(w, "id", v.id);
  for (std::size_t i = 0; i < d.columns.size(); ++i)
    write_cell(w, d.columns[i], v.cells[i]);
  if (d.kind == domain::reference_kind::qa_photo_reviews)
    text_or_null(w, "ticket_uid", v.ticket_uid);
  else
    instant_field(w, "archived_at", v.archived_at);
  instant_field(w, "updated_at", v.updated_at);
  w.EndObject();
}

response no_such_row(const request_context& ctx, const domain::reference_declaration& d) {
  return failure(ctx, 404, "not_found",
                 fmt::format("There is no such {}; it may not have been imported.", d.singular));
}

/// One value of a row as a CSV file would have it; nothing when it is of no use as a cell.
std::optional<std::string> cell_text(const json::value& v) {
  if (v.IsNull()) return std::string();
  if (v.IsString()) return std::string(v.GetString(), v.GetStringLength());
  if (v.IsBool()) return v.GetBool() ? "true" : "false";
  if (v.IsInt64()) return std::to_string(v.GetInt64());
  if (v.IsDouble()) return fmt::format("{:.10f}", v.GetDouble());
  if (!v.IsArray()) return std::nullopt;
  std::string out;
  for (const auto& item : v.GetArray()) {
    if (!item.IsString()) return std::nullopt;
    out.append(out.empty() ? "" : std::string(1, domain::list_separator))
        .append(item.GetString(), item.GetStringLength());
  }
  return out;
}

domain::reference_row read_row(const domain::reference_declaration& d, const json::value& v) {
  domain::reference_row bad;
  bad.cells.resize(d.columns.size());
  bad.problems.push_back({"row", "must be an object"});
  if (!v.IsObject()) return bad;
  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<domain::row_problem> problems;
  for (const auto& m : v.GetObject()) {
    const std::string name(m.name.GetString(), m.name.GetStringLength());
    if (auto text = cell_text(m.value))
      texts.emplace_back(name, std::move(*text));
    else
      problems.push_back({name, "must be a text, a number, true, false, null or a list of texts"});
  }
  std::vector<domain::given_cell> cells;
  cells.reserve(texts.size());
  for (const auto& [name, text] : texts)
    cells.push_back({name, text});
  domain::reference_row out = domain::check_row(d, cells);
  for (domain::row_problem& p : problems)
    out.problems.push_back(std::move(p));
  return out;
}

asio::awaitable<response> bulk(backend& b, const request_context& ctx) {
  const domain::reference_declaration& d = kind_of(ctx);
  body_reader body(ctx);
  store::upsert_reference request;
  request.kind = d.kind;
  request.dry_run = body.boolean("dry_run").value_or(false);
  request.raise_tickets = body.boolean("raise_tickets").value_or(true);
  const json::value* rows = body.member("rows");
  if (!rows || !rows->IsArray() || rows->Empty() || rows->Size() > store::max_reference_rows) {
    body.complain("rows", fmt::format("must be a list of 1 to {} rows", store::max_reference_rows));
  } else {
    for (const auto& row : rows->GetArray())
      request.rows.push_back(read_row(d, row));
  }
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  co_return co_await b.change(ctx, std::move(request));
}

/// A drop is looked for by its digits, however its number is written.
std::string search_text(const domain::reference_declaration& d, std::string_view q) {
  if (d.kind == domain::reference_kind::drops || d.kind == domain::reference_kind::qa_photo_reviews)
    if (auto digits = domain::drop_number_from(q)) return std::move(*digits);
  return std::string(q);
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  const domain::reference_declaration& d = kind_of(ctx);
  store::list_reference ask;
  ask.kind = d.kind;
  ask.containing = search_text(d, ctx.query("q").value_or(""));
  if (!domain::is_storable(ask.containing)) co_return invalid_field(ctx, "q", "must be UTF-8 text");
  ask.archived = ctx.query_boolean("archived");
  ask.limit = ctx.query_integer("limit").value_or(default_limit);
  if (const auto since = ctx.query("updated_since"))
    ask.updated_since = domain::parse_rfc3339(*since);
  const auto before = cursor_of(ctx);
  if (!before) co_return before.error();
  if (*before != 0) ask.before_id = *before;
  const std::int64_t limit = ask.limit;
  auto page = co_await b.read(std::move(ask));
  if (!page) co_return from_store_error(ctx, page.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    text_field(w, "kind", d.name);
    w.Key("rows");
    w.StartArray();
    for (const store::reference_view& v : page->items)
      write_row(w, d, v);
    w.EndArray();
    write_pagination(w, limit, page->next_before.value_or(0));
    w.EndObject();
  });
}

asio::awaitable<response> one(backend& b, const request_context& ctx) {
  const domain::reference_declaration& d = kind_of(ctx);
  store::get_reference ask;
  ask.kind = d.kind;
  // What cannot be a code is none: no row has an empty one.
  ask.code = domain::canonical_cell(d.columns.front(), ctx.path_value("code")).value_or("");
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_row(ctx, d);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success([&](json_writer& w) { write_row(w, d, *found); });
}

void write_named(json_writer& w, std::string_view key, const store::named_row& row,
                 bool has_name = true) {
  write_key(w, key);
  if (row.id == 0) {
    w.Null();
    return;
  }
  w.StartObject();
  integer_field(w, "id", row.id);
  text_field(w, "code", row.code);
  if (has_name) text_field(w, "name", row.name);
  w.EndObject();
}

void write_drop(json_writer& w, const store::drop_view& d) {
  w.StartObject();
  text_field(w, "drop_number", "DR" + d.code);
  w.Key("archived");
  w.Bool(d.archived);
  write_named(w, "project", d.project);
  text_or_null(w, "zone", d.zone);
  text_or_null(w, "address", d.address);
  write_named(w, "pole", d.pole, false);
  text_or_null(w, "pon", d.pon);
  text_or_null(w, "install_date", d.install_date);
  write_named(w, "contractor", d.contractor);
  write_named(w, "client", d.client);
  number_or_null(w, "latitude", d.latitude);
  number_or_null(w, "longitude", d.longitude);
  w.Key("qa_photo_reviews");
  w.StartArray();
  for (const store::review_of_drop& r : d.reviews) {
    w.StartObject();
    text_field(w, "code", r.code);
    text_field(w, "outcome", r.outcome);
    text_or_null(w, "reason", r.reason);
    text_or_null(w, "reviewer", r.reviewer);
    instant_field(w, "reviewed_at", r.reviewed_at);
    text_or_null(w, "ticket_uid", r.ticket_uid);
    w.EndObject();
  }
  w.EndArray();
  w.Key("open_tickets");
  w.StartArray();
  for (const store::ticket_of_drop& t : d.open_tickets) {
    w.StartObject();
    text_field(w, "ticket_uid", t.uid);
    text_field(w, "title", t.title);
    text_field(w, "status", t.status);
    text_field(w, "priority", t.priority);
    instant_field(w, "created_at", t.created_at);
    w.EndObject();
  }
  w.EndArray();
  w.EndObject();
}

asio::awaitable<response> lookup(backend& b, const request_context& ctx) {
  const auto digits = domain::drop_number_from(ctx.path_value("drop"));
  store::lookup_drop ask;
  ask.code = digits.value_or("");  // which no drop has
  if (ctx.caller) ask.viewer = ctx.caller->who;
  auto found = co_await b.read(std::move(ask));
  if (!digits) co_return invalid_field(ctx, "drop", "must be a drop number such as DR1730654");
  if (!found && found.error().code == store::errc::not_found)
    co_return no_such_row(ctx, domain::declaration_of(domain::reference_kind::drops));
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success([&](json_writer& w) { write_drop(w, *found); });
}

parameter kind_parameter() {
  parameter p;
  p.name = "kind";
  p.in = place::path;
  p.text = "Which reference data.";
  p.required = true;
  for (const domain::reference_declaration& d : domain::reference_declarations())
    p.allowed.emplace_back(d.name);
  return p;
}

parameter text_parameter(std::string name, place in, std::int64_t max, std::string text) {
  parameter p;
  p.name = std::move(name);
  p.in = in;
  p.required = in == place::path;
  p.min = 1;
  p.max = max;
  p.text = std::move(text);
  return p;
}

route bulk_route(backend& b) {
  route r;
  r.verb = method::post;
  r.path = "/api/v1/reference/{kind}/bulk";
  r.operation_id = "upsertReference";
  r.summary = "Insert or change up to 1000 rows by their code";
  r.tag = "reference";
  r.description =
      "Each row has a result of its own; a row that cannot be taken does not stop the others. "
      "Fields that are not given stay as they are, null empties them. Doing it again changes "
      "nothing. A photo review that is new and failed, or changes to failed, raises a "
      "construction ticket, once.";
  r.auth = allowed_to(domain::permission::manage_reference);
  r.parameters = {kind_parameter()};
  r.body = body_description{};
  r.body->schema = "ReferenceBulk";
  r.answers = {{200, "What became of each row", "ReferenceBulkResult"}};
  r.handle = [&b](request_context& ctx) { return bulk(b, ctx); };
  return r;
}

route list_route(backend& b) {
  route r;
  r.path = "/api/v1/reference/{kind}";
  r.operation_id = "listReference";
  r.summary = "Reference data of one kind, those that came last first";
  r.tag = "reference";
  r.auth = allowed_to(domain::permission::read_people);
  parameter since, archived, limit;
  since.name = "updated_since";
  since.type = value_type::date_time;
  since.text = "Only rows that changed then or later.";
  archived.name = "archived";
  archived.type = value_type::boolean;
  archived.text = "Only rows that are archived, or only those that are not.";
  limit.name = "limit";
  limit.type = value_type::integer;
  limit.min = 1;
  limit.max = max_limit;
  limit.text = "Rows on a page.";
  limit.fallback = std::to_string(default_limit);
  r.parameters = {kind_parameter(),
                  text_parameter("q", place::query, 100, "Only rows that hold this text anywhere."),
                  std::move(since),
                  std::move(archived),
                  std::move(limit),
                  page_cursor()};
  r.answers = {{200, "A page of rows", "ReferencePage"}};
  r.handle = [&b](request_context& ctx) { return list(b, ctx); };
  return r;
}

route one_route(backend& b) {
  route r;
  r.path = "/api/v1/reference/{kind}/{code}";
  r.operation_id = "getReference";
  r.summary = "One row by its code";
  r.tag = "reference";
  r.auth = allowed_to(domain::permission::read_people);
  r.parameters = {kind_parameter(), text_parameter("code", place::path, 400,
                                                   "The row's code; of a team its name, of a drop "
                                                   "its number.")};
  r.answers = {{200, "The row", "ReferenceRow"}, {404, "No such row", ""}};
  r.handle = [&b](request_context& ctx) { return one(b, ctx); };
  return r;
}

route lookup_route(backend& b) {
  route r;
  r.path = "/api/v1/lookup/drop/{drop}";
  r.aliases = {"/api/tickets/lookup/drop/{drop}"};
  r.operation_id = "lookupDrop";
  r.summary = "Everything known of a drop: place, builder, photo reviews, open tickets";
  r.tag = "reference";
  r.description =
      "Zone, project and client come from its pole and project when it has none itself.";
  r.auth = allowed_to(domain::permission::read_people);
  r.parameters = {text_parameter("drop", place::path, 20, "DR1730654, or the digits alone.")};
  r.answers = {{200, "The drop", "DropLookup"}, {404, "Nobody has imported this drop", ""}};
  r.handle = [&b](request_context& ctx) { return lookup(b, ctx); };
  return r;
}

}  // namespace

std::vector<route> reference_routes(backend& b) {
  return {bulk_route(b), list_route(b), one_route(b), lookup_route(b)};
}

}  // namespace fibrehub::web::api
