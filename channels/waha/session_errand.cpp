#include "channels/waha/session_errand.hpp"

#include <fmt/format.h>

#include "store/tickets/json.hpp"

namespace fibrehub::channels::waha {
namespace {

using actors::session_action;
using store::errc;
using store::error;
using store::json_string;

constexpr std::string_view scanning = "SCAN_QR_CODE";

bool is_any(std::string_view kind, std::initializer_list<std::string_view> of) {
  return std::find(of.begin(), of.end(), kind) != of.end();
}

error make(errc code, std::string reason, std::string message) {
  error e{code, std::move(message)};
  e.reason = std::move(reason);
  return e;
}

bool wants_code(session_action what) {
  return what == session_action::qr_image || what == session_action::qr_text ||
         what == session_action::pairing_code;
}

error not_scanning(const actors::session_call& call, const std::string& status) {
  error e =
      make(errc::conflict, "not_scanning",
           fmt::format("The session {} is {}; there is something to scan only while it is {}. "
                       "Start it, or log it out first.",
                       call.session, status.empty() ? "in another state" : status, scanning));
  e.data_json = fmt::format(R"({{"status":{}}})", json_string(status));
  return e;
}

/// What WAHA refuses because of how it is, not because of the call.
std::optional<error> bridge_error(const rest_failure& f, const bridge_facts& facts) {
  if (f.kind == "unreachable" || f.kind == "stopped")
    return make(errc::unavailable, "bridge_unreachable", f.message);
  if (is_any(f.kind, {"unauthorized", "forbidden"}))
    return make(errc::unavailable, "bridge_unauthorized",
                fmt::format("WAHA refuses the hub's key: check api_key of [waha.{}] ({}).",
                            facts.bridge, f.message));
  if (is_any(f.kind, {"busy", "rate_limited", "unavailable"}))
    return make(errc::unavailable, "bridge_busy", f.message);
  if (f.kind == "plus_only")
    return make(errc::invalid, "plus_only",
                fmt::format("This WAHA ({} {}) is a free edition from before 2026.6.1 and can only "
                            "have the session called default: use that name, or a newer WAHA.",
                            facts.server.version, facts.server.tier));
  return std::nullopt;
}

}  // namespace

error error_of(const rest_failure& f, const actors::session_call& call, const bridge_facts& facts) {
  if (auto e = bridge_error(f, facts)) return std::move(*e);
  if (is_any(f.kind, {"session_unknown", "not_found"}))
    return make(errc::not_found, "session_not_found",
                fmt::format("The bridge {} has no session called {}.", facts.bridge, call.session));
  if (f.kind == "session_exists")
    return make(
        errc::conflict, "exists",
        fmt::format("The bridge {} has a session called {} already.", facts.bridge, call.session));
  if (f.kind == "session_not_ready")
    return wants_code(call.what) ? not_scanning(call, f.session_status)
                                 : make(errc::conflict, "session_not_ready",
                                        fmt::format("The session {} is {}: {}", call.session,
                                                    f.session_status, f.message));
  if (is_any(f.kind, {"invalid_request", "unprocessable", "conflict", "not_implemented", "refused",
                      "too_large", "redirected"}))
    return make(errc::invalid, "bridge_refused", f.message);
  return make(errc::unavailable, "bridge_failed", f.message);
}

session_errand::session_errand(actors::session_call call, bridge_facts facts)
    : call_(std::move(call)), facts_(std::move(facts)) {}

bool session_errand::moves_session() const {
  return !wants_code(call_.what);
}

session_errand::step session_errand::ask(stage next, protocols::transport::http_request request) {
  stage_ = next;
  return step(std::in_place_index<0>, std::move(request));
}

session_errand::step session_errand::fail(const rest_failure& f) const {
  return step(std::in_place_index<1>, tl::unexpected(error_of(f, call_, facts_)));
}

session_errand::step session_errand::fail(errc code, std::string reason,
                                          std::string message) const {
  return step(std::in_place_index<1>,
              tl::unexpected(make(code, std::move(reason), std::move(message))));
}

session_errand::step session_errand::done(std::string body, std::string content_type) const {
  actors::session_result result;
  result.status = status();
  result.content_type = std::move(content_type);
  result.body = std::move(body);
  return step(std::in_place_index<1>, std::move(result));
}

session_errand::step session_errand::begin() {
  // What a new session tells depends on the server's version; a hub that has just started may not
  // know it yet.
  const bool makes_session =
      call_.what == session_action::create || call_.what == session_action::ensure;
  if (makes_session && facts_.server.version.empty())
    return ask(stage::meeting, version_request(facts_.address));
  return go();
}

session_errand::step session_errand::met(const rest_outcome& answer) {
  auto got = read_version(answer);
  if (!got) return fail(got.error());
  facts_.server = std::move(*got);
  return go();
}

session_errand::step session_errand::go() {
  switch (call_.what) {
    case session_action::create:
      return create(call_.start);
    case session_action::ensure:
      // The engine is the server's own and the same for all its sessions.
      if (!call_.engine.empty() && !facts_.server.engine.empty() &&
          call_.engine != facts_.server.engine)
        return fail(errc::invalid, "wrong_engine",
                    fmt::format("The bridge {} runs the engine {} for all its sessions; {} needs "
                                "another server (WHATSAPP_DEFAULT_ENGINE).",
                                facts_.bridge, facts_.server.engine, call_.engine));
      return ask(stage::looking, session_request(facts_.address, call_.session));
    case session_action::start:
    case session_action::stop:
    case session_action::restart:
    case session_action::logout:
      return ask(stage::moving,
                 lifecycle_request(facts_.address, call_.session, name_of(call_.what)));
    case session_action::remove:
    case session_action::qr_image:
    case session_action::qr_text:
    case session_action::pairing_code:
      break;
  }
  // Asking first costs nothing; asking for a code that is not there costs ten seconds.
  return ask(stage::looking, session_request(facts_.address, call_.session));
}

session_errand::step session_errand::answered(const rest_outcome& answer) {
  switch (stage_) {
    case stage::meeting:
      return met(answer);
    case stage::creating:
      return created(answer);
    case stage::looking:
      return looked(answer);
    case stage::moving:
      return moved(answer);
    case stage::removing:
      return removed(answer);
    case stage::reading_code:
      break;
  }
  return code_read(answer);
}

session_errand::step session_errand::create(bool start) {
  auto config = session_config(call_.config_json, facts_.webhook, facts_.server.engine,
                               facts_.server.version);
  if (!config) return fail(errc::invalid, "invalid_config", config.error());
  return ask(stage::creating, create_request(facts_.address, call_.session, *config, start));
}

session_errand::step session_errand::created(const rest_outcome& answer) {
  auto got = read_session(answer, "POST", "/api/sessions");
  // Somebody else was quicker: it is there, which is what was wanted.
  if (!got && got.error().kind == "session_exists" && call_.what == session_action::ensure)
    return ask(stage::looking, session_request(facts_.address, call_.session));
  if (!got) return fail(got.error());
  shown_ = std::move(*got);
  return call_.what == session_action::ensure ? read_code() : done();
}

session_errand::step session_errand::looked(const rest_outcome& answer) {
  auto got = read_session(answer, "GET", "/api/sessions/session");
  if (!got) {
    const bool is_missing = is_any(got.error().kind, {"session_unknown", "not_found"});
    if (is_missing && call_.what == session_action::ensure) return create(true);
    return fail(got.error());
  }
  shown_ = std::move(*got);
  if (call_.what == session_action::remove)
    return ask(stage::removing, remove_request(facts_.address, call_.session));
  if (call_.what == session_action::ensure) return ensure_running();
  if (!wants_code(call_.what)) return done();
  if (shown_->status != scanning)
    return step(std::in_place_index<1>, tl::unexpected(not_scanning(call_, shown_->status)));
  return read_code();
}

session_errand::step session_errand::ensure_running() {
  if (is_any(shown_->status, {"STOPPED", "FAILED", ""}))
    return ask(stage::moving, lifecycle_request(facts_.address, call_.session, "start"));
  return read_code();
}

session_errand::step session_errand::moved(const rest_outcome& answer) {
  auto got = read_session(answer, "POST", "/api/sessions/session/start");
  const bool is_done = !got && got.error().kind == "session_already_started";
  if (!got && !is_done) return fail(got.error());
  // It says that it is started, not what it is.
  if (is_done) {
    if (call_.what == session_action::ensure) return read_code();
    return ask(stage::looking, session_request(facts_.address, call_.session));
  }
  if (!got->status.empty()) shown_ = std::move(*got);
  return call_.what == session_action::ensure ? read_code() : done();
}

session_errand::step session_errand::removed(const rest_outcome& answer) {
  auto got = read_session(answer, "DELETE", "/api/sessions/session");
  if (!got && !is_any(got.error().kind, {"session_unknown", "not_found"})) return fail(got.error());
  shown_.reset();
  return done();
}

session_errand::step session_errand::read_code() {
  const rest_address& to = facts_.address;
  if (call_.what == session_action::pairing_code)
    return ask(stage::reading_code, pairing_code_request(to, call_.session, call_.phone_number));
  if (call_.what == session_action::ensure && status() == "WORKING") return ensured({});
  return ask(
      stage::reading_code,
      qr_request(to, call_.session,
                 call_.what == session_action::qr_image ? qr_format::image : qr_format::text));
}

session_errand::step session_errand::ensured(const std::string& code) const {
  // The words of the page that shows the code.
  const std::string state = status();
  const std::string_view word = !code.empty()        ? "qr_pending"
                                : state == "WORKING" ? "connected"
                                : state == "FAILED"  ? "failed"
                                                     : "starting";
  return done(fmt::format(R"({{"sessionId":{},"status":"{}","state":{},"qrCode":{}}})",
                          json_string(call_.session), word, json_string(state),
                          code.empty() ? "null" : json_string(code)));
}

session_errand::step session_errand::code_read(const rest_outcome& answer) {
  if (call_.what == session_action::qr_image) {
    auto picture = read_qr_image(answer);
    return picture ? done(std::move(*picture), "image/png") : fail(picture.error());
  }
  if (call_.what == session_action::pairing_code) {
    auto code = read_pairing_code(answer);
    return code ? done(fmt::format(R"({{"code":{}}})", json_string(*code))) : fail(code.error());
  }
  auto code = read_qr_text(answer);
  if (call_.what == session_action::qr_text)
    return code ? done(fmt::format(R"({{"value":{}}})", json_string(*code))) : fail(code.error());
  if (code) {
    if (shown_) shown_->status = scanning;
    return ensured(*code);
  }
  // It needs no code: it was paired before, or is not that far yet.
  if (code.error().kind != "session_not_ready") return fail(code.error());
  if (shown_ && !code.error().session_status.empty()) shown_->status = code.error().session_status;
  return ensured({});
}

}  // namespace fibrehub::channels::waha
