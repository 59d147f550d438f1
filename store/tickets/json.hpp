// A ticket as the API shows it. One place, so that an answer to a write, a list and a single ticket
// agree.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "domain/ticket_commands.hpp"

namespace fibrehub::store {

/// Adds the members of the ticket's object, without the braces, to `out`. What a client's people
/// may not see (other desks' data, penalties) is left out for them.
void append_ticket_members(std::string& out, const domain::ticket_record& ticket,
                           domain::role reader);
/// The whole object.
std::string ticket_json(const domain::ticket_record& ticket, domain::role reader);
/// The members of a JSON object as a request would spell them; what is nested stays an object.
std::map<std::string, domain::field_input> json_members(const std::string& object);
/// A JSON string with its quotes.
std::string json_string(std::string_view text);

}  // namespace fibrehub::store
