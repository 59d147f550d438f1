#include "peers/control_server.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "peers/json_writer.hpp"
#include "peers/support.hpp"

namespace fibrehub::peers {

namespace asio = boost::asio;
namespace json = protocols::json;

namespace {

constexpr std::string_view help =
    R"({"GET":["/stats","/ledger/waha","/ledger/sent","/ledger/webhooks","/ledger/calls",)"
    R"("/ledger/qcontact","/faults","/directory"],)"
    R"("POST":["/faults","/traffic","/send","/person","/case","/restart","/flap","/scan","/unlink",)"
    R"("/silence","/event","/expire-media","/clock","/drain"]})";

http_reply ok(std::string body) {
  http_reply reply;
  reply.body = std::move(body);
  return reply;
}

http_reply refuse(unsigned status, std::string_view message) {
  json_writer w;
  http_reply reply = ok(w.object().field("error", message).end_object().text());
  reply.status = status;
  return reply;
}

double number_or(const json::value& body, std::string_view name, double fallback) {
  const auto* v = json::find(body, name);
  return v != nullptr && v->IsNumber() ? v->GetDouble() : fallback;
}

std::size_t query_number(const http_request& request, const std::string& name,
                         std::size_t fallback) {
  const std::string text = request.query_or(name, "");
  std::size_t n = fallback;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

std::optional<content> content_of(std::string_view name) {
  for (const auto kind : {content::text, content::image, content::voice, content::document,
                          content::location, content::video, content::contact, content::poll}) {
    if (name == content_name(kind)) return kind;
  }
  return name.empty() ? std::optional(content::text) : std::nullopt;
}

}  // namespace

std::uint16_t control_server::listen(std::uint16_t port) {
  http_server_options options;
  options.port = port;
  return serve_http(io_, options, [this](http_request r) { return handle(std::move(r)); });
}

asio::awaitable<http_reply> control_server::handle(http_request request) {
  if (request.method == "GET") co_return get(request);
  if (request.method != "POST") co_return refuse(405, "only GET and POST");
  const std::string text = request.body.empty() ? "{}" : request.body;
  const auto body = json::parse(text);
  if (!body || !body->IsObject()) co_return refuse(400, "the body must be a JSON object");
  if (request.path == "/drain") {
    const double timeout_s = number_or(*body, "timeout_s", 60);
    co_return co_await drain(timeout_s);
  }
  co_return post(request, *body);
}

http_reply control_server::get(const http_request& request) {
  if (request.path == "/") return ok(std::string(help));
  if (request.path == "/stats") return ok(stats_json());
  if (request.path == "/faults") return ok(faults_json(parts_.faults));
  if (request.path == "/directory") return ok(cast_json(parts_.traffic.people()));
  if (request.path == "/ledger/qcontact") return ok(case_ledger_json());
  if (request.path == "/ledger/waha") {
    return ok(parts_.book.to_json(query_number(request, "offset", 0),
                                  query_number(request, "limit", SIZE_MAX)));
  }
  if (request.path == "/ledger/sent") {
    return ok(parts_.book.sent_json(request.query_or("session", ""), request.query_or("chat", "")));
  }
  if (request.path == "/ledger/webhooks") {
    return ok(
        parts_.sender.log().to_json(request.query_or("event", ""), request.query_or("fate", "")));
  }
  if (request.path == "/ledger/calls") return ok(parts_.waha.calls_json());
  return refuse(404, "no such page; GET / lists them");
}

http_reply control_server::post(const http_request& request, const json::value& body) {
  if (request.path == "/faults") return change_faults(body);
  if (request.path == "/traffic") return change_traffic(body);
  if (request.path == "/send") return send(body);
  if (request.path == "/case") return change_case(body);
  if (request.path == "/restart") {
    parts_.world.restart(static_cast<std::int64_t>(number_or(body, "down_ms", 1000)));
    return ok(stats_json());
  }
  if (request.path == "/person") return meet(body);
  if (request.path == "/expire-media") {
    parts_.world.expire_media();
    return ok(stats_json());
  }
  if (request.path == "/clock") {
    parts_.world.correct_clock(static_cast<std::int64_t>(number_or(body, "by_ms", 0)));
    return ok(stats_json());
  }
  return change_session(request.path, body);
}

/// Something happens to one session.
http_reply control_server::change_session(std::string_view what, const json::value& body) {
  const bool known = what == "/flap" || what == "/scan" || what == "/unlink" ||
                     what == "/silence" || what == "/event";
  if (!known) return refuse(404, "no such action; GET / lists them");
  std::string name(json::text(body, "session"));
  if (name.empty()) name = parts_.world.options().sessions.front();
  waha_session* s = parts_.world.find(name);
  if (s == nullptr) return refuse(404, fmt::format("no session \"{}\"", name));
  if (what == "/flap") {
    parts_.world.flap(name);
  } else if (what == "/scan") {
    parts_.world.pair_session(*s);
  } else if (what == "/unlink") {
    parts_.world.unlink_session(*s);
  } else if (what == "/event") {
    const auto* payload = json::find(body, "payload");
    if (payload == nullptr) return refuse(400, "payload is missing");
    parts_.world.tell(*s, json::text(body, "event"), json::to_text(*payload));
  } else {
    s->silent = json::boolean(body, "on", true);
  }
  return ok(stats_json());
}

/// Somebody is on WhatsApp: their number exists, and their hidden id has a phone behind it.
http_reply control_server::meet(const json::value& body) {
  person who;
  who.phone = json::text_or_number(body, "phone");
  if (who.phone.empty()) return refuse(400, "phone is missing");
  who.name = std::string(json::text(body, "name"));
  who.lid = json::text_or_number(body, "lid");
  if (who.lid.empty()) who.lid = "9" + who.phone;
  parts_.world.know(who);
  json_writer w;
  w.object().field("phone", who.phone).field("lid", who.lid + "@lid");
  return ok(w.end_object().text());
}

http_reply control_server::change_faults(const json::value& body) {
  // Two of them are no switches but things that happen once.
  json::document switches(rapidjson::kObjectType);
  for (const auto& member : body.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (name == "waha_restart" || name == "qcontact_expire_sessions") continue;
    switches.AddMember(json::value(member.name, switches.GetAllocator()),
                       json::value(member.value, switches.GetAllocator()), switches.GetAllocator());
  }
  if (auto applied = apply_faults(parts_.faults, switches); !applied) {
    return refuse(400, applied.error());
  }
  if (json::boolean(body, "waha_restart")) parts_.world.restart(1000);
  if (json::boolean(body, "qcontact_expire_sessions")) parts_.qcontact.expire_sessions();
  return ok(faults_json(parts_.faults));
}

http_reply control_server::change_traffic(const json::value& body) {
  traffic_settings& settings = parts_.traffic.settings();
  for (const auto& member : body.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    const bool flag = member.value.IsBool() && name == "pause";
    if (!flag && (!member.value.IsNumber() || member.value.GetDouble() < 0)) {
      return refuse(400, fmt::format("{} must be a number, 0 or more", name));
    }
    const double value = flag ? 0 : member.value.GetDouble();
    if (name == "rate_per_s") {
      settings.rate_per_s = value;
    } else if (name == "case_rate_per_s") {
      settings.case_rate_per_s = value;
    } else if (name == "burst_size") {
      settings.burst_size = static_cast<int>(value);
    } else if (name == "burst_every_s") {
      settings.burst_every_s = value;
    } else if (name == "pause") {
      settings.paused = flag ? member.value.GetBool() : value > 0;
    } else if (name == "burst") {
      parts_.traffic.burst(static_cast<int>(std::min(value, 100'000.0)));
    } else {
      return refuse(400, fmt::format("unknown setting \"{}\": rate_per_s, case_rate_per_s, "
                                     "burst_size, burst_every_s, pause, burst",
                                     name));
    }
  }
  return ok(stats_json());
}

http_reply control_server::send(const json::value& body) {
  std::string session(json::text(body, "session"));
  if (session.empty()) session = parts_.world.options().sessions.front();
  waha_session* s = parts_.world.find(session);
  if (s == nullptr) return refuse(404, fmt::format("no session \"{}\"", session));
  chat_message m;
  m.chat = json::text_or_number(body, "chat");
  if (m.chat.empty()) return refuse(400, "chat is missing: a phone number or a WhatsApp id");
  if (m.chat.find('@') == std::string::npos) m.chat += "@c.us";
  const auto kind = content_of(json::text(body, "media"));
  if (!kind)
    return refuse(400,
                  "media must be text, image, voice, video, document, location, contact or poll");
  m.kind = *kind;
  m.text = std::string(json::text(body, "text"));
  m.from_me = json::boolean(body, "from_me");
  m.sender.phone = json::text_or_number(body, "phone");
  if (m.sender.phone.empty()) {
    m.sender.phone = m.chat.ends_with("@c.us") ? user_part(m.chat)
                                               : parts_.traffic.people().technicians[0].phone;
  }
  if (const person* known = parts_.world.find_person(m.sender.phone)) m.sender = *known;
  if (const auto name = json::text(body, "name"); !name.empty()) m.sender.name = name;
  if (m.sender.name.empty()) m.sender.name = "Unknown";
  if (m.sender.lid.empty()) m.sender.lid = "9" + m.sender.phone;
  m.lid_addressed = json::boolean(body, "lid");
  m.stanza = std::string(json::text(body, "id"));
  if (m.stanza.empty()) m.stanza = phone_stanza_id(parts_.world.random());
  m.timestamp_s = json::integer(body, "timestamp_s").value_or(0);
  m.filename = std::string(json::text(body, "filename"));
  m.place = std::string(json::text(body, "place"));
  m.latitude = number_or(body, "latitude", -26.3912);
  m.longitude = number_or(body, "longitude", 27.8284);
  m.expected_drop = std::string(json::text(body, "expected_drop"));
  if (const auto quoted = json::text(body, "quote"); !quoted.empty()) {
    const chat_message* q = s->find(quoted);
    if (q == nullptr) return refuse(404, "quote: no message with that stanza id");
    m.quoted = quotation{q->stanza, q->from_me ? s->me.phone : q->sender.phone, q->text};
  }
  const std::string id = serialised_id(parts_.world.options().engine, m, s->me);
  const std::string stanza = m.stanza;
  parts_.world.receive(session, std::move(m));
  json_writer w;
  w.object().field("session", session).field("stanza_id", stanza).field("id", id);
  return ok(w.end_object().text());
}

http_reply control_server::change_case(const json::value& body) {
  const std::int64_t now_s = now_ms() / 1000;
  const auto id = json::integer(body, "id");
  if (!id) {
    maintenance_case& fresh = parts_.cases.create({{"queue", parts_.world.options().qcontact_queue},
                                                   {"status", "Open"},
                                                   {"priority", "Medium"},
                                                   {"assigned_to", ""},
                                                   {"subject", ""},
                                                   {"description", ""}},
                                                  now_s);
    if (auto set = parts_.cases.patch(fresh, body, "Fibertime Desk", now_s); !set) {
      return refuse(400, set.error());
    }
    fresh.changes.clear();
    return ok(case_json(fresh, true));
  }
  maintenance_case* known = parts_.cases.find(*id);
  if (known == nullptr) return refuse(404, fmt::format("no case {}", *id));
  const std::size_t before = known->changes.size();
  if (auto set = parts_.cases.patch(*known, body, "Fibertime Desk", now_s); !set) {
    return refuse(400, set.error());
  }
  for (std::size_t i = before; i < known->changes.size(); ++i)
    known->changes[i].by = "desk";
  return ok(case_json(*known, true));
}

asio::awaitable<http_reply> control_server::drain(double timeout_s) {
  parts_.traffic.settings().paused = true;
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_s);
  asio::steady_timer timer(io_);
  while (std::chrono::steady_clock::now() < until &&
         parts_.sender.pending() + parts_.world.scheduled() > 0) {
    boost::system::error_code ec;
    timer.expires_after(std::chrono::milliseconds(10));
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
  co_return ok(stats_json());
}

std::string control_server::case_ledger_json() const {
  json_writer w;
  w.object().field("total", parts_.cases.all().size()).key("cases").array();
  for (const auto& [id, c] : parts_.cases.all())
    w.raw(case_json(c, true));
  return w.end_array().end_object().text();
}

std::string control_server::stats_json() const {
  const webhook_counts& hooks = parts_.sender.counts();
  json_writer w;
  w.object();
  w.field("drained", parts_.sender.pending() + parts_.world.scheduled() == 0);
  w.key("webhooks").object().field("made", hooks.made).field("posts", hooks.posts);
  w.field("acknowledged", hooks.acknowledged).field("pending", parts_.sender.pending());
  w.field("given_up", hooks.given_up).field("dropped", hooks.dropped).key("by_status").object();
  for (const auto& [status, count] : hooks.by_status) {
    w.field(status == 0 ? "no_answer" : fmt::format("{}", status), count);
  }
  w.end_object().end_object();
  w.key("messages").object().field("unique", parts_.book.entries().size());
  w.field("acknowledged", parts_.book.acknowledged());
  w.field("generated", parts_.traffic.generated()).end_object();
  w.key("waha").object().field("requests", parts_.waha.requests());
  w.field("leaked_keys", parts_.waha.leaked_keys());
  w.field("start_timestamp", parts_.world.start_ms()).field("down", parts_.world.down());
  w.field("scheduled", parts_.world.scheduled()).key("sessions").object();
  for (const auto& [name, s] : parts_.world.sessions())
    w.field(name, s->status);
  w.end_object().end_object();
  const qcontact_counts& desk = parts_.qcontact.counts();
  w.key("qcontact").object().field("cases", parts_.cases.all().size());
  w.field("requests", desk.requests).field("logins", desk.logins);
  w.field("failed_logins", desk.failed_logins).field("unauthorised", desk.unauthorised);
  w.field("pages", desk.pages).field("patches", desk.patches).field("faults", desk.faults);
  w.end_object();
  const traffic_settings& traffic = parts_.traffic.settings();
  w.key("traffic").object().field("rate_per_s", traffic.rate_per_s);
  w.field("case_rate_per_s", traffic.case_rate_per_s).field("paused", traffic.paused);
  return w.end_object().end_object().text();
}

}  // namespace fibrehub::peers
