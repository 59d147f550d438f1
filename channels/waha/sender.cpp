#include "channels/waha/sender.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "channels/waha/send_call.hpp"
#include "protocols/base64.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using actors::delivery_attempt;
using domain::send_kind;
using protocols::transport::http_errc;
using protocols::transport::http_error;
using protocols::transport::http_request;
using protocols::transport::http_response;
using std::chrono::milliseconds;
using store::json_string;
using store::send_outcome;
using attempt = delivery_attempt::outcome;
using scope = delivery_attempt::scope;

constexpr milliseconds misconfigured_rest = 60s;
constexpr milliseconds unknown_session_rest = 5min;
constexpr milliseconds session_rest = 30s;
constexpr milliseconds busy_rest = 5s;
constexpr milliseconds overload_rest = 30s;
constexpr milliseconds unreachable_rest = 2s;
// The echo of a message without a name is what tells that it has left.
constexpr milliseconds echo_wait = 60s;

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
  // Done twice it is what it is done once.
  if (domain::is_repeatable(message.what))
    return ended(send_outcome::again, attempt::again, std::move(status));
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
  // Of one call that this WAHA has not, or one message that it has not; the others go on.
  const bool of_this_one = f.message.find("Message not found") != std::string::npos ||
                           message.what != domain::send_kind::text;
  if (of_this_one && (f.kind == "not_implemented" || (f.kind == "not_found" && is_wahas_own(f))))
    return ended(send_outcome::refused, attempt::refused, status);
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

/// The call of each kind: method and path.
struct call_place {
  const char* method = "POST";
  std::string path;
};
call_place place_of(const store::taken_send& m) {
  switch (m.what) {
    case send_kind::text:
      return {"POST", "/api/sendText"};
    case send_kind::image:
      return {"POST", "/api/sendImage"};
    case send_kind::file:
      return {"POST", "/api/sendFile"};
    case send_kind::voice:
      return {"POST", "/api/sendVoice"};
    case send_kind::video:
      return {"POST", "/api/sendVideo"};
    case send_kind::location:
      return {"POST", "/api/sendLocation"};
    case send_kind::reaction:
      return {"PUT", "/api/reaction"};
    case send_kind::edit:
    case send_kind::erase:
      return {m.what == send_kind::edit ? "PUT" : "DELETE",
              fmt::format("/api/{}/chats/{}/messages/{}", percent_encoded(m.session),
                          percent_encoded(m.chat), percent_encoded(m.target))};
    case send_kind::typing:
      return {"POST", m.typing_on ? "/api/startTyping" : "/api/stopTyping"};
    case send_kind::seen:
      break;
  }
  return {"POST", "/api/sendSeen"};
}

std::string member(const char* name, const std::string& value) {
  return value.empty() ? std::string() : fmt::format(R"(,"{}":{})", name, json_string(value));
}

/// Voice messages are Opus in Ogg; anything else WAHA has to convert.
bool is_opus(std::string_view file) {
  constexpr std::size_t first_page_bytes = 256;
  return file.starts_with("OggS") &&
         file.substr(0, first_page_bytes).find("OpusHead") != std::string_view::npos;
}

std::string file_members(const store::taken_send& m, std::string_view file) {
  const bool voice = m.what == send_kind::voice;
  const bool opus = voice && is_opus(file);
  const std::string type = opus ? "audio/ogg; codecs=opus" : m.file.content_type;
  std::string out = fmt::format(R"(,"file":{{"mimetype":{},"filename":{},"data":")",
                                json_string(type), json_string(m.file.name));
  protocols::append_base64(out, file);
  out += "\"}";
  if (!voice) out += member("caption", m.text);
  const bool other_video = m.what == send_kind::video && m.file.content_type != "video/mp4";
  if ((voice && !opus) || other_video) out += R"(,"convert":true)";
  return out;
}

/// What stands in the body besides session and chat.
std::string content_members(const store::taken_send& m, std::string_view file) {
  if (domain::has_file(m.what)) return file_members(m, file);
  if (m.what == send_kind::location)
    return fmt::format(R"(,"latitude":{},"longitude":{},"title":{}{})", m.place.latitude,
                       m.place.longitude, json_string(m.place.title), member("id", m.stanza));
  if (m.what == send_kind::text)
    return fmt::format(R"(,"text":{}{})", json_string(m.text), member("id", m.stanza));
  return {};
}

std::string body_of(const store::taken_send& m, std::string_view file) {
  if (m.what == send_kind::reaction)
    return fmt::format(R"({{"session":{},"messageId":{},"reaction":{}}})", json_string(m.session),
                       json_string(m.target), json_string(m.text));
  if (m.what == send_kind::edit) return fmt::format(R"({{"text":{}}})", json_string(m.text));
  std::string out =
      fmt::format(R"({{"session":{},"chatId":{})", json_string(m.session), json_string(m.chat));
  out += content_members(m, file);
  if (domain::is_message(m.what)) out += member("reply_to", m.reply_to);
  return out + "}";
}

}  // namespace

send_verdict put_off(std::string status, milliseconds after) {
  return held(std::move(status), after, scope::none);
}

send_verdict refused_for_good(std::string status) {
  return ended(send_outcome::refused, attempt::refused, std::move(status));
}

http_request send_request(const send_settings& s, const store::taken_send& message,
                          std::string_view file) {
  const call_place place = place_of(message);
  http_request r = message.what == send_kind::erase
                       ? call_of(s, place.method, place.path)
                       : call_with(s, place.method, place.path, body_of(message, file));
  if (domain::has_file(message.what)) r.timeout = std::max(s.timeout, s.media_timeout);
  return r;
}

http_request ask_request(const send_settings& s, const std::string& session,
                         const std::string& chat, const std::string& stanza,
                         const std::string& author) {
  // WEBJS knows no message by its bare name; the others take both.
  const std::string name =
      fmt::format("true_{}_{}{}{}", chat, stanza, author.empty() ? "" : "_", author);
  return call_of(
      s, "GET",
      fmt::format("/api/{}/chats/{}/messages/{}?downloadMedia=false", percent_encoded(session),
                  percent_encoded(chat), percent_encoded(name)));
}

send_verdict judge_send(const http_outcome& answer, const store::taken_send& message) {
  if (!answer) return judge_error(answer.error(), message);
  const call_place place = place_of(message);
  const answer_reading got = read_reply(*answer, place.method, place.path);
  if (got.what.failed) return judge_failure(*got.what.failed, *answer, message);
  if (!got.broken.empty()) {
    // A page for people comes from something that stands before WAHA.
    if (answer->header("content-type").starts_with("text/html"))
      return held(got.broken, misconfigured_rest, scope::peer);
    return in_doubt(got.broken, message);
  }
  if (!domain::is_message(message.what)) return accepted({});
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
  const answer_reading got = read_reply(*answer, "GET", "/api/messages");
  if (!got.what.failed && got.broken.empty()) {
    if (got.what.message && got.what.message->ref.stanza_id == message.stanza)
      return accepted(message.stanza);
    return std::nullopt;
  }
  if (!got.what.failed) return held(got.broken, misconfigured_rest, scope::peer);
  const failure& f = *got.what.failed;
  if (is_any(f.kind, {"unauthorized", "forbidden", "redirected"}) ||
      (f.kind == "not_found" && !is_wahas_own(f)))
    return judge_failure(f, *answer, message);
  // It is not there, or this WAHA keeps no messages.
  if (f.may_repeat == verdict::permanent && f.kind != "session_unknown") return std::nullopt;
  return judge_failure(f, *answer, message);
}

std::optional<message_standing> judge_question(const http_outcome& answer,
                                               const std::string& stanza) {
  if (!answer) return std::nullopt;
  const answer_reading got = read_reply(*answer, "GET", "/api/messages");
  if (got.what.failed)
    return got.what.failed->message.find("Message not found") != std::string::npos
               ? std::optional(message_standing{})
               : std::nullopt;
  if (!got.broken.empty()) return std::nullopt;
  message_standing out;
  out.found = got.what.message && got.what.message->ref.stanza_id == stanza;
  if (out.found) out.level = got.what.message->ack.level;
  return out;
}

}  // namespace fibrehub::channels::waha
