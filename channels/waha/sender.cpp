#include "channels/waha/sender.hpp"

#include <fmt/format.h>

#include "channels/waha/answers/answer.hpp"
#include "protocols/json/parse.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
namespace json = protocols::json;
using actors::delivery_attempt;
using protocols::transport::http_errc;
using protocols::transport::http_error;
using protocols::transport::http_request;
using protocols::transport::http_response;
using std::chrono::milliseconds;
using store::send_outcome;
using attempt = delivery_attempt::outcome;
using scope = delivery_attempt::scope;

constexpr const char* send_path = "/api/sendText";
// An error echoes the request it is about; what comes after this is not read.
constexpr std::size_t answer_limit_bytes = std::size_t{1024} * 1024;

constexpr milliseconds misconfigured_rest = 60s;
constexpr milliseconds unknown_session_rest = 5min;
constexpr milliseconds session_rest = 30s;
constexpr milliseconds busy_rest = 5s;
constexpr milliseconds overload_rest = 30s;
constexpr milliseconds unreachable_rest = 2s;
// The echo of a message without a name is what tells that it has left.
constexpr milliseconds echo_wait = 60s;

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

http_request request_to(const send_settings& s, const char* method, const std::string& path) {
  http_request r;
  r.method = method;
  r.url = s.base_url + path;
  r.headers = {{"Accept", "application/json"}};
  if (!s.api_key.empty()) r.headers.emplace_back("X-Api-Key", s.api_key);
  r.timeout = s.timeout;
  r.body_limit_bytes = answer_limit_bytes;
  return r;
}

send_verdict ended(send_outcome outcome, attempt what, std::string status) {
  send_verdict v;
  v.outcome = outcome;
  v.how.what = what;
  v.how.status = std::move(status);
  return v;
}

send_verdict accepted(std::string name) {
  send_verdict v = ended(send_outcome::accepted, attempt::done, "accepted by WAHA");
  v.name = std::move(name);
  return v;
}

/// Nothing was sent, and it is not the message's fault.
send_verdict held(std::string status, milliseconds after, scope who) {
  send_verdict v = ended(send_outcome::again, attempt::held, std::move(status));
  v.how.after = after;
  v.how.pause = who;
  return v;
}

send_verdict in_doubt(std::string status, const store::taken_send& message) {
  send_verdict v = ended(send_outcome::in_doubt, attempt::in_doubt, std::move(status));
  if (message.stanza.empty()) v.how.after = echo_wait;
  return v;
}

send_verdict judge_error(const http_error& e, const store::taken_send& message) {
  send_verdict v;
  switch (e.code) {
    case http_errc::overloaded:
    case http_errc::stopped:
      return held(e.message, busy_rest, scope::none);
    case http_errc::invalid_request:
    case http_errc::refused_address:
    case http_errc::tls_failed:
      return held(e.message, misconfigured_rest, scope::peer);
    default:
      v = e.ambiguous ? in_doubt(e.message, message)
                      : held(e.message, unreachable_rest, scope::none);
  }
  v.how.peer_failed = true;
  return v;
}

std::string status_of(const failure& f, unsigned status) {
  return fmt::format("WAHA answered {}{}{}{}", status, f.kind.empty() ? "" : ", ", f.kind,
                     f.message.empty() ? "" : ": " + f.message);
}

bool is_any(std::string_view kind, std::initializer_list<std::string_view> of) {
  return std::find(of.begin(), of.end(), kind) != of.end();
}

send_verdict judge_failure(const failure& f, const http_response& r,
                           const store::taken_send& message) {
  const std::string status = status_of(f, r.status);
  const auto asked = r.retry_after ? std::optional<milliseconds>(*r.retry_after) : std::nullopt;
  // A wrong key or a wrong address would make every message fail.
  if (is_any(f.kind, {"unauthorized", "redirected", "not_implemented"}) ||
      (f.kind == "not_found" && r.status == 404))
    return held(status, misconfigured_rest, scope::peer);
  if (is_any(f.kind, {"rate_limited", "unavailable"}))
    return held(status, asked.value_or(overload_rest), scope::peer);
  // A key may be for some sessions only.
  if (is_any(f.kind, {"session_unknown", "forbidden"}))
    return held(status, unknown_session_rest, scope::group);
  if (f.kind == "session_not_ready") return held(status, session_rest, scope::group);
  if (f.kind == "busy") return held(status, busy_rest, scope::group);
  if (f.kind == "reachout_timelock") return ended(send_outcome::restricted, attempt::again, status);
  switch (f.may_repeat) {
    case verdict::permanent:
      return ended(send_outcome::refused, attempt::refused, status);
    case verdict::transient:
      return ended(send_outcome::again, attempt::again, status);
    case verdict::ambiguous:
      break;
  }
  send_verdict v = in_doubt(status, message);
  v.how.peer_failed = f.kind == "gateway";
  return v;
}

/// The answer as far as it can be read; `broken` says why it cannot.
struct reading {
  answer what;
  std::string broken;
};

reading read(const http_response& r, const char* method, const std::string& path) {
  reading out;
  notes left_out;
  call_context context{static_cast<int>(r.status), method, path};
  if (r.body.empty()) {
    out.what = read_answer(nullptr, context, left_out);
    return out;
  }
  const auto doc = json::parse(r.body);
  if (doc) {
    out.what = read_answer(&*doc, context, left_out);
  } else if (r.status >= 300) {
    out.what.failed = failure_without_body("not_json", context);
  } else {
    out.broken = fmt::format("WAHA answered {} with something that is not JSON", r.status);
  }
  return out;
}

}  // namespace

http_request send_request(const send_settings& s, const store::taken_send& message) {
  http_request r = request_to(s, "POST", send_path);
  r.headers.emplace_back("Content-Type", "application/json");
  const auto member = [](const char* name, const std::string& value) {
    return value.empty() ? std::string()
                         : fmt::format(R"(,"{}":{})", name, store::json_string(value));
  };
  r.body = fmt::format(R"({{"session":{},"chatId":{},"text":{}{}{}}})",
                       store::json_string(message.session), store::json_string(message.chat),
                       store::json_string(message.text), member("reply_to", message.reply_to),
                       member("id", message.stanza));
  return r;
}

http_request ask_request(const send_settings& s, const store::taken_send& message) {
  return request_to(s, "GET",
                    fmt::format("/api/{}/chats/{}/messages/{}?downloadMedia=false",
                                percent_encoded(message.session), percent_encoded(message.chat),
                                percent_encoded(message.stanza)));
}

send_verdict judge_send(const http_outcome& answer, const store::taken_send& message) {
  if (!answer) return judge_error(answer.error(), message);
  const reading got = read(*answer, "POST", send_path);
  if (got.what.failed) return judge_failure(*got.what.failed, *answer, message);
  if (!got.broken.empty()) {
    // A page for people comes from something that stands before WAHA.
    if (answer->header("content-type").starts_with("text/html"))
      return held(got.broken, misconfigured_rest, scope::peer);
    return in_doubt(got.broken, message);
  }
  // Without a name in it (WEBJS at times answers nothing) the echo will tell.
  return accepted(got.what.message ? got.what.message->ref.stanza_id : message.stanza);
}

std::optional<send_verdict> judge_ask(const http_outcome& answer,
                                      const store::taken_send& message) {
  if (!answer) {
    // Nothing was done by asking, whatever became of the question.
    send_verdict v = judge_error(answer.error(), message);
    if (v.outcome != send_outcome::in_doubt) return v;
    v = held(answer.error().message, unreachable_rest, scope::none);
    v.how.peer_failed = true;
    return v;
  }
  const reading got = read(*answer, "GET", "/api/messages");
  if (!got.what.failed && got.broken.empty()) {
    if (got.what.message && got.what.message->ref.stanza_id == message.stanza)
      return accepted(message.stanza);
    return std::nullopt;
  }
  if (!got.what.failed) return held(got.broken, misconfigured_rest, scope::peer);
  const failure& f = *got.what.failed;
  if (is_any(f.kind, {"unauthorized", "forbidden", "redirected"}))
    return judge_failure(f, *answer, message);
  // It is not there, or this WAHA keeps no messages.
  if (f.may_repeat == verdict::permanent && f.kind != "session_unknown") return std::nullopt;
  return judge_failure(f, *answer, message);
}

}  // namespace fibrehub::channels::waha
