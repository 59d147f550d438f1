#include "store/wa/chat_commands.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "domain/chat_command.hpp"
#include "domain/text.hpp"
#include "store/chat_family.hpp"
#include "store/people/access.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/columns.hpp"
#include "store/wa/chat_post.hpp"

namespace fibrehub::store {
namespace {

using domain::chat_verb;
using domain::field;

constexpr sql select_due{
    "chat_commands_due",
    "SELECT k.message_id, k.user_id, k.verb, k.uid, k.argument, m.ext_id, coalesce(m.ticket_id, 0),"
    " coalesce(m.reply_to, ''), m.media IS NOT NULL, " FIBREHUB_SQL_US("m.sent_at") ", c.id,"
    " c.channel, c.session, coalesce(c.address, c.ext_id), c.kind = 'group', coalesce((SELECT a.ext_id FROM"
    " contact_aliases a WHERE a.contact_id = m.contact_id ORDER BY a.ext_id LIKE '%@lid', a.ext_id"
    " LIMIT 1), ''), c.ext_id FROM wa_commands k JOIN messages m ON m.id = k.message_id JOIN chats c ON c.id ="
    " k.chat_id WHERE k.state = 'due' ORDER BY k.message_id LIMIT $1::bigint FOR UPDATE OF k"};
constexpr sql select_any{"chat_commands_any",
                         "SELECT EXISTS (SELECT 1 FROM wa_commands WHERE state = 'due')"};
constexpr sql end_command{
    "chat_commands_end",
    "UPDATE wa_commands SET state = $2, answer = $3, ticket_id = nullif($4::bigint, 0), ended_at ="
    " " FIBREHUB_SQL_INSTANT("$5::bigint") " WHERE message_id = $1::bigint"};

constexpr sql select_uid{"chat_commands_uid",
                         "SELECT uid FROM tickets WHERE id = $1::bigint AND deleted_at IS NULL"};
// A message of a ticket, or what somebody was told about one.
constexpr sql select_quoted{
    "chat_commands_quoted",
    "SELECT t.uid, q.message_id, q.has_file FROM ((SELECT m.ticket_id, m.id AS message_id, m.media"
    " IS NOT NULL AND NOT m.outbound AS has_file, 0 AS place FROM messages m WHERE m.id ="
    " message_named($1, $2, $3)) UNION ALL (SELECT s.ticket_id, 0, false, 1 FROM wa_sends s WHERE "
    "s.stanza = $3 AND s.channel"
    " = $1 AND s.session = $2)) q JOIN tickets t ON t.id = q.ticket_id WHERE t.deleted_at IS NULL"
    " ORDER BY q.place, q.message_id LIMIT 1"};
constexpr sql select_candidates{
    "chat_commands_candidates",
    "SELECT t.uid, t.title, t.status FROM tickets t WHERE t.deleted_at IS NULL AND ((t.assigned_to "
    "="
    " $1::bigint AND t.status IN ('assigned', 'scheduled', 'in_progress', 'blocked', 'qa')) OR"
    // An array: under an OR no index would be used for a list that is asked for.
    " (t.chat_id = ANY (ARRAY(SELECT f.id FROM (SELECT " FIBREHUB_CHAT_KEPT("$2::bigint") " AS id) k CROSS JOIN"
    " LATERAL (" FIBREHUB_CHAT_FAMILY("k.id") ") AS f(id))) AND t.status <> 'closed')) ORDER BY t.status <> 'in_progress', t.id"
    " DESC LIMIT 50"};
constexpr sql select_name{"chat_commands_name", "SELECT name FROM users WHERE id = $1::bigint"};
constexpr sql insert_evidence{
    "chat_commands_evidence",
    "INSERT INTO wa_evidence (message_id, ticket_id, user_id, at) VALUES ($1::bigint, $2::bigint,"
    " $3::bigint, " FIBREHUB_SQL_INSTANT("$4::bigint") ") ON CONFLICT DO NOTHING"};

constexpr const char* author = "the hub";
constexpr std::size_t max_answer_bytes = 3500;

struct due_command {
  std::int64_t message_id = 0, user_id = 0, ticket_id = 0;
  domain::chat_command what;
  std::string stanza, reply_to, author_id;
  bool has_file = false;
  domain::instant sent_at{};
  chat_address chat;
};

due_command to_due(const pqxx::row& r) {
  due_command d;
  d.message_id = r[0].as<std::int64_t>();
  d.user_id = r[1].as<std::int64_t>();
  d.what.verb = domain::chat_verb_from(r[2].c_str()).value_or(chat_verb::help);
  d.what.uid = r[3].c_str();
  d.what.text = r[4].c_str();
  d.stanza = r[5].c_str();
  d.ticket_id = r[6].as<std::int64_t>();
  d.reply_to = r[7].c_str();
  d.has_file = r[8].as<bool>();
  d.sent_at = people::instant_of(r[9]);
  d.chat = {r[10].as<std::int64_t>(), r[11].c_str(), r[12].c_str(), r[13].c_str(),
            r[14].as<bool>(),         r[16].c_str()};
  d.author_id = r[15].c_str();
  return d;
}

/// How one ended: what is said, and about which ticket.
struct ending {
  const char* state = "done";
  std::string answer;  // empty: nothing is said
  std::int64_t ticket_id = 0;
};

ending refused(std::string why, std::int64_t ticket_id = 0) {
  return {"refused", std::move(why), ticket_id};
}

class chat_commands {
 public:
  chat_commands(connection& db, pqxx::transaction_base& tx, const run_chat_commands& request,
                change_context& context)
      : db_(db), tx_(tx), request_(request), context_(context) {}

  chat_command_round run() {
    std::vector<due_command> due;
    const pqxx::result rows =
        db_.run(tx_, select_due, {{std::to_string(request_.limit + 1)}, nullptr});
    for (const auto& row : rows)
      due.push_back(to_due(row));
    round_.more = due.size() > request_.limit;
    if (round_.more) due.pop_back();
    for (const due_command& d : due)
      carry_out(d);
    return round_;
  }

 private:
  /// As a whole or not at all: what cannot be stored is said, and not tried for ever.
  void carry_out(const due_command& d) {
    ending end;
    if (const auto why = attempt([&] { end = obey(d); })) {
      spdlog::error("whatsapp: the command of message {} failed: {}", d.message_id, *why);
      end = {"failed", "That could not be stored. Please do it in the desk.", 0};
    }
    if (!end.answer.empty()) answer(d, end);
    db_.run(tx_, end_command,
            {{std::to_string(d.message_id), end.state, end.answer, std::to_string(end.ticket_id),
              people::us(now())},
             nullptr});
    const std::string_view state = end.state;
    ++(state == "done"      ? round_.done
       : state == "refused" ? round_.refused
       : state == "failed"  ? round_.failed
                            : round_.left);
  }

  template <class F>
  std::optional<std::string> attempt(F&& work) {
    const std::size_t events = context_.events.size(), tickets = context_.tickets.size(),
                      clocks = context_.clocks.size();
    db_.run_text(tx_, "SAVEPOINT chat_command", {});
    try {
      work();
    } catch (const bad_statement& e) {
      db_.run_text(tx_, "ROLLBACK TO SAVEPOINT chat_command", {});
      context_.events.resize(events);
      context_.tickets.resize(tickets);
      context_.clocks.resize(clocks);
      return e.what();
    }
    db_.run_text(tx_, "RELEASE SAVEPOINT chat_command", {});
    return std::nullopt;
  }

  domain::instant now() const { return context_.origin.at; }

  ending obey(const due_command& d) {
    if (now() - d.sent_at > chat_command_life) return {"void", {}, 0};
    auto person = load_person(db_, tx_, d.user_id);
    // Whoever has left meanwhile is answered as a stranger is: not at all.
    if (!person || person->disabled || person->who.as == domain::role::client ||
        person->who.as == domain::role::viewer)
      return {"void", {}, 0};
    person->who.address = "whatsapp";
    if (d.what.verb == chat_verb::help) return {"done", domain::chat_help(), 0};
    const target t = target_of(d);
    if (t.uid.empty())
      return refused(domain::which_ticket(d.what.verb, candidates(d, person->who)));
    const auto found = load_tickets(db_, tx_, {t.uid});
    if (found.empty() || !domain::may_see(person->who, domain::ownership_of(found.front())))
      return refused(fmt::format("{}: there is no such ticket, or it is not yours to see.", t.uid));
    return obey(d, t, found.front(), person->who);
  }

  struct target {
    std::string uid;
    std::int64_t picture = 0;  // the message it stands in
  };

  /// The ticket named, else that of the message answered, else where the message itself went.
  target target_of(const due_command& d) {
    target out;
    out.uid = d.what.uid;
    if (d.has_file) out.picture = d.message_id;
    if (!d.reply_to.empty()) {
      const pqxx::result quoted =
          db_.run(tx_, select_quoted, {{d.chat.channel, d.chat.session, d.reply_to}, nullptr});
      if (!quoted.empty()) {
        if (out.uid.empty()) out.uid = quoted[0][0].c_str();
        if (out.picture == 0 && quoted[0][2].as<bool>())
          out.picture = quoted[0][1].as<std::int64_t>();
      }
    }
    if (out.uid.empty() && d.ticket_id != 0) {
      const pqxx::result own = db_.run(tx_, select_uid, {{std::to_string(d.ticket_id)}, nullptr});
      if (!own.empty()) out.uid = own[0][0].c_str();
    }
    return out;
  }

  std::vector<domain::chat_candidate> candidates(const due_command& d,
                                                 const domain::principal& who) {
    std::vector<domain::chat_candidate> out;
    const pqxx::result rows = db_.run(
        tx_, select_candidates, {{std::to_string(d.user_id), std::to_string(d.chat.id)}, nullptr});
    std::vector<std::string> uids;
    for (const auto& r : rows)
      uids.emplace_back(r[0].c_str());
    std::unordered_map<std::string, bool> visible;
    for (const domain::ticket_record& t : load_tickets(db_, tx_, uids))
      visible[t.uid] = domain::may_see(who, domain::ownership_of(t));
    for (const auto& r : rows)
      if (visible[r[0].c_str()]) out.push_back({r[0].c_str(), r[1].c_str(), r[2].c_str()});
    return out;
  }

  ending obey(const due_command& d, const target& t, const domain::ticket_record& ticket,
              const domain::principal& who) {
    switch (d.what.verb) {
      case chat_verb::status:
        return {"done", domain::describe(status_of(ticket)), ticket.id};
      case chat_verb::start:
        return move(ticket, domain::ticket_status::in_progress, {}, who);
      case chat_verb::done:
        return move(
            ticket,
            domain::done_means(request_.rules.tickets.moves, domain::status_of(ticket), who.as),
            d.what.text, who);
      case chat_verb::note:
        return note(ticket, d.what.text, fmt::format("{}: noted.", ticket.uid), who);
      case chat_verb::photo:
        return photo(d, t, ticket, who);
      case chat_verb::help:
        break;
    }
    return {"done", domain::chat_help(), 0};
  }

  /// As a request to the API would be; the error says why not.
  write_outcome command(domain::ticket_command what, const domain::principal& who) {
    std::vector<submit_commands> units(1);
    units[0].items.push_back(std::move(what));
    units[0].origin.by = who;
    units[0].origin.at = now();
    command_batch work(request_.rules, db_, tx_, context_.next_id);
    write_outcome outcome = std::move(work.run(units).front());
    const auto add = [](auto& to, auto more) {
      to.insert(to.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
    };
    add(context_.events, work.events());
    add(context_.tickets, work.touched_tickets());
    add(context_.clocks, work.wakes());
    context_.grows_outbox |= work.grows_outbox();
    context_.moves_chats |= work.moves_chats();
    return outcome;
  }

  ending move(const domain::ticket_record& ticket, domain::ticket_status to,
              const std::string& text, const domain::principal& who) {
    domain::move_ticket wanted;
    wanted.to = to;
    const transition_needs needs = needs_of(ticket, to);
    if (needs.reason) wanted.reason = text;
    const write_outcome moved = command({ticket.uid, {}, std::move(wanted)}, who);
    if (!moved) return refused(why_not(ticket, moved.error()), ticket.id);
    std::string said = fmt::format("{} is {} now.", ticket.uid, domain::name_of(to));
    if (text.empty() || needs.reason) return {"done", std::move(said), ticket.id};
    ending noted = note(ticket, text, said + " Your words are a note.", who);
    // It was moved, whatever became of the note.
    if (std::string_view(noted.state) != "done") noted.answer = said + " But " + noted.answer;
    noted.state = "done";
    return noted;
  }

  struct transition_needs {
    bool reason = false;
  };
  transition_needs needs_of(const domain::ticket_record& ticket, domain::ticket_status to) const {
    const domain::transition* way =
        request_.rules.tickets.moves.find(domain::status_of(ticket), to);
    return {way != nullptr && way->needs_reason};
  }

  static std::string why_not(const domain::ticket_record& ticket, const error& why) {
    return fmt::format("{}: {}.", ticket.uid, why.message);
  }

  ending note(const domain::ticket_record& ticket, const std::string& text, std::string said,
              const domain::principal& who) {
    domain::note_ticket wanted;
    wanted.body = domain::storable(text, 20'000);
    const write_outcome noted = command({ticket.uid, {}, std::move(wanted)}, who);
    if (!noted) return refused(why_not(ticket, noted.error()), ticket.id);
    return {"done", std::move(said), ticket.id};
  }

  ending photo(const due_command& d, const target& t, const domain::ticket_record& ticket,
               const domain::principal& who) {
    if (t.picture == 0)
      return refused(fmt::format("Send the picture with the caption \"photo {}\", or answer the "
                                 "picture with it.",
                                 ticket.uid),
                     ticket.id);
    ending out = note(ticket,
                      d.what.text.empty() ? "A photo as evidence, by WhatsApp."
                                          : "A photo as evidence, by WhatsApp: " + d.what.text,
                      fmt::format("{}: the photo is kept as evidence.", ticket.uid), who);
    if (std::string_view(out.state) == "done")
      db_.run(tx_, insert_evidence,
              {{std::to_string(t.picture), std::to_string(ticket.id), std::to_string(who.user_id),
                people::us(now())},
               nullptr});
    return out;
  }

  domain::chat_status status_of(const domain::ticket_record& t) {
    const auto value = [&](field f) { return domain::at(t.values, f).value_or(""); };
    domain::chat_status out;
    out.uid = t.uid;
    out.title = value(field::title);
    out.status = value(field::status);
    out.priority = value(field::priority);
    out.address = value(field::address);
    out.drop = value(field::drop_number);
    if (const auto due = domain::parse_rfc3339(value(field::due_at))) out.due = local(*due);
    if (const std::string id = value(field::assigned_to); !id.empty()) {
      const pqxx::result name = db_.run(tx_, select_name, {{id}, nullptr});
      if (!name.empty()) out.assignee = name[0][0].c_str();
    }
    return out;
  }

  std::string local(domain::instant at) const {
    const std::chrono::year_month_day day{request_.zone.day_of(at)};
    const int minute = request_.zone.minute_of(at);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                       minute / 60, minute % 60);
  }

  /// Into the chat it was asked in, as an answer to the message.
  void answer(const due_command& d, const ending& end) {
    chat_post post;
    post.chat = d.chat;
    post.id = context_.next_id();
    post.ticket_id = end.ticket_id;
    post.text = domain::storable(end.answer, max_answer_bytes);
    post.author = author;
    post.reply_to = d.stanza;
    post.quoted_name = full_message_name(false, d.chat, d.stanza, d.author_id);
    write_chat_post(db_, tx_, post, now());
    context_.grows_outbox = true;
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  const run_chat_commands& request_;
  change_context& context_;
  chat_command_round round_;
};

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const run_chat_commands& request,
                  change_context& context) {
  const chat_command_round round = chat_commands(db, tx, request, context).run();
  if (request.result) *request.result = round;
  return write_answer{200, fmt::format(R"({{"done":{},"refused":{},"failed":{},"left":{}}})",
                                       round.done, round.refused, round.failed, round.left)};
}

std::optional<bool> run(connection& db, const find_chat_commands&) {
  return db.autocommit([&](pqxx::transaction_base& tx) -> std::optional<bool> {
    return db.run(tx, select_any)[0][0].as<bool>();
  });
}

}  // namespace fibrehub::store
