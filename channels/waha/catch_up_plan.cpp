#include "channels/waha/catch_up_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "channels/waha/events/message.hpp"
#include "channels/waha/identity.hpp"
#include "channels/waha/mapping.hpp"
#include "protocols/json/parse.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;
using store::json_string;

// Status posts and channels belong to no ticket.
bool is_conversation(const std::string& chat) {
  return kind_of(chat) != domain::chat_kind::broadcast;
}

/// The message's own time: the same envelope each time it is read.
std::int64_t time_ms_of(const std::string& message_json) {
  constexpr std::int64_t ms_per_s = 1000;
  const auto doc = json::parse(message_json);
  return doc ? json::integer(*doc, "timestamp").value_or(0) * ms_per_s : 0;
}

std::string me_json(const session_identity& who) {
  if (who.me.empty()) return "null";
  return fmt::format(
      R"({{"id":{},"pushName":{}{}}})", json_string(who.me), json_string(who.me_name),
      who.lid.empty() ? std::string() : fmt::format(R"(,"lid":{})", json_string(who.lid)));
}

/// No webhook of a message is made of these.
bool would_be_told(const std::string& message_json) {
  constexpr std::array<std::string_view, 5> others{"reaction", "protocol", "call", "notification",
                                                   "revoked"};
  const auto doc = json::parse(message_json);
  if (!doc) return true;
  notes left_out;
  const auto message = read_message(node(&*doc, "", left_out), nullptr);
  if (!message) return true;  // a person will see what is wrong with it
  const bool is_other = std::find(others.begin(), others.end(), message->type) != others.end();
  return !is_other || !message->text.empty() || message->media || message->location;
}

}  // namespace

std::string envelope_of(const std::string& message_json, const session_identity& who) {
  const std::int64_t at_ms = time_ms_of(message_json);
  const std::string when = at_ms == 0 ? std::string() : fmt::format(R"("timestamp":{},)", at_ms);
  return fmt::format(R"({{{}"event":"message.any","session":{},"me":{},"payload":{},"engine":{},)"
                     R"("environment":{{"version":{},"engine":{},"tier":{}}}}})",
                     when, json_string(who.session), me_json(who), message_json,
                     json_string(who.server.engine), json_string(who.server.version),
                     json_string(who.server.engine), json_string(who.server.tier));
}

std::optional<store::ingest> pulled_message(const std::string& channel,
                                            const std::string& message_json,
                                            const session_identity& who,
                                            domain::instant received_at) {
  if (!would_be_told(message_json)) return std::nullopt;
  store::ingest out = map_delivery(channel, envelope_of(message_json, who), received_at);
  out.headers_json = R"({"x-fibrehub-origin":"catch-up"})";
  return out;
}

catch_up_plan::catch_up_plan(store::catch_up_round round, std::size_t max_chats)
    : round_(std::move(round)), max_chats_(max_chats) {}

catch_up_plan::action catch_up_plan::next() const {
  if (!chats_.empty()) {
    if (chat_done_) return finish_chat{chats_.front(), looked_at_, found_};
    return ask_messages{chats_.front(), messages_offset_};
  }
  if (overview_done_) return finish{false};
  if (done_chats_ >= max_chats_) return finish{true};
  return ask_overview{overview_offset_};
}

bool catch_up_plan::is_wanted(const chat_overview& chat) const {
  // Times of messages are whole seconds.
  const bool is_new = !chat.last_at || *chat.last_at + std::chrono::seconds(1) > round_.from;
  return is_new && is_conversation(chat.id) && !round_.finished.contains(chat.id);
}

void catch_up_plan::on_overview(const overview_page& page) {
  overview_offset_ += overview_limit;
  bool is_any_new = false;
  for (const chat_overview& chat : page.chats) {
    is_any_new =
        is_any_new || !chat.last_at || *chat.last_at + std::chrono::seconds(1) > round_.from;
    if (is_wanted(chat)) {
      chats_.push_back(chat.id);
      // Named twice where chats moved between two pages.
      round_.finished.insert(chat.id);
      is_any_added_ = true;
    }
  }
  if (page.entries > 0 && is_any_new) return;
  overview_done_ = !std::exchange(is_any_added_, false);
  overview_offset_ = 0;
}

void catch_up_plan::on_messages(std::size_t messages, std::size_t found) {
  looked_at_ += static_cast<std::int64_t>(messages);
  found_ += static_cast<std::int64_t>(found);
  messages_offset_ += messages_limit;
  // Pages may be short before the last: only an empty one is the end.
  if (messages == 0) chat_done_ = true;
}

void catch_up_plan::on_chat_finished() {
  chats_.pop_front();
  ++done_chats_;
  messages_offset_ = 0;
  chat_done_ = false;
  looked_at_ = 0;
  found_ = 0;
}

void catch_up_plan::on_chat_unreadable() {
  chat_done_ = true;
}

}  // namespace fibrehub::channels::waha
