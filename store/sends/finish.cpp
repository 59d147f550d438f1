#include "store/sends/finish.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/notify/notify.hpp"
#include "store/people/sql.hpp"
#include "store/sends/endings.hpp"
#include "store/sends/steps.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr sql lock_flights{
    "sends_finish_lock",
    "SELECT k.i, s.state FROM unnest($1::bigint[], $2::bigint[], $3::integer[]) WITH ORDINALITY AS"
    " k(id, incarnation, attempts, i) JOIN outbox o ON o.id = k.id JOIN wa_sends s ON s.outbox_id ="
    " o.id WHERE o.state = 'inflight' AND o.incarnation = k.incarnation AND o.attempts = k.attempts"
    " ORDER BY k.i FOR UPDATE OF o"};
constexpr sql end_flights{
    "sends_finish",
    "UPDATE outbox o SET state = r.state, last_status = r.status, next_at = CASE WHEN r.state = 'ready'"
    " THEN " FIBREHUB_SQL_INSTANT("r.next_us") " ELSE o.next_at END, attempts = o.attempts - CASE WHEN"
    " r.spent THEN 0 ELSE 1 END, finished_at = CASE WHEN r.state = 'ready' THEN NULL ELSE "
    FIBREHUB_SQL_INSTANT("$6::bigint") " END FROM unnest($1::bigint[], $2::text[], $3::text[],"
    " $4::bigint[], $5::bool[]) AS r(id, state, status, next_us, spent) WHERE o.id = r.id"};
constexpr sql set_doubts{"sends_doubt",
                         "UPDATE wa_sends SET in_doubt = true WHERE id = ANY ($1::bigint[])"};
constexpr sql restrict_session{
    "sends_finish_restrict",
    "INSERT INTO wa_restrictions (channel, session, since, until, reason) VALUES ($1, $2,"
    " " FIBREHUB_SQL_INSTANT("$3::bigint") ", " FIBREHUB_SQL_INSTANT(
        "$4::bigint") ", $5) ON CONFLICT (channel, session) DO UPDATE SET since = excluded.since,"
                      " until = greatest(wa_restrictions.until, excluded.until), reason ="
                      " excluded.reason"};
constexpr sql keep_number{
    "sends_keep_number",
    "INSERT INTO wa_numbers (channel, chat, registered, canonical, checked_at) VALUES ($1, $2,"
    " $3::bool, $4, " FIBREHUB_SQL_INSTANT("$5::bigint") ") ON CONFLICT (channel, chat) DO UPDATE SET"
    " registered = excluded.registered, canonical = excluded.canonical, checked_at ="
    " excluded.checked_at"};
constexpr sql update_chat{"sends_canonical_chat",
                          "UPDATE wa_sends SET chat = $2 WHERE id = $1::bigint AND chat <> $2"};

constexpr std::string_view alarm = "delivery_dead";  // whose own death raises no alarm

/// What the row and its send become, by outcome.
struct ending {
  const char* outbox = "ready";
  std::optional<domain::send_end> end;
};
ending ending_of(const finish_send& f) {
  // A hint is over, however it went.
  if (f.outcome == send_outcome::accepted || domain::is_hint(f.what.what))
    return {"done", domain::send_end::accepted};
  if (f.outcome == send_outcome::refused) return {"dead", domain::send_end::refused};
  return {};
}

class finishing {
 public:
  finishing(connection& db, pqxx::transaction_base& tx, change_context& context)
      : db_(db), tx_(tx), context_(context), now_(context.origin.at) {}

  std::size_t run(const std::vector<const finish_send*>& all) {
    const auto held = lock(all);
    if (held.empty()) return 0;
    context_.moves_sends = true;
    end_rows(held);
    for (const auto& [f, known] : held)
      note(*f, known);
    if (!doubtful_.empty()) db_.run(tx_, set_doubts, {{id_array(doubtful_)}, nullptr});
    write_steps(db_, tx_, steps_, context_.events);
    for (const auto& [f, known] : held)
      if (failed(*f, known)) tell_of_dead_send(db_, tx_, f->what, f->status, context_);
    apply_known_acks(db_, tx_, named_, context_.events);
    return held.size();
  }

 private:
  using held_one = std::pair<const finish_send*, domain::send_state>;

  std::vector<held_one> lock(const std::vector<const finish_send*>& all) {
    pq_array ids, incarnations, attempts;
    for (const finish_send* f : all) {
      ids.add(f->what.outbox_id);
      incarnations.add(f->what.incarnation);
      attempts.add(static_cast<std::int64_t>(f->what.attempts));
    }
    std::vector<held_one> out;
    const pqxx::result rows =
        db_.run(tx_, lock_flights, {{ids.take(), incarnations.take(), attempts.take()}, nullptr});
    for (const auto& row : rows)
      out.emplace_back(
          all[row[0].as<std::size_t>() - 1],
          domain::send_state_from(row[1].c_str()).value_or(domain::send_state::queued));
    return out;
  }

  void end_rows(const std::vector<held_one>& held) {
    pq_array ids, states, statuses, times, spent;
    for (const auto& [f, known] : held) {
      // What has been seen to leave is done, whatever became of the call.
      const char* state = domain::has_left(known) ? "done" : ending_of(*f).outbox;
      // An error step came before the call ended: what WhatsApp refused is not sent again.
      if (known == domain::send_state::failed && state == std::string_view("ready")) state = "dead";
      ids.add(f->what.outbox_id);
      states.add(std::string_view(state));
      statuses.add(std::string_view(domain::storable(f->status, 300)));
      times.add(domain::to_us(f->next_at));
      spent.add_bool(f->spent);
    }
    db_.run(tx_, end_flights,
            {{ids.take(), states.take(), statuses.take(), times.take(), spent.take(), us(now_)},
             nullptr});
  }

  static domain::send_state then(const finish_send& f, domain::send_state known) {
    const ending to = ending_of(f);
    return to.end ? domain::after_end(known, *to.end) : known;
  }
  static bool failed(const finish_send& f, domain::send_state known) {
    return ending_of(f).end && then(f, known) == domain::send_state::failed;
  }

  void note(const finish_send& f, domain::send_state known) {
    const taken_send& s = f.what;
    if (f.outcome == send_outcome::in_doubt && !domain::has_left(known) &&
        known != domain::send_state::failed && !domain::is_repeatable(s.what))
      doubtful_.push_back(s.send_id);
    if (f.outcome == send_outcome::restricted)
      db_.run(tx_, restrict_session,
              {{f.channel, s.session, us(now_), us(now_ + f.restricted_for),
                domain::storable(f.status, 300)},
               nullptr});
    if (f.number) keep(f.channel, s, *f.number);
    // What is done to a message has no name of its own here: the engine may answer the message's.
    const bool named = f.outcome == send_outcome::accepted && domain::is_message(s.what);
    if (named && f.name != s.stanza) name_send(db_, tx_, s.send_id, f.name);
    const domain::send_state now = then(f, known);
    if (now != known)
      steps_.push_back(
          {s.send_id, now, now == domain::send_state::failed ? f.status : std::string(), now_});
    if (ending_of(f).end && domain::has_left(now)) named_.push_back(s.send_id);
  }

  void keep(const std::string& channel, const taken_send& s, const checked_number& n) {
    db_.run(tx_, keep_number,
            {{channel, domain::storable(n.asked, 255), n.registered ? "t" : "f",
              domain::storable(n.canonical, 255), us(now_)},
             nullptr});
    if (!n.canonical.empty()) move_send(db_, tx_, s.send_id, n.canonical);
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  change_context& context_;
  domain::instant now_;
  std::vector<std::int64_t> doubtful_, named_;
  std::vector<send_step> steps_;
};

}  // namespace

void tell_of_dead_send(connection& db, pqxx::transaction_base& tx, const taken_send& send,
                       const std::string& why, change_context& context) {
  if (send.kind == alarm || domain::is_hint(send.what)) return;
  hub_notice told;
  told.kind = domain::notice_kind::delivery_dead;
  told.at = context.origin.at;
  told.key = fmt::format("notify:outbox:{}:{}", send.outbox_id, domain::to_us(told.at));
  told.subject = "A WhatsApp message was not delivered";
  told.text =
      fmt::format("Outbox row {} (whatsapp, session {}): {}\n", send.outbox_id, send.session, why);
  context.grows_outbox |= notify_role(db, tx, domain::role::admin, told, context.events);
}

void move_send(connection& db, pqxx::transaction_base& tx, std::int64_t send_id,
               const std::string& chat) {
  db.run(tx, update_chat, {{std::to_string(send_id), domain::storable(chat, 255)}, nullptr});
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const finish_sends& request,
                  change_context& context) {
  std::vector<const finish_send*> all;
  for (const finish_send& f : request.items)
    all.push_back(&f);
  const std::size_t settled = finishing(db, tx, context).run(all);
  return write_answer{200, fmt::format(R"({{"settled":{}}})", settled)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const finish_send& request,
                  change_context& context) {
  const bool settled = finishing(db, tx, context).run({&request}) == 1;
  return write_answer{200, fmt::format(R"({{"settled":{}}})", settled)};
}

}  // namespace fibrehub::store
