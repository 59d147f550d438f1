// The reading side of waha_server: chats, messages and what is near them.
#include "peers/json_writer.hpp"
#include "peers/media.hpp"
#include "peers/waha_errors.hpp"
#include "peers/waha_server.hpp"

namespace fibrehub::peers {

namespace asio = boost::asio;
namespace json = protocols::json;

namespace {

constexpr double missing_media_ms = 2200;  // what a download of something that is gone costs

/// A chat is found by its phone id as well as by the lid of the same person, unless they are not to
/// be merged.
bool same_chat(const waha_world& world, const chat_message& m, const std::string& chat,
               bool merge) {
  if (chat == "all" || wire_chat(m) == chat) return true;
  if (!merge) return false;
  if (m.chat == chat) return true;
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

bool wants_media(const http_request& request) {
  return request.query_or("downloadMedia", "true") == "true";
}

/// The message as a list or a look-up shows it: without media unless they are asked for.
std::string shown(const http_request& request, waha_engine engine, chat_message m,
                  const account& me) {
  if (!wants_media(request)) {
    m.media_url.clear();
    m.media_error.clear();
  }
  return message_payload(engine, m, me);
}

std::string chat_name(waha_world& world, const chat_message& m) {
  if (is_group(m.chat)) return world.group(m.chat).subject;
  return m.chat == "status@broadcast" ? std::string{} : m.sender.name;
}

/// One per chat, in the order asked for.
std::vector<const chat_message*> newest_per_chat(waha_world& world, const http_request& request,
                                                 const waha_session& s) {
  std::vector<const chat_message*> newest;
  for (auto m = s.messages.rbegin(); m != s.messages.rend(); ++m) {
    const bool fresh = std::none_of(newest.begin(), newest.end(),
                                    [&](const auto* other) { return other->chat == m->chat; });
    if (fresh) newest.push_back(&*m);
  }
  const std::string by = request.query_or("sortBy", "conversationTimestamp");
  const bool ascending = request.query_or("sortOrder", "desc") == "asc";
  std::stable_sort(newest.begin(), newest.end(), [&](const auto* a, const auto* b) {
    if (!ascending) std::swap(a, b);
    if (by == "id") return a->chat < b->chat;
    if (by == "name") return chat_name(world, *a) < chat_name(world, *b);
    return a->timestamp_s < b->timestamp_s;
  });
  return newest;
}

/// ?ids=a&… or ?ids=a,b, or the ids of a POST's filter.
std::vector<std::string> wanted_ids(const http_request& request, const json::value& body) {
  std::vector<std::string> out;
  std::string given = request.query_or("ids", "");
  for (std::size_t at = 0; !given.empty() && at != std::string::npos;) {
    const auto comma = given.find(',', at);
    out.push_back(given.substr(at, comma == std::string::npos ? comma : comma - at));
    at = comma == std::string::npos ? comma : comma + 1;
  }
  const auto* list = json::at(body, "filter", "ids");
  if (list != nullptr && list->IsArray()) {
    for (const auto& id : list->GetArray())
      if (id.IsString()) out.emplace_back(id.GetString());
  }
  return out;
}

}  // namespace

waha_server::reply waha_server::read_call(http_request request, std::string name) {
  const auto& path = request.segments;
  const bool get = request.method == "GET";
  if (world_.hit(&fault_set::waha_read_error_percent)) {
    co_return failed(request, "Error", "rate-overlimit");
  }
  waha_session* s = world_.find(name);
  const bool past = path[1] == "messages" || (path.size() > 2 && path[2] == "chats");
  if (past && world_.options().engine == waha_engine::noweb && !s->store) {
    co_return nest_error(
        400,
        "Enable NOWEB store \"config.noweb.store.enabled=True\" and \"config.noweb."
        "store.full_sync=True\" when starting a new session. Read more: "
        "https://waha.devlike.pro/docs/engines/noweb#store");
  }
  if (get && path[1] == "messages") {
    std::string chat = request.query_or("chatId", "all");
    co_return co_await messages(std::move(request), std::move(name), std::move(chat));
  }
  const bool in_chat = path.size() >= 5 && path[2] == "chats" && path[4] == "messages";
  if (in_chat && get && path.size() == 5) {
    std::string chat = path[3];
    co_return co_await messages(std::move(request), std::move(name), std::move(chat));
  }
  if (in_chat && get && path.size() == 6) {
    std::string id = path[5];
    co_return co_await message(std::move(request), std::move(name), std::move(id));
  }
  co_return read_now(request, *s);
}

http_reply waha_server::read_now(const http_request& request, waha_session& s) {
  const auto& path = request.segments;
  const bool get = request.method == "GET";
  if (path[1] == "contacts") return contacts(request);
  if (path.size() < 3) return not_found(request);
  const std::string& what = path[2];
  const bool new_id = what == "new-message-id" && world_.features().own_message_id;
  const bool old_id = what == "status" && path.size() == 4 && path[3] == "new-message-id";
  if (get && (new_id || old_id)) {
    return json_reply(200, fmt::format(R"({{"id":"{}"}})", web_stanza_id(world_.random())));
  }
  if (get && what == "lids") return lids(request);
  if (what == "groups") return groups(request, s);
  if (what == "media" && !get) return convert(request);
  if (what == "contacts") return contact(request);
  if (what == "presence") {
    const bool subscribe = path.size() == 5 && path[4] == "subscribe";
    if (get) return presence(request, s);
    return subscribe ? json_reply(201, "") : set_presence(request, s);
  }
  if (what != "chats") return not_found(request);
  if (path.size() == 3 && get) return chats(request, s);
  if (path.size() == 4 && path[3] == "overview") return chats(request, s);
  if (path.size() == 6 && path[4] == "messages") {
    return path[5] == "read" ? mark_read(request, s) : change_message(request, s);
  }
  return not_found(request);
}

/// media/convert/voice and …/video: what a send call would have made of the file.
http_reply waha_server::convert(const http_request& request) const {
  const auto& path = request.segments;
  const std::string kind = path.size() == 5 && path[3] == "convert" ? path[4] : "";
  if (kind != "voice" && kind != "video") return not_found(request);
  const auto body = json::parse(request.body);
  if (!body) return nest_error(400, body.error().message);
  if (json::text(*body, "url").empty() && json::text(*body, "data").empty()) {
    return failed(request, "Error", "Either 'url' or 'data' must be specified");
  }
  const content made = kind == "voice" ? content::voice : content::video;
  http_reply out = json_reply(201, media_bytes(made, "converted"));
  out.content_type = media_mimetype(made);
  return out;
}

http_reply waha_server::chats(const http_request& request, waha_session& s) {
  const bool overview = request.segments.size() == 4;
  const auto body = json::parse(request.body.empty() ? "{}" : request.body);
  if (!body) return nest_error(400, body.error().message);
  page range = page_of(request, overview ? 20 : 1000);
  if (const auto* asked = json::find(*body, "pagination")) {
    range.offset = static_cast<std::size_t>(json::integer(*asked, "offset").value_or(0));
    range.limit = static_cast<std::size_t>(json::integer(*asked, "limit").value_or(20));
  }
  const auto ids = wanted_ids(request, *body);
  std::size_t i = 0;
  json_writer w;
  w.array();
  for (const chat_message* m : newest_per_chat(world_, request, s)) {
    if (!ids.empty() && std::find(ids.begin(), ids.end(), m->chat) == ids.end()) continue;
    if (!range.has(i++)) continue;
    w.object().field("id", m->chat).text_or_null("name", chat_name(world_, *m));
    if (overview) {
      chat_message last = *m;
      last.media_url.clear();
      w.field("picture", nullptr);
      w.raw_field("lastMessage", message_payload(world_.options().engine, last, s.me));
      w.key("_chat").object().field("id", m->chat).end_object();
    } else {
      w.field("conversationTimestamp", m->timestamp_s);
    }
    w.end_object();
  }
  return json_reply(200, w.end_array().text());
}

/// Gets the media of a message again; what WhatsApp no longer has costs time.
asio::awaitable<void> waha_server::download_media(std::string session, std::string stanza) {
  waha_session* s = world_.find(session);
  chat_message* m = s == nullptr ? nullptr : s->find(stanza);
  if (m == nullptr || !m->has_media()) co_return;
  if (world_.faults().waha_media_gone == 0) {
    world_.renew_media(*s, *m);
    co_return;
  }
  co_await pause(static_cast<double>(world_.scaled_ms(missing_media_ms)));
  s = world_.find(session);
  m = s == nullptr ? nullptr : s->find(stanza);
  if (m == nullptr) co_return;
  m->media_url.clear();
  m->media_error = "Error: unexpected status code 404 from the media server\n    at download";
}

waha_server::reply waha_server::messages(http_request request, std::string name, std::string chat) {
  const waha_engine engine = world_.options().engine;
  if (chat == "all" && engine == waha_engine::webjs) {
    co_return nest_error(501, "The method is not implemented by the engine.");
  }
  waha_session* s = world_.find(name);
  const bool merge = !world_.features().merge || request.query_or("merge", "true") == "true";
  const bool filter_late = world_.faults().waha_short_pages > 0;
  std::vector<const chat_message*> found;
  for (const auto& m : s->messages) {
    const bool kept = filter_late || passes(request, m);
    if (kept && same_chat(world_, m, chat, merge)) found.push_back(&m);
  }
  const bool ascending = request.query_or("sortOrder", "desc") == "asc";
  std::stable_sort(found.begin(), found.end(), [&](const auto* a, const auto* b) {
    return ascending ? a->timestamp_s < b->timestamp_s : a->timestamp_s > b->timestamp_s;
  });
  const page range = page_of(request, 10);
  std::vector<std::string> stanzas;
  for (std::size_t i = range.offset; i < found.size() && range.has(i); ++i) {
    if (!filter_late || passes(request, *found[i])) stanzas.push_back(found[i]->stanza);
  }
  for (std::size_t i = 0; wants_media(request) && i < stanzas.size(); ++i)
    co_await download_media(name, stanzas[i]);
  s = world_.find(name);
  if (s == nullptr) co_return unknown_session(name);
  json_writer w;
  w.array();
  for (const auto& stanza : stanzas) {
    if (const chat_message* m = s->find(stanza)) w.raw(shown(request, engine, *m, s->me));
  }
  co_return json_reply(200, w.end_array().text());
}

waha_server::reply waha_server::message(http_request request, std::string name, std::string id) {
  const waha_engine engine = world_.options().engine;
  const bool bare = id.find('_') == std::string::npos;
  const std::string stanza = stanza_of(id);
  const waha_session* s = world_.find(name);
  if (s->find(stanza) == nullptr || (bare && engine == waha_engine::webjs)) {
    co_return nest_error(404, "Message not found");
  }
  if (wants_media(request)) co_await download_media(name, stanza);
  s = world_.find(name);
  const chat_message* m = s == nullptr ? nullptr : s->find(stanza);
  if (m == nullptr) co_return unknown_session(name);  // deleted meanwhile
  co_return json_reply(200, shown(request, engine, *m, s->me));
}

}  // namespace fibrehub::peers
