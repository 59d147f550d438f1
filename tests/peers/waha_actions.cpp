// What the API does to messages and chats that exist: reactions, stars, receipts, typing, presence,
// edits and deletions.
#include "peers/json_writer.hpp"
#include "peers/waha_errors.hpp"
#include "peers/waha_server.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

constexpr std::array<std::string_view, 5> presences{"online", "offline", "typing", "recording",
                                                    "paused"};

std::string ids_json(const std::vector<std::string>& ids) {
  json_writer w;
  w.object().key("ids").array();
  for (const auto& id : ids)
    w.value(id);
  return w.end_array().end_object().text();
}

}  // namespace

http_reply waha_server::act(const http_request& request, waha_session& s, const json::value& body) {
  const std::string& call = request.segments[1];
  if (call == "reaction") return react(request, s, body);
  const std::string chat(json::text(body, "chatId"));
  if (chat.empty()) {
    return failed(request, "TypeError", "Cannot read properties of undefined (reading 'includes')");
  }
  if (call == "sendSeen") return seen(s, body);
  if (call == "star") {
    chat_message* m = s.find(stanza_of(std::string(json::text(body, "messageId"))));
    if (m == nullptr) return nest_error(404, "Message not found");
    m->starred = json::boolean(body, "star");
    return json_reply(200, "");
  }
  // Typing never stops by itself.
  s.presences[chat] = call == "startTyping" ? "typing" : "paused";
  return json_reply(201, R"({"result":true})");
}

http_reply waha_server::react(const http_request& request, waha_session& s,
                              const json::value& body) {
  if (request.method != "PUT") return not_found(request);
  const chat_message* target = s.find(stanza_of(std::string(json::text(body, "messageId"))));
  if (target == nullptr) return failed(request, "Error", "Message not found");
  reaction_event r;
  r.stanza = web_stanza_id(world_.random());
  r.target = *target;
  r.sender = target->sender;
  r.emoji = std::string(json::text(body, "reaction"));
  r.timestamp_s = now_ms() / 1000;
  world_.react_by_api(s, r);
  chat_message action = *target;
  action.stanza = r.stanza;
  action.from_me = true;
  action.by_api = true;
  return sent(200, action_answer(world_.options().engine, action, s.me));
}

/// With ids: those, and an empty answer. Without: what came in the last 7 days and is unread, 30 of
/// a direct chat and 100 of a group.
http_reply waha_server::seen(waha_session& s, const json::value& body) {
  std::vector<std::string> given;
  if (const auto* list = json::find(body, "messageIds"); list && list->IsArray()) {
    for (const auto& id : list->GetArray())
      if (id.IsString()) given.emplace_back(id.GetString());
  }
  if (const auto one = json::text(body, "messageId"); !one.empty()) given.emplace_back(one);
  for (const auto& id : given) {
    chat_message* m = s.find(stanza_of(id));
    if (m != nullptr && !m->from_me) m->seen = true;
  }
  if (!given.empty()) return json_reply(201, "");
  std::string chat(json::text(body, "chatId"));
  if (chat.find('@') == std::string::npos) chat += "@c.us";
  const std::int64_t oldest_s = now_ms() / 1000 - 7 * 86'400;
  const std::size_t most = is_group(chat) ? 100 : 30;
  std::vector<std::string> ids;
  for (auto m = s.messages.rbegin(); m != s.messages.rend() && ids.size() < most; ++m) {
    const bool wanted = (m->chat == chat || wire_chat(*m) == chat) && !m->from_me && !m->seen &&
                        m->timestamp_s >= oldest_s;
    if (!wanted) continue;
    m->seen = true;
    ids.push_back(serialised_id(world_.options().engine, *m, s.me));
  }
  return json_reply(201, ids_json(ids));
}

http_reply waha_server::mark_read(const http_request& request, waha_session& s) {
  const auto body = json::parse(request.body.empty() ? "{}" : request.body);
  if (!body) return nest_error(400, body.error().message);
  const auto most = json::integer(*body, "messages").value_or(30);
  const std::int64_t oldest_s = now_ms() / 1000 - json::integer(*body, "days").value_or(7) * 86'400;
  const std::string& chat = request.segments[3];
  std::vector<std::string> ids;
  for (auto m = s.messages.rbegin(); m != s.messages.rend(); ++m) {
    if (static_cast<std::int64_t>(ids.size()) >= most) break;
    if (m->chat != chat || m->from_me || m->seen || m->timestamp_s < oldest_s) continue;
    m->seen = true;
    ids.push_back(serialised_id(world_.options().engine, *m, s.me));
  }
  return json_reply(201, ids_json(ids));
}

http_reply waha_server::set_presence(const http_request& request, waha_session& s) {
  const auto body = json::parse(request.body);
  if (!body) return nest_error(400, body.error().message);
  const std::string state(json::text(*body, "presence"));
  const std::string chat(json::text(*body, "chatId"));
  const bool known = std::find(presences.begin(), presences.end(), state) != presences.end();
  const bool everywhere = state == "online" || state == "offline";
  if (!known || (!everywhere && chat.empty())) {
    json_writer w;
    w.object().field("detail", fmt::format("'{}' presence requires 'chatId' field.", state));
    return json_reply(400, w.end_object().text());
  }
  s.presences[everywhere ? "" : chat] = state;
  return json_reply(201, "");
}

http_reply waha_server::presence(const http_request& request, waha_session& s) const {
  if (request.segments.size() > 3) {
    const std::string& chat = request.segments[3];
    return json_reply(200, presence_payload(chat, chat, "offline"));
  }
  json_writer w;
  w.array();
  for (const auto& [where, state] : s.presences)
    if (!where.empty()) w.raw(presence_payload(where, s.me.id(), state));
  return json_reply(200, w.end_array().text());
}

http_reply waha_server::change_message(const http_request& request, waha_session& s) {
  const chat_message* m = s.find(stanza_of(request.segments[5]));
  if (m == nullptr) return nest_error(404, "Message not found");
  edit_event e;
  e.stanza = web_stanza_id(world_.random());
  e.target = *m;
  e.timestamp_s = now_ms() / 1000;
  chat_message action = *m;
  action.stanza = e.stanza;
  if (request.method == "DELETE") {
    world_.revoke(s.name, e);
  } else if (request.method == "PUT") {
    const auto body = json::parse(request.body);
    if (!body) return nest_error(400, body.error().message);
    e.text = std::string(json::text(*body, "text"));
    action.text = e.text;
    world_.edit(s.name, e);
  } else {
    return not_found(request);
  }
  return sent(200, action_answer(world_.options().engine, action, s.me));
}

}  // namespace fibrehub::peers
