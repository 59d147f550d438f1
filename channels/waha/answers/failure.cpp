#include "channels/waha/answers/failure.hpp"

#include <fmt/format.h>

#include "channels/waha/answers/failure_kind.hpp"
#include "domain/text.hpp"

namespace fibrehub::channels::waha {
namespace {

constexpr std::size_t max_message_bytes = 300;
constexpr std::size_t max_read_bytes = 1'048'576;
constexpr std::size_t max_reasons = 20;
constexpr int first_failing_status = 300;

/// The first line: what follows may be a stack trace.
std::string short_text(std::string_view text) {
  return domain::storable(text.substr(0, text.find('\n')), max_message_bytes);
}

/// Nest's message is one text, or a list of them.
std::string message_of(const node& holder) {
  const node message = holder.member("message");
  if (message.is_text()) return short_text(message.own_text(max_read_bytes));
  std::string out;
  for (const node& reason : message.entries(max_reasons))
    if (reason.is_text()) out.append(out.empty() ? "" : "; ").append(reason.own_text());
  return short_text(out);
}

void read_exception(failure& out, const node& body, call_context& context) {
  const node exception = body.member("exception");
  out.shape = "exception";
  out.message = message_of(exception);
  out.exception = exception.text("name", max_id_bytes);
  const node request = body.member("request");
  if (context.method.empty()) context.method = request.text("method", max_id_bytes);
  if (context.path.empty()) context.path = request.text("path");
}

void read_session_state(failure& out, const node& body) {
  out.shape = "session_state";
  out.message = short_text(body.text("error", max_read_bytes));
  out.session = body.text("session", max_id_bytes);
  out.session_status = body.text("status", max_id_bytes);
  for (const node& state : body.member("expected").entries(max_reasons))
    if (state.is_text()) out.expected.emplace_back(state.own_text());
}

/// Shape and texts; nothing when the body looks like no error.
std::optional<failure> read_shape(const node& body, call_context& context) {
  failure out;
  const node error = body.member("error");
  const auto body_status =
      body.member("statusCode").value() ? body.integer("statusCode") : std::nullopt;
  if (body_status && !context.status) context.status = static_cast<int>(*body_status);
  if (body.member("exception").is_object()) {
    read_exception(out, body, context);
  } else if (error.is_object()) {
    out.shape = "file";
    out.message = message_of(error);
    if (const auto code = error.integer("code"); code && !context.status)
      context.status = static_cast<int>(*code);
  } else if (body_status) {
    out.shape = error ? "nest" : "auth";
    out.message = message_of(body);
    if (*body_status != 401 && out.shape == "auth") out.shape = "nest";
  } else if (error.is_text() && body.member("session").is_text()) {
    read_session_state(out, body);
    if (!context.status) context.status = 422;
  } else if (body.member("detail").is_text()) {
    out.shape = "detail";
    out.message = short_text(body.text("detail", max_read_bytes));
    if (!context.status) context.status = 400;
  } else {
    return std::nullopt;
  }
  return out;
}

}  // namespace

std::string_view to_text(verdict v) {
  switch (v) {
    case verdict::transient:
      return "transient";
    case verdict::permanent:
      return "permanent";
    case verdict::ambiguous:
      break;
  }
  return "ambiguous";
}

bool is_wahas_own(const failure& f) {
  return f.shape == "nest" || f.shape == "exception";
}

std::optional<failure> read_failure(const node& body, call_context& context) {
  std::optional<failure> out = read_shape(body, context);
  // What HTTP calls a success is one, whatever its body looks like.
  if (!context.status || *context.status < first_failing_status) return std::nullopt;
  if (!out) {
    out.emplace();
    out->shape = "other";
    out->message = message_of(body);
  }
  classify(*out, context, body.member("request").member("body"));
  return out;
}

failure failure_without_body(std::string_view shape, const call_context& context) {
  failure out;
  out.shape = shape;
  classify(out, context, {});
  return out;
}

}  // namespace fibrehub::channels::waha
