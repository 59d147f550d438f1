#include "channels/waha/answers/answer.hpp"

#include <array>

#include "channels/waha/events/message.hpp"
#include "channels/waha/events/message_id.hpp"
#include "channels/waha/events/message_parts.hpp"
#include "channels/waha/events/raw_content.hpp"
#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

/// Which of the places the extractor finds the id in; empty when in none.
std::string_view place_of_id(const node& body) {
  const node id = body.member("id");
  if (id.is_text()) return parse_message_id(id.own_text(max_name_bytes)) ? "id" : "";
  if (id.is_object() && parse_message_id(id.text("_serialized"))) return "id._serialized";
  if (id.is_object() && id.member("remote") && id.member("id")) return "id.parts";
  const node key = body.member("key");
  return key.is_object() && key.member("remoteJid") && key.member("id") ? "key" : "";
}

/// Baileys' status: a name, or a number that is one more than WAHA's ack.
ack_info ack_of_status(const node& body) {
  constexpr std::array<std::string_view, 6> names{"ERROR",        "PENDING", "SERVER_ACK",
                                                  "DELIVERY_ACK", "READ",    "PLAYED"};
  ack_info out;
  const node status = body.member("status");
  std::optional<std::int64_t> level;
  if (status.is_text()) {
    const std::string_view name = status.own_text(max_id_bytes);
    const auto* const at = std::find(names.begin(), names.end(), name);
    if (at != names.end()) level = at - names.begin() - 1;
    out.name = name;
  }
  if (const auto number = status ? protocols::json::integer(*body.value(), "status") : std::nullopt)
    level = *number - 1;
  if (level && !ack_name_of(*level).empty()) {
    out.level = static_cast<int>(*level);
    out.name = ack_name_of(*level);
  } else if (status) {
    body.remark("status", "is no delivery step this version knows");
  }
  return out;
}

/// NOWEB answers with Baileys' own record.
std::optional<message_info> read_raw_message(const node& body) {
  auto ref = read_message_id(body, body.member("key"));
  if (!ref) return std::nullopt;
  message_info out;
  out.ref = std::move(*ref);
  // In groups: our own device.
  out.author = read_jid(body, "participant");
  out.sent_at = body.time("messageTimestamp", time_unit::seconds);
  out.ack = ack_of_status(body);
  const raw_content raw = content_of(body.member("message"));
  out.raw_type = raw.name;
  out.type = type_of(raw);
  return out;
}

void read_success(answer& out, const node& body) {
  out.id_from = place_of_id(body);
  if (out.id_from == "key") {
    out.message = read_raw_message(body);
  } else if (!out.id_from.empty()) {
    if (auto message = read_message(body, nullptr)) out.message = std::move(*message);
  }
  if (out.message) {
    out.shape = "message";
    return;
  }
  out.id_from = {};
  out.shape = "object";
  if (body.member("name").is_text() && body.member("status").is_text()) {
    out.shape = "session";
    out.session = body.text("name", max_id_bytes);
    out.session_status = body.text("status", max_id_bytes);
  }
}

/// Lists of messages are what is read to catch up; other lists are counted.
void read_list(answer& out, const node& body) {
  out.shape = "list";
  out.count = body.value()->Size();
  for (const node& entry : body.entries())
    if (place_of_id(entry) == "id")
      if (auto message = read_message(entry, nullptr)) out.messages.push_back(std::move(*message));
}

}  // namespace

answer read_answer(const protocols::json::value* doc, call_context context, notes& left_out) {
  answer out;
  const node body(doc, "", left_out);
  if (!doc) {
    out.shape = "empty";
    if (context.status && *context.status >= 300)
      out.failed = failure_without_body("empty", context);
  } else {
    out.failed = read_failure(body, context);
  }
  out.status = context.status;
  if (out.failed || !doc) return out;
  if (body.is_object()) {
    read_success(out, body);
  } else if (doc->IsArray()) {
    read_list(out, body);
  } else {
    out.shape = body ? "value" : "empty";
  }
  return out;
}

}  // namespace fibrehub::channels::waha
