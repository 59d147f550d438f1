// The send side of waha_server.
#include "peers/json_writer.hpp"
#include "peers/media.hpp"
#include "peers/waha_errors.hpp"
#include "peers/waha_server.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

content kind_of(std::string_view call) {
  if (call == "sendImage") return content::image;
  if (call == "sendVoice") return content::voice;
  if (call == "sendFile" || call == "sendVideo") return content::document;
  if (call == "sendLocation") return content::location;
  return content::text;
}

double number(const json::value& body, std::string_view name) {
  const auto* v = json::find(body, name);
  return v != nullptr && v->IsNumber() ? v->GetDouble() : 0;
}

void fill_content(chat_message& m, const json::value& body) {
  m.text = std::string(json::text(body, m.kind == content::text ? "text" : "caption"));
  if (m.kind == content::location) {
    m.latitude = number(body, "latitude");
    m.longitude = number(body, "longitude");
    m.place = std::string(json::text(body, "title"));
  }
  if (const auto* file = json::find(body, "file")) {
    m.mimetype = std::string(json::text(*file, "mimetype"));
    m.filename = std::string(json::text(*file, "filename"));
  }
  if (m.has_media() && m.mimetype.empty()) m.mimetype = media_mimetype(m.kind);
}

}  // namespace

http_reply waha_server::send_call(const http_request& request, waha_session& s) {
  const auto body = json::parse(request.body);
  if (!body) return nest_error(400, body.error().message);
  const std::string& call = request.segments[1];
  s.activity_ms = now_ms();
  if (call == "startTyping" || call == "stopTyping") {
    return json_reply(201, R"({"result":true})");
  }
  if (call == "reaction") {
    return json_reply(200, fmt::format(R"({{"key":{{"fromMe":true,"id":"{}"}}}})",
                                       web_stanza_id(world_.random())));
  }
  const std::string chat(json::text(*body, "chatId"));
  if (chat.empty()) {
    return exception_error(request, "TypeError",
                           "Cannot read properties of undefined (reading 'includes')",
                           world_.options().engine);
  }
  if (call == "sendSeen") {
    if (json::find(*body, "messageIds") != nullptr) return json_reply(201, "");
    return json_reply(201, R"({"ids":[]})");
  }
  return send_message(request, s, *body);
}

http_reply waha_server::send_message(const http_request& request, waha_session& s,
                                     const json::value& body) {
  const waha_engine engine = world_.options().engine;
  chat_message m;
  m.kind = kind_of(request.segments[1]);
  m.chat = std::string(json::text(body, "chatId"));
  if (m.chat.find('@') == std::string::npos) m.chat += "@c.us";
  if (m.kind == content::text && json::text(body, "text").empty()) {
    return exception_error(request, "Error", "Invalid media type", engine);
  }
  if (const person* who = world_.find_person(user_part(m.chat))) {
    m.sender = *who;
    m.lid_addressed = m.chat.ends_with("@lid");
    if (m.lid_addressed) m.chat = who->phone + "@c.us";
  } else if (m.chat.ends_with("@lid")) {
    return exception_error(request, "Error", "No LID for user", engine);
  }
  fill_content(m, body);
  m.stanza = std::string(json::text(body, "id"));
  if (m.stanza.empty()) m.stanza = web_stanza_id(world_.random());
  const std::string reply_to(json::text(body, "reply_to"));
  if (!reply_to.empty()) {
    const auto first = reply_to.find('_');
    const auto second = reply_to.find('_', first + 1);
    const bool whole = first != std::string::npos && second != std::string::npos;
    if (first != std::string::npos && !whole) {
      return exception_error(request, "Error", "Message id be in format false_chat_ID", engine);
    }
    std::string stanza = whole ? reply_to.substr(second + 1) : reply_to;
    stanza = stanza.substr(0, stanza.find('_'));
    // An unknown quoted message is left out without a word.
    if (const chat_message* q = s.find(stanza)) {
      m.quoted = quotation{q->stanza, q->from_me ? s.me.phone : q->sender.phone, q->text};
    }
  }
  // The same id again is collapsed by WhatsApp: answered, but there is only one message.
  if (const chat_message* sent = s.find(m.stanza)) {
    return json_reply(201, send_answer(engine, *sent, s.me));
  }
  const auto& faults = world_.faults();
  if (faults.waha_restricted > 0 && engine == waha_engine::gows && world_.cold(s, m.chat)) {
    return exception_error(request, "Error", "2 UNKNOWN: server returned error 463", engine);
  }
  world_.send(s, m);
  const chat_message& stored = *s.find(m.stanza);
  http_reply answer = json_reply(201, send_answer(engine, stored, s.me));
  if (world_.random().percent(faults.waha_send_error_after_percent)) {
    answer = exception_error(request, "Error", "Timed Out", engine);
  } else if (world_.random().percent(faults.waha_send_empty_percent)) {
    answer.body.clear();
  } else if (world_.random().percent(faults.waha_send_reset_percent)) {
    answer.reset_after_bytes = 30;
  }
  return answer;
}

}  // namespace fibrehub::peers
