#include "channels/waha/first_contact.hpp"

#include <fmt/format.h>

#include "channels/waha/identity.hpp"
#include "channels/waha/send_call.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
namespace json = protocols::json;

constexpr std::chrono::milliseconds ask_again_after = 30s;

std::string_view phone_of(std::string_view chat) {
  return chat.substr(0, chat.find('@'));
}

}  // namespace

protocols::transport::http_request check_request(const send_settings& s, const std::string& session,
                                                 const std::string& chat) {
  return call_of(s, "GET",
                 fmt::format("/api/contacts/check-exists?session={}&phone={}",
                             percent_encoded(session), percent_encoded(phone_of(chat))));
}

number_check judge_check(const http_outcome& answer, const store::taken_send& message) {
  number_check out;
  if (!answer) {
    out.waits = judge_send(answer, message);
    // Asking sends nothing.
    if (out.waits->outcome == store::send_outcome::in_doubt)
      out.waits = put_off(answer.error().message, ask_again_after);
    return out;
  }
  const answer_reading got = read_reply(*answer, "GET", "/api/contacts/check-exists");
  if (got.what.failed) {
    // A WAHA that cannot tell does not keep us from writing.
    const failure& f = *got.what.failed;
    if (f.kind == "not_implemented" || (f.kind == "not_found" && is_wahas_own(f))) return out;
    out.waits = judge_send(answer, message);
    if (out.waits->outcome != store::send_outcome::again ||
        out.waits->how.what != actors::delivery_attempt::outcome::held)
      out.waits =
          put_off("the number could not be checked: " + out.waits->how.status, ask_again_after);
    return out;
  }
  const auto doc = json::parse(answer->body);
  const auto* exists = doc ? json::find(*doc, "numberExists") : nullptr;
  if (exists == nullptr || !exists->IsBool()) return out;
  store::checked_number known;
  known.asked = message.chat;
  known.registered = exists->GetBool();
  if (known.registered) {
    const std::string chat = canonical_id(json::text(*doc, "chatId"));
    if (chat.ends_with("@c.us") || chat.ends_with("@lid")) known.canonical = chat;
  }
  out.known = std::move(known);
  return out;
}

}  // namespace fibrehub::channels::waha
