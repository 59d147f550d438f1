// Bodies of what is sent into a ticket's chat: which kind it is, and what each kind needs.
#pragma once

#include <map>
#include <string>

#include "web/api/body.hpp"
#include "web/api/ticket_bodies.hpp"

namespace fibrehub::web::api {

command_or_answer read_message(const request_context& ctx);
command_or_answer read_message_edit(const request_context& ctx);
command_or_answer read_message_delete(const request_context& ctx);
command_or_answer read_reaction(const request_context& ctx);
command_or_answer read_seen(const request_context& ctx);
command_or_answer read_typing(const request_context& ctx);
/// POST /wa-bridge/send-message: other names for the same, and the ticket among them.
command_or_answer read_bridge_message(const request_context& ctx);

/// `variables`: an object of texts; nothing when there is none.
std::map<std::string, std::string> variables_in(body_reader& body);

}  // namespace fibrehub::web::api
