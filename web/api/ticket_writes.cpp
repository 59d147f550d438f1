// Changing tickets: every route reads its body, makes a command of it and hands it to the writer.
#include <fmt/format.h>

#include "web/api/backend.hpp"
#include "web/api/body.hpp"
#include "web/api/message_bodies.hpp"
#include "web/api/parameters.hpp"
#include "web/api/routes.hpp"
#include "web/api/ticket_bodies.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

using read_command = tl::expected<domain::ticket_command, response> (*)(const request_context&);

/// One command about the ticket of the path, or the one its body names.
asio::awaitable<response> carry_out(backend& b, const request_context& ctx, read_command read) {
  auto command = read(ctx);
  if (!command) co_return std::move(command.error());
  if (command->uid.empty()) command->uid = ctx.path_value("uid");
  std::vector<domain::ticket_command> one;
  one.push_back(std::move(*command));
  response out = co_await b.command(ctx, std::move(one), false);
  co_return out;
}

asio::awaitable<response> carry_out_all(backend& b, const request_context& ctx) {
  auto commands = read_bulk(ctx);
  if (!commands) co_return std::move(commands.error());
  response out = co_await b.command(ctx, std::move(*commands), true);
  co_return out;
}

struct writing {
  method verb;
  const char* path;
  const char* id;
  const char* summary;
  domain::permission needs;
  const char* body;  // name of its schema; null: none
  unsigned status;
  const char* answer;
  read_command read;
};

using p = domain::permission;

constexpr writing writings[] = {
    {method::post, "/tickets", "createTicket", "Make a ticket", p::create_ticket, "NewTicket", 201,
     "Ticket", read_create},
    {method::patch, "/tickets/{uid}", "editTicket", "Change fields of a ticket", p::edit_field_work,
     "TicketEdit", 200, "Ticket", read_edit},
    {method::delete_, "/tickets/{uid}", "deleteTicket",
     "Delete a ticket; it stays in the database and its UID is never used again", p::delete_ticket,
     "Reason", 200, "Ticket", read_delete},
    {method::post, "/tickets/{uid}/status", "moveTicket", "Move a ticket through the workflow",
     p::move_ticket, "TicketMove", 200, "Ticket", read_move},
    {method::post, "/tickets/{uid}/assign", "assignTicket", "Assign a ticket to a person or a team",
     p::assign_ticket, "TicketAssignment", 200, "Ticket", read_assign},
    {method::post, "/tickets/{uid}/claim", "claimTicket",
     "Take an unclaimed ticket of one's own team", p::claim_ticket, "Version", 200, "Ticket",
     read_claim},
    {method::post, "/tickets/{uid}/notes", "addNote", "Write a note on a ticket",
     p::write_public_note, "NewNote", 201, "Note", read_note},
    {method::post, "/tickets/{uid}/messages", "sendMessage",
     "Send a WhatsApp message into the ticket's chat; it leaves behind the answer", p::send_message,
     "NewMessage", 201, "SentMessage", read_message},
    {method::patch, "/tickets/{uid}/messages/{id}", "editMessage",
     "Change a text of ours: where it waits, or at WhatsApp within 15 minutes", p::send_message,
     "MessageEdit", 200, "MessageAct", read_message_edit},
    {method::delete_, "/tickets/{uid}/messages/{id}", "deleteMessage",
     "Take a message of ours back: before it leaves, or for everybody", p::send_message, nullptr,
     200, "MessageAct", read_message_delete},
    {method::post, "/tickets/{uid}/messages/{id}/reaction", "reactToMessage",
     "React to a message, or take the reaction away", p::send_message, "Reaction", 200,
     "MessageAct", read_reaction},
    {method::post, "/tickets/{uid}/seen", "markChatSeen",
     "Show the other side that their messages were read", p::send_message, nullptr, 202,
     "ChatSignal", read_seen},
    {method::post, "/tickets/{uid}/typing", "showTyping",
     "Show the other side that somebody types, or no more", p::send_message, "Typing", 202,
     "ChatSignal", read_typing},
    {method::post, "/wa-bridge/send-message", "sendBridgeMessage",
     "Send a message into a ticket's chat, by the names of the roadmap", p::send_message,
     "BridgeMessage", 201, "BridgeMessageSent", read_bridge_message},
    {method::post, "/tickets/{uid}/links", "linkTicket", "Link a ticket to another",
     p::link_tickets, "TicketLink", 200, "Ticket", read_link},
    {method::post, "/tickets/{uid}/unlink", "unlinkTicket", "Take a link away", p::link_tickets,
     "TicketLink", 200, "Ticket", read_unlink},
    {method::post, "/tickets/{uid}/merge", "mergeTicket",
     "Merge a ticket into another, which goes on with both conversations", p::merge_tickets,
     "TicketMerge", 200, "Ticket", read_merge},
    {method::post, "/tickets/{uid}/split", "splitTicket", "Make a ticket of its own of one message",
     p::merge_tickets, "TicketSplit", 201, "Ticket", read_split}};

const char* text_for(unsigned status) {
  return status == 201   ? "Made"
         : status == 202 ? "On its way; dropped when it cannot leave within 30 s"
                         : "Done; the ticket as it is now";
}

route to_route(backend& b, const writing& w) {
  route r;
  r.verb = w.verb;
  r.path = std::string("/api/v1") + w.path;
  r.aliases = {std::string("/api") + w.path};
  r.operation_id = w.id;
  r.summary = w.summary;
  r.tag = "tickets";
  r.auth = allowed_to(w.needs);
  if (r.path.find("{uid}") != std::string::npos) r.parameters = {ticket_uid()};
  if (r.path.find("{id}") != std::string::npos)
    r.parameters.push_back(path_id_parameter("The message's own id in the hub."));
  if (w.body != nullptr) r.body = body_description{w.body, "application/json", true, ""};
  if (r.path.find("wa-bridge") != std::string::npos) r.tag = "wa-bridge";
  r.answers = {{w.status, text_for(w.status), w.answer},
               {400, "A field is wrong; details name it", ""},
               {403, "The role does not allow it", ""},
               {404, "No such ticket, or not yours to see", ""},
               {409, "The ticket's state does not allow it; error.data says what would be", ""}};
  r.handle = [&b, read = w.read](request_context& ctx) { return carry_out(b, ctx, read); };
  return r;
}

}  // namespace

std::vector<route> ticket_write_routes(backend& b) {
  std::vector<route> out;
  for (const writing& w : writings)
    out.push_back(to_route(b, w));
  route all;
  all.verb = method::post;
  all.path = "/api/v1/tickets/bulk";
  all.aliases = {"/api/tickets/bulk"};
  all.operation_id = "changeTickets";
  all.summary = "Assign, move, tag or edit up to 500 tickets; a result for each";
  all.tag = "tickets";
  all.auth = allowed_to(p::bulk_edit);
  all.body = body_description{"BulkChange", "application/json", true, ""};
  all.answers = {{200, "What became of each", "BulkResult"}, {400, "The body is wrong", ""}};
  all.handle = [&b](request_context& ctx) { return carry_out_all(b, ctx); };
  out.push_back(std::move(all));
  return out;
}

}  // namespace fibrehub::web::api
