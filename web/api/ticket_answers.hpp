// Pages of tickets, one ticket with all that belongs to it, and the parts of it, as answers.
#pragma once

#include "store/queries/clocks.hpp"
#include "store/queries/tickets.hpp"
#include "web/response.hpp"

namespace fibrehub::web::api {

response page_answer(const store::ticket_page& page, const store::list_tickets& asked);
response facets_answer(const store::facet_counts& facets);
response detail_answer(const store::ticket_detail& detail, const store::ticket_clocks& clocks,
                       const std::string& staff_chat_json, domain::role reader);
response history_answer(const store::history_page& page);
response edits_answer(const store::message_edits& edits);
response notes_answer(const store::ticket_detail& detail);
/// Parts of these, for answers that show more: members of an object, a member.
void write_message_members(json_writer& w, const store::message_view& m);
void write_note_members(json_writer& w, const store::note_view& n);
void write_history_list(json_writer& w, const std::vector<store::history_view>& rows);
/// What is said of a ticket that does not exist or may not be seen: the two look the same.
response no_such_ticket(const request_context& ctx);

}  // namespace fibrehub::web::api
