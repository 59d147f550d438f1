// The read side of waha_server: chats, messages, contacts, lids, groups, and changes to a message.
#include <charconv>

#include "peers/json_writer.hpp"
#include "peers/waha_errors.hpp"
#include "peers/waha_server.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

std::int64_t number_or(const http_request& request, const std::string& name,
                       std::int64_t fallback) {
  const std::string text = request.query_or(name, "");
  std::int64_t n = fallback;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

/// A chat is found by its phone id as well as by the lid of the same person.
bool same_chat(const waha_world& world, const chat_message& m, const std::string& chat) {
  if (chat == "all" || m.chat == chat || wire_chat(m) == chat) return true;
  if (is_group(chat)) return false;
  const person* who = world.find_person(user_part(chat));
  return who != nullptr && m.chat == who->phone + "@c.us";
}

bool passes(const http_request& request, const chat_message& m) {
  if (m.timestamp_s < number_or(request, "filter.timestamp.gte", INT64_MIN)) return false;
  if (m.timestamp_s > number_or(request, "filter.timestamp.lte", INT64_MAX)) return false;
  const std::string mine = request.query_or("filter.fromMe", "");
  if (!mine.empty() && (mine == "true") != m.from_me) return false;
  const std::string ack = request.query_or("filter.ack", "");
  return ack.empty() || ack == ack_name(m.ack);
}

/// The stanza id inside a full message id, or the text itself.
std::string stanza_of(const std::string& id) {
  const auto first = id.find('_');
  if (first == std::string::npos) return id;
  const auto second = id.find('_', first + 1);
  if (second == std::string::npos) return id;
  const auto third = id.find('_', second + 1);
  return id.substr(second + 1, third == std::string::npos ? third : third - second - 1);
}

}  // namespace

http_reply waha_server::read_call(const http_request& request, waha_session& s) {
  const auto& path = request.segments;
  const bool get = request.method == "GET";
  if (get && path[1] == "messages") {
    return messages(request, s, request.query_or("chatId", "all"));
  }
  if (get && path[1] == "contacts" && path.size() == 3 && path[2] == "check-exists") {
    const std::string phone = request.query_or("phone", "");
    const bool exists = world_.find_person(phone) != nullptr;
    json_writer w;
    w.object().field("numberExists", exists);
    if (exists) w.field("chatId", phone + "@c.us");
    return json_reply(200, w.end_object().text());
  }
  if (path.size() < 3) return nest_error(404, "Cannot " + request.method + " " + request.path);
  const std::string& what = path[2];
  if (get && what == "new-message-id") {
    return json_reply(200, fmt::format(R"({{"id":"{}"}})", web_stanza_id(world_.random())));
  }
  if (get && what == "lids") return lids(request);
  if (get && what == "groups") return groups(request, s);
  if (what == "presence" && request.method == "POST") return json_reply(201, "");
  if (what == "chats") {
    if (get && path.size() <= 4 && (path.size() == 3 || path[3] == "overview")) {
      return chats(request, s);
    }
    if (path.size() == 5 && path[4] == "messages" && get) return messages(request, s, path[3]);
    if (path.size() == 6 && path[4] == "messages") {
      return get ? message(request, s, path[5]) : change_message(request, s);
    }
  }
  return nest_error(404, fmt::format("Cannot {} {}", request.method, request.path));
}

http_reply waha_server::chats(const http_request& request, waha_session& s) const {
  std::vector<const chat_message*> newest;  // one per chat, latest first
  for (auto m = s.messages.rbegin(); m != s.messages.rend(); ++m) {
    if (std::none_of(newest.begin(), newest.end(),
                     [&](const auto* other) { return other->chat == m->chat; })) {
      newest.push_back(&*m);
    }
  }
  const bool overview = request.segments.size() == 4;
  const auto offset =
      static_cast<std::size_t>(std::max<std::int64_t>(0, number_or(request, "offset", 0)));
  const auto limit = static_cast<std::size_t>(
      std::max<std::int64_t>(0, number_or(request, "limit", overview ? 20 : 1000)));
  json_writer w;
  w.array();
  for (std::size_t i = offset; i < newest.size() && i - offset < limit; ++i) {
    const chat_message& m = *newest[i];
    w.object().field("id", m.chat);
    const bool named = !is_group(m.chat) && m.chat != "status@broadcast";
    w.text_or_null("name", named ? std::string_view(m.sender.name) : "");
    if (overview) {
      w.field("picture", nullptr);
      w.raw_field("lastMessage", message_payload(world_.options().engine, m, s.me));
    } else {
      w.field("conversationTimestamp", m.timestamp_s);
    }
    w.end_object();
  }
  return json_reply(200, w.end_array().text());
}

http_reply waha_server::messages(const http_request& request, waha_session& s,
                                 const std::string& chat) {
  if (chat == "all" && world_.options().engine == waha_engine::webjs) {
    return nest_error(501, "The method is not implemented by the engine.");
  }
  std::vector<const chat_message*> found;
  for (const auto& m : s.messages) {
    if (same_chat(world_, m, chat) && passes(request, m)) found.push_back(&m);
  }
  const bool ascending = request.query_or("sortOrder", "desc") == "asc";
  std::stable_sort(found.begin(), found.end(), [&](const auto* a, const auto* b) {
    return ascending ? a->timestamp_s < b->timestamp_s : a->timestamp_s > b->timestamp_s;
  });
  const auto offset =
      static_cast<std::size_t>(std::max<std::int64_t>(0, number_or(request, "offset", 0)));
  const auto limit =
      static_cast<std::size_t>(std::max<std::int64_t>(0, number_or(request, "limit", 10)));
  json_writer w;
  w.array();
  for (std::size_t i = offset; i < found.size() && i - offset < limit; ++i) {
    w.raw(message_payload(world_.options().engine, *found[i], s.me));
  }
  return json_reply(200, w.end_array().text());
}

http_reply waha_server::message(const http_request& request, waha_session& s,
                                const std::string& id) {
  const chat_message* m = s.find(stanza_of(id));
  if (m == nullptr) return nest_error(404, "Message not found");
  if (m->has_media() && request.query_or("downloadMedia", "true") == "true") {
    world_.renew_media(s.name, *m);
  }
  return json_reply(200, message_payload(world_.options().engine, *m, s.me));
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
    return nest_error(404, fmt::format("Cannot {} {}", request.method, request.path));
  }
  return json_reply(200, send_answer(world_.options().engine, action, s.me));
}

http_reply waha_server::lids(const http_request& request) const {
  const auto& path = request.segments;
  json_writer w;
  if (path.size() == 5 && path[3] == "pn") {
    const person* who = world_.find_person(user_part(path[4]));
    w.object().text_or_null("lid", who ? who->lid + "@lid" : "");
    return json_reply(200, w.field("pn", user_part(path[4]) + "@c.us").end_object().text());
  }
  if (path.size() == 4 && path[3] == "count") {
    return json_reply(200, fmt::format(R"({{"count":{}}})", world_.people().size()));
  }
  if (path.size() == 4) {
    const person* who = world_.find_person(user_part(path[3]));
    w.object().field("lid", user_part(path[3]) + "@lid");
    return json_reply(200,
                      w.text_or_null("pn", who ? who->phone + "@c.us" : "").end_object().text());
  }
  const auto offset = number_or(request, "offset", 0);
  const auto limit = number_or(request, "limit", 100);
  std::int64_t at = 0;
  w.array();
  for (const auto& [phone, who] : world_.people()) {
    if (at >= offset && at < offset + limit) {
      w.object().field("lid", who.lid + "@lid").field("pn", phone + "@c.us").end_object();
    }
    ++at;
  }
  return json_reply(200, w.end_array().text());
}

http_reply waha_server::groups(const http_request& request, waha_session& s) const {
  std::vector<std::string> ids;
  for (const auto& m : s.messages) {
    if (is_group(m.chat) && std::find(ids.begin(), ids.end(), m.chat) == ids.end()) {
      ids.push_back(m.chat);
    }
  }
  if (request.segments.size() == 4 && request.segments[3] == "count") {
    return json_reply(200, fmt::format(R"({{"count":{}}})", ids.size()));
  }
  const bool noweb = world_.options().engine == waha_engine::noweb;
  json_writer w;
  if (request.segments.size() == 4) {
    const std::string& id = request.segments[3];
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
      return exception_error(request, "Error", fmt::format("Group with id '{}' not found", id),
                             world_.options().engine);
    }
    w.object().field("id", id).field("subject", "Group " + user_part(id));
    return json_reply(200, w.key("participants").array().end_array().end_object().text());
  }
  // NOWEB answers an object keyed by id, the others a list.
  noweb ? w.object() : w.array();
  for (const auto& id : ids) {
    if (noweb) w.key(id);
    w.object().field("id", id).field("subject", "Group " + user_part(id)).end_object();
  }
  noweb ? w.end_object() : w.end_array();
  return json_reply(200, w.text());
}

}  // namespace fibrehub::peers
