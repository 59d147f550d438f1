// The sends of waha_server: what is refused, what goes out, and the ways an answer goes wrong.
#include "peers/waha_send_body.hpp"

#include "peers/json_writer.hpp"
#include "peers/waha_errors.hpp"
#include "peers/waha_server.hpp"

namespace fibrehub::peers {

namespace asio = boost::asio;
namespace json = protocols::json;

namespace {

/// WhatsApp renamed the field in the middle of 2026; builds before 2026.7.1 lost it.
std::string without_serialized(std::string text) {
  constexpr std::string_view name = ",\"_serialized\":\"";
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    const auto end = text.find('"', at + name.size());
    text.erase(at, end - at + 1);
  }
  return text;
}

}  // namespace

http_reply waha_server::sent(unsigned status, std::string body) const {
  if (world_.faults().waha_send_no_serialized > 0) body = without_serialized(std::move(body));
  return json_reply(status, std::move(body));
}

waha_server::reply waha_server::send_call(http_request request, std::string name) {
  waha_session* s = world_.find(name);
  const auto body = json::parse(request.body);
  if (!body) co_return nest_error(400, body.error().message);
  const std::string& call = request.segments[1];
  s->activity_ms = now_ms();
  const bool sends = call.starts_with("send") && call != "sendSeen";
  if (!sends && call != "forwardMessage") co_return act(request, *s, *body);

  const waha_engine engine = world_.options().engine;
  const bool ids = world_.features().own_message_id && engine != waha_engine::webjs;
  auto m = read_send_body(call, *body, ids);
  if (!m) co_return failed(request, m.error().name, m.error().message);
  if (m->has_media() && !world_.features().plus_for_all) co_return plus_only("sending media");
  if (call == "forwardMessage") {
    const chat_message* original = s->find(stanza_of(std::string(json::text(*body, "messageId"))));
    if (original == nullptr) co_return nest_error(422, "Message not found");
    chat_message copy = *original;
    copy.chat = m->chat;
    copy.stanza = m->stanza;
    copy.sender = {};
    copy.quoted.reset();
    copy.lid_addressed = false;
    copy.timestamp_s = 0;
    copy.forwarded = true;
    m = std::move(copy);
  }
  if (const person* who = world_.find_person(user_part(m->chat))) {
    m->sender = *who;
    m->lid_addressed = m->chat.ends_with("@lid");
    if (m->lid_addressed) m->chat = who->phone + "@c.us";
  } else if (m->chat.ends_with("@lid")) {
    co_return failed(request, "Error", "No LID for user");
  } else if (m->chat.ends_with("@c.us")) {
    m->sender = {"", user_part(m->chat), "", false};
  }
  if (const std::string given(json::text(*body, "reply_to")); !given.empty()) {
    const std::string stanza = quoted_stanza(given);
    const bool bare = given.find('_') == std::string::npos;
    if (stanza.empty() || (bare && engine == waha_engine::webjs)) {
      co_return failed(request, "Error", "Message id be in format false_chatId_messageId");
    }
    // An unknown quoted message is left out without a word.
    const bool can = engine != waha_engine::noweb || s->store;
    if (const chat_message* q = can ? s->find(stanza) : nullptr) {
      m->quoted = quotation{q->stanza, q->from_me ? s->me.phone : q->sender.phone, q->text};
    }
  }
  chat_message whole = std::move(*m);
  co_return co_await send_message(std::move(request), std::move(name), std::move(whole));
}

/// What keeps a message from leaving at all.
std::optional<http_reply> waha_server::send_fault(const http_request& request,
                                                  const waha_session& s, const chat_message& m) {
  if (world_.hit(&fault_set::waha_send_error_before_percent)) {
    return failed(request, "Error", "Timed Out");
  }
  if (world_.hit(&fault_set::waha_send_reset_before_percent)) {
    http_reply cut;
    cut.reset_after_bytes = 0;
    return cut;
  }
  const bool restricted = world_.faults().waha_restricted > 0 && !is_group(m.chat) &&
                          world_.options().engine == waha_engine::gows;
  if (restricted && waha_world::cold(s, m.chat)) {
    return failed(request, "Error", "2 UNKNOWN: server returned error 463");
  }
  return std::nullopt;
}

waha_server::reply waha_server::send_message(http_request request, std::string name,
                                             chat_message m) {
  co_await pause(world_.faults().waha_send_slow_ms);
  waha_session* s = world_.find(name);
  if (s == nullptr) co_return unknown_session(name);
  if (auto fault = send_fault(request, *s, m)) co_return std::move(*fault);
  if (m.stanza.empty()) m.stanza = web_stanza_id(world_.random());
  const bool late = world_.hit(&fault_set::waha_echo_late_percent);
  const bool never = world_.hit(&fault_set::waha_echo_never_percent);
  const bool early = world_.hit(&fault_set::waha_echo_early_percent);
  const std::string stanza = m.stanza;
  world_.send(*s, std::move(m),
              never  ? echo_time::never
              : late ? echo_time::later
                     : echo_time::at_once);
  // The echo overtakes the answer: the answer waits until somebody took it.
  for (int i = 0; early && !late && !never && i < 1000; ++i) {
    const ledger_entry* entry = world_.book().find(name, stanza);
    if (entry->acknowledged || entry->webhooks == 0) break;
    co_await pause(2);
  }
  co_return co_await answer_send(std::move(request), std::move(name), stanza, late && !never);
}

/// The message is out; now the answer may still go wrong.
waha_server::reply waha_server::answer_send(http_request request, std::string name,
                                            std::string stanza, bool late_echo) {
  const waha_session* s = world_.find(name);
  const chat_message* m = s == nullptr ? nullptr : s->find(stanza);
  if (m == nullptr) co_return unknown_session(name);  // deleted meanwhile
  http_reply answer = sent(201, send_answer(world_.options().engine, *m, s->me));
  if (world_.hit(&fault_set::waha_send_error_after_percent)) {
    answer = failed(request, "Error", "Timed Out");
  } else if (world_.hit(&fault_set::waha_send_empty_percent)) {
    answer.body.clear();
  } else if (world_.hit(&fault_set::waha_send_null_percent)) {
    answer.body = "null";
  } else if (world_.hit(&fault_set::waha_send_reset_percent)) {
    answer.reset_after_bytes = 30;
  }
  if (auto* entry = world_.book().find(name, stanza)) {
    entry->answers.push_back(answer.reset_after_bytes ? 0 : answer.status);
    const bool whole = !answer.reset_after_bytes && answer.status == 201;
    entry->told_name = entry->told_name || (whole && answer.body.find(stanza) != std::string::npos);
  }
  if (late_echo) {
    answer.after_sent = [this, name, stanza] { world_.echo(name, stanza); };
  }
  co_return answer;
}

}  // namespace fibrehub::peers
