#include "store/sends/questions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/send_questions.hpp"
#include "store/people/sql.hpp"
#include "store/sends/endings.hpp"
#include "store/sends/steps.hpp"
#include "store/sql_time.hpp"
#include "store/wa/session_works.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

// Nobody is asked through a session that does not work; those that end without an answer end.
constexpr sql select_due{
    "questions_due",
    "SELECT s.id, s.outbox_id, s.kind, s.session, s.chat, coalesce(s.stanza, ''), s.asked, "
    FIBREHUB_SQL_US("s.accepted_at") ", " FIBREHUB_OWN_ID("s.chat", "w") " FROM wa_sends s LEFT JOIN"
    " wa_sessions w ON w.channel = s.channel AND w.name = s.session WHERE s.channel = $1 AND s.ask_at"
    " <= " FIBREHUB_SQL_INSTANT("$2::bigint") " AND (" FIBREHUB_SESSION_MAY_WORK("w", "$2::bigint")
    " OR s.stanza IS NULL OR s.stanza = '' OR s.accepted_at <= " FIBREHUB_SQL_INSTANT("$4::bigint")
    ") ORDER BY s.ask_at LIMIT $3::bigint"};
constexpr sql set_next{
    "questions_next",
    "UPDATE wa_sends s SET ask_at = " FIBREHUB_SQL_INSTANT_OR_NULL("r.next_us")
    ", asked = s.asked + 1 FROM unnest($1::bigint[], $2::bigint[]) AS r(id, next_us) WHERE s.id = r.id"};
constexpr sql end_questions{"questions_end",
                            "UPDATE wa_sends SET ask_at = NULL WHERE id = $1::bigint"};
constexpr sql select_state{"questions_state",
                           "SELECT state, outbox_id, kind FROM wa_sends WHERE id = $1::bigint"};

/// A last question stays due until it is answered: whoever asks may die, the bridge be away.
domain::instant last_question_again(domain::instant accepted, domain::instant now) {
  return std::min(now + domain::last_question_again_after, accepted + domain::answers_end_after);
}

void give_up(connection& db, pqxx::transaction_base& tx, const taken_send& send,
             const std::string& why, change_context& context) {
  const send_step step{send.send_id, domain::send_state::uncertain, why, context.origin.at};
  write_steps(db, tx, {&step, 1}, context.events);
  tell_of_dead_send(db, tx, send, "uncertain: " + why, context);
}

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const take_questions& request,
                  change_context& context) {
  const domain::instant now = context.origin.at;
  std::vector<send_question> out;
  pq_array ids, times;
  const pqxx::result rows = db.run(tx, select_due,
                                   {{request.channel, us(now), std::to_string(request.limit),
                                     us(now - domain::answers_end_after)},
                                    nullptr});
  for (const auto& r : rows) {
    send_question q;
    q.send_id = r[0].as<std::int64_t>();
    q.session = r[3].c_str();
    q.chat = r[4].c_str();
    q.stanza = r[5].c_str();
    q.author = r[8].c_str();
    const domain::instant accepted = instant_of(r[7]);
    // Without a name there is nothing to ask by: its echo may still tell it.
    std::optional<domain::instant> next = domain::next_question(accepted, r[6].as<int>(), now);
    if (q.stanza.empty() && next) next = accepted + domain::questions_end_after;
    q.is_last = !next;
    const bool over =
        q.is_last && (q.stanza.empty() || now >= accepted + domain::answers_end_after);
    if (q.is_last && !over) next = last_question_again(accepted, now);
    ids.add(q.send_id);
    times.add(next ? domain::to_us(*next) : 0);
    if (over) {
      taken_send send;
      send.send_id = q.send_id;
      send.outbox_id = r[1].as<std::int64_t>();
      send.kind = r[2].c_str();
      send.session = q.session;
      give_up(db, tx, send,
              q.stanza.empty() ? "the bridge took it, and nothing was heard of it for a day"
                               : "the bridge took it, and could not be asked about it for a day",
              context);
    } else if (!q.stanza.empty()) {
      out.push_back(std::move(q));
    }
  }
  if (!rows.empty()) db.run(tx, set_next, {{ids.take(), times.take()}, nullptr});
  if (request.result) *request.result = std::move(out);
  return write_answer{200, fmt::format(R"({{"due":{}}})", rows.size())};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const answer_question& request,
                  change_context& context) {
  const send_question& q = request.about;
  if (q.is_last) db.run(tx, end_questions, {{std::to_string(q.send_id)}, nullptr});
  if (request.level) {
    const seen_ack ack{request.channel, q.session, q.stanza, *request.level, context.origin.at};
    follow_acks(db, tx, {&ack, 1}, context.events);
  } else if (q.is_last && !request.found) {
    const pqxx::result known = db.run(tx, select_state, {{std::to_string(q.send_id)}, nullptr});
    if (!known.empty() && known[0][0].c_str() == name_of(domain::send_state::accepted)) {
      taken_send send;
      send.send_id = q.send_id;
      send.outbox_id = known[0][1].as<std::int64_t>();
      send.kind = known[0][2].c_str();
      send.session = q.session;
      give_up(db, tx, send, "the bridge took it and does not know it any more", context);
    }
  }
  return write_answer{200, "{}"};
}

}  // namespace fibrehub::store
