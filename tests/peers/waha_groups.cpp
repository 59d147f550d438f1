// Groups as waha_server shows and changes them. Every engine has a form of its own; only
// participants/v2 is the same everywhere.
#include "peers/json_writer.hpp"
#include "peers/waha_errors.hpp"
#include "peers/waha_server.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

void write_members(json_writer& w, waha_engine engine, const waha_group& g) {
  const bool gows = engine == waha_engine::gows;
  w.key(gows ? "Participants" : "participants").array();
  for (const auto& m : g.members) {
    const bool admin = m.role == "admin" || m.role == "superadmin";
    if (gows) {
      w.object().field("JID", m.who.phone + "@s.whatsapp.net").field("LID", m.who.lid + "@lid");
      w.field("IsAdmin", admin).field("IsSuperAdmin", m.role == "superadmin").end_object();
    } else if (engine == waha_engine::noweb) {
      w.object().field("id", m.who.phone + "@c.us");
      w.text_or_null("admin", admin ? std::string_view(m.role) : "").end_object();
    } else {
      w.object().key("id").object().field("_serialized", m.who.phone + "@c.us").end_object();
      w.field("isAdmin", admin).field("isSuperAdmin", m.role == "superadmin").end_object();
    }
  }
  w.end_array();
}

void write_group(json_writer& w, waha_engine engine, const waha_group& g, bool members) {
  if (engine == waha_engine::gows) {
    w.object().field("JID", g.id).field("Name", g.subject).field("Topic", g.description);
  } else if (engine == waha_engine::noweb) {
    w.object().field("id", g.id).field("subject", g.subject).field("desc", g.description);
    w.field("size", g.members.size());
  } else {
    w.object().key("id").object().field("_serialized", g.id).end_object();
    w.field("name", g.subject).field("isGroup", true);
  }
  if (members) write_members(w, engine, g);
  w.end_object();
}

std::string roles_json(const std::vector<group_member>& members) {
  json_writer w;
  w.array();
  for (const auto& m : members) {
    w.object().field("id", m.who.lid.empty() ? m.who.phone + "@c.us" : m.who.lid + "@lid");
    w.field("pn", m.who.phone + "@c.us").field("role", m.role).end_object();
  }
  return w.end_array().text();
}

/// The payload of group.v2.…: milliseconds on NOWEB, seconds elsewhere.
std::string change_payload(waha_engine engine, std::string_view type, const waha_group& g,
                           const std::vector<group_member>* members) {
  json_writer w;
  w.object();
  if (!type.empty()) w.field("type", type);
  w.field("timestamp", engine == waha_engine::noweb ? now_ms() : now_ms() / 1000);
  w.key("group").object().field("id", g.id);
  if (members == nullptr) w.field("subject", g.subject).field("description", g.description);
  w.end_object();
  if (members != nullptr) w.raw_field("participants", roles_json(*members));
  return w.raw_field("_data", "{}").end_object().text();
}

std::vector<group_member> listed_members(const waha_world& world, const json::value& body) {
  std::vector<group_member> out;
  const auto* list = json::find(body, "participants");
  if (list == nullptr || !list->IsArray()) return out;
  for (const auto& item : list->GetArray()) {
    const std::string digits = user_part(json::text(item, "id"));
    const person* known = world.find_person(digits);
    out.push_back({known ? *known : person{"", digits, "", false}, "participant"});
  }
  return out;
}

}  // namespace

http_reply waha_server::groups(const http_request& request, waha_session& s) {
  const auto& path = request.segments;
  const waha_engine engine = world_.options().engine;
  const bool get = request.method == "GET";
  if (path.size() == 3 && !get) return create_group(request, s);
  if (path.size() == 4 && get && path[3] == "count") {
    return json_reply(200, fmt::format(R"({{"count":{}}})", world_.groups().size()));
  }
  if (path.size() == 4 && !get && path[3] == "refresh") {
    return json_reply(201, R"({"success":true})");
  }
  if (path.size() > 3) {
    waha_group* g = world_.find_group(path[3]);
    if (g == nullptr) return failed(request, "Error", "item-not-found");
    return group(request, s, *g);
  }
  std::vector<const waha_group*> all;
  for (const auto& [id, g] : world_.groups())
    all.push_back(&g);
  const bool by_subject = request.query_or("sortBy", "id") == "subject";
  const bool ascending = request.query_or("sortOrder", "asc") == "asc";
  std::stable_sort(all.begin(), all.end(), [&](const auto* a, const auto* b) {
    if (!ascending) std::swap(a, b);
    return by_subject ? a->subject < b->subject : a->id < b->id;
  });
  const bool members = request.query_or("exclude", "") != "participants";
  const page range = page_of(request, 1000);
  // NOWEB answers an object keyed by id, the others a list.
  const bool keyed = engine == waha_engine::noweb;
  json_writer w;
  keyed ? w.object() : w.array();
  for (std::size_t i = range.offset; i < all.size() && range.has(i); ++i) {
    if (keyed) w.key(all[i]->id);
    write_group(w, engine, *all[i], members);
  }
  keyed ? w.end_object() : w.end_array();
  return json_reply(200, w.text());
}

http_reply waha_server::create_group(const http_request& request, waha_session& s) {
  const auto body = json::parse(request.body);
  if (!body) return nest_error(400, body.error().message);
  const std::string id = fmt::format("120363{:012}@g.us", world_.random().below(1'000'000'000'000));
  waha_group& g = world_.group(id);
  g.subject = std::string(json::text(*body, "name"));
  g.members = listed_members(world_, *body);
  g.members.push_back({{s.me.push_name, s.me.phone, s.me.lid, false}, "superadmin"});
  const waha_engine engine = world_.options().engine;
  world_.tell(s, "group.v2.join", change_payload(engine, "", g, nullptr));
  json_writer w;
  write_group(w, engine, g, true);
  return json_reply(201, w.text());
}

http_reply waha_server::group(const http_request& request, waha_session& s, waha_group& g) {
  const auto& path = request.segments;
  const waha_engine engine = world_.options().engine;
  const std::string what = path.size() > 4 ? path[4] : "";
  const std::string detail = path.size() > 5 ? path[5] : "";
  if (request.method == "GET") {
    if (what == "participants") {
      if (detail == "v2") return json_reply(200, roles_json(g.members));
      json_writer members;
      members.object();
      write_members(members, engine, g);
      return json_reply(200, members.end_object().text());
    }
    if (what == "invite-code") return json_reply(200, '"' + g.invite + '"');
    if (!what.empty()) return not_found(request);
    json_writer w;
    write_group(w, engine, g, true);
    return json_reply(200, w.text());
  }
  if (what == "participants" || what == "admin") return change_members(request, s, g);
  if (what == "leave") {
    world_.tell(s, "group.v2.leave", change_payload(engine, "", g, nullptr));
    world_.forget_group(g.id);
    return json_reply(201, "");
  }
  const auto body = json::parse(request.body.empty() ? "{}" : request.body);
  if (!body) return nest_error(400, body.error().message);
  if (request.method != "PUT" || (what != "subject" && what != "description")) {
    return not_found(request);
  }
  (what == "subject" ? g.subject : g.description) = std::string(json::text(*body, what));
  world_.tell(s, "group.v2.update", change_payload(engine, "", g, nullptr));
  return json_reply(200, R"({"success":true})");
}

http_reply waha_server::change_members(const http_request& request, waha_session& s,
                                       waha_group& g) {
  const auto body = json::parse(request.body);
  if (!body) return nest_error(400, body.error().message);
  const std::string how = request.segments.size() > 5 ? request.segments[5] : "";
  auto changed = listed_members(world_, *body);
  const auto among = [&](const group_member& m) {
    return std::any_of(changed.begin(), changed.end(),
                       [&](const auto& c) { return c.who.phone == m.who.phone; });
  };
  std::string_view type;
  if (how == "add" || how == "remove") {
    type = how == "add" ? "join" : "leave";
    g.members.erase(std::remove_if(g.members.begin(), g.members.end(), among), g.members.end());
    if (how == "add") g.members.insert(g.members.end(), changed.begin(), changed.end());
  } else if (how == "promote" || how == "demote") {
    type = how;
    for (auto& m : g.members)
      if (among(m)) m.role = how == "promote" ? "admin" : "participant";
  } else {
    return not_found(request);
  }
  const waha_engine engine = world_.options().engine;
  // NOWEB reports a demotion with the role the member had.
  const bool admin = type == "promote" || (type == "demote" && engine == waha_engine::noweb);
  for (auto& m : changed)
    m.role = type == "leave" ? "left" : admin ? "admin" : "participant";
  world_.tell(s, "group.v2.participants", change_payload(engine, type, g, &changed));
  return json_reply(201, R"({"success":true})");
}

}  // namespace fibrehub::peers
