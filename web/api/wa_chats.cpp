// The chats of WhatsApp, and in which of them a ticket is talked about.
#include <fmt/format.h>

#include "store/commands/batch.hpp"
#include "store/wa/chats.hpp"
#include "store/wa/staff_chat.hpp"
#include "web/api/body.hpp"
#include "web/api/either_name.hpp"
#include "web/api/json.hpp"
#include "web/api/page_answer.hpp"
#include "web/api/parameters.hpp"
#include "web/api/resource_route.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
using p = domain::permission;

void write_chat(json_writer& w, const store::chat_view& c) {
  const std::string object = store::chat_json(c);
  w.RawValue(object.data(), object.size(), rapidjson::kObjectType);
}

store::wa_line line_of(const backend& b) {
  return b.rules ? b.rules->line : store::wa_line{};
}

asio::awaitable<response> list(backend& b, const request_context& ctx) {
  store::list_chats ask;
  ask.by = ctx.caller->who;
  ask.ticket_uid = query_either(ctx, "ticket_uid", "ticketUid");
  ask.session = ctx.query("session").value_or("");
  ask.kind = ctx.query("kind").value_or("");
  ask.text = ctx.query("q").value_or("");
  ask.project_id = ctx.query_integer("project_id");
  response out = co_await page_answer(b, ctx, std::move(ask), "chats", write_chat);
  co_return out;
}

asio::awaitable<response> one(backend& b, const request_context& ctx) {
  store::get_chat ask;
  ask.id = path_id(ctx);
  auto found = co_await b.read(ask);
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    write_key(w, "chat");
    write_chat(w, found->chat);
    write_key(w, "members");
    w.StartArray();
    for (const store::chat_member& m : found->members) {
      w.StartObject();
      text_or_null(w, "name", m.name);
      text_or_null(w, "phone", m.phone);
      write_key(w, "ids");
      w.StartArray();
      for (const std::string& id : m.ids)
        write_string(w, id);
      w.EndArray();
      integer_field(w, "messages", m.messages);
      instant_field(w, "last_at", m.last_at);
      w.EndObject();
    }
    w.EndArray();
    w.EndObject();
  });
}

/// Null takes a setting back.
void read_project(body_reader& body, store::edit_chat& edit) {
  if (!body.has("project_id")) return;
  edit.project_id =
      body.integer("project_id", 1, std::numeric_limits<std::int64_t>::max()).value_or(0);
}

void read_unmatched(body_reader& body, store::edit_chat& edit) {
  if (!body.has("unmatched")) return;
  const auto word = body.text("unmatched", 20);
  edit.unmatched.emplace();
  if (!word) return;
  *edit.unmatched = domain::unmatched_policy_from(*word);
  if (!*edit.unmatched)
    body.complain("unmatched", fmt::format("must be one of {}, or null",
                                           fmt::join(domain::unmatched_policy_names(), ", ")));
}

asio::awaitable<response> edit(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::edit_chat request;
  request.id = path_id(ctx);
  read_project(body, request);
  read_unmatched(body, request);
  request.commands = body.boolean("commands");
  request.name = body.text("name", 255);
  if (auto refused = body.refusal(ctx)) co_return std::move(*refused);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> open(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::open_chat request;
  request.line = line_of(b);
  request.uid = required_either(body, "ticket_uid", "ticketUid", 40);
  const std::string kind = required_either(body, "chat_type", "chatType", 20);
  request.group = kind == "group";
  if (!kind.empty() && !request.group && kind != "individual")
    body.complain(body.has("chat_type") ? "chat_type" : "chatType",
                  "must be one of individual, group");
  request.phone = text_either(body, "phone_number", "phoneNumber", 40).value_or("");
  if (request.group && !request.phone.empty())
    body.complain("phone_number", "goes with an individual chat only");
  if (auto refused = body.refusal(ctx)) co_return std::move(*refused);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> staff_chat(backend& b, const request_context& ctx) {
  store::get_staff_chat ask;
  ask.uid = ctx.path_value("uid");
  ask.by = ctx.caller->who;
  ask.line = line_of(b);
  auto found = co_await b.read(std::move(ask));
  if (!found) co_return from_store_error(ctx, found.error());
  co_return success_json(*found);
}

asio::awaitable<response> choose(backend& b, const request_context& ctx) {
  body_reader body(ctx);
  store::choose_staff_chat request;
  request.uid = ctx.path_value("uid");
  request.line = line_of(b);
  const std::string mode = body.required_text("mode", 20);
  const auto known = domain::chat_mode_from(mode);
  if (!mode.empty() && !known)
    body.complain("mode", "must be one of auto, group, individual, chat");
  request.mode = known.value_or(domain::chat_mode::automatic);
  const auto chat = body.text("chat_id", 20);
  if (request.mode == domain::chat_mode::chat) {
    if (const auto id = id_in(chat.value_or("")))
      request.chat_id = *id;
    else
      body.complain("chat_id", "is required: the id of a chat");
  } else if (chat) {
    body.complain("chat_id", "goes with the mode chat only");
  }
  if (auto refused = body.refusal(ctx)) co_return std::move(*refused);
  response out = co_await b.change(ctx, std::move(request));
  co_return out;
}

route make(backend& b, method verb, const std::string& path, const char* id, const char* summary,
           p needs, answer_description answer, resource_action run) {
  route r = resource_route(b, verb, path, id, summary,
                           path.starts_with("/tickets") ? "tickets" : "wa-bridge",
                           allowed_to(needs), run);
  r.answers = {std::move(answer)};
  return r;
}

route list_route(backend& b) {
  route r = make(b, method::get, "/wa-bridge/chats", "listChats", "Chats, the newest first",
                 p::read_channels, {200, "A page of chats", "ChatPage"}, list);
  parameter kind;
  kind.name = "kind";
  kind.text = "Only those of this kind; individual is another word for direct.";
  kind.allowed = {"direct", "individual", "group"};
  r.parameters = {words("ticket_uid", "Only those in which this ticket is talked about.", 40),
                  words("ticketUid", "The same.", 40),
                  words("session", "Only those of this session.", 100),
                  std::move(kind),
                  words("q", "Part of a name, of a phone number or of an id.", 100),
                  number("project_id", 1, std::numeric_limits<std::int64_t>::max(),
                         "Only those of this project."),
                  page_limit(),
                  page_cursor()};
  return r;
}

}  // namespace

std::vector<route> wa_chat_routes(backend& b) {
  const answer_description no_chat{404, "No such chat", ""};
  const answer_description no_ticket{404, "No such ticket, or not yours to see", ""};
  const answer_description wrong{400, "A field is wrong; details name it", ""};
  route get = make(b, method::get, "/wa-bridge/chats/{id}", "getChat",
                   "A chat with its settings and those who wrote in it", p::read_channels,
                   {200, "The chat", "ChatDetail"}, one);
  get.parameters = {path_id_parameter("The chat's id.")};
  get.answers.push_back(no_chat);
  route patch = make(b, method::patch, "/wa-bridge/chats/{id}", "editChat",
                     "Set what a chat is for and what becomes of its messages", p::assign_ticket,
                     {200, "The chat as it is now", "Chat"}, edit);
  patch.parameters = {path_id_parameter("The chat's id.")};
  patch.body = body_description{"ChatEdit", "application/json", true, ""};
  patch.answers.insert(patch.answers.end(),
                       {wrong, no_chat, {409, "The project has another group", ""}});
  route post = make(b, method::post, "/wa-bridge/chats", "openChat",
                    "Choose a chat for talking about a ticket, made where there is none yet",
                    p::send_message, {200, "It was there", "OpenedChat"}, open);
  post.body = body_description{"NewChat", "application/json", true, ""};
  post.answers.insert(post.answers.end(), {{201, "It is new: nothing was said in it", "OpenedChat"},
                                           wrong,
                                           no_ticket,
                                           {409, "There is no such chat to be had", ""}});
  route where = make(b, method::get, "/tickets/{uid}/chat", "getTicketChat",
                     "In which chat staff talk about a ticket, and why", p::read_internal_notes,
                     {200, "The chat", "TicketChat"}, staff_chat);
  where.parameters = {ticket_uid()};
  where.answers.push_back(no_ticket);
  route put =
      make(b, method::put, "/tickets/{uid}/chat", "chooseTicketChat",
           "Choose in which chat staff talk about a ticket; auto takes the choice back. Without "
           "the right to list chats: among those it was talked about in",
           p::send_message, {200, "The chat as it is now", "TicketChat"}, choose);
  put.parameters = {ticket_uid()};
  put.body = body_description{"TicketChatChoice", "application/json", true, ""};
  put.answers.insert(put.answers.end(), {wrong, no_ticket});
  return {list_route(b),   std::move(get),   std::move(patch),
          std::move(post), std::move(where), std::move(put)};
}

}  // namespace fibrehub::web::api
