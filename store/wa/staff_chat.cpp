#include "store/wa/staff_chat.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/commands/history_writer.hpp"
#include "store/people/sql.hpp"
#include "store/row_security.hpp"
#include "store/sends/take.hpp"
#include "store/sql_time.hpp"
#include "store/ticket_events.hpp"
#include "store/tickets/json.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

using domain::chat_mode;
using people::us;

constexpr sql select_facts{
    "staff_chat_facts",
    "SELECT coalesce(x.mode, 'auto'), coalesce(x.chat_id, 0), coalesce(x.by_name, ''),"
    " coalesce(t.project_id, 0), coalesce(g.id, 0), coalesce(g.name, ''), coalesce(u.id, 0),"
    " coalesce(u.name, ''), coalesce(u.phone, '') FROM tickets t LEFT JOIN ticket_chats x ON"
    " x.ticket_id = t.id LEFT JOIN chats g ON g.project_id = t.project_id AND g.kind = 'group'"
    " LEFT JOIN users u ON u.id = t.assigned_to AND u.disabled_at IS NULL WHERE t.id = $1::bigint"};
constexpr sql select_chat{
    "staff_chat_address",
    "SELECT c.id, c.channel, c.session, coalesce(c.address, c.ext_id), c.kind, c.name,"
    " c.ext_id FROM chats f"
    " JOIN chats c ON c.id = coalesce(f.merged_into, f.id) WHERE f.id = $1::bigint"};
// The person's own, by whatever id they write; the usual line first.
constexpr sql select_direct{
    "staff_chat_direct",
    "SELECT c.id, c.channel, c.session, coalesce(c.address, c.ext_id), c.ext_id FROM ((SELECT "
    "a.channel, "
    "a.session, a.ext_id FROM"
    " contacts p JOIN contact_aliases a ON a.contact_id = p.id WHERE p.phone = $1) UNION SELECT $2,"
    " $3, $1 || '@c.us') k JOIN chats f USING (channel, session, ext_id) JOIN chats c ON c.id ="
    " coalesce(f.merged_into, f.id) WHERE c.kind = 'direct'"
    " ORDER BY (c.channel, c.session) = ($2, $3) DESC, c.id LIMIT 1"};
constexpr sql insert_chat{"staff_chat_make",
                          "INSERT INTO chats (id, channel, session, ext_id, kind, name, "
                          "created_at) VALUES ($1::bigint, $2,"
                          " $3, $4, 'direct', $5, " FIBREHUB_SQL_INSTANT("$6::bigint") ")"};
constexpr sql choose{
    "staff_chat_choose",
    "INSERT INTO ticket_chats (ticket_id, mode, chat_id, by_name, at) VALUES ($1::bigint, $2,"
    " nullif($3::bigint, 0), $4, " FIBREHUB_SQL_INSTANT("$5::bigint")
    ") ON CONFLICT (ticket_id) DO UPDATE SET mode = excluded.mode, chat_id = excluded.chat_id,"
    " by_name = excluded.by_name, at = excluded.at"};
constexpr sql unchoose{"staff_chat_unchoose",
                       "DELETE FROM ticket_chats WHERE ticket_id = $1::bigint"};

// In which chats a ticket was talked about: its customer's, those of its messages, the one chosen.
constexpr sql select_talked_in{
    "staff_chat_talked_in",
    "SELECT EXISTS (SELECT 1 FROM (SELECT t.chat_id FROM tickets t WHERE t.id = $1::bigint UNION"
    " SELECT m.chat_id FROM messages m WHERE m.ticket_id = $1::bigint UNION SELECT s.chat_id FROM"
    " ticket_chats s WHERE s.ticket_id = $1::bigint) x JOIN chats f ON f.id = x.chat_id WHERE"
    " coalesce(f.merged_into, f.id) = $2::bigint)"};

constexpr sql select_staff_phones{
    "staff_chat_phones",
    "SELECT phone FROM users WHERE phone <> '' AND disabled_at IS NULL AND role <> 'client'"};

error no_chat(std::string why) {
  return {errc::conflict, std::move(why), "no_chat"};
}

error wrong(const char* name, std::string why) {
  error out{errc::invalid, fmt::format("{} {}", name, why), "invalid_field"};
  out.fields.emplace_back(name, std::move(why));
  return out;
}

domain::ticket_priority priority_of(const domain::ticket_record& t) {
  return domain::ticket_priority_from(domain::at(t.values, domain::field::priority).value_or(""))
      .value_or(domain::ticket_priority::medium);
}

struct known_address {
  chat_address chat;
  std::string name;
  bool broadcast = false;
};
std::optional<known_address> find_chat(connection& db, pqxx::transaction_base& tx,
                                       std::int64_t id) {
  const pqxx::result rows = db.run(tx, select_chat, {{std::to_string(id)}, nullptr});
  if (rows.empty()) return std::nullopt;
  const std::string_view kind = rows[0][4].c_str();
  return known_address{{rows[0][0].as<std::int64_t>(), rows[0][1].c_str(), rows[0][2].c_str(),
                        rows[0][3].c_str(), kind == "group", rows[0][6].c_str()},
                       rows[0][5].c_str(),
                       kind == "broadcast"};
}

/// Who may not read all chats learns of no other one than this: neither its name nor that it is
/// there.
bool may_choose(connection& db, pqxx::transaction_base& tx, const domain::principal& by,
                std::int64_t ticket_id, std::int64_t chat_id) {
  if (domain::allows(by.as, domain::permission::read_channels)) return true;
  return db
      .run(tx, select_talked_in,
           {{std::to_string(ticket_id), std::to_string(chat_id)}, nullptr})[0][0]
      .as<bool>();
}

/// Who may not read all chats opens one with the ticket's contact, somebody who works here, or
/// where the ticket was talked about; of other numbers they learn nothing, not whether they ever
/// wrote.
bool may_open(connection& db, pqxx::transaction_base& tx, const domain::principal& by,
              const domain::ticket_record& ticket, const std::string& digits,
              const std::string& country_code, std::int64_t chat_id) {
  if (domain::allows(by.as, domain::permission::read_channels)) return true;
  const std::string contact = domain::at(ticket.values, domain::field::contact_phone).value_or("");
  if (whatsapp_digits(contact, country_code) == digits) return true;
  for (const auto& row : db.run(tx, select_staff_phones, {}))
    if (whatsapp_digits(row[0].c_str(), country_code) == digits) return true;
  return chat_id != 0 && may_choose(db, tx, by, ticket.id, chat_id);
}

/// The choice is a change of the ticket like any other.
write_outcome record_choice(connection& db, pqxx::transaction_base& tx,
                            domain::ticket_record& ticket, const staff_chat& before,
                            const wa_line& line, change_context& context, unsigned status,
                            const std::string& more) {
  const staff_chat now = find_staff_chat(db, tx, ticket.id, priority_of(ticket), line);
  const auto told = [](const staff_chat& c) {
    return c.mode == chat_mode::chat ? fmt::format("chat {}", c.choice.chat_id)
                                     : std::string(domain::name_of(c.mode));
  };
  if (told(before) != told(now)) {
    const std::vector<domain::change_entry> entries{
        {"chat", "staff_chat", told(before), told(now)}};
    const ticket_standing standing = standing_of(ticket);
    append_history(db, tx, ticket, entries, context);
    write_head(db, tx, ticket);
    context.tickets.push_back(ticket.id);
    announce_ticket(context.events, "ticket.updated", ticket, standing, entries, context.origin);
  }
  std::string data = staff_chat_json(now);
  if (!more.empty()) data.insert(data.size() - 1, "," + more);
  return write_answer{status, std::move(data)};
}

}  // namespace

std::optional<chat_address> find_direct_chat(connection& db, pqxx::transaction_base& tx,
                                             const std::string& digits, const wa_line& line) {
  const pqxx::result rows =
      db.run(tx, select_direct, {{digits, line.channel, line.session}, nullptr});
  if (!rows.empty())
    return chat_address{rows[0][0].as<std::int64_t>(),
                        rows[0][1].c_str(),
                        rows[0][2].c_str(),
                        rows[0][3].c_str(),
                        false,
                        rows[0][4].c_str()};
  if (line.channel.empty()) return std::nullopt;
  return chat_address{0, line.channel, line.session, digits + "@c.us", false, {}};
}

staff_chat find_staff_chat(connection& db, pqxx::transaction_base& tx, std::int64_t ticket_id,
                           domain::ticket_priority priority, const wa_line& line) {
  const pqxx::result rows = db.run(tx, select_facts, {{std::to_string(ticket_id)}, nullptr});
  const auto& r = rows[0];
  const std::string digits = whatsapp_digits(r[8].c_str(), line.country_code);
  domain::chat_choice_facts f;
  f.mode = domain::chat_mode_from(r[0].c_str()).value_or(chat_mode::automatic);
  f.priority = priority;
  f.project_id = r[3].as<std::int64_t>();
  f.project_group = r[4].as<std::int64_t>();
  f.assignee = r[6].as<std::int64_t>();
  f.assignee_name = r[7].c_str();
  f.assignee_has_phone = !digits.empty();
  f.chosen_chat = r[1].as<std::int64_t>();
  staff_chat out;
  out.mode = f.mode;
  out.chosen_by = r[2].c_str();
  out.choice = domain::choose_chat(f);
  if (out.choice.what == domain::chat_choice::kind::individual) {
    out.chat = find_direct_chat(db, tx, digits, line);
    out.name = f.assignee_name;
    if (!out.chat) out.choice.reason += "; no WhatsApp bridge is set up";
  } else if (out.choice.chat_id != 0) {
    if (auto known = find_chat(db, tx, out.choice.chat_id)) {
      out.chat = known->chat;
      out.name = known->name;
    }
  }
  return out;
}

void make_chat(connection& db, pqxx::transaction_base& tx, chat_address& chat, std::int64_t id,
               const std::string& name, domain::instant at) {
  chat.id = id;
  db.run(tx, insert_chat,
         {{std::to_string(id), chat.channel, chat.session, chat.ext_id, domain::storable(name, 255),
           us(at)},
          nullptr});
}

tl::expected<message_chat, error> chat_for_message(connection& db, pqxx::transaction_base& tx,
                                                   const domain::ticket_record& ticket,
                                                   const std::string& to, const wa_line& line,
                                                   const std::function<std::int64_t()>& next_id,
                                                   domain::instant at) {
  const auto customer = ticket.chat_id == 0 ? std::nullopt : find_chat(db, tx, ticket.chat_id);
  if (to != "staff" && customer && !customer->broadcast) return message_chat{customer->chat, true};
  if (to == "customer")
    return tl::unexpected(no_chat(
        "the ticket has no WhatsApp chat with its customer: it did not come by one, and none "
        "was merged into it"));
  staff_chat staff = find_staff_chat(db, tx, ticket.id, priority_of(ticket), line);
  if (!staff.chat)
    return tl::unexpected(
        no_chat(fmt::format("the ticket has no WhatsApp chat: {}", staff.choice.reason)));
  if (staff.chat->id == 0) make_chat(db, tx, *staff.chat, next_id(), staff.name, at);
  return message_chat{*staff.chat, customer && customer->chat.id == staff.chat->id};
}

std::string staff_chat_json(const staff_chat& c) {
  using kind = domain::chat_choice::kind;
  const char* const what = !c.chat                             ? "none"
                           : c.choice.what == kind::group      ? "group"
                           : c.choice.what == kind::individual ? "individual"
                           : c.chat->group                     ? "group"
                                                               : "individual";
  return fmt::format(
      R"({{"mode":"{}","kind":"{}","chat_id":{},"chat":{},"channel":{},"session":{},"name":{},"reason":{},"chosen_by":{}}})",
      domain::name_of(c.mode), what,
      c.chat && c.chat->id != 0 ? fmt::format(R"("{}")", c.chat->id) : "null",
      c.chat ? json_string(c.chat->ext_id) : "null", c.chat ? json_string(c.chat->channel) : "null",
      c.chat ? json_string(c.chat->session) : "null", c.name.empty() ? "null" : json_string(c.name),
      json_string(c.choice.reason), c.chosen_by.empty() ? "null" : json_string(c.chosen_by));
}

std::optional<std::string> run(connection& db, const get_staff_chat& request) {
  if (request.by.as == domain::role::client) return std::nullopt;
  // Visible first, by the one predicate; phone numbers of people are not for the reader's role.
  return db.autocommit([&](pqxx::transaction_base& tx) -> std::optional<std::string> {
    sql_params params{{request.uid}, nullptr};
    const std::string visible = visibility_condition(request.by, params);
    const pqxx::result found = db.run_kept(
        tx,
        fmt::format("SELECT t.id, t.priority FROM tickets t WHERE t.uid = $1 AND t.deleted_at IS"
                    " NULL{}{}",
                    visible.empty() ? "" : " AND ", visible),
        params);
    if (found.empty()) return std::nullopt;
    return staff_chat_json(find_staff_chat(
        db, tx, found[0][0].as<std::int64_t>(),
        domain::ticket_priority_from(found[0][1].c_str()).value_or(domain::ticket_priority::medium),
        request.line));
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const choose_staff_chat& request,
                  change_context& context) {
  auto ticket = lock_ticket(db, tx, request.uid, context.origin.by);
  if (!ticket) return tl::unexpected(no_such_ticket());
  const staff_chat before = find_staff_chat(db, tx, ticket->id, priority_of(*ticket), request.line);
  const std::string id = std::to_string(ticket->id);
  if (request.mode == chat_mode::automatic) {
    db.run(tx, unchoose, {{id}, nullptr});
  } else {
    if (request.mode == chat_mode::chat) {
      const auto known = find_chat(db, tx, request.chat_id);
      if (!known || known->broadcast ||
          !may_choose(db, tx, context.origin.by, ticket->id, known->chat.id))
        return tl::unexpected(wrong("chat_id", "is no chat that can be written in"));
    }
    db.run(tx, choose,
           {{id, std::string(domain::name_of(request.mode)),
             std::to_string(request.mode == chat_mode::chat ? request.chat_id : 0),
             context.origin.by.name, us(context.origin.at)},
            nullptr});
  }
  return record_choice(db, tx, *ticket, before, request.line, context, 200, {});
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const open_chat& request,
                  change_context& context) {
  auto ticket = lock_ticket(db, tx, request.uid, context.origin.by);
  if (!ticket) return tl::unexpected(no_such_ticket());
  const staff_chat before = find_staff_chat(db, tx, ticket->id, priority_of(*ticket), request.line);
  chat_mode mode = request.group ? chat_mode::group : chat_mode::individual;
  std::optional<chat_address> chat;
  std::string name;
  if (!request.phone.empty()) {
    const std::string digits = whatsapp_digits(request.phone, request.line.country_code);
    if (digits.empty()) return tl::unexpected(wrong("phone_number", "is no phone number"));
    chat = find_direct_chat(db, tx, digits, request.line);
    name = request.phone;
    if (!may_open(db, tx, context.origin.by, *ticket, digits, request.line.country_code,
                  chat ? chat->id : 0))
      return tl::unexpected(wrong("phone_number",
                                  "is neither the contact's of this ticket nor that of somebody "
                                  "who works here"));
    if (!chat) return tl::unexpected(no_chat("no WhatsApp bridge is set up"));
    mode = chat_mode::chat;
  }
  const std::string id = std::to_string(ticket->id);
  if (!chat) {
    db.run(tx, choose,
           {{id, std::string(domain::name_of(mode)), "0", context.origin.by.name,
             us(context.origin.at)},
            nullptr});
    staff_chat found = find_staff_chat(db, tx, ticket->id, priority_of(*ticket), request.line);
    if (!found.chat)
      return tl::unexpected(no_chat("there is no such chat: " + found.choice.reason));
    chat = std::move(found.chat);
    name = found.name;
  }
  const bool created = chat->id == 0;
  if (created) {
    make_chat(db, tx, *chat, context.next_id(), name, context.origin.at);
    context.moves_chats = true;
  }
  if (mode == chat_mode::chat)
    db.run(tx, choose,
           {{id, "chat", std::to_string(chat->id), context.origin.by.name, us(context.origin.at)},
            nullptr});
  return record_choice(db, tx, *ticket, before, request.line, context, created ? 201 : 200,
                       fmt::format(R"("created":{})", created));
}

}  // namespace fibrehub::store
