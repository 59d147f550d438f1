#include "store/sends/due.hpp"

#include <algorithm>
#include <set>

#include "store/people/sql.hpp"
#include "store/sends/endings.hpp"
#include "store/sends/strangers.hpp"
#include "store/sql_time.hpp"
#include "store/wa/session_works.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

// The condition of both indexes, as they spell it.
#define FIBREHUB_MAY_LEAVE "o.channel = 'whatsapp' AND o.state = 'ready' AND NOT o.behind"
#define FIBREHUB_RAW_SESSION "coalesce(o.body->>'session', '')"

// What has been due longest shows which sessions have something, unless one of them has it all.
constexpr std::size_t window_rows = 256;
constexpr sql select_window{
    "sends_window",
    "WITH w AS MATERIALIZED (SELECT x.* FROM unnest($1::text[]) AS p(peer) CROSS JOIN LATERAL (SELECT"
    " o.peer, " FIBREHUB_RAW_SESSION " AS session, o.next_at, o.id FROM outbox o WHERE "
    FIBREHUB_MAY_LEAVE " AND o.peer = p.peer AND o.next_at <= " FIBREHUB_SQL_INSTANT("$2::bigint")
    " ORDER BY o.next_at, o.id LIMIT $3::bigint) x) SELECT peer, session, (SELECT count(*) FROM w)"
    " FROM w GROUP BY peer, session ORDER BY min(next_at), min(id)"};

// From session to session by the index, a look at each; begins behind $2.
constexpr sql select_sessions{
    "sends_sessions",
    "WITH RECURSIVE s(session, next_at) AS ((SELECT " FIBREHUB_RAW_SESSION
    ", o.next_at FROM outbox o WHERE " FIBREHUB_MAY_LEAVE
    " AND o.peer = $1 AND " FIBREHUB_RAW_SESSION " > $2 ORDER BY " FIBREHUB_RAW_SESSION
    ", o.next_at LIMIT 1) UNION ALL SELECT n.session, n.next_at"
    " FROM s CROSS JOIN LATERAL (SELECT " FIBREHUB_RAW_SESSION
    " AS session, o.next_at FROM outbox o"
    " WHERE " FIBREHUB_MAY_LEAVE " AND o.peer = $1 AND " FIBREHUB_RAW_SESSION
    " > s.session ORDER BY " FIBREHUB_RAW_SESSION
    ", o.next_at LIMIT 1) n) SELECT session FROM s WHERE next_at <= " FIBREHUB_SQL_INSTANT(
        "$3::bigint") " AND session <> ALL ($4::text[]) LIMIT $5::bigint"};

constexpr sql select_facts{
    "sends_session_facts",
    "SELECT k.name, coalesce(w.engine, ''), coalesce(w.version, ''), "
    FIBREHUB_SESSION_MAY_WORK("w", "$3::bigint") ", " FIBREHUB_SQL_US("x.until") ", " FIBREHUB_SQL_US("c.next_at") " FROM unnest($2::text[]) AS"
    " k(name) LEFT JOIN wa_sessions w ON w.channel = $1 AND w.name = k.name LEFT JOIN wa_restrictions"
    " x ON x.channel = $1 AND x.session = k.name LEFT JOIN wa_contact_pace c ON c.channel = $1 AND"
    " c.session = k.name"};

// A restriction told by a delivery step lasts as long as the bridge is set to.
constexpr sql adjust_restrictions{
    "sends_adjust_restrictions",
    "UPDATE wa_restrictions SET until = since + $2::bigint * interval '1 microsecond', by_step ="
    " false WHERE channel = $1 AND by_step"};

// Whom a row is for, before it has a chat.
#define FIBREHUB_WHOM(country)                                                                     \
  "coalesce(o.body->>'chat', regexp_replace(regexp_replace(regexp_replace(coalesce(o.body->>'to'," \
  " ''), '[^0-9]', '', 'g'), '^00', ''), '^0', " country ") || '@c.us')"
// Only messages are unasked for.
#define FIBREHUB_NO_STRANGER                                                                     \
  "(d.whom LIKE '%@g.us' OR coalesce(d.body->>'what', 'text') IN ('reaction', 'edit', 'delete'," \
  " 'typing', 'seen') OR " FIBREHUB_WROTE("k.session", "d.whom") ")"
#define FIBREHUB_MET                                                                          \
  "((SELECT true FROM wa_first_contacts m WHERE m.channel = $1 AND m.session = k.session AND" \
  " m.chat = d.whom LIMIT 1) IS NOT NULL)"
#define FIBREHUB_DUE_OF_SESSION \
  " FROM outbox o WHERE " FIBREHUB_MAY_LEAVE " AND o.peer = k.peer AND " FIBREHUB_RAW_SESSION      \
  " = k.raw AND o.next_at <= " FIBREHUB_SQL_INSTANT("$6::bigint") " AND o.lane <> ALL ($7::text[])" \
  " ORDER BY o.next_at, o.id LIMIT 500"
#define FIBREHUB_SESSIONS_ASKED \
  " FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS k(peer, raw, session, stops)"

// `stops`: c: nobody who never wrote; f: nobody who was never written to either.
constexpr sql select_heads{
    "sends_heads",
    "SELECT k.session, f.id, f.lane, f.attempts, coalesce(f.body->>'chat', ''),"
    " coalesce(f.body->>'text', ''), coalesce(f.body->>'reply_to', ''), coalesce(f.body->>'to', ''),"
    " coalesce(f.body->>'kind', ''), coalesce(f.ticket_id, 0), " FIBREHUB_SQL_US("f.next_at") ", "
    FIBREHUB_SQL_US("f.created_at") ", coalesce(s.id, 0), coalesce(s.stanza, ''), coalesce(s.in_doubt,"
    " false), coalesce(f.body->>'what', 'text'), coalesce(f.body->>'target', ''),"
    " coalesce(f.body->'file'->>'sha256', ''), coalesce(f.body->'file'->>'name', ''),"
    " coalesce(f.body->'file'->>'type', ''), coalesce(f.body->'file'->>'size', '0'),"
    " coalesce(f.body->'place'->>'latitude', ''), coalesce(f.body->'place'->>'longitude', ''),"
    " coalesce(f.body->'place'->>'title', ''), coalesce(f.body->>'on', 'false'), f.is_stranger,"
    " f.never_wrote, n.registered, n.canonical, " FIBREHUB_OWN_ID("f.whom", "w")
    FIBREHUB_SESSIONS_ASKED " CROSS JOIN LATERAL (SELECT * FROM (SELECT d.*, NOT " FIBREHUB_NO_STRANGER
    " AS never_wrote, NOT " FIBREHUB_NO_STRANGER " AND NOT " FIBREHUB_MET " AS is_stranger FROM (SELECT"
    " o.*, " FIBREHUB_WHOM("$8") " AS whom" FIBREHUB_DUE_OF_SESSION ") d) e WHERE k.stops = '' OR"
    " (k.stops = 'f' AND NOT e.is_stranger) OR (k.stops = 'c' AND NOT e.never_wrote) ORDER BY"
    " e.next_at, e.id LIMIT 1) f LEFT JOIN wa_sends s ON s.outbox_id = f.id LEFT JOIN wa_numbers n ON"
    " f.never_wrote AND n.channel = $1 AND n.chat = f.whom AND n.checked_at > "
    FIBREHUB_SQL_INSTANT("$9::bigint") " LEFT JOIN wa_sessions w ON w.channel = $1 AND w.name ="
    " k.session"};

// Put off rather than left in the way of others, but not for long: they may write to us meanwhile.
constexpr sql put_off{
    "sends_put_off",
    "UPDATE outbox SET next_at = late.until FROM (SELECT d.id, least("
    FIBREHUB_SQL_INSTANT("k.until_us") ", " FIBREHUB_SQL_INSTANT("$6::bigint") " + interval '1 minute')"
    " AS until FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $9::bigint[]) AS k(peer,"
    " raw, session, stops, until_us) CROSS JOIN LATERAL (SELECT o.*, " FIBREHUB_WHOM("$8") " AS whom"
    FIBREHUB_DUE_OF_SESSION ") d WHERE NOT " FIBREHUB_NO_STRANGER " AND (k.stops = 'c' OR NOT "
    FIBREHUB_MET ")) AS late WHERE outbox.id = late.id"};

constexpr sql select_next{
    "sends_next",
    "SELECT " FIBREHUB_SQL_US("min(x.next_at)") " FROM unnest($1::text[]) AS p(peer) CROSS JOIN LATERAL"
    " (SELECT o.next_at FROM outbox o WHERE " FIBREHUB_MAY_LEAVE " AND o.peer = p.peer AND o.next_at > "
    FIBREHUB_SQL_INSTANT("$2::bigint") " ORDER BY o.next_at LIMIT 1) x"};

constexpr sql insert_first_contact{
    "sends_first_contact",
    "INSERT INTO wa_first_contacts (channel, session, chat, at) VALUES ($1, $2, "
    "$3, " FIBREHUB_SQL_INSTANT("$4::bigint") ") ON CONFLICT DO NOTHING"};
// The one that makes the hour full decides when there is room again.
constexpr sql upsert_pace{
    "sends_contact_pace",
    "INSERT INTO wa_contact_pace (channel, session, next_at) SELECT $1, $2, greatest("
    FIBREHUB_SQL_INSTANT("$4::bigint") " + $5::bigint * interval '1 microsecond', (SELECT f.at +"
    " interval '1 hour' FROM wa_first_contacts f WHERE $6::bigint > 0 AND f.channel = $1 AND f.session"
    " = $2 AND f.at > " FIBREHUB_SQL_INSTANT("$4::bigint") " - interval '1 hour' ORDER BY f.at DESC"
    " OFFSET greatest($6::bigint - 1, 0) LIMIT 1)) WHERE $3 <> '' ON CONFLICT (channel, session) DO"
    " UPDATE SET next_at = excluded.next_at"};

/// Rows of one session as they name it.
struct place_to_look {
  std::string peer, raw, session;
};

struct session_facts {
  std::string engine, version;
  bool works = true;
  std::string stops;          // c, f or nothing
  std::int64_t until_us = 0;  // of that
};

std::string number(std::int64_t n) {
  return std::to_string(n);
}

class search {
 public:
  search(connection& db, pqxx::transaction_base& tx, const take_sends& request, domain::instant now)
      : db_(db), tx_(tx), r_(request), now_(now) {
    peers_.push_back(request.channel);
    if (request.takes_unaddressed) peers_.emplace_back();
  }

  due_sends run() {
    out_.last_session = r_.after_session;
    look_at_oldest();
    if (places_.empty()) return std::move(out_);
    read_facts();
    read_heads();
    put_strangers_off();
    return std::move(out_);
  }

 private:
  void add_place(std::string peer, std::string raw) {
    std::string session = raw.empty() ? r_.notices_session : raw;
    const auto& busy = r_.busy_sessions;
    if (std::find(busy.begin(), busy.end(), session) != busy.end()) return;
    if (!known_.insert(peer + '\x1f' + raw).second) return;
    places_.push_back({std::move(peer), std::move(raw), std::move(session)});
  }

  void look_at_oldest() {
    const pqxx::result rows =
        db_.run(tx_, select_window, {{text_array(peers_), us(now_), number(window_rows)}, nullptr});
    for (const auto& row : rows)
      add_place(row[0].c_str(), row[1].c_str());
    const bool is_all = rows.empty() || rows[0][2].as<std::size_t>() < window_rows;
    if (is_all || places_.size() >= r_.limit) return;
    for (const std::string& peer : peers_)
      look_further(peer);
  }

  /// Behind where the last look ended, then from the beginning; and rows that name no session.
  void look_further(const std::string& peer) {
    look_behind(peer, r_.after_session);
    if (!r_.after_session.empty()) look_behind(peer, "");
    add_place(peer, "");
  }

  void look_behind(const std::string& peer, const std::string& after) {
    if (places_.size() >= r_.limit) return;
    const pqxx::result rows = db_.run(tx_, select_sessions,
                                      {{peer, after, us(now_), text_array(r_.busy_sessions),
                                        std::to_string(r_.limit - places_.size())},
                                       nullptr});
    for (const auto& row : rows) {
      out_.last_session = row[0].c_str();
      add_place(peer, row[0].c_str());
    }
  }

  void read_facts() {
    db_.run(tx_, adjust_restrictions,
            {{r_.channel, number(std::chrono::microseconds(r_.strangers.restricted_for).count())},
             nullptr});
    std::set<std::string> names;
    for (const place_to_look& p : places_)
      names.insert(p.session);
    const pqxx::result rows =
        db_.run(tx_, select_facts,
                {{r_.channel, text_array({names.begin(), names.end()}), us(now_)}, nullptr});
    const std::int64_t now_us = domain::to_us(now_);
    for (const auto& row : rows) {
      session_facts& f = facts_[row[0].c_str()];
      f.engine = row[1].c_str();
      f.version = row[2].c_str();
      f.works = row[3].as<bool>();
      const auto restricted = row[4].as<std::int64_t>(), paced = row[5].as<std::int64_t>();
      if (restricted > now_us) {
        f.stops = "c";
        f.until_us = restricted;
      } else if (paced > now_us) {
        f.stops = "f";
        f.until_us = paced;
      }
    }
    std::erase_if(places_, [&](const place_to_look& p) { return !facts_[p.session].works; });
  }

  /// Of those places that `wanted` names.
  template <class Wanted>
  sql_params asked(const Wanted& wanted) {
    pq_array peers, raws, sessions, stops, untils;
    for (const place_to_look& p : places_) {
      const session_facts& f = facts_[p.session];
      if (!wanted(f)) continue;
      peers.add(std::string_view(p.peer));
      raws.add(std::string_view(p.raw));
      sessions.add(std::string_view(p.session));
      stops.add(std::string_view(f.stops));
      untils.add(f.until_us);
    }
    return {{r_.channel, peers.take(), raws.take(), sessions.take(), stops.take(), us(now_),
             text_array(r_.busy_lanes), r_.country_code, untils.take()},
            nullptr};
  }

  void read_heads() {
    sql_params params = asked([](const session_facts&) { return true; });
    params.texts.back() = us(now_ - number_known_for);
    for (const auto& row : db_.run(tx_, select_heads, params))
      add(row);
    auto& items = out_.items;
    std::sort(items.begin(), items.end(), [](const due_send& a, const due_send& b) {
      return std::pair(a.next_at, a.send.outbox_id) < std::pair(b.next_at, b.send.outbox_id);
    });
    // A session may be asked for in two ways.
    std::set<std::string> taken;
    std::erase_if(items, [&](const due_send& d) { return !taken.insert(d.send.session).second; });
    if (items.size() > r_.limit) items.resize(r_.limit);
  }

  void add(const pqxx::row& r) {
    due_send d;
    taken_send& s = d.send;
    s.session = r[0].c_str();
    s.outbox_id = r[1].as<std::int64_t>();
    s.lane = r[2].c_str();
    s.attempts = r[3].as<std::uint32_t>();
    s.chat = r[4].c_str();
    s.text = r[5].c_str();
    s.reply_to = r[6].c_str();
    d.to = r[7].c_str();
    s.kind = r[8].c_str();
    d.ticket_id = r[9].as<std::int64_t>();
    d.next_at = instant_of(r[10]);
    d.created_at = instant_of(r[11]);
    s.send_id = r[12].as<std::int64_t>();
    s.stanza = r[13].c_str();
    s.in_doubt = r[14].as<bool>();
    s.what = domain::send_kind_from(r[15].c_str()).value_or(domain::send_kind::text);
    s.target = r[16].c_str();
    s.file = {r[17].c_str(), r[18].c_str(), r[19].c_str(), r[20].as<std::int64_t>()};
    s.place = {r[21].c_str(), r[22].c_str(), r[23].c_str()};
    s.typing_on = r[24].c_str() == std::string_view("true");
    d.to_stranger = r[25].as<bool>();
    d.never_wrote = r[26].as<bool>();
    if (!r[27].is_null()) d.number = known_number{r[27].as<bool>(), r[28].c_str()};
    s.author = r[29].c_str();
    const session_facts& f = facts_[s.session];
    d.engine = f.engine;
    d.version = f.version;
    out_.items.push_back(std::move(d));
  }

  void put_strangers_off() {
    const auto stopped = [](const session_facts& f) { return !f.stops.empty(); };
    const bool any = std::any_of(places_.begin(), places_.end(), [&](const place_to_look& p) {
      return stopped(facts_[p.session]);
    });
    if (any) db_.run(tx_, put_off, asked(stopped));
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  const take_sends& r_;
  domain::instant now_;
  std::vector<std::string> peers_;
  std::vector<place_to_look> places_;
  std::set<std::string> known_;
  std::unordered_map<std::string, session_facts> facts_;
  due_sends out_;
};

}  // namespace

due_sends find_due(connection& db, pqxx::transaction_base& tx, const take_sends& request,
                   domain::instant now) {
  return search(db, tx, request, now).run();
}

std::optional<domain::instant> next_due(connection& db, pqxx::transaction_base& tx,
                                        const take_sends& request, domain::instant now) {
  std::vector<std::string> peers{request.channel};
  if (request.takes_unaddressed) peers.emplace_back();
  return instant_or_none(db.run(tx, select_next, {{text_array(peers), us(now)}, nullptr})[0][0]);
}

void note_first_contact(connection& db, pqxx::transaction_base& tx, const take_sends& request,
                        const taken_send& send, domain::instant now) {
  const stranger_rules& rules = request.strangers;
  if (rules.gap.count() == 0 && rules.per_hour == 0) return;
  const auto gap = std::chrono::microseconds(rules.gap).count();
  const auto more =
      gap > 0 ? static_cast<std::int64_t>(request.dice % static_cast<std::uint64_t>(gap)) : 0;
  db.run(tx, insert_first_contact, {{request.channel, send.session, send.chat, us(now)}, nullptr});
  db.run(tx, upsert_pace,
         {{request.channel, send.session, send.chat, us(now), number(gap + more),
           number(rules.per_hour)},
          nullptr});
}

}  // namespace fibrehub::store
