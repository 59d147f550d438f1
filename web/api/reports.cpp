// Reports as JSON, CSV and PDF.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "web/api/backend.hpp"
#include "web/api/json.hpp"
#include "web/api/parameters.hpp"
#include "web/api/report_pdf.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
using domain::report_definition;
using domain::report_kind;
using domain::report_reach;

constexpr std::int64_t default_limit = 100;
constexpr std::int64_t max_limit = 1000;
constexpr std::int64_t rows_at_a_time = 1000;
constexpr const char* retry_after_s = "5";

template <class T>
using found = tl::expected<T, response>;

store::get_report question(const request_context& ctx, report_kind kind, const report_query& q) {
  store::get_report ask;
  ask.kind = kind;
  ask.during = q.during;
  ask.state = q.state;
  ask.now = q.now;
  ask.filter = q.filter;
  ask.by = ctx.caller->who;
  if (reach_of(ask.by.as, kind) == report_reach::own) ask.only_person = ask.by.user_id;
  if (definition(kind).by_step) {
    ask.borders = cut(q.during, q.step, q.zone);
    for (std::size_t i = 0; i + 1 < ask.borders.size(); ++i)
      ask.piece_names.push_back(domain::local_date(ask.borders[i], q.zone));
  } else if (kind == report_kind::clocks) {
    ask.borders = cut(q.during, domain::report_step::week, q.zone);
    for (std::size_t i = 0; i + 1 < ask.borders.size(); ++i)
      ask.piece_names.push_back(domain::iso_week(ask.borders[i], q.zone));
  }
  return ask;
}

bool without_bounds(const report_query& q) {
  return q.state != store::summary_state::any && !q.period_given;
}

store::list_report_tickets list_question(const request_context& ctx, const report_query& q) {
  store::list_report_tickets ask;
  if (!without_bounds(q)) ask.during = q.during;
  ask.state = q.state;
  ask.now = q.now;
  ask.filter = q.filter;
  ask.limit = rows_at_a_time;
  ask.by = ctx.caller->who;
  return ask;
}

template <class T>
found<T> or_answer(const request_context& ctx, tl::expected<T, store::error> got) {
  if (got) return std::move(*got);
  if (got.error().code == store::errc::not_found)
    return tl::unexpected(
        invalid_field(ctx, "project", "names a project that there is not; codes are wanted"));
  return tl::unexpected(from_store_error(ctx, got.error()));
}

asio::awaitable<found<store::report_answer>> fetch(backend& b, const request_context& ctx,
                                                   report_kind kind, const report_query& q) {
  store::get_report ask = question(ctx, kind, q);
  if (without_bounds(q)) ask.during = domain::any_time();
  auto got = co_await b.read_share(ctx, std::move(ask));
  co_return or_answer(ctx, std::move(got));
}

asio::awaitable<found<store::summary_page>> fetch_page(backend& b, const request_context& ctx,
                                                       const store::list_report_tickets& from) {
  store::list_report_tickets ask = from;
  auto got = co_await b.read_share(ctx, std::move(ask));
  co_return or_answer(ctx, std::move(got));
}

finished_report begin_report(const request_context& ctx, const report_definition& what,
                             const report_query& q) {
  finished_report out;
  out.what = &what;
  out.asked = q;
  const domain::principal& who = ctx.caller->who;
  out.made_for = who.name.empty() ? ctx.caller->name : who.name;
  out.cut_to_reader = who.as == domain::role::team_lead || who.as == domain::role::technician;
  return out;
}

/// The list of the ticket summary belongs to its first page's counts; later pages have none.
asio::awaitable<response> as_json(backend& b, const request_context& ctx, finished_report report) {
  const report_kind kind = report.what->kind;
  const auto cursor = ctx.query("cursor");
  std::optional<store::summary_place> after;
  if (cursor) {
    after = report.what->paged ? parse_summary_cursor(*cursor) : std::nullopt;
    if (!after)
      co_return invalid_field(
          ctx, "cursor", "is not a cursor of this report: take next_cursor of the page before");
  }
  if (!after) {
    auto answer = co_await fetch(b, ctx, kind, report.asked);
    if (!answer) co_return std::move(answer.error());
    report.answer = std::move(*answer);
  }
  if (!report.what->paged) co_return report_json(report, 0, {});
  store::list_report_tickets ask = list_question(ctx, report.asked);
  ask.limit = ctx.query_integer("limit").value_or(default_limit);
  ask.after = after;
  auto page = co_await fetch_page(b, ctx, ask);
  if (!page) co_return std::move(page.error());
  report.answer.rows = std::move(page->rows);
  co_return report_json(report, ask.limit, page->next ? summary_cursor(*page->next) : "");
}

/// A page at a time, so that a long list never is in memory as a whole.
asio::awaitable<response> list_as_csv(backend& b, const request_context& ctx,
                                      const report_definition& what, const report_query& q,
                                      response head, stream_writer& out) {
  store::list_report_tickets ask = list_question(ctx, q);
  auto page = co_await fetch_page(b, ctx, ask);
  if (!page) co_return std::move(page.error());
  protocols::csv_writer csv;
  write_csv_head(csv, what);
  write_csv_rows(csv, what, page->rows);
  head.body = std::string(protocols::csv_writer::byte_order_mark) + csv.take();
  if (!page->next) co_return head;
  bool more = co_await out.start(std::move(head));
  while (more && page->next) {
    ask.after = page->next;
    page = co_await fetch_page(b, ctx, ask);
    if (!page) {
      spdlog::error("report {}: broke off after ticket {}", what.name, ask.after->id);
      more = false;
      break;
    }
    write_csv_rows(csv, what, page->rows);
    more = co_await out.write(csv.take());
  }
  // Without its proper end, so that nobody takes the part for the whole.
  if (!more) out.cut();
  co_return response{};
}

asio::awaitable<response> as_csv(backend& b, const request_context& ctx,
                                 const report_definition& what, const report_query& q,
                                 stream_writer& out) {
  response head = download_head(what, q, "text/csv; charset=utf-8; header=present", "csv");
  if (what.paged) {
    response listed = co_await list_as_csv(b, ctx, what, q, std::move(head), out);
    co_return listed;
  }
  auto answer = co_await fetch(b, ctx, what.kind, q);
  if (!answer) co_return std::move(answer.error());
  protocols::csv_writer csv;
  write_csv_head(csv, what);
  write_csv_rows(csv, what, answer->rows);
  head.body = std::string(protocols::csv_writer::byte_order_mark) + csv.take();
  co_return head;
}

/// All rows of the list; the error when a PDF does not take as many.
asio::awaitable<found<std::vector<domain::report_row>>> all_rows(backend& b,
                                                                 const request_context& ctx,
                                                                 const report_query& q) {
  std::vector<domain::report_row> out;
  store::list_report_tickets ask = list_question(ctx, q);
  for (bool more = true; more;) {
    auto page = co_await fetch_page(b, ctx, ask);
    if (!page) co_return tl::unexpected(std::move(page.error()));
    for (domain::report_row& row : page->rows)
      out.push_back(std::move(row));
    if (out.size() > report_desk::max_pdf_rows)
      co_return tl::unexpected(
          invalid_field(ctx, "format",
                        fmt::format("pdf takes {} tickets at most: ask for less, or for csv",
                                    report_desk::max_pdf_rows)));
    ask.after = page->next;
    more = page->next.has_value();
  }
  co_return out;
}

asio::awaitable<response> as_pdf(backend& b, report_desk& desk, const request_context& ctx,
                                 finished_report report) {
  const report_kind kind = report.what->kind;
  auto answer = co_await fetch(b, ctx, kind, report.asked);
  if (!answer) co_return std::move(answer.error());
  report.answer = std::move(*answer);
  if (report.what->paged) {
    auto rows = co_await all_rows(b, ctx, report.asked);
    if (!rows) co_return std::move(rows.error());
    report.answer.rows = std::move(*rows);
  }
  // Of open tickets alone a trend would not tell the truth.
  if (kind == report_kind::ticket_summary && report.asked.state == store::summary_state::any) {
    auto trend = co_await fetch(b, ctx, report_kind::trend, report.asked);
    if (!trend) co_return std::move(trend.error());
    report.trend = std::move(*trend);
  }
  response head = download_head(*report.what, report.asked, "application/pdf", "pdf");
  auto make = [&report, &desk] { return report_pdf(report, desk.settings().fonts); };
  auto made = co_await desk.pool().run(std::move(make));
  if (!made) co_return from_store_error(ctx, made.error());
  if (!*made) {
    spdlog::error("report {}: {}", report.what->name, made->error());
    response no =
        failure(ctx, 503, "pdf_unavailable", "no PDF can be made at the moment: " + made->error());
    no.headers.emplace_back("Retry-After", retry_after_s);
    co_return no;
  }
  head.body = std::move(**made);
  co_return head;
}

asio::awaitable<response> answer(backend& b, report_desk& desk, const request_context& ctx,
                                 stream_writer& out) {
  const report_definition* what = domain::find_report(ctx.path_value("name"));
  if (what == nullptr)
    co_return failure(ctx, 404, "not_found",
                      "There is no such report; GET /api/v1/reports lists those there are.");
  const domain::role as = ctx.caller->who.as;
  if (reach_of(as, what->kind) == report_reach::none)
    co_return failure(ctx, 403, "forbidden",
                      fmt::format("your role ({}) does not allow this report", name_of(as)));
  if (ctx.query("state") && !what->paged)
    co_return invalid_field(ctx, "state", "is for the ticket-summary only");
  if (ctx.query("step") && !what->by_step && what->kind != report_kind::ticket_summary)
    co_return invalid_field(ctx, "step", "is for reports that are cut by time");
  auto q = read_report_query(ctx, desk);
  if (!q) co_return std::move(q.error());
  const report_format format = wanted_format(ctx);
  if (format != report_format::json && (ctx.query("cursor") || ctx.query("limit")))
    co_return invalid_field(ctx, ctx.query("cursor") ? "cursor" : "limit",
                            "is for JSON; files hold everything");
  if (format == report_format::csv) co_return co_await as_csv(b, ctx, *what, *q, out);
  finished_report report = begin_report(ctx, *what, *q);
  if (format == report_format::pdf) co_return co_await as_pdf(b, desk, ctx, std::move(report));
  co_return co_await as_json(b, ctx, std::move(report));
}

asio::awaitable<response> list(const request_context& ctx) {
  const domain::role as = ctx.caller->who.as;
  co_return success([&](json_writer& w) {
    w.StartObject();
    w.Key("reports");
    w.StartArray();
    for (const report_definition& r : domain::reports()) {
      if (reach_of(as, r.kind) == report_reach::none) continue;
      w.StartObject();
      text_field(w, "name", r.name);
      text_field(w, "title", r.title);
      text_field(w, "description", r.text);
      w.Key("formats");
      w.StartArray();
      for (const char* format : {"json", "csv", "pdf"})
        w.String(format);
      w.EndArray();
      w.Key("columns");
      w.StartArray();
      for (const domain::report_column& c : r.columns) {
        w.StartObject();
        text_field(w, "name", c.name);
        text_field(w, "description", c.text);
        w.EndObject();
      }
      w.EndArray();
      w.EndObject();
    }
    w.EndArray();
    w.EndObject();
  });
}

parameter choice(std::string name, std::vector<std::string> allowed, std::string text) {
  parameter p;
  p.name = std::move(name);
  p.allowed = std::move(allowed);
  p.text = std::move(text);
  return p;
}

route reading(std::string path, std::string id, std::string summary) {
  route r;
  r.path = "/api/v1" + path;
  r.aliases = {"/api" + path};
  r.operation_id = std::move(id);
  r.summary = std::move(summary);
  r.tag = "reports";
  // Technicians may read one of them; domain::reach_of decides which.
  r.auth = allowed_to(domain::permission::read_tickets);
  return r;
}

}  // namespace

std::vector<route> report_routes(backend& b, report_desk& desk) {
  route all = reading("/reports", "listReports", "The reports you may read, with their columns");
  all.answers = {{200, "The reports", "ReportList"}};
  all.handle = [](request_context& ctx) { return list(ctx); };

  route one = reading("/reports/{name}", "getReport", "A report as JSON, CSV or PDF");
  one.description =
      "ticket-summary, sla, sla-clocks, technicians, zones, trend or contractors, of the tickets "
      "you "
      "may see. "
      "The form is chosen by `format`, else by Accept. A CSV file holds all rows, is UTF-8 with a "
      "byte order mark, and has an apostrophe before texts that a spreadsheet would take for "
      "formulas. A PDF of the ticket summary holds 5000 tickets at most.";
  parameter name = words("name", "The report's name.", 40);
  name.in = place::path;
  name.required = true;
  one.parameters = report_parameters();
  one.parameters.insert(one.parameters.begin(), std::move(name));
  one.parameters.push_back(choice("format", {"json", "csv", "pdf"}, "Instead of Accept."));
  one.parameters.push_back(
      choice("step", {"day", "week", "month"},
             "Pieces of sla and trend, and of the plot of ticket-summary; if not given, what "
             "suits the length of the period."));
  one.parameters.push_back(
      choice("state", {"any", "open", "overdue"},
             "Of ticket-summary: only tickets that are so now; then, without from and to, "
             "whenever they were made."));
  one.parameters.push_back(number("limit", 1, max_limit, "Rows on a page of ticket-summary.",
                                  std::to_string(default_limit)));
  one.parameters.push_back(words("cursor", "`next_cursor` of the page before.", 100));
  one.answers = {
      {200,
       "The report",
       "Report",
       "application/json",
       true,
       {{"text/csv",
         R"({"type":"string","examples":["period,from,to,created,resolved,closed,open\r\n)"
         R"(2026-11-20,2026-11-19T22:00:00Z,2026-11-20T22:00:00Z,7,5,4,31\r\n"]})"},
        {"application/pdf", R"({"type":"string","contentMediaType":"application/pdf"})"}}},
      {403, "Your role does not allow this report", ""},
      {404, "There is no such report", ""}};
  one.stream = [&b, &desk](request_context& ctx, stream_writer& out) {
    return answer(b, desk, ctx, out);
  };
  return {std::move(all), std::move(one)};
}

}  // namespace fibrehub::web::api
