#include "store/sends/steps.hpp"

#include <fmt/format.h>

#include <array>
#include <map>

#include "domain/text.hpp"
#include "store/pq_array.hpp"
#include "store/sends/strangers.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using domain::send_state;

constexpr sql select_acked{
    "sends_acked",
    "SELECT k.i, s.id, s.state, s.kind, s.channel, s.session, s.chat FROM unnest($1::text[],"
    " $2::text[], $3::text[]) WITH ORDINALITY AS k(channel, session, stanza, i) JOIN wa_sends s"
    " USING (channel, session, stanza) ORDER BY k.i"};

constexpr sql select_known_acks{
    "sends_known_acks",
    "SELECT s.channel, s.session, s.stanza, a.level, " FIBREHUB_SQL_US("a.at")
    " FROM wa_sends s JOIN message_acks a ON a.channel = s.channel AND a.session = s.session AND"
    " a.message_id = s.stanza WHERE s.id = ANY ($1::bigint[])"};

// A step also stands for those before it, whose own news may never come. What the bridge has and
// WhatsApp has not confirmed is asked about later. The last column: whether it is of staff alone,
// which is so for internal messages, what is done to them, and what staff is told.
constexpr sql update_steps{
    "sends_write_steps",
    "WITH moved AS (UPDATE wa_sends s SET state = r.state, reason = r.reason,"
    " in_doubt = s.in_doubt AND r.state = 'queued',"
    " accepted_at = CASE WHEN r.rank >= 1 THEN coalesce(s.accepted_at, r.at) ELSE s.accepted_at END,"
    " sent_at = CASE WHEN r.rank >= 2 THEN coalesce(s.sent_at, r.at) ELSE s.sent_at END,"
    " delivered_at = CASE WHEN r.rank >= 3 THEN coalesce(s.delivered_at, r.at) ELSE s.delivered_at END,"
    " read_at = CASE WHEN r.rank >= 4 THEN coalesce(s.read_at, r.at) ELSE s.read_at END,"
    " ended_at = CASE WHEN r.state IN ('failed', 'uncertain', 'cancelled') THEN r.at END,"
    " ask_at = CASE WHEN r.state = 'accepted' AND s.echo_type <> '' THEN r.at + $5::bigint *"
    " interval '1 microsecond' END, asked = CASE WHEN r.state = 'accepted' THEN 0 ELSE s.asked END"
    " FROM (SELECT k.id, k.state, k.reason, k.at_us, " FIBREHUB_SQL_INSTANT("k.at_us")
    " AS at, array_position(ARRAY['queued', 'accepted', 'sent', 'delivered', 'read'], k.state) - 1"
    " AS rank FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]) AS k(id, state,"
    " reason, at_us)) AS r WHERE s.id = r.id RETURNING s.id, s.ticket_id, s.what, s.kind,"
    " coalesce(s.message_id, s.target_id, 0) AS about, coalesce(s.stanza, '') AS stanza, s.state,"
    " s.reason, r.at_us) SELECT t.uid, coalesce(t.assigned_to, 0), coalesce(t.assigned_team, 0),"
    " coalesce(t.client_id, 0), m.about, m.stanza, m.what, m.state, m.reason, m.at_us, CASE m.about"
    " WHEN 0 THEN NOT starts_with(m.kind, 'client_') ELSE coalesce(x.internal, true) END FROM moved m"
    " JOIN tickets t ON t.id = m.ticket_id LEFT JOIN messages x ON x.id = m.about WHERE t.deleted_at IS NULL AND m.what NOT IN ('typing',"
    " 'seen') ORDER BY m.at_us, m.id"};

constexpr sql update_name{"sends_name",
                          "UPDATE wa_sends SET stanza = $2 WHERE id = $1::bigint AND stanza IS"
                          " DISTINCT FROM $2"};
constexpr sql update_message_name{
    "sends_name_message",
    "UPDATE messages SET ext_id = $2 WHERE id = (SELECT message_id FROM wa_sends WHERE id ="
    " $1::bigint) AND ext_id <> $2"};

constexpr sql select_states{"sends_states",
                            "SELECT id, state FROM wa_sends WHERE id = ANY ($1::bigint[])"};
constexpr sql update_names{
    "sends_echo_names",
    "UPDATE wa_sends s SET stanza = r.stanza FROM unnest($1::bigint[], $2::text[]) AS r(id, stanza)"
    " WHERE s.id = r.id AND r.stanza <> '' AND s.stanza IS DISTINCT FROM r.stanza"};
constexpr sql update_messages{
    "sends_echo_messages",
    "UPDATE messages m SET inbox_id = r.inbox_id, ext_id = coalesce(nullif(r.stanza, ''), m.ext_id)"
    " FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS r(id, stanza, inbox_id) JOIN wa_sends "
    "s"
    " ON s.id = r.id WHERE m.id = s.message_id"};
constexpr sql finish_outbox{
    "sends_echo_outbox",
    "UPDATE outbox o SET state = 'done', last_status = 'seen to have left', finished_at = "
    FIBREHUB_SQL_INSTANT("r.at_us") " FROM unnest($1::bigint[], $2::bigint[]) AS r(id, at_us) JOIN"
    " wa_sends s ON s.id = r.id WHERE o.id = s.outbox_id AND o.state IN ('ready', 'dead')"};

constexpr sql end_refused{
    "sends_step_refused",
    "UPDATE outbox o SET state = 'dead', last_status = 'WhatsApp refused it', finished_at = "
    FIBREHUB_SQL_INSTANT("r.at_us") " FROM unnest($1::bigint[], $2::bigint[]) AS r(id, at_us) JOIN"
    " wa_sends s ON s.id = r.id WHERE o.id = s.outbox_id AND o.state = 'ready'"};

// WhatsApp has no other way to say that a chat is too new.
constexpr sql restrict_session{
    "sends_restrict",
    "INSERT INTO wa_restrictions AS x (channel, session, since, until, reason, by_step) SELECT $1, $2,"
    " " FIBREHUB_SQL_INSTANT("$4::bigint") ", " FIBREHUB_SQL_INSTANT(
        "$5::bigint") ", 'refused a message to somebody new', $6::bool WHERE ($3 LIKE '%@c.us' OR $3"
    " LIKE '%@lid') AND NOT " FIBREHUB_WROTE("$2", "$3") " ON CONFLICT (channel, session) DO UPDATE SET since = excluded.since, until ="
    " greatest(x.until, excluded.until), reason = excluded.reason, by_step = excluded.by_step AND"
    " excluded.until > x.until"};

send_state state_of(const pqxx::field& f) {
  return domain::send_state_from(f.c_str()).value_or(send_state::queued);
}

std::string ids_literal(std::span<const std::int64_t> ids) {
  pq_array a;
  for (const std::int64_t id : ids)
    a.add(id);
  return a.take();
}

/// What is told of a send that has moved on: one row of `update_steps`.
committed_event delivery_event(const pqxx::row& r) {
  committed_event e;
  e.kind = "message.delivery";
  e.ticket_uid = r[0].c_str();
  e.at = domain::from_us(r[9].as<std::int64_t>());
  e.access.who = r[10].as<bool>() ? domain::event_access::circle::ticket_staff
                                  : domain::event_access::circle::ticket;
  e.access.owner = {r[1].as<std::int64_t>(), r[2].as<std::int64_t>(), r[3].as<std::int64_t>()};
  const auto text = [&](int column) {
    const std::string value = r[column].c_str();
    return value.empty() ? std::string("null") : json_string(value);
  };
  const std::string about = r[4].c_str();
  e.outside_json =
      fmt::format(R"({{"ticket_uid":{},"id":{},"message_id":{},"kind":{},"state":{},"at":"{}"}})",
                  json_string(e.ticket_uid), about == "0" ? "null" : json_string(about), text(5),
                  text(6), text(7), domain::to_rfc3339(e.at));
  e.data_json =
      fmt::format(R"({},"reason":{}}})",
                  std::string_view(e.outside_json).substr(0, e.outside_json.size() - 1), text(8));
  return e;
}

std::string reason_for(send_state s) {
  return s == send_state::failed ? "WhatsApp refused it" : "";
}

/// What is told of a message whose call nobody answered settles it: it waits for no other attempt.
void settle_unanswered(connection& db, pqxx::transaction_base& tx,
                       std::span<const send_step> changed,
                       const std::map<std::int64_t, send_state>& before) {
  pq_array left, left_at, refused, refused_at;
  bool is_any = false;
  for (const send_step& s : changed) {
    if (before.at(s.send_id) != send_state::queued) continue;
    is_any = true;
    const bool is_refused = s.to == send_state::failed;
    (is_refused ? refused : left).add(s.send_id);
    (is_refused ? refused_at : left_at).add(domain::to_us(s.at));
  }
  if (!is_any) return;
  db.run(tx, finish_outbox, {{left.take(), left_at.take()}, nullptr});
  db.run(tx, end_refused, {{refused.take(), refused_at.take()}, nullptr});
}

}  // namespace

void write_steps(connection& db, pqxx::transaction_base& tx, std::span<const send_step> steps,
                 std::vector<committed_event>& events) {
  if (steps.empty()) return;
  std::array<pq_array, 4> c;
  for (const send_step& s : steps) {
    c[0].add(s.send_id);
    c[1].add(name_of(s.to));
    c[2].add(std::string_view(domain::storable(s.reason, 300)));
    c[3].add(domain::to_us(s.at));
  }
  sql_params params;
  for (pq_array& column : c)
    params.texts.push_back(column.take());
  params.texts.push_back(std::to_string(std::chrono::microseconds(first_question_after).count()));
  for (const auto& row : db.run(tx, update_steps, params))
    events.push_back(delivery_event(row));
}

void follow_acks(connection& db, pqxx::transaction_base& tx, std::span<const seen_ack> acks,
                 std::vector<committed_event>& events) {
  if (acks.empty()) return;
  std::array<pq_array, 3> keys;
  for (const seen_ack& a : acks) {
    keys[0].add(std::string_view(a.channel));
    keys[1].add(std::string_view(a.session));
    keys[2].add(std::string_view(a.stanza));
  }
  const pqxx::result rows =
      db.run(tx, select_acked, {{keys[0].take(), keys[1].take(), keys[2].take()}, nullptr});
  std::map<std::int64_t, send_step> steps;
  std::map<std::int64_t, send_state> before;
  for (const auto& r : rows) {
    const seen_ack& ack = acks[r[0].as<std::size_t>() - 1];
    const auto id = r[1].as<std::int64_t>();
    const send_state known = before.try_emplace(id, state_of(r[2])).first->second;
    send_step& step = steps.try_emplace(id, send_step{id, known, {}, ack.at}).first->second;
    const send_state now = domain::after_ack(step.to, ack.level);
    if (now == step.to) continue;
    step.to = now;
    step.reason = reason_for(now);
    step.at = ack.at;
    if (now != send_state::failed) continue;
    const auto until = ack.restricted_until.value_or(ack.at + stranger_restriction);
    db.run(tx, restrict_session,
           {{r[4].c_str(), r[5].c_str(), r[6].c_str(), std::to_string(domain::to_us(ack.at)),
             std::to_string(domain::to_us(until)), ack.restricted_until ? "f" : "t"},
            nullptr});
  }
  std::vector<send_step> changed;
  for (auto& [id, step] : steps)
    if (step.to != before.at(id)) changed.push_back(std::move(step));
  settle_unanswered(db, tx, changed, before);
  write_steps(db, tx, changed, events);
}

void name_send(connection& db, pqxx::transaction_base& tx, std::int64_t send_id,
               const std::string& stanza) {
  if (stanza.empty()) return;
  const sql_params params{{std::to_string(send_id), domain::storable(stanza, 255)}, nullptr};
  db.run(tx, update_name, params);
  db.run(tx, update_message_name, params);
}

void apply_known_acks(connection& db, pqxx::transaction_base& tx,
                      std::span<const std::int64_t> send_ids,
                      std::vector<committed_event>& events) {
  if (send_ids.empty()) return;
  std::vector<seen_ack> acks;
  const pqxx::result rows = db.run(tx, select_known_acks, {{ids_literal(send_ids)}, nullptr});
  for (const auto& r : rows)
    acks.push_back({r[0].c_str(), r[1].c_str(), r[2].c_str(), r[3].as<int>(),
                    domain::from_us(r[4].as<std::int64_t>())});
  follow_acks(db, tx, acks, events);
}

void follow_echoes(connection& db, pqxx::transaction_base& tx, std::span<const seen_echo> echoes,
                   std::vector<committed_event>& events) {
  if (echoes.empty()) return;
  // One that came twice counts as it came last.
  std::map<std::int64_t, const seen_echo*> seen;
  for (const seen_echo& e : echoes)
    seen[e.send_id] = &e;
  std::vector<std::int64_t> ids;
  ids.reserve(seen.size());
  for (const auto& [id, echo] : seen)
    ids.push_back(id);
  const pqxx::result rows = db.run(tx, select_states, {{ids_literal(ids)}, nullptr});
  pq_array known, stanzas, inboxes, left, times;
  std::vector<send_step> steps;
  for (const auto& r : rows) {
    const seen_echo& e = *seen.at(r[0].as<std::int64_t>());
    known.add(e.send_id);
    stanzas.add(std::string_view(domain::storable(e.stanza, 255)));
    inboxes.add(e.inbox_id);
    const send_state before = state_of(r[1]), now = domain::after_echo(before);
    if (domain::has_left(now)) {
      left.add(e.send_id);
      times.add(domain::to_us(e.at));
    }
    if (now != before) steps.push_back({e.send_id, now, {}, e.at});
  }
  const std::string send_ids = known.take(), names = stanzas.take();
  db.run(tx, update_names, {{send_ids, names}, nullptr});
  db.run(tx, update_messages, {{send_ids, names, inboxes.take()}, nullptr});
  db.run(tx, finish_outbox, {{left.take(), times.take()}, nullptr});
  write_steps(db, tx, steps, events);
  apply_known_acks(db, tx, ids, events);
}

}  // namespace fibrehub::store
