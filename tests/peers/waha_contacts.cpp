// People as waha_server shows them: contacts, whether a number exists, hidden ids.
#include "peers/json_writer.hpp"
#include "peers/waha_errors.hpp"
#include "peers/waha_server.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

void write_contact(json_writer& w, waha_engine engine, const person& p) {
  w.object().field("id", p.phone + "@c.us").field("name", p.name);
  // What people call themselves has another name in every engine.
  w.field(engine == waha_engine::noweb ? "notify" : "pushname", p.name);
  if (engine == waha_engine::webjs) {
    w.field("number", p.phone).field("isGroup", false).field("isWAContact", true);
    w.field("isMyContact", p.technician).field("shortName", p.name.substr(0, p.name.find(' ')));
  }
  w.end_object();
}

}  // namespace

/// The answer names the canonical id: a Brazilian mobile number may be registered without its 9.
http_reply waha_server::check_exists(const http_request& request) const {
  const std::string given = request.query_or("phone", "");
  if (given.empty()) return validation_error("phone should not be empty");
  std::string phone = user_part(given);
  if (!phone.empty() && phone.front() == '+') phone.erase(0, 1);
  const person* who = world_.find_person(phone);
  if (who == nullptr && phone.size() == 13 && phone.starts_with("55") && phone[4] == '9') {
    phone.erase(4, 1);
    who = world_.find_person(phone);
  }
  json_writer w;
  w.object().field("numberExists", who != nullptr);
  if (who != nullptr) w.field("chatId", who->phone + "@c.us");
  return json_reply(200, w.end_object().text());
}

http_reply waha_server::contacts(const http_request& request) const {
  const auto& path = request.segments;
  const std::string what = path.size() > 2 ? path[2] : "";
  if (request.method != "GET") return not_found(request);
  if (what == "check-exists") return check_exists(request);
  const waha_engine engine = world_.options().engine;
  const person* who = world_.find_person(user_part(request.query_or("contactId", "")));
  json_writer w;
  if (what == "all") {
    const page range = page_of(request, 100);
    std::size_t i = 0;
    w.array();
    for (const auto& [phone, p] : world_.people())
      if (range.has(i++)) write_contact(w, engine, p);
    return json_reply(200, w.end_array().text());
  }
  if (what == "profile-picture") {
    const bool shows = who != nullptr && who->technician;
    w.object().text_or_null("profilePictureURL",
                            shows ? "https://pps.whatsapp.net/v/" + who->phone : std::string{});
    return json_reply(200, w.end_object().text());
  }
  if (what == "about") {
    w.object().text_or_null("about", who ? "Hey there! I am using WhatsApp." : "");
    return json_reply(200, w.end_object().text());
  }
  if (!what.empty()) return not_found(request);
  if (who == nullptr) return json_reply(200, "");
  write_contact(w, engine, *who);
  return json_reply(200, w.text());
}

http_reply waha_server::contact(const http_request& request) {
  const auto& path = request.segments;
  if (path.size() != 4) return not_found(request);
  const person* who = world_.find_person(user_part(path[3]));
  if (request.method == "GET" && world_.features().merge) {
    if (who == nullptr) return json_reply(200, "");
    json_writer w;
    write_contact(w, world_.options().engine, *who);
    return json_reply(200, w.text());
  }
  return request.method == "PUT" ? json_reply(200, R"({"success":true})") : not_found(request);
}

/// null is an ordinary answer: nobody may know yet who is behind an id.
http_reply waha_server::lids(const http_request& request) const {
  const auto& path = request.segments;
  const bool known = world_.lids_known();
  json_writer w;
  if (path.size() == 5 && path[3] == "pn") {
    const person* who = known ? world_.find_person(user_part(path[4])) : nullptr;
    w.object().text_or_null("lid", who && !who->lid.empty() ? who->lid + "@lid" : "");
    return json_reply(200, w.field("pn", user_part(path[4]) + "@c.us").end_object().text());
  }
  if (path.size() == 4 && path[3] == "count") {
    const std::size_t count = known ? world_.people().size() : 0;
    return json_reply(200, fmt::format(R"({{"count":{}}})", count));
  }
  if (path.size() == 4) {
    const person* who = known ? world_.find_person(user_part(path[3])) : nullptr;
    w.object().field("lid", user_part(path[3]) + "@lid");
    w.text_or_null("pn", who ? who->phone + "@c.us" : "");
    return json_reply(200, w.end_object().text());
  }
  const page range = page_of(request, 100);
  std::size_t at = 0;
  w.array();
  for (const auto& [phone, who] : world_.people()) {
    if (!known || !range.has(at++)) continue;
    w.object().field("lid", who.lid + "@lid").field("pn", phone + "@c.us").end_object();
  }
  return json_reply(200, w.end_array().text());
}

}  // namespace fibrehub::peers
