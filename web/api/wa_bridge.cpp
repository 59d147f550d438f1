// What became of the WhatsApp messages the hub sent: each of them, their figures, and the word of a
// person where nobody else knows.
#include <fmt/format.h>

#include "domain/send_state.hpp"
#include "domain/time_zone.hpp"
#include "protocols/csv_writer.hpp"
#include "store/sends/delivery_report.hpp"
#include "store/sends/report.hpp"
#include "store/sends/settle.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/page_answer.hpp"
#include "web/api/parameters.hpp"
#include "web/api/report_query.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

void write_send(json_writer& w, const store::send_view& v) {
  w.StartObject();
  text_field(w, "id", std::to_string(v.id));
  integer_field(w, "outbox_id", v.outbox_id);
  text_field(w, "kind", v.kind);
  text_field(w, "what", v.what);
  text_or_null(w, "about", v.target_id == 0 ? std::string() : std::to_string(v.target_id));
  text_or_null(w, "ticket_uid", v.ticket_uid);
  text_field(w, "channel", v.channel);
  text_field(w, "session", v.session);
  text_field(w, "chat", v.chat);
  text_field(w, "author", v.author);
  text_or_null(w, "message_id", v.stanza);
  text_field(w, "state", v.progress.state);
  text_or_null(w, "reason", v.progress.reason);
  instant_field(w, "queued_at", v.progress.queued_at);
  instant_field(w, "accepted_at", v.progress.accepted_at);
  instant_field(w, "sent_at", v.progress.sent_at);
  instant_field(w, "delivered_at", v.progress.delivered_at);
  instant_field(w, "read_at", v.progress.read_at);
  instant_field(w, "ended_at", v.progress.ended_at);
  w.EndObject();
}

/// Later pages have none.
void write_counts(json_writer& w, const store::send_page& page) {
  if (page.counts.empty()) return;
  w.Key("counts");
  w.StartObject();
  for (const auto& [state, n] : page.counts)
    integer_field(w, state, n);
  w.EndObject();
}

constexpr std::chrono::hours default_period{7 * 24}, longest_period{92 * 24};

domain::instant now_us() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_sends ask;
  ask.by = ctx.caller->who;
  ask.state = ctx.query("state").value_or("");
  ask.session = ctx.query("session").value_or("");
  if (const auto from = ctx.query("from")) ask.from = domain::parse_rfc3339(*from);
  if (const auto to = ctx.query("to")) ask.to = domain::parse_rfc3339(*to);
  ask.counted_from = ask.to.value_or(now_us()) - default_period;
  response out = co_await page_answer(b, ctx, std::move(ask), "sends", write_send, write_counts);
  co_return out;
}

// --- the report ---------------------------------------------------------------------------------

tl::expected<store::report_deliveries, response> read_question(const request_context& ctx) {
  store::report_deliveries ask;
  ask.by = ctx.caller->who;
  const domain::instant now = now_us();
  const auto from = ctx.query("from"), to = ctx.query("to");
  ask.to = to ? domain::parse_rfc3339(*to).value_or(now) : now;
  ask.from = from ? domain::parse_rfc3339(*from).value_or(now) : ask.to - default_period;
  if (ask.from >= ask.to)
    return tl::unexpected(invalid_field(ctx, "from", "must be before the end of the period"));
  if (ask.to - ask.from > longest_period)
    return tl::unexpected(invalid_field(ctx, "from", "must be at most 92 days before the end"));
  ask.zone_name = ctx.query("tz").value_or("");
  if (!ask.zone_name.empty() && !domain::time_zone::find(ask.zone_name))
    return tl::unexpected(invalid_field(
        ctx, "tz", "must be the name of an IANA time zone, such as Africa/Johannesburg"));
  ask.channel = ctx.query("channel").value_or("");
  ask.session = ctx.query("session").value_or("");
  ask.kind = ctx.query("kind").value_or("");
  return ask;
}

void seconds_or_null(json_writer& w, const char* key, double seconds) {
  w.Key(key);
  if (seconds < 0) {
    w.Null();
  } else {
    w.Double(seconds);
  }
}

void write_times(json_writer& w, const char* key, const store::step_times& t) {
  w.Key(key);
  w.StartObject();
  seconds_or_null(w, "median_s", t.median_s);
  seconds_or_null(w, "p95_s", t.p95_s);
  w.EndObject();
}

void write_row(json_writer& w, const store::delivery_row& row) {
  w.StartObject();
  text_field(w, "day", row.day);
  text_field(w, "channel", row.channel);
  text_field(w, "session", row.session);
  text_field(w, "kind", row.kind);
  integer_field(w, "total", row.total);
  w.Key("states");
  w.StartObject();
  for (const std::string_view name : domain::send_state_names())
    integer_field(w, name, row.states.at(std::string(name)));
  w.EndObject();
  write_times(w, "to_sent", row.times[0]);
  write_times(w, "to_delivered", row.times[1]);
  write_times(w, "to_read", row.times[2]);
  w.Key("reasons");
  w.StartObject();
  for (const auto& [reason, n] : row.reasons)
    integer_field(w, reason, n);
  w.EndObject();
  w.EndObject();
}

response report_as_json(const store::report_deliveries& asked, const store::delivery_rows& found) {
  return success([&](json_writer& w) {
    w.StartObject();
    instant_field(w, "from", asked.from);
    instant_field(w, "to", asked.to);
    text_field(w, "tz", found.zone_name);
    w.Key("rows");
    w.StartArray();
    for (const store::delivery_row& row : found.items)
      write_row(w, row);
    w.EndArray();
    w.EndObject();
  });
}

/// "not on WhatsApp: 3; WAHA answered 422: 1".
std::string reasons_for_people(const store::delivery_row& row) {
  std::string out;
  for (const auto& [reason, n] : row.reasons)
    out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", reason, n);
  return out;
}

response report_as_csv(const store::delivery_rows& found) {
  protocols::csv_writer csv;
  for (const char* name : {"day", "channel", "session", "kind", "total"})
    csv.plain(name);
  for (const std::string_view name : domain::send_state_names())
    csv.plain(name);
  for (const char* name : {"median_s_to_sent", "p95_s_to_sent", "median_s_to_delivered",
                           "p95_s_to_delivered", "median_s_to_read", "p95_s_to_read", "reasons"})
    csv.plain(name);
  csv.end_row();
  const auto seconds = [&](double s) { csv.plain(s < 0 ? "" : fmt::format("{:.1f}", s)); };
  for (const store::delivery_row& row : found.items) {
    csv.plain(row.day);
    csv.text(row.channel);
    csv.text(row.session);
    csv.text(row.kind);
    csv.plain(std::to_string(row.total));
    for (const std::string_view name : domain::send_state_names())
      csv.plain(std::to_string(row.states.at(std::string(name))));
    for (const store::step_times& t : row.times) {
      seconds(t.median_s);
      seconds(t.p95_s);
    }
    csv.text(reasons_for_people(row));
    csv.end_row();
  }
  response out;
  out.content_type = "text/csv; charset=utf-8; header=present";
  out.headers = {{"Content-Disposition", "attachment; filename=\"whatsapp-deliveries.csv\""}};
  out.body = std::string(protocols::csv_writer::byte_order_mark) + csv.take();
  return out;
}

asio::awaitable<response> report(backend& b, const request_context& ctx) {
  auto asked = read_question(ctx);
  if (!asked) co_return std::move(asked.error());
  store::report_deliveries ask = *asked;
  auto found = co_await b.read_share(ctx, std::move(ask));
  if (!found) co_return from_store_error(ctx, found.error());
  if (wanted_format(ctx) == report_format::csv) co_return report_as_csv(*found);
  co_return report_as_json(*asked, *found);
}

// --- settling -----------------------------------------------------------------------------------

asio::awaitable<response> settle(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::settle_send request;
  request.id = path_id(ctx);
  const std::string word = body.required_text("outcome", 20);
  if (word == "not_sent") {
    request.outcome = store::settled_as::not_sent;
  } else if (word == "resend") {
    request.outcome = store::settled_as::resend;
  } else if (!word.empty() && word != "sent") {
    body.complain("outcome", "must be one of sent, not_sent, resend");
  }
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await b.change(ctx, request);
  co_return out;
}

parameter time_of(std::string name, std::string text) {
  parameter p;
  p.name = std::move(name);
  p.type = value_type::date_time;
  p.text = std::move(text);
  return p;
}

}  // namespace

std::vector<route> wa_bridge_routes(backend& b) {
  route r = resource_route(b, method::get, "/wa-bridge/sends", "listSends",
                           "Messages sent through WhatsApp and what became of each, newest first",
                           "wa-bridge", allowed_to(domain::permission::read_channels), list);
  parameter state;
  state.name = "state";
  state.text = "Only those in this state.";
  for (const std::string_view name : domain::send_state_names())
    state.allowed.emplace_back(name);
  r.parameters = {std::move(state),
                  words("session", "Only those of this session.", 100),
                  time_of("from", "Only those queued then or later."),
                  time_of("to", "Only those queued before."),
                  page_limit(),
                  page_cursor()};
  r.answers = {
      {200, "A page of them; the first says how many there are in each state", "SendPage"}};

  route figures = resource_route(
      b, method::get, "/wa-bridge/sends/report", "reportSends",
      "Messages by day, session and kind: where they stand, how long they took, why some failed",
      "wa-bridge", allowed_to(domain::permission::read_channels), report);
  parameter format;
  format.name = "format";
  format.text = "Instead of Accept.";
  format.allowed = {"json", "csv"};
  figures.parameters = {time_of("from", "Queued then or later; a week before the end."),
                        time_of("to", "Queued before; now."),
                        words("tz", "Time zone of the days; the hub's.", 64),
                        words("channel", "Only of this bridge.", 100),
                        words("session", "Only of this session.", 100),
                        words("kind", "Only of this kind: text, image, client_received, …", 40),
                        std::move(format)};
  figures.answers = {{200, "A row for each day, session and kind", "DeliveryReport"}};

  route word = resource_route(b, method::post, "/wa-bridge/sends/{id}/settle", "settleSend",
                              "Say what became of a message that is uncertain", "wa-bridge",
                              allowed_to(domain::permission::manage_outbox), settle);
  word.parameters = {path_id_parameter("The send's id.")};
  word.body = body_description{"SendSettlement", "application/json", true, ""};
  word.answers = {{200, "How it stands now", "SettledSend"},
                  {404, "No such message", ""},
                  {409, "It is not uncertain, or not kept any more; the code says which", ""}};
  return {std::move(r), std::move(figures), std::move(word)};
}

}  // namespace fibrehub::web::api
