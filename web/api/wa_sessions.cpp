// Sessions of WhatsApp bridges: how they are, what they went through, and what an admin can have
// done to them. What is done is written down with who wanted it and what came of it.
#include <fmt/format.h>

#include <algorithm>

#include "store/idempotency.hpp"
#include "store/tickets/json.hpp"
#include "store/wa/sessions.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/page_answer.hpp"
#include "web/api/parameters.hpp"
#include "web/api/routes.hpp"
#include "web/api/session_desk.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
using actors::session_action;
using actors::session_call;
using store::json_string;

// --- reading -------------------------------------------------------------------------------------

void write_restriction(json_writer& w, const store::wa_session_view& s) {
  w.Key("restriction");
  if (!s.restriction) {
    w.Null();
    return;
  }
  w.StartObject();
  instant_field(w, "since", s.restriction->since);
  instant_field(w, "until", s.restriction->until);
  text_field(w, "reason", s.restriction->reason);
  w.EndObject();
}

void write_catch_up(json_writer& w, const store::wa_session_view& s) {
  w.Key("catch_up");
  if (!s.catch_up) {
    w.Null();
    return;
  }
  const store::session_catch_up& u = *s.catch_up;
  w.StartObject();
  text_field(w, "state", u.state);
  text_field(w, "reason", u.reason);
  instant_field(w, "caught_up_to", u.caught_up_to);
  instant_field(w, "ended_at", u.ended_at);
  instant_field(w, "failed_at", u.failed_at);
  text_or_null(w, "failure", u.failure);
  integer_field(w, "looked_at", u.looked_at);
  integer_field(w, "found", u.found);
  instant_field(w, "found_at", u.found_at);
  w.EndObject();
}

void write_me(json_writer& w, const store::wa_session_view& s) {
  w.Key("me");
  if (s.me.empty()) {
    w.Null();
    return;
  }
  w.StartObject();
  text_field(w, "id", s.me);
  text_or_null(w, "name", s.me_name);
  text_or_null(w, "lid", s.lid);
  w.EndObject();
}

/// What somebody wants to know first.
void write_in_short(json_writer& w, const store::wa_session_view& s) {
  w.Key("connected");
  w.Bool(s.status == "WORKING" && !s.gone_at);
  const bool is_number = s.me.ends_with("@c.us");
  text_or_null(w, "phoneNumber", is_number ? '+' + s.me.substr(0, s.me.find('@')) : std::string());
  instant_field(w, "lastSeen", std::max(s.last_heard_at, s.last_inbound_at));
}

void write_session(json_writer& w, const session_desk& d, const store::wa_session_view& s) {
  w.StartObject();
  text_field(w, "channel", s.channel);
  text_field(w, "name", s.name);
  text_field(w, "status", s.status);
  instant_field(w, "status_at", s.status_at);
  write_me(w, s);
  write_in_short(w, s);
  text_or_null(w, "engine", s.engine);
  text_or_null(w, "version", s.version);
  text_or_null(w, "tier", s.tier);
  const actors::messenger_bridge* bridge = d.find(s.channel);
  raw_field(w, "capabilities",
            bridge ? bridge->capabilities(s.engine, s.version, s.tier) : std::string());
  instant_field(w, "last_inbound_at", s.last_inbound_at);
  instant_field(w, "last_heard_at", s.last_heard_at);
  w.Key("silent");
  w.Bool(s.silent_since.has_value());
  instant_field(w, "silent_since", s.silent_since);
  text_or_null(w, "trouble", s.trouble);
  write_restriction(w, s);
  write_catch_up(w, s);
  instant_field(w, "first_seen_at", s.first_seen_at);
  instant_field(w, "gone_at", s.gone_at);
  w.EndObject();
}

void write_step(json_writer& w, const store::wa_session_step& s) {
  w.StartObject();
  text_field(w, "id", std::to_string(s.id));
  instant_field(w, "at", s.at);
  text_field(w, "kind", s.kind);
  text_field(w, "value", s.value);
  text_or_null(w, "by", s.asked_by);
  text_or_null(w, "by_name", s.asked_by_name);
  text_or_null(w, "outcome", s.outcome);
  w.EndObject();
}

domain::instant now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

asio::awaitable<response> list(const session_desk& d, const request_context& ctx) {
  store::list_wa_sessions ask;
  ask.now = now();
  ask.channel = ctx.query("channel").value_or("");
  ask.status = ctx.query("state").value_or("");
  ask.gone = ctx.query_boolean("gone").value_or(false);
  ask.limit = ctx.query_integer("limit").value_or(50);
  const auto before = cursor_of(ctx);
  if (!before) co_return before.error();
  if (*before != 0) ask.before_id = *before;
  const std::int64_t limit = ask.limit;
  auto page = co_await d.hub.read(std::move(ask));
  if (!page) co_return from_store_error(ctx, page.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    w.Key("sessions");
    w.StartArray();
    for (const store::wa_session_view& s : page->items)
      write_session(w, d, s);
    w.EndArray();
    write_pagination(w, limit, page->next_before.value_or(0));
    w.EndObject();
  });
}

response no_such_session(const request_context& ctx) {
  return failure(ctx, 404, "session_not_found", "there is no such session");
}

/// The one session a path names, present or gone.
asio::awaitable<tl::expected<store::wa_session_view, response>> one(const session_desk& d,
                                                                    const request_context& ctx) {
  const auto bridge = d.choose(ctx);
  if (!bridge) co_return tl::unexpected(bridge.error());
  for (const bool gone : {false, true}) {
    store::list_wa_sessions ask;
    ask.now = now();
    ask.channel = (*bridge)->name;
    ask.name = ctx.path_value("name");
    ask.gone = gone;
    ask.limit = 1;
    auto page = co_await d.hub.read(std::move(ask));
    if (!page) co_return tl::unexpected(from_store_error(ctx, page.error()));
    if (!page->items.empty()) co_return std::move(page->items.front());
  }
  co_return tl::unexpected(no_such_session(ctx));
}

asio::awaitable<response> show(const session_desk& d, const request_context& ctx) {
  const auto found = co_await one(d, ctx);
  if (!found) co_return found.error();
  co_return success([&](json_writer& w) { write_session(w, d, *found); });
}

asio::awaitable<response> history(const session_desk& d, const request_context& ctx) {
  const auto found = co_await one(d, ctx);
  if (!found) co_return found.error();
  store::list_session_steps ask;
  ask.channel = found->channel;
  ask.session = found->name;
  response out = co_await page_answer(d.hub, ctx, std::move(ask), "history", write_step);
  co_return out;
}

// --- having something done -----------------------------------------------------------------------

session_call call_of(session_action what, const request_context& ctx) {
  session_call call;
  call.what = what;
  call.session = ctx.path_value("name");
  call.by = ctx.caller->who;
  return call;
}

template <session_action what>
asio::awaitable<response> act(const session_desk& d, const request_context& ctx) {
  session_call call = call_of(what, ctx);
  response out = co_await d.carry_out(ctx, std::move(call), 200);
  co_return out;
}

asio::awaitable<response> create(const session_desk& d, const request_context& ctx) {
  body_reader body(ctx);
  session_call call = call_of(session_action::create, ctx);
  call.session = body.required_text("name", 54);
  if (!call.session.empty() && !is_session_name(call.session))
    body.complain("name", "may hold letters, digits, - and _ only");
  call.start = body.boolean("start").value_or(true);
  if (const auto* config = body.member("config"); config && !config->IsNull()) {
    if (config->IsObject()) {
      call.config_json = protocols::json::to_text(*config);
    } else {
      body.complain("config", "must be an object");
    }
  }
  if (auto refused = body.refusal(ctx)) co_return std::move(*refused);
  response out = co_await d.carry_out(ctx, std::move(call), 201);
  co_return out;
}

asio::awaitable<response> ensure(const session_desk& d, const request_context& ctx) {
  body_reader body(ctx);
  session_call call = call_of(session_action::ensure, ctx);
  call.session = body.required_text("sessionName", 54);
  if (!call.session.empty() && !is_session_name(call.session))
    body.complain("sessionName", "may hold letters, digits, - and _ only");
  call.engine = body.text("engine", 20).value_or("");
  const bool is_engine = call.engine.empty() || call.engine == "WEBJS" || call.engine == "NOWEB" ||
                         call.engine == "GOWS" || call.engine == "WPP";
  if (!is_engine) body.complain("engine", "must be WEBJS, NOWEB, GOWS or WPP");
  if (auto refused = body.refusal(ctx)) co_return std::move(*refused);
  response out = co_await d.carry_out(ctx, std::move(call), 200);
  co_return out;
}

asio::awaitable<response> pairing_code(const session_desk& d, const request_context& ctx) {
  body_reader body(ctx);
  session_call call = call_of(session_action::pairing_code, ctx);
  call.phone_number = digits_of(body.required_text("phone_number", 40));
  // E.164: a country's code and a number, fifteen digits together.
  if (body.has("phone_number") && (call.phone_number.size() < 7 || call.phone_number.size() > 15))
    body.complain("phone_number", "must be a phone number with its country's code, as 27831234567");
  if (auto refused = body.refusal(ctx)) co_return std::move(*refused);
  response out = co_await d.carry_out(ctx, std::move(call), 200);
  co_return out;
}

asio::awaitable<response> qr(const session_desk& d, const request_context& ctx) {
  const bool is_text = ctx.query("format").value_or("image") == "raw";
  session_call call = call_of(is_text ? session_action::qr_text : session_action::qr_image, ctx);
  const auto bridge = d.choose(ctx);
  if (!bridge) co_return bridge.error();
  const auto done = co_await d.ask(**bridge, std::move(call));
  if (!done) co_return d.refusal(ctx, done.error());
  if (is_text) co_return success_json(done->body);
  response out;
  out.content_type = done->content_type;
  out.body = done->body;
  // Another code follows in twenty seconds.
  out.headers.emplace_back("Cache-Control", "no-store");
  co_return out;
}

// --- routes --------------------------------------------------------------------------------------

using desk_ptr = std::shared_ptr<const session_desk>;
using desk_action = asio::awaitable<response> (*)(const session_desk&, const request_context&);

parameter bridge_parameter() {
  return words("channel",
               "The bridge, by its configured name; needed where there are several and "
               "none is called main.",
               100);
}

parameter name_parameter() {
  parameter p;
  p.name = "name";
  p.in = place::path;
  p.text = "The session's name at the bridge.";
  p.required = true;
  p.min = 1;
  p.max = 100;
  return p;
}

route make(const desk_ptr& d, method verb, const std::string& path, const char* id,
           const char* summary, domain::permission needs, desk_action run) {
  route r;
  r.verb = verb;
  r.path = "/api/v1/wa-bridge/sessions" + path;
  r.aliases = {"/api/wa-bridge/sessions" + path};
  r.operation_id = id;
  r.summary = summary;
  r.tag = "wa-bridge";
  r.auth = allowed_to(needs);
  r.handle = [d, run](request_context& ctx) { return run(*d, ctx); };
  if (path.find("{name}") != std::string::npos) r.parameters.push_back(name_parameter());
  r.parameters.push_back(bridge_parameter());
  return r;
}

void add_failures(route& r) {
  for (answer_description& a : std::vector<answer_description>{
           {404, "The bridge has no such session", ""},
           {409,
            "`exists`, `busy` (five wishes for it are under way), `not_scanning`, `no_url`: "
            "the code says which",
            ""},
           {422, "What this bridge cannot do: `plus_only`, `wrong_engine`, or it refuses it", ""},
           {502, "The bridge failed, or refuses the hub's key", ""},
           {503, "`bridge_unreachable`: it does not answer", ""}})
    r.answers.push_back(std::move(a));
}

route reading(const desk_ptr& d, const std::string& path, const char* id, const char* summary,
              answer_description answer, desk_action run) {
  route r = make(d, method::get, path, id, summary, domain::permission::read_channels, run);
  r.answers = {std::move(answer)};
  return r;
}

route doing(const desk_ptr& d, method verb, const std::string& path, const char* id,
            const char* summary, answer_description answer, desk_action run) {
  route r = make(d, verb, path, id, summary, domain::permission::manage_channels, run);
  r.answers = {std::move(answer)};
  add_failures(r);
  return r;
}

std::vector<route> reading_routes(const desk_ptr& d) {
  route all = reading(d, "", "listWaSessions",
                      "Sessions of the WhatsApp bridges: state, account, last message, silence",
                      {200, "A page of them, the newest first", "WaSessionPage"}, list);
  all.parameters = {words("channel", "Only those of this bridge.", 100),
                    words("state", "Only those in this state, WORKING for instance.", 100),
                    page_limit(), page_cursor()};
  parameter gone;
  gone.name = "gone";
  gone.type = value_type::boolean;
  gone.text = "Those the bridge has no more, instead.";
  all.parameters.push_back(std::move(gone));
  route past = reading(d, "/{name}/history", "listWaSessionHistory",
                       "The states a session went through and what was done to it, newest first",
                       {200, "A page of its history", "WaSessionHistory"}, history);
  past.parameters.push_back(page_limit());
  past.parameters.push_back(page_cursor());
  route one_of_them =
      reading(d, "/{name}", "getWaSession", "One session", {200, "The session", "WaSession"}, show);
  for (route* r : {&one_of_them, &past})
    r->answers.push_back({404, "No such session", ""});
  return {std::move(all), std::move(one_of_them), std::move(past)};
}

std::vector<route> lifecycle_routes(const desk_ptr& d) {
  const answer_description done{200, "Done", "WaSessionChange"};
  std::vector<route> out;
  out.push_back(doing(d, method::post, "/{name}/start", "startWaSession",
                      "Start a session; one that runs already is left alone", done,
                      act<session_action::start>));
  out.push_back(doing(d, method::post, "/{name}/stop", "stopWaSession",
                      "Stop a session; it keeps its account", done, act<session_action::stop>));
  out.push_back(doing(d, method::post, "/{name}/restart", "restartWaSession", "Restart a session",
                      done, act<session_action::restart>));
  out.push_back(doing(d, method::post, "/{name}/logout", "logOutWaSession",
                      "Part a session from its account; it has to be paired again", done,
                      act<session_action::logout>));
  out.push_back(doing(d, method::delete_, "/{name}", "deleteWaSession",
                      "Remove a session from its bridge; what was received stays", done,
                      act<session_action::remove>));
  return out;
}

std::vector<route> pairing_routes(const desk_ptr& d) {
  route made = doing(d, method::post, "", "createWaSession",
                     "Make a session whose webhooks come to this hub",
                     {201, "It is made", "WaSessionChange"}, create);
  made.body = body_description{"NewWaSession", "application/json", true, ""};
  route ensured =
      doing(d, method::post, "/start", "ensureWaSession",
            "Make a session if there is none, start it, and say what to scan",
            {200, "How it is, and the code's text while one is to be scanned", "WaSessionStarted"},
            ensure);
  ensured.body = body_description{"WaSessionStart", "application/json", true, ""};
  route code = doing(d, method::get, "/{name}/qr", "getWaSessionQr",
                     "The code to scan with WhatsApp, as a picture or as its text",
                     {200, "The code", "WaQrCode"}, qr);
  code.answers.front().others = {{"image/png", R"({"type":"string","format":"binary"})"}};
  parameter format;
  format.name = "format";
  format.text = "A PNG, or JSON with the text behind it.";
  format.allowed = {"image", "raw"};
  format.fallback = "image";
  code.parameters.push_back(std::move(format));
  route by_phone = doing(d, method::post, "/{name}/pairing-code", "requestWaPairingCode",
                         "A code to type into WhatsApp instead of scanning",
                         {200, "The code", "WaPairingCode"}, pairing_code);
  by_phone.body = body_description{"WaPhoneNumber", "application/json", true, ""};
  return {std::move(made), std::move(ensured), std::move(code), std::move(by_phone)};
}

}  // namespace

std::vector<route> wa_session_routes(backend& b, std::vector<actors::messenger_bridge> bridges) {
  const auto d = std::make_shared<const session_desk>(b, std::move(bridges));
  std::vector<route> out = reading_routes(d);
  for (auto more : {lifecycle_routes(d), pairing_routes(d)})
    for (route& r : more)
      out.push_back(std::move(r));
  return out;
}

}  // namespace fibrehub::web::api
