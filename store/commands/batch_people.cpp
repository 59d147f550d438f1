// Commands of automation rules that concern people rather than the ticket.
#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/commands/batch.hpp"
#include "store/people/sql.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t max_excerpt_characters = 160;

// Whoever may not work any more follows nothing.
constexpr sql insert_followers{
    "command_add_followers",
    "INSERT INTO ticket_followers (ticket_id, user_id) SELECT $1::bigint, u.id FROM users u WHERE"
    " u.id = ANY ($2::bigint[]) AND u.disabled_at IS NULL ON CONFLICT DO NOTHING RETURNING"
    " user_id"};

}  // namespace

command_batch::command_outcome command_batch::alert(working& w, const domain::alert_people& command,
                                                    const write_origin& origin) {
  domain::ticket_notice told;
  told.kind = domain::notice_kind::automation;
  told.seq = w.record.history_seq + 1;
  told.who = command.who;
  told.detail = command.text;
  const std::string text = domain::first_line(command.text, max_excerpt_characters);
  record_entries(w, {{"notified", {}, {}, fmt::format("{}: {}", describe(command.who), text)}},
                 origin, {}, &told);
  announce("ticket.updated", w, origin, {});
  return write_answer{200, ticket_json(w.record, origin.by.as)};
}

command_batch::command_outcome command_batch::follow(const working& w,
                                                     const domain::add_followers& command) {
  const pqxx::result fresh =
      db_.run(tx_, insert_followers,
              {{std::to_string(w.record.id), people::id_array(command.users)}, nullptr});
  return write_answer{200, fmt::format(R"({{"ticket_uid":{},"following":{}}})",
                                       json_string(w.record.uid), fresh.size())};
}

}  // namespace fibrehub::store
