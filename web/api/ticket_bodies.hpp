// From the bodies of requests to commands on tickets; what is wrong is refused by field, all at
// once.
#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "domain/ticket_commands.hpp"
#include "web/api/body.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace fibrehub::web::api {

using command_or_answer = tl::expected<domain::ticket_command, response>;

command_or_answer read_create(const request_context& ctx);
command_or_answer read_edit(const request_context& ctx);
command_or_answer read_move(const request_context& ctx);
command_or_answer read_assign(const request_context& ctx);
command_or_answer read_claim(const request_context& ctx);
command_or_answer read_note(const request_context& ctx);
command_or_answer read_link(const request_context& ctx);
command_or_answer read_unlink(const request_context& ctx);
command_or_answer read_merge(const request_context& ctx);
command_or_answer read_split(const request_context& ctx);
command_or_answer read_delete(const request_context& ctx);

/// Every member of the body that is a field of tickets; the others are left for `refuse_unknown`.
domain::given_fields ticket_fields_in(body_reader& body);

/// One change for many tickets: {"tickets":[uid, …], "status"|"assign"|"edit"|"add_tags": …}.
tl::expected<std::vector<domain::ticket_command>, response> read_bulk(const request_context& ctx);

}  // namespace fibrehub::web::api
