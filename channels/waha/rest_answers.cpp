#include "channels/waha/rest_answers.hpp"

#include <fmt/format.h>

#include "channels/waha/answers/answer.hpp"
#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;
using protocols::transport::http_errc;
using protocols::transport::http_error;
using protocols::transport::http_response;

// Five thousand sessions, and as many chats as anybody has.
constexpr std::size_t max_listed = 100'000;
constexpr unsigned first_failing_status = 300;

rest_failure not_understood(std::string why) {
  return {"not_understood", std::move(why), true};
}

rest_failure failure_of(const http_error& e) {
  if (e.code == http_errc::stopped) return {"stopped", "The hub ends.", true};
  const bool wrong_address = e.code == http_errc::invalid_request ||
                             e.code == http_errc::refused_address ||
                             e.code == http_errc::tls_failed;
  rest_failure out{"unreachable", "WAHA cannot be reached: " + e.message, !wrong_address};
  out.is_late = e.code == http_errc::timeout;
  return out;
}

rest_failure failure_of(const failure& f, const http_response& r) {
  rest_failure out;
  out.kind = f.kind;
  out.message = fmt::format("WAHA answered {}{}", r.status,
                            f.message.empty() ? std::string() : ": " + f.message);
  out.is_transient = f.may_repeat != verdict::permanent;
  out.session_status = f.session_status;
  out.retry_after = r.retry_after;
  return out;
}

/// The answer's JSON, null for an empty body; or why there is none.
struct parsed {
  json::document doc;
  bool is_empty = false;
  const json::value* value() const { return is_empty ? nullptr : &doc; }
};

rest_result<parsed> parse(const rest_outcome& answer, std::string_view method,
                          std::string_view path) {
  if (!answer) return tl::unexpected(failure_of(answer.error()));
  const http_response& r = *answer;
  call_context context{static_cast<int>(r.status), std::string(method), std::string(path)};
  parsed out;
  out.is_empty = r.body.empty();
  if (!out.is_empty) {
    auto doc = json::parse(r.body);
    if (!doc) {
      if (r.status >= first_failing_status)
        return tl::unexpected(failure_of(failure_without_body("not_json", context), r));
      return tl::unexpected(not_understood(
          fmt::format("WAHA answered {} with something that is not JSON", r.status)));
    }
    out.doc = std::move(*doc);
  }
  if (r.status < first_failing_status) return out;
  notes left_out;
  const auto failed = out.is_empty ? std::optional(failure_without_body("empty", context))
                                   : read_failure(node(&out.doc, "", left_out), context);
  return tl::unexpected(failed ? failure_of(*failed, r)
                               : not_understood(fmt::format("WAHA answered {}", r.status)));
}

/// The answer's object, which has to be one.
rest_result<parsed> parse_object(const rest_outcome& answer, std::string_view method,
                                 std::string_view path) {
  auto got = parse(answer, method, path);
  if (got && (got->is_empty || !got->doc.IsObject()))
    return tl::unexpected(not_understood(fmt::format("WAHA's answer to {} is no object", path)));
  return got;
}

rest_result<parsed> parse_list(const rest_outcome& answer, std::string_view path) {
  auto got = parse(answer, "GET", path);
  if (got && (got->is_empty || !got->doc.IsArray()))
    return tl::unexpected(not_understood(fmt::format("WAHA's answer to {} is no list", path)));
  return got;
}

session_info session_of(const node& entry) {
  session_info out;
  out.name = entry.text("name", max_id_bytes);
  out.status = entry.text("status", max_id_bytes);
  const node me = entry.object("me");
  out.me = canonical_id(me.text("id", max_id_bytes));
  out.lid = canonical_id(me.text("lid", max_id_bytes));
  out.me_name = me.text("pushName");
  return out;
}

/// Of its last message; engines keep a time of the chat's own besides.
std::optional<domain::instant> time_of(const node& chat) {
  if (const auto at = chat.object("lastMessage").time("timestamp", time_unit::seconds)) return at;
  for (const node& holder : {chat, chat.object("_chat")})
    for (const char* name : {"conversationTimestamp", "timestamp", "t"})
      if (const auto at = holder ? holder.time(name, time_unit::either) : std::nullopt) return at;
  return std::nullopt;
}

/// Chat ids are text, or an object on some engines.
std::string id_of(const node& chat) {
  const node id = chat.member("id");
  const std::string_view text =
      id.is_object() ? id.text("_serialized", max_id_bytes) : chat.text("id", max_id_bytes);
  return canonical_id(text);
}

bool is_png(const http_response& r) {
  return r.body.starts_with("\x89PNG\r\n");
}

}  // namespace

rest_result<server_version> read_version(const rest_outcome& answer) {
  auto got = parse_object(answer, "GET", "/api/server/version");
  if (!got) return tl::unexpected(std::move(got.error()));
  return server_version{std::string(json::text(got->doc, "version")),
                        std::string(json::text(got->doc, "engine")),
                        std::string(json::text(got->doc, "tier"))};
}

rest_result<domain::instant> read_server_start(const rest_outcome& answer) {
  auto got = parse_object(answer, "GET", "/api/server/status");
  if (!got) return tl::unexpected(std::move(got.error()));
  notes left_out;
  const node body(&got->doc, "", left_out);
  if (const auto at = body.time("startTimestamp", time_unit::milliseconds)) return *at;
  return tl::unexpected(not_understood("WAHA does not say since when it runs"));
}

rest_result<std::vector<session_info>> read_sessions(const rest_outcome& answer) {
  auto got = parse_list(answer, "/api/sessions");
  if (!got) return tl::unexpected(std::move(got.error()));
  notes left_out;
  std::vector<session_info> out;
  for (const node& entry : node(&got->doc, "", left_out).entries(max_listed))
    if (session_info s = session_of(entry); !s.name.empty()) out.push_back(std::move(s));
  return out;
}

rest_result<session_info> read_session(const rest_outcome& answer, std::string_view method,
                                       std::string_view path) {
  auto got = parse(answer, method, path);
  if (!got) return tl::unexpected(std::move(got.error()));
  if (got->is_empty || !got->doc.IsObject()) return session_info{};
  notes left_out;
  return session_of(node(&got->doc, "", left_out));
}

rest_result<std::string> read_qr_image(const rest_outcome& answer) {
  if (answer && answer->status < first_failing_status && is_png(*answer)) return answer->body;
  auto got = parse(answer, "GET", "/api/session/auth/qr");
  if (!got) return tl::unexpected(std::move(got.error()));
  return tl::unexpected(not_understood("WAHA's QR code is no PNG"));
}

rest_result<std::string> read_qr_text(const rest_outcome& answer) {
  auto got = parse_object(answer, "GET", "/api/session/auth/qr");
  if (!got) return tl::unexpected(std::move(got.error()));
  const std::string_view value = json::text(got->doc, "value");
  if (value.empty()) return tl::unexpected(not_understood("WAHA's QR code is empty"));
  return std::string(value);
}

rest_result<std::string> read_pairing_code(const rest_outcome& answer) {
  auto got = parse_object(answer, "POST", "/api/session/auth/request-code");
  if (!got) return tl::unexpected(std::move(got.error()));
  const std::string_view code = json::text(got->doc, "code");
  if (code.empty()) return tl::unexpected(not_understood("WAHA's pairing code is empty"));
  return std::string(code);
}

rest_result<overview_page> read_overview(const rest_outcome& answer) {
  auto got = parse_list(answer, "/api/session/chats/overview");
  if (!got) return tl::unexpected(std::move(got.error()));
  notes left_out;
  overview_page out;
  out.entries = got->doc.Size();
  for (const node& chat : node(&got->doc, "", left_out).entries(max_listed))
    if (std::string id = id_of(chat); !id.empty())
      out.chats.push_back({std::move(id), time_of(chat)});
  return out;
}

rest_result<std::vector<std::string>> read_messages(const rest_outcome& answer) {
  auto got = parse_list(answer, "/api/session/chats/chat/messages");
  if (!got) return tl::unexpected(std::move(got.error()));
  std::vector<std::string> out;
  for (const json::value& message : got->doc.GetArray())
    if (message.IsObject()) out.push_back(json::to_text(message));
  return out;
}

}  // namespace fibrehub::channels::waha
