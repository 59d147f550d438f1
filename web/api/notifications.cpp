// What one is told: one's own notifications, and how one wants to hear of what.
#include <fmt/format.h>

#include <limits>

#include "store/notify/notifications.hpp"
#include "store/notify/preferences.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/page_answer.hpp"
#include "web/api/parameters.hpp"
#include "web/api/people_desk.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t any_id = std::numeric_limits<std::int64_t>::max();

void write_notification(json_writer& w, const store::notification_view& v) {
  w.StartObject();
  integer_field(w, "id", v.id);
  text_field(w, "kind", v.kind);
  text_or_null(w, "ticket_uid", v.ticket_uid);
  text_or_null(w, "actor", v.actor);
  text_field(w, "subject", v.subject);
  text_field(w, "text", v.text);
  instant_field(w, "created_at", v.created_at);
  instant_field(w, "read_at", v.read_at);
  w.EndObject();
}

void write_unread(json_writer& w, const store::notification_page& page) {
  integer_field(w, "unread_count", page.unread);
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  if (auto no = people_only(ctx)) co_return std::move(*no);
  store::list_notifications ask;
  ask.user_id = ctx.caller->who.user_id;
  ask.unread = ctx.query_boolean("unread");
  response out = co_await page_answer(b, ctx, std::move(ask), "notifications", write_notification,
                                      write_unread);
  co_return out;
}

asio::awaitable<response> count(backend& b, const request_context& ctx) {
  if (auto no = people_only(ctx)) co_return std::move(*no);
  store::list_notifications ask;
  ask.user_id = ctx.caller->who.user_id;
  ask.limit = 0;
  auto page = co_await b.read(std::move(ask));
  if (!page) co_return from_store_error(ctx, page.error());
  co_return success_json(fmt::format(R"({{"unread_count":{}}})", page->unread));
}

asio::awaitable<response> read_one(backend& b, const request_context& ctx) {
  if (auto no = people_only(ctx)) co_return std::move(*no);
  store::read_notification request;
  request.id = path_id(ctx);
  response out = co_await b.change(ctx, request);
  co_return out;
}

asio::awaitable<response> read_all(backend& b, const request_context& ctx) {
  if (auto no = people_only(ctx)) co_return std::move(*no);
  store::read_notifications request;
  request.up_to = any_id;
  if (!ctx.body.empty()) {
    body_reader body(ctx);
    request.up_to = body.integer("up_to", 1, any_id).value_or(any_id);
    if (auto no = body.refusal(ctx)) co_return std::move(*no);
  }
  response out = co_await b.change(ctx, request);
  co_return out;
}

// ---- preferences

void write_preferences(json_writer& w, const domain::notification_preferences& p) {
  w.StartObject();
  text_field(w, "time_zone", p.time_zone);
  w.Key("quiet_hours");
  if (p.quiet) {
    w.StartObject();
    text_field(w, "from", domain::minute_text(p.quiet->from_minute));
    text_field(w, "to", domain::minute_text(p.quiet->to_minute));
    w.EndObject();
  } else {
    w.Null();
  }
  w.Key("urgent_breaks_through");
  w.Bool(p.urgent_breaks_through);
  w.Key("digest");
  w.StartObject();
  text_field(w, "mode", name_of(p.digest));
  text_field(w, "at", domain::minute_text(p.digest_minute));
  w.EndObject();
  w.Key("kinds");
  w.StartObject();
  for (const std::string_view name : domain::notice_kind_names()) {
    const domain::notice_channels c = p.of(*domain::notice_kind_from(name));
    write_key(w, name);
    w.StartObject();
    w.Key("in_app");
    w.Bool(c.in_app);
    w.Key("email");
    w.Bool(c.email);
    text_field(w, "whatsapp", name_of(c.whatsapp));
    w.EndObject();
  }
  w.EndObject();
  w.EndObject();
}

asio::awaitable<response> preferences(backend& b, const request_context& ctx) {
  if (auto no = people_only(ctx)) co_return std::move(*no);
  const store::get_notification_preferences ask{ctx.caller->who.user_id};
  auto found = co_await b.read(ask);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success([&](json_writer& w) { write_preferences(w, *found); });
}

/// A local time in `field`, as minutes of the day.
std::optional<int> minute_in(body_reader& body, const char* field, bool required) {
  const auto text = body.text(field, 5);
  if (!text) {
    if (required && (!body.has(field) || body.is_null(field))) body.complain(field, "is required");
    return std::nullopt;
  }
  auto minute = domain::parse_minute(*text);
  if (!minute) body.complain(field, "must be a time of day from 00:00 to 23:59");
  return minute;
}

/// Takes over what an inner reader complained about, unknown fields included.
void take_problems(body_reader& body, body_reader& inner, const char* field) {
  if (!inner.object()) {
    body.complain(field, "must be an object");
    return;
  }
  inner.refuse_unknown();
  for (const field_problem& p : inner.problems())
    body.complain(p.field, p.reason);
}

void read_quiet_hours(body_reader& body, domain::notification_preferences& out) {
  const auto* member = body.member("quiet_hours");
  if (!member || member->IsNull()) return;
  body_reader inner(*member, "quiet_hours");
  const auto from = minute_in(inner, "from", true), to = minute_in(inner, "to", true);
  if (from && to && *from == *to) inner.complain("to", "must differ from quiet_hours.from");
  if (from && to) out.quiet = domain::quiet_hours{*from, *to};
  take_problems(body, inner, "quiet_hours");
}

void read_digest(body_reader& body, domain::notification_preferences& out) {
  const auto* member = body.member("digest");
  if (!member || member->IsNull()) return;
  body_reader inner(*member, "digest");
  if (const auto mode = inner.text("mode")) {
    if (const auto known = domain::digest_mode_from(*mode)) {
      out.digest = *known;
    } else {
      inner.complain(
          "mode", fmt::format("must be one of {}", fmt::join(domain::digest_mode_names(), ", ")));
    }
  }
  if (const auto at = minute_in(inner, "at", false)) out.digest_minute = *at;
  take_problems(body, inner, "digest");
}

void read_kinds(body_reader& body, domain::notification_preferences& out) {
  const auto* member = body.member("kinds");
  if (!member || member->IsNull()) return;
  body_reader kinds(*member, "kinds");
  for (const std::string_view name : domain::notice_kind_names()) {
    const auto* given = kinds.member(name);
    if (!given || given->IsNull()) continue;
    const domain::notice_kind kind = *domain::notice_kind_from(name);
    domain::notice_channels c = domain::default_channels(kind);
    const std::string prefix = fmt::format("kinds.{}", name);
    body_reader one(*given, prefix);
    c.in_app = one.boolean("in_app").value_or(c.in_app);
    c.email = one.boolean("email").value_or(c.email);
    if (const auto choice = one.text("whatsapp")) {
      if (const auto known = domain::whatsapp_choice_from(*choice)) {
        c.whatsapp = *known;
      } else {
        one.complain("whatsapp", fmt::format("must be one of {}",
                                             fmt::join(domain::whatsapp_choice_names(), ", ")));
      }
    }
    out.chosen[kind] = c;
    take_problems(body, one, prefix.c_str());
  }
  take_problems(body, kinds, "kinds");
}

asio::awaitable<response> set_preferences(backend& b, const request_context& ctx) {
  if (auto no = people_only(ctx)) co_return std::move(*no);
  body_reader body(ctx);
  store::set_notification_preferences request;
  if (const auto zone = body.text("time_zone", 64)) {
    if (!domain::time_zone::find(*zone))
      body.complain("time_zone", "is no time zone; give an IANA name like Africa/Johannesburg");
    request.wanted.time_zone = *zone;
  }
  request.wanted.urgent_breaks_through = body.boolean("urgent_breaks_through").value_or(true);
  read_quiet_hours(body, request.wanted);
  read_digest(body, request.wanted);
  read_kinds(body, request.wanted);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response done = co_await b.change(ctx, std::move(request));
  if (done.status != 200) co_return done;
  response out = co_await preferences(b, ctx);
  co_return out;
}

route make(backend& b, method verb, const std::string& path, const char* id, const char* summary,
           answer_description answer, resource_action run) {
  route r = resource_route(b, verb, "/notifications" + path, id, summary, "notifications",
                           signed_in(), run);
  r.answers = {std::move(answer), {403, "An API token is nobody who can be told", ""}};
  return r;
}

}  // namespace

std::vector<route> notification_routes(backend& b) {
  route all = make(b, method::get, "", "listNotifications", "One's own notifications, newest first",
                   {200, "A page of notifications", "NotificationPage"}, list);
  parameter unread;
  unread.name = "unread";
  unread.type = value_type::boolean;
  unread.text = "Only those that are unread, or only those that are read.";
  all.parameters = {std::move(unread), page_limit(), page_cursor()};

  route some =
      make(b, method::get, "/unread-count", "countUnreadNotifications",
           "How many are unread; counted up to 1000", {200, "The number", "UnreadCount"}, count);

  route one = make(b, method::post, "/{id}/read", "readNotification",
                   "Mark one as read; the first time counts",
                   {200, "Since when it is read", "ReadNotification"}, read_one);
  one.parameters = {path_id_parameter("The notification's id.")};
  one.answers.push_back({404, "No such notification of yours", ""});

  route many = make(b, method::post, "/read-all", "readNotifications",
                    "Mark all as read, up to the newest one that was seen",
                    {200, "How many were unread", "ReadNotifications"}, read_all);
  many.body = body_description{"ReadNotificationsUpTo", "application/json", false, ""};

  route mine = make(b, method::get, "/preferences", "getNotificationPreferences",
                    "How one wants to hear of what",
                    {200, "Everything, defaults included", "NotificationPreferences"}, preferences);

  route wish = make(b, method::put, "/preferences", "setNotificationPreferences",
                    "Say how one wants to hear of what",
                    {200, "Everything as it is now", "NotificationPreferences"}, set_preferences);
  wish.description = "Replaces what was said before; what is left out is as by default.";
  wish.body = body_description{"NotificationPreferencesEdit", "application/json", true, ""};
  wish.answers.push_back({400, "A field is wrong; details name it", ""});

  return {std::move(all),  std::move(some), std::move(one),
          std::move(many), std::move(mine), std::move(wish)};
}

}  // namespace fibrehub::web::api
