// What was said about a ticket, with what stands around it; and what was said in a chat.
#include "store/wa/conversation.hpp"

#include <fmt/format.h>

#include "store/commands/batch.hpp"
#include "store/tickets/json.hpp"
#include "store/wa/staff_chat.hpp"
#include "web/api/cursor.hpp"
#include "web/api/either_name.hpp"
#include "web/api/json.hpp"
#include "web/api/paging.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"
#include "web/api/ticket_answers.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t default_limit = 50, max_limit = 100;

/// "<cursor>-<cursor>" of a place's two numbers.
std::string place_cursor(const store::said_at& p) {
  return make_cursor(p.us) + "-" + make_cursor(p.id);
}

std::optional<store::said_at> parse_place(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto us = parse_cursor(text.substr(0, dash)), id = parse_cursor(text.substr(dash + 1));
  if (!us || !id) return std::nullopt;
  return store::said_at{*us, *id};
}

tl::expected<store::talk_window, response> window_of(const request_context& ctx) {
  store::talk_window out;
  out.limit = ctx.query_integer("limit").value_or(default_limit);
  for (const char* name : {"before", "after"}) {
    const auto text = ctx.query(name);
    if (!text) continue;
    const auto where = parse_place(*text);
    if (!where)
      return tl::unexpected(invalid_field(
          ctx, name, "is not a cursor of this API: take earlier_cursor or later_cursor of a page"));
    (std::string_view(name) == "before" ? out.before : out.after) = where;
  }
  if (out.before && out.after)
    return tl::unexpected(
        invalid_field(ctx, "after", "cannot be combined with before: give one of the two"));
  return out;
}

void write_said(json_writer& w, const store::said& s) {
  w.StartObject();
  if (s.note) {
    text_field(w, "item", "note");
    write_note_members(w, *s.note);
    w.EndObject();
    return;
  }
  const store::said_where& x = s.in;
  text_field(w, "item", "message");
  write_message_members(w, *s.message);
  write_key(w, "internal");
  w.Bool(x.internal);
  write_key(w, "evidence");
  w.Bool(x.evidence);
  text_field(w, "chat_kind", x.chat_kind);
  text_or_null(w, "chat_name", x.chat_name);
  text_or_null(w, "ticket_uid", x.ticket_uid);
  w.EndObject();
}

void write_page(json_writer& w, const store::talk_page& page, std::int64_t limit) {
  write_key(w, "messages");
  w.StartArray();
  for (const store::said& s : page.items)
    write_said(w, s);
  w.EndArray();
  write_key(w, "pagination");
  w.StartObject();
  integer_field(w, "limit", limit);
  text_or_null(w, "earlier_cursor", page.earlier ? place_cursor(*page.earlier) : "");
  text_or_null(w, "later_cursor", page.later ? place_cursor(*page.later) : "");
  w.EndObject();
}

void write_context(json_writer& w, const store::conversation_view& v, domain::role reader,
                   const std::string& staff_chat) {
  write_key(w, "context");
  w.StartObject();
  const std::string ticket = store::ticket_json(v.ticket, reader);
  raw_field(w, "ticket", ticket);
  text_or_null(w, "assigned_to_name", v.names.assignee);
  text_or_null(w, "assigned_team_name", v.names.team);
  text_or_null(w, "client_name", v.names.client);
  text_or_null(w, "project_name", v.names.project);
  write_key(w, "people");
  w.StartArray();
  for (const store::talk_person& person : v.people) {
    w.StartObject();
    text_or_null(w, "name", person.name);
    text_or_null(w, "phone", person.phone);
    write_key(w, "ids");
    w.StartArray();
    for (const std::string& id : person.ids)
      write_string(w, id);
    w.EndArray();
    w.EndObject();
  }
  w.EndArray();
  write_key(w, "related");
  w.StartArray();
  for (const store::related_ticket& r : v.related) {
    w.StartObject();
    text_field(w, "ticket_uid", r.uid);
    text_field(w, "title", r.title);
    text_field(w, "status", r.status);
    text_field(w, "why", r.why);
    w.EndObject();
  }
  w.EndArray();
  write_history_list(w, v.history);
  raw_field(w, "staff_chat", staff_chat);
  w.EndObject();
}

asio::awaitable<response> conversation(backend& b, const request_context& ctx) {
  const auto window = window_of(ctx);
  if (!window) co_return window.error();
  store::get_conversation ask;
  ask.uid = ctx.path_value("uid");
  ask.window = *window;
  ask.notes = ctx.query_boolean("notes").value_or(false);
  ask.context = ctx.query_boolean("context").value_or(true);
  ask.by = ctx.caller->who;
  const bool with_context = ask.context;
  store::get_staff_chat where;
  where.uid = ask.uid;
  where.by = ask.by;
  if (b.rules) where.line = b.rules->line;
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_ticket(ctx);
  if (!found) co_return from_store_error(ctx, found.error());
  std::string staff_chat;
  if (with_context && ctx.caller->who.as != domain::role::client) {
    auto chat = co_await b.read(std::move(where));
    if (chat) staff_chat = std::move(*chat);
  }
  co_return success([&](json_writer& w) {
    w.StartObject();
    text_field(w, "ticket_uid", found->ticket.uid);
    write_page(w, found->page, window->limit);
    if (with_context) write_context(w, *found, ctx.caller->who.as, staff_chat);
    w.EndObject();
  });
}

/// As the requirement document has it: from the oldest on, counted.
asio::awaitable<response> messages(backend& b, const request_context& ctx) {
  store::get_conversation ask;
  ask.uid = query_either(ctx, "ticket_uid", "ticketUid");
  if (ask.uid.empty()) co_return invalid_field(ctx, "ticket_uid", "is required");
  ask.window.limit = ctx.query_integer("limit").value_or(default_limit);
  ask.window.offset = ctx.query_integer("offset").value_or(0);
  ask.context = false;
  ask.by = ctx.caller->who;
  const store::talk_window window = ask.window;
  auto found = co_await b.read(std::move(ask));
  if (!found && found.error().code == store::errc::not_found) co_return no_such_ticket(ctx);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    write_key(w, "messages");
    w.StartArray();
    for (const store::said& s : found->page.items)
      write_said(w, s);
    w.EndArray();
    integer_field(w, "total", found->page.total.value_or(0));
    integer_field(w, "limit", window.limit);
    integer_field(w, "offset", *window.offset);
    w.EndObject();
  });
}

asio::awaitable<response> chat_talk(backend& b, const request_context& ctx) {
  const auto window = window_of(ctx);
  if (!window) co_return window.error();
  store::get_chat_talk ask;
  ask.chat_id = path_id(ctx);
  ask.window = *window;
  ask.by = ctx.caller->who;
  auto found = co_await b.read(std::move(ask));
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    write_page(w, *found, window->limit);
    w.EndObject();
  });
}

std::vector<parameter> window_parameters() {
  return {words("before", "`earlier_cursor` of a page: what was said before it.", 100),
          words("after", "`later_cursor` of a page: what was said after it.", 100),
          number("limit", 1, max_limit, "Items on a page.", std::to_string(default_limit))};
}

parameter flag(const char* name, const char* text, const char* fallback) {
  parameter out;
  out.name = name;
  out.type = value_type::boolean;
  out.text = text;
  out.fallback = fallback;
  return out;
}

}  // namespace

std::vector<route> conversation_routes(backend& b) {
  const answer_description missing{404, "No such ticket, or not yours to see", ""};
  route talk = resource_route(b, method::get, "/tickets/{uid}/conversation", "getConversation",
                              "What was said about a ticket, with what stands around it", "tickets",
                              allowed_to(domain::permission::read_tickets), conversation);
  talk.description =
      "The latest page, oldest first. A client's people see what was said with them, and public "
      "notes.";
  talk.parameters = window_parameters();
  talk.parameters.insert(talk.parameters.begin(), ticket_uid());
  talk.parameters.push_back(flag("notes", "Notes among the messages.", "false"));
  talk.parameters.push_back(
      flag("context", "The ticket, people, related tickets and history beside it.", "true"));
  talk.answers = {{200, "A page of the conversation", "Conversation"}, missing};

  route paged = resource_route(b, method::get, "/wa-bridge/messages", "listMessages",
                               "Messages of a ticket from the oldest on, counted", "wa-bridge",
                               allowed_to(domain::permission::read_tickets), messages);
  paged.parameters = {
      words("ticket_uid", "The ticket.", 40), words("ticketUid", "The same.", 40),
      number("limit", 1, max_limit, "Messages on a page.", std::to_string(default_limit)),
      number("offset", 0, 1'000'000, "Messages left out at the beginning.", "0")};
  paged.answers = {{200, "A page of them", "MessagePage"}, missing};

  route chat =
      resource_route(b, method::get, "/wa-bridge/chats/{id}/messages", "getChatMessages",
                     "What was said in a chat, whichever tickets it belongs to", "wa-bridge",
                     allowed_to(domain::permission::read_channels), chat_talk);
  chat.parameters = window_parameters();
  chat.parameters.insert(chat.parameters.begin(), path_id_parameter("The chat's id."));
  chat.answers = {{200, "A page of them, oldest first", "ChatMessages"}, {404, "No such chat", ""}};
  return {std::move(talk), std::move(paged), std::move(chat)};
}

}  // namespace fibrehub::web::api
