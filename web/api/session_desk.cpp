#include "web/api/session_desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/idempotency.hpp"
#include "store/tickets/json.hpp"
#include "store/wa/sessions.hpp"

namespace fibrehub::web::api {

namespace asio = boost::asio;
using actors::session_action;
using actors::session_call;
using actors::session_result;
using store::json_string;

namespace {

using namespace std::chrono_literals;

// A wish may wait for four others, of which each takes some seconds.
constexpr std::chrono::milliseconds turn_patience = 30s;
constexpr unsigned retry_after_s = 5;

bool is_any(std::string_view reason, std::initializer_list<std::string_view> of) {
  return std::find(of.begin(), of.end(), reason) != of.end();
}

/// What the caller is told of what was done.
std::string answer_json(const std::string& bridge, const session_call& call,
                        const session_result& done) {
  if (call.what == session_action::ensure || call.what == session_action::pairing_code)
    return done.body;
  return fmt::format(R"({{"channel":{},"name":{},"status":{}}})", json_string(bridge),
                     json_string(call.session),
                     done.status.empty() ? "null" : json_string(done.status));
}

store::note_session_call note_of(const std::string& bridge, const session_call& call) {
  store::note_session_call note;
  note.channel = bridge;
  note.session = call.session;
  note.action = name_of(call.what);
  return note;
}

}  // namespace

const actors::messenger_bridge* session_desk::find(std::string_view name) const {
  const auto at =
      std::find_if(bridges_.begin(), bridges_.end(), [&](const auto& b) { return b.name == name; });
  return at == bridges_.end() ? nullptr : &*at;
}

tl::expected<const actors::messenger_bridge*, response> session_desk::choose(
    const request_context& ctx) const {
  if (bridges_.empty())
    return tl::unexpected(
        failure(ctx, 404, "no_bridge", "no WhatsApp bridge is configured: add [waha.main]"));
  if (const auto name = ctx.query("channel")) {
    if (const auto* bridge = find(*name)) return bridge;
    return tl::unexpected(invalid_field(ctx, "channel", "is the name of no WhatsApp bridge"));
  }
  if (bridges_.size() == 1) return &bridges_.front();
  const auto chosen =
      std::find_if(bridges_.begin(), bridges_.end(), [](const auto& b) { return b.is_default; });
  if (chosen != bridges_.end()) return &*chosen;
  return tl::unexpected(
      invalid_field(ctx, "channel", "must say which of the WhatsApp bridges is meant"));
}

asio::awaitable<tl::expected<session_result, store::error>> session_desk::ask(
    const actors::messenger_bridge& bridge, session_call call) const {
  if (!bridge.can_be_called) {
    store::error e{store::errc::conflict,
                   fmt::format("The hub does not know where the bridge {} is: set url and api_key "
                               "of [waha.{}].",
                               bridge.name, bridge.name)};
    e.reason = "no_url";
    co_return tl::unexpected(std::move(e));
  }
  co_return co_await actors::ask<session_result>(hub.gate, turn_patience,
                                                 [&bridge, &call](store::reply<session_result> to) {
                                                   bridge.call(std::move(call), std::move(to));
                                                 });
}

response session_desk::refusal(const request_context& ctx, const store::error& why) const {
  const auto later = [&](unsigned status, std::string_view code, std::string_view message) {
    response out = failure(ctx, status, code, message);
    out.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
    return out;
  };
  if (is_any(why.reason, {"bridge_unreachable", "bridge_busy"}))
    return later(503, why.reason, why.message);
  if (is_any(why.reason, {"bridge_unauthorized", "bridge_failed"}))
    return failure(ctx, 502, why.reason, why.message);
  if (is_any(why.reason, {"plus_only", "wrong_engine", "bridge_refused", "invalid_config"}))
    return failure(ctx, 422, why.reason, why.message);
  if (why.code == store::errc::unavailable)
    return later(503, "bridge_busy",
                 "what was wanted of this session before takes long; try again after a pause");
  if (why.code == store::errc::abandoned)
    return later(503, "bridge_busy",
                 "the bridge has not answered in time; it may still be done: look at the session");
  return from_store_error(ctx, why);
}

asio::awaitable<response> session_desk::carry_out(const request_context& ctx, session_call call,
                                                  unsigned status) const {
  const auto bridge = choose(ctx);
  if (!bridge) co_return bridge.error();
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  if (!origin->idempotency_key.empty()) {
    store::find_answer before{*origin};
    const auto earlier = co_await hub.read(std::move(before));
    if (earlier) co_return answer_of(ctx, *earlier);
    if (earlier.error().code != store::errc::not_found)
      co_return from_store_error(ctx, earlier.error());
  }
  session_call wish = call;
  const auto done = co_await ask(**bridge, std::move(wish));
  store::note_session_call note = note_of((*bridge)->name, call);
  if (done) {
    note.outcome = "done";
    note.status = done->status;
    note.answer_json = answer_json((*bridge)->name, call, *done);
    note.answer_status = status;
    const auto noted = co_await hub.write(std::move(*origin), std::move(note));
    co_return answer_of(ctx, noted);
  }
  note.outcome = done.error().reason.empty() ? std::string(store::name_of(done.error().code))
                                             : done.error().reason;
  note.detail = done.error().message;
  note.answer_json = "null";
  // What was not done may be asked for again with the same key.
  origin->idempotency_key.clear();
  const auto noted = co_await hub.write(std::move(*origin), std::move(note));
  if (!noted) co_return from_store_error(ctx, noted.error());
  co_return refusal(ctx, done.error());
}

bool is_session_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::string digits_of(std::string_view phone) {
  std::string out;
  for (const char c : phone) {
    if (c >= '0' && c <= '9') {
      out += c;
    } else if (c != '+' && c != ' ' && c != '-' && c != '(' && c != ')') {
      return {};
    }
  }
  return out;
}

}  // namespace fibrehub::web::api
