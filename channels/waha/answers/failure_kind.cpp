#include "channels/waha/answers/failure_kind.hpp"

#include <array>
#include <charconv>

namespace fibrehub::channels::waha {
namespace {

constexpr int bad_request = 400;
constexpr int server_error = 500;

struct rule {
  std::string_view part;  // of the message
  std::string_view kind;
  verdict may_repeat;
};

// What WAHA and the engines are known to say, whatever the status; the first that fits wins.
constexpr std::array<rule, 13> by_message{{
    {"support only 'default' session", "plus_only", verdict::permanent},
    {"available only in Plus version", "plus_only", verdict::permanent},
    {"rate-overlimit", "rate_limited", verdict::transient},
    {"async-lock timed out", "busy", verdict::transient},
    {"No LID for user", "no_lid", verdict::transient},
    {"Invalid media type", "invalid_request", verdict::permanent},
    {"Message id be in format", "invalid_request", verdict::permanent},
    {"request entity too large", "too_large", verdict::permanent},
    {"Session not found", "session_unknown", verdict::permanent},
    {"Message not found", "not_found", verdict::permanent},
    {"is already started", "session_already_started", verdict::permanent},
    {"already exists", "session_exists", verdict::permanent},
    {"Enable NOWEB store", "store_disabled", verdict::permanent},
}};

constexpr std::array<std::pair<int, rule>, 13> by_status{{
    {400, {"", "invalid_request", verdict::permanent}},
    {401, {"", "unauthorized", verdict::permanent}},
    {403, {"", "forbidden", verdict::permanent}},
    {404, {"", "not_found", verdict::permanent}},
    {408, {"", "timeout", verdict::ambiguous}},
    {409, {"", "conflict", verdict::permanent}},
    {413, {"", "too_large", verdict::permanent}},
    {422, {"", "unprocessable", verdict::permanent}},
    {429, {"", "rate_limited", verdict::transient}},
    {501, {"", "not_implemented", verdict::permanent}},
    {502, {"", "gateway", verdict::ambiguous}},
    {503, {"", "unavailable", verdict::transient}},
    {504, {"", "gateway", verdict::ambiguous}},
}};

bool says(const failure& f, std::string_view part) {
  return f.message.find(part) != std::string::npos;
}

void set(failure& f, std::string_view kind, verdict may_repeat) {
  f.kind = kind;
  f.may_repeat = may_repeat;
}

/// "server returned error 463": WhatsApp's servers refused the message.
std::optional<int> server_code(const failure& f) {
  constexpr std::string_view words = "server returned error ";
  const std::size_t at = f.message.find(words);
  if (at == std::string::npos) return std::nullopt;
  int code = 0;
  const char* begin = f.message.data() + at + words.size();
  const auto [stop, error] = std::from_chars(begin, f.message.data() + f.message.size(), code);
  return error == std::errc() && stop != begin ? std::optional(code) : std::nullopt;
}

void classify_server_code(failure& f, int code) {
  constexpr int reachout_timelock = 463;
  constexpr int too_many = 429;
  // 463: only chats that never wrote to us are refused, for hours up to a week.
  if (code == reachout_timelock) return set(f, "reachout_timelock", verdict::transient);
  if (code == too_many) return set(f, "rate_limited", verdict::transient);
  set(f, "refused_by_whatsapp", code < server_error ? verdict::permanent : verdict::transient);
}

bool starts_send(const call_context& context) {
  return context.path.starts_with("/api/send") && !context.path.starts_with("/api/sendSeen");
}

/// A TypeError may also come from WhatsApp Web after the message has left: it is the caller's
/// mistake only when the echoed request, or the text itself, shows one.
bool is_callers_mistake(const failure& f, const call_context& context, const node& request) {
  if (f.exception != "TypeError") return false;
  if (says(f, "reading 'includes'")) return true;
  return starts_send(context) && request.is_object() && !request.member("chatId");
}

bool classify_exception(failure& f, const call_context& context, const node& request) {
  if (const auto code = server_code(f)) {
    classify_server_code(f, *code);
  } else if (f.exception == "PayloadTooLargeError") {
    set(f, "too_large", verdict::permanent);
  } else if (says(f, "Group with id") && says(f, "not found")) {
    set(f, "not_found", verdict::permanent);
  } else if (is_callers_mistake(f, context, request)) {
    set(f, "invalid_request", verdict::permanent);
  } else if (says(f, "Timed Out") || says(f, "timed out") || says(f, "timeout")) {
    set(f, "timeout", verdict::ambiguous);
  } else {
    return false;
  }
  return true;
}

bool classify_session(failure& f) {
  if (f.shape != "session_state") return false;
  if (f.session_status.empty() && says(f, "does not exist")) {
    set(f, "session_unknown", verdict::permanent);
  } else {
    set(f, "session_not_ready", verdict::transient);
  }
  return true;
}

bool classify_message(failure& f) {
  for (const rule& r : by_message)
    if (says(f, r.part)) {
      set(f, r.kind, r.may_repeat);
      return true;
    }
  return false;
}

void classify_status(failure& f, int status) {
  for (const auto& [code, r] : by_status)
    if (code == status) return set(f, r.kind, r.may_repeat);
  if (status < bad_request) return set(f, "redirected", verdict::permanent);
  if (status < server_error) return set(f, "refused", verdict::permanent);
  set(f, "engine_error", verdict::ambiguous);
}

}  // namespace

bool is_repeatable(const call_context& context) {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE"})
    if (context.method == method) return true;
  if (context.path.empty()) return false;
  for (const char* start :
       {"/api/sessions", "/api/sendSeen", "/api/startTyping", "/api/stopTyping"})
    if (context.path.starts_with(start)) return true;
  for (const char* part : {"/presence", "/messages/read", "/auth/", "/media/convert/", "/refresh"})
    if (context.path.find(part) != std::string::npos) return true;
  return false;
}

void classify(failure& f, const call_context& context, const node& request) {
  const int status = context.status.value_or(server_error);
  if (f.shape == "file") {
    set(f, status == 404 ? "file_not_found" : "not_found", verdict::permanent);
  } else if (!classify_session(f) && !classify_message(f) &&
             !classify_exception(f, context, request)) {
    classify_status(f, status);
  }
  if (f.may_repeat == verdict::ambiguous && is_repeatable(context))
    f.may_repeat = verdict::transient;
}

}  // namespace fibrehub::channels::waha
