#include "store/sends/take.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/text.hpp"
#include "store/notify/notify.hpp"
#include "store/people/sql.hpp"
#include "store/sends/steps.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

// A bridge whose last word was "not working" is asked itself after a while: the word that it works
// again may have been lost.
#define FIBREHUB_STATUS_IS_OLD "interval '10 minutes'"
// What was lost in flight without a name is known by its echo alone, which may be on its way still.
#define FIBREHUB_TIME_OF_AN_ECHO "interval '1 minute'"
#define FIBREHUB_OF_BRIDGE(row) \
  row ".channel = 'whatsapp' AND (" row ".peer = $1 OR (" row ".peer = '' AND $2::bool))"

constexpr sql lose_flights{
    "sends_lost",
    "UPDATE outbox o SET state = 'ready', next_at = CASE WHEN EXISTS (SELECT 1 FROM wa_sends s WHERE"
    " s.outbox_id = o.id AND s.stanza IS NULL) THEN " FIBREHUB_SQL_INSTANT(
        "$3::bigint") " + " FIBREHUB_TIME_OF_AN_ECHO " ELSE o.next_at END WHERE "
    FIBREHUB_OF_BRIDGE("o") " AND o.state = 'inflight' AND o.id <> ALL ($4::bigint[]) RETURNING o.id"};
constexpr sql doubt_lost{
    "sends_doubt_lost",
    "UPDATE wa_sends SET in_doubt = true WHERE outbox_id = ANY ($1::bigint[]) AND state = "
    "'queued'"};
constexpr sql finish_seen{
    "sends_lost_seen",
    "UPDATE outbox o SET state = 'done', last_status = 'seen as an echo', finished_at "
    "= " FIBREHUB_SQL_INSTANT("$2::bigint")
    " FROM wa_sends s WHERE s.outbox_id = o.id AND o.id = ANY ($1::bigint[]) AND s.state IN"
    " ('accepted', 'sent', 'delivered', 'read')"};

// Only a person nobody has heard from is a stranger.
constexpr sql select_ready{
    "sends_take",
    "WITH due AS (SELECT o.id, o.lane, o.next_at, o.attempts, o.ticket_id, o.body, o.created_at,"
    " coalesce(o.body->>'session', $3) AS session, o.body->>'chat' AS chat, coalesce(o.body->>'chat',"
    " regexp_replace(regexp_replace(regexp_replace(coalesce(o.body->>'to', ''), '[^0-9]', '', 'g'),"
    " '^00', ''), '^0', $8) || '@c.us') AS whom FROM outbox o WHERE "
    FIBREHUB_OF_BRIDGE("o") " AND o.state = 'ready' AND o.next_at <= " FIBREHUB_SQL_INSTANT("$4::bigint")
    " AND o.lane <> ALL ($5::text[]) AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.channel ="
    " o.channel AND e.lane = o.lane AND e.state IN ('ready', 'inflight') AND (e.seq, e.id) < (o.seq,"
    " o.id))), allowed AS (SELECT d.*, coalesce(w.engine, '') AS engine, coalesce(w.version, '') AS"
    " version FROM due d LEFT JOIN wa_sessions w ON w.channel = $1 AND w.name = d.session"
    " LEFT JOIN wa_restrictions x ON x.channel = $1 AND x.session = d.session AND x.until > "
    FIBREHUB_SQL_INSTANT("$4::bigint")
    " WHERE d.session <> ALL ($6::text[]) AND (w.status IS NULL OR w.status = 'WORKING' OR"
    " w.updated_at < " FIBREHUB_SQL_INSTANT("$4::bigint") " - " FIBREHUB_STATUS_IS_OLD ") AND"
    " (x.until IS NULL OR d.chat LIKE '%@g.us' OR EXISTS (SELECT 1 FROM contact_aliases a WHERE"
    " a.channel = $1 AND a.session = d.session AND a.ext_id = d.whom))),"
    " first_of_session AS (SELECT DISTINCT ON (session) * FROM allowed ORDER BY session, next_at, id)"
    " SELECT f.id, f.lane, f.attempts, f.session, coalesce(f.chat, ''), f.engine, f.version,"
    " coalesce(f.body->>'text', ''), coalesce(f.body->>'reply_to', ''), coalesce(f.body->>'to', ''),"
    " coalesce(f.body->>'kind', ''), coalesce(f.ticket_id, 0), " FIBREHUB_SQL_US("f.created_at") ","
    " coalesce(s.id, 0), coalesce(s.stanza, ''), coalesce(s.in_doubt, false) FROM first_of_session f"
    " LEFT JOIN wa_sends s ON s.outbox_id = f.id ORDER BY f.next_at, f.id LIMIT $7::bigint"};

constexpr sql select_next{
    "sends_next",
    "SELECT " FIBREHUB_SQL_US("min(o.next_at)") " FROM outbox o WHERE " FIBREHUB_OF_BRIDGE(
        "o") " AND o.state = 'ready' AND o.next_at > " FIBREHUB_SQL_INSTANT("$3::bigint")};

constexpr sql insert_notice{
    "sends_notice",
    "INSERT INTO wa_sends (id, outbox_id, ticket_id, kind, channel, session, chat, author,"
    " text_digest, queued_at) VALUES ($1::bigint, $2::bigint, nullif($3::bigint, 0), $4, $5, $6, "
    "$7,"
    " 'the hub', md5($8), " FIBREHUB_SQL_INSTANT("$9::bigint") ")"};

constexpr sql begin_flight{
    "sends_begin",
    "UPDATE outbox SET state = 'inflight', attempts = attempts + 1, incarnation = (SELECT"
    " incarnation FROM hub_state) WHERE id = $1::bigint RETURNING attempts, incarnation"};
constexpr sql note_handing{"sends_handed", "UPDATE wa_sends SET handed_at = " FIBREHUB_SQL_INSTANT(
                                               "$2::bigint") " WHERE id = $1::bigint"};

constexpr sql lock_flight{
    "sends_finish_lock",
    "SELECT s.state FROM outbox o JOIN wa_sends s ON s.outbox_id = o.id WHERE o.id = $1::bigint AND"
    " o.state = 'inflight' AND o.incarnation = $2::bigint AND o.attempts = $3::integer FOR UPDATE "
    "OF"
    " o"};
constexpr sql end_flight{
    "sends_finish",
    "UPDATE outbox SET state = $2, last_status = $3, next_at = CASE WHEN $2 = 'ready' THEN "
    FIBREHUB_SQL_INSTANT("$4::bigint") " ELSE next_at END, attempts = attempts - CASE WHEN $5::bool"
    " THEN 0 ELSE 1 END, finished_at = CASE WHEN $2 = 'ready' THEN NULL ELSE "
    FIBREHUB_SQL_INSTANT("$6::bigint") " END WHERE id = $1::bigint"};
constexpr sql set_doubt{"sends_doubt", "UPDATE wa_sends SET in_doubt = true WHERE id = $1::bigint"};
constexpr sql restrict_session{
    "sends_finish_restrict",
    "INSERT INTO wa_restrictions (channel, session, since, until, reason) VALUES ($1, $2,"
    " " FIBREHUB_SQL_INSTANT("$3::bigint") ", " FIBREHUB_SQL_INSTANT(
        "$4::bigint") ", $5) ON CONFLICT (channel, session) DO UPDATE SET until ="
                      " greatest(wa_restrictions.until, excluded.until), reason = excluded.reason"};

constexpr sql select_given_up{
    "sends_given_up", "SELECT id, state FROM wa_sends WHERE outbox_id = ANY ($1::bigint[])"};
constexpr sql want_again{
    "sends_wanted_again",
    "UPDATE wa_sends SET state = 'queued', reason = '', in_doubt = false, ended_at = NULL WHERE"
    " outbox_id = $1::bigint AND state IN ('failed', 'uncertain')"};

constexpr std::string_view alarm = "delivery_dead";  // whose own death raises no alarm

/// One row of `select_ready`.
struct candidate {
  taken_send send;
  std::string engine, version, to;
  std::int64_t ticket_id = 0;
  domain::instant created_at{};
};

candidate to_candidate(const pqxx::row& r) {
  candidate c;
  c.send.outbox_id = r[0].as<std::int64_t>();
  c.send.lane = r[1].c_str();
  c.send.attempts = r[2].as<std::uint32_t>();
  c.send.session = r[3].c_str();
  c.send.chat = r[4].c_str();
  c.engine = r[5].c_str();
  c.version = r[6].c_str();
  c.send.text = r[7].c_str();
  c.send.reply_to = r[8].c_str();
  c.to = r[9].c_str();
  c.send.kind = r[10].c_str();
  c.ticket_id = r[11].as<std::int64_t>();
  c.created_at = instant_of(r[12]);
  c.send.send_id = r[13].as<std::int64_t>();
  c.send.stanza = r[14].c_str();
  c.send.in_doubt = r[15].as<bool>();
  return c;
}

/// The end of a delivery nobody goes on with, said to the admins.
void tell_admins(connection& db, pqxx::transaction_base& tx, std::int64_t outbox_id,
                 std::string_view kind, const std::string& session, const std::string& why,
                 change_context& context) {
  if (kind == alarm) return;
  hub_notice told;
  told.kind = domain::notice_kind::delivery_dead;
  told.at = context.origin.at;
  told.key = fmt::format("notify:outbox:{}:{}", outbox_id, domain::to_us(told.at));
  told.subject = "A WhatsApp message was not delivered";
  told.text = fmt::format("Outbox row {} (whatsapp, session {}): {}\n", outbox_id, session, why);
  notify_role(db, tx, domain::role::admin, told, context.events);
}

class taking {
 public:
  taking(connection& db, pqxx::transaction_base& tx, const take_sends& request,
         change_context& context)
      : db_(db), tx_(tx), request_(request), context_(context), now_(context.origin.at) {}

  taken_sends run() {
    if (request_.somebody_was_lost) pick_up_lost();
    const pqxx::result rows =
        db_.run(tx_, select_ready,
                {{request_.channel, bridge_flag(), request_.notices_session, us(now_),
                  text_array(request_.busy_lanes), text_array(request_.busy_sessions),
                  std::to_string(request_.limit), request_.country_code},
                 nullptr});
    for (const auto& row : rows)
      take(to_candidate(row));
    out_.next_at = instant_or_none(
        db_.run(tx_, select_next, {{request_.channel, bridge_flag(), us(now_)}, nullptr})[0][0]);
    return std::move(out_);
  }

 private:
  std::string bridge_flag() const { return request_.takes_unaddressed ? "t" : "f"; }

  void pick_up_lost() {
    std::vector<std::int64_t> lost;
    const pqxx::result rows =
        db_.run(tx_, lose_flights,
                {{request_.channel, bridge_flag(), us(now_), id_array(request_.held)}, nullptr});
    for (const auto& row : rows)
      lost.push_back(row[0].as<std::int64_t>());
    if (lost.empty()) return;
    db_.run(tx_, doubt_lost, {{id_array(lost)}, nullptr});
    db_.run(tx_, finish_seen, {{id_array(lost), us(now_)}, nullptr});
  }

  void take(candidate c) {
    if (!address(c)) return;
    if (c.send.in_doubt && c.send.stanza.empty()) return give_up_asking(c);
    if (c.send.stanza.empty() && request_.new_name) {
      c.send.stanza = request_.new_name(c.engine, c.version);
      name_send(db_, tx_, c.send.send_id, c.send.stanza);
    }
    const std::string id = std::to_string(c.send.outbox_id);
    const pqxx::result begun = db_.run(tx_, begin_flight, {{id}, nullptr});
    c.send.attempts = begun[0][0].as<std::uint32_t>();
    c.send.incarnation = begun[0][1].as<std::int64_t>();
    db_.run(tx_, note_handing, {{std::to_string(c.send.send_id), us(now_)}, nullptr});
    out_.items.push_back(std::move(c.send));
  }

  /// A notification gets its chat and its row with the first attempt; false: it has no address.
  bool address(candidate& c) {
    if (c.send.chat.empty()) {
      const std::string digits = whatsapp_digits(c.to, request_.country_code);
      c.send.chat = digits.empty() ? "" : digits + "@c.us";
    }
    if (c.send.send_id == 0) {
      c.send.send_id = context_.next_id();
      db_.run(tx_, insert_notice,
              {{std::to_string(c.send.send_id), std::to_string(c.send.outbox_id),
                std::to_string(c.ticket_id), c.send.kind, request_.channel, c.send.session,
                c.send.chat, c.send.text, us(c.created_at)},
               nullptr});
    }
    if (!c.send.chat.empty()) return true;
    settle(c, domain::send_state::failed, "there is no phone number to send it to");
    ++out_.refused;
    return false;
  }

  /// It may have left, nobody can be asked, and no echo came.
  void give_up_asking(const candidate& c) {
    settle(c, domain::send_state::uncertain,
           "it may have left: no answer, no echo, and no name to ask by");
    ++out_.uncertain;
  }

  void settle(const candidate& c, domain::send_state to, const std::string& why) {
    const std::string status = to == domain::send_state::uncertain ? "uncertain: " + why : why;
    db_.run(tx_, end_flight,
            {{std::to_string(c.send.outbox_id), "dead", status, us(now_), "t", us(now_)}, nullptr});
    const send_step step{c.send.send_id, to, why, now_};
    write_steps(db_, tx_, {&step, 1});
    tell_admins(db_, tx_, c.send.outbox_id, c.send.kind, c.send.session, status, context_);
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  const take_sends& request_;
  change_context& context_;
  domain::instant now_;
  taken_sends out_;
};

/// What the row and its send become, by outcome.
struct ending {
  const char* outbox = "ready";
  std::optional<domain::send_end> end;
};
ending ending_of(send_outcome what) {
  switch (what) {
    case send_outcome::accepted:
      return {"done", domain::send_end::accepted};
    case send_outcome::refused:
      return {"dead", domain::send_end::refused};
    case send_outcome::again:
    case send_outcome::in_doubt:
    case send_outcome::restricted:
      break;
  }
  return {};
}

}  // namespace

std::string whatsapp_digits(const std::string& phone, const std::string& country_code) {
  std::string digits;
  for (const char c : phone)
    if (c >= '0' && c <= '9') digits += c;
  if (digits.starts_with("00")) {
    digits.erase(0, 2);
  } else if (digits.starts_with('0')) {
    digits.replace(0, 1, country_code);
  }
  if (digits.size() < 8 || digits.size() > 15 || digits.front() == '0') return {};
  return digits;
}

domain::principal sender_principal(const std::string& channel) {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:waha/" + channel;
  p.name = "waha/" + channel;
  p.as = domain::role::admin;
  return p;
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const take_sends& request,
                  change_context& context) {
  context.moves_sends = true;
  taken_sends taken = taking(db, tx, request, context).run();
  const std::size_t count = taken.items.size();
  if (request.result) *request.result = std::move(taken);
  return write_answer{200, fmt::format(R"({{"taken":{}}})", count)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const finish_send& request,
                  change_context& context) {
  const taken_send& s = request.what;
  const domain::instant now = context.origin.at;
  const std::string id = std::to_string(s.outbox_id);
  const pqxx::result held = db.run(
      tx, lock_flight, {{id, std::to_string(s.incarnation), std::to_string(s.attempts)}, nullptr});
  if (held.empty()) return write_answer{200, R"({"settled":false})"};
  context.moves_sends = true;
  const auto known =
      domain::send_state_from(held[0][0].c_str()).value_or(domain::send_state::queued);
  ending to = ending_of(request.outcome);
  // What has been seen to leave is done, whatever became of the call.
  if (domain::has_left(known)) to.outbox = "done";
  db.run(tx, end_flight,
         {{id, to.outbox, domain::storable(request.status, 300), us(request.next_at),
           request.spent ? "t" : "f", us(now)},
          nullptr});
  if (request.outcome == send_outcome::in_doubt && !domain::has_left(known))
    db.run(tx, set_doubt, {{std::to_string(s.send_id)}, nullptr});
  if (request.outcome == send_outcome::restricted)
    db.run(tx, restrict_session,
           {{request.channel, s.session, us(now), us(now + stranger_restriction),
             domain::storable(request.status, 300)},
            nullptr});
  if (request.outcome == send_outcome::accepted) name_send(db, tx, s.send_id, request.name);
  if (to.end) {
    const domain::send_state then = domain::after_end(known, *to.end);
    const bool failed = then == domain::send_state::failed;
    const send_step step{s.send_id, then, failed ? request.status : "", now};
    if (then != known) write_steps(db, tx, {&step, 1});
    if (failed) {
      tell_admins(db, tx, s.outbox_id, s.kind, s.session, request.status, context);
    } else {
      apply_known_acks(db, tx, {&s.send_id, 1});
    }
  }
  return write_answer{200, R"({"settled":true})"};
}

void sends_given_up(connection& db, pqxx::transaction_base& tx,
                    const std::vector<std::int64_t>& outbox_ids, const std::string& reason,
                    domain::instant at) {
  if (outbox_ids.empty()) return;
  std::vector<send_step> steps;
  const pqxx::result rows = db.run(tx, select_given_up, {{id_array(outbox_ids)}, nullptr});
  for (const auto& r : rows) {
    const auto known = domain::send_state_from(r[1].c_str()).value_or(domain::send_state::queued);
    const domain::send_state then = domain::after_end(known, domain::send_end::given_up);
    if (then != known) steps.push_back({r[0].as<std::int64_t>(), then, reason, at});
  }
  write_steps(db, tx, steps);
}

void send_wanted_again(connection& db, pqxx::transaction_base& tx, std::int64_t outbox_id) {
  db.run(tx, want_again, {{std::to_string(outbox_id)}, nullptr});
}

}  // namespace fibrehub::store
