#include "store/ingest/write_sessions.hpp"

#include <map>
#include <optional>

#include "domain/text.hpp"
#include "store/ingest/column_writer.hpp"
#include "store/people/sql.hpp"
#include "store/sends/steps.hpp"
#include "store/sql_time.hpp"
#include "store/wa/session_event.hpp"

namespace fibrehub::store {
namespace {

using people::instant_of;
using std::string_view;

constexpr sql upsert_sessions{
    "write_sessions",
    R"(
INSERT INTO wa_sessions AS s (channel, name, status, status_at, me, me_name, engine, version, updated_at)
SELECT r.channel, r.name, r.status, )" FIBREHUB_SQL_INSTANT(
        "r.status_us") ", r.me, r.me_name, r.engine, r.version, " FIBREHUB_SQL_INSTANT("r.at_"
                                                                                       "us") R"(
FROM (SELECT unnest($1::text[]) AS channel, unnest($2::text[]) AS name, unnest($3::text[]) AS status,
      unnest($4::bigint[]) AS status_us, unnest($5::text[]) AS me, unnest($6::text[]) AS me_name,
      unnest($7::text[]) AS engine, unnest($8::text[]) AS version, unnest($9::bigint[]) AS at_us) AS r
ON CONFLICT (channel, name) DO UPDATE
SET status = excluded.status, status_at = excluded.status_at,
    me = CASE WHEN excluded.me = '' AND excluded.status <> 'SCAN_QR_CODE' THEN s.me ELSE excluded.me END,
    me_name = CASE WHEN excluded.me_name = '' AND excluded.status <> 'SCAN_QR_CODE' THEN s.me_name ELSE
      excluded.me_name END,
    engine = excluded.engine, version = excluded.version, updated_at = excluded.updated_at,
    gone_at = NULL
WHERE excluded.status_at >= s.status_at
RETURNING channel, name, status, )" FIBREHUB_SQL_US("status_at")};

// What was only seen by looking gives way to what WAHA says of the same step.
constexpr sql delete_seen_steps{"write_session_unsee", R"(
DELETE FROM wa_session_history h USING (SELECT unnest($1::text[]) AS channel, unnest($2::text[]) AS
  session, unnest($3::text[]) AS value, unnest($4::bigint[]) AS at_us) AS r
WHERE h.channel = r.channel AND h.session = r.session AND h.value = r.value AND h.kind = 'seen' AND
  h.at BETWEEN )" FIBREHUB_SQL_INSTANT("(r.at_us - 90000000)") " AND " FIBREHUB_SQL_INSTANT(
                                                           "(r.at_us + 90000000)")};
constexpr sql insert_steps{"write_session_steps", R"(
INSERT INTO wa_session_history (channel, session, value, at, kind)
SELECT r.channel, r.session, r.value, )" FIBREHUB_SQL_INSTANT("r.at_us") R"(, 'told'
FROM (SELECT unnest($1::text[]) AS channel, unnest($2::text[]) AS session, unnest($3::text[]) AS
      value, unnest($4::bigint[]) AS at_us) AS r
ON CONFLICT DO NOTHING)"};

// WhatsApp's own word counts exactly, against what was concluded before it was said; what an answer
// or a delivery step showed since stays. by_step: it lasts as long as the bridge is set to.
#define FIBREHUB_SINCE_THEN "x.since > excluded.told_at"
constexpr sql upsert_restrictions{
    "write_restrictions",
    R"(
INSERT INTO wa_restrictions AS x (channel, session, since, until, reason, by_step, told_at)
SELECT r.channel, r.session, )" FIBREHUB_SQL_INSTANT("r.at_us") ", " FIBREHUB_SQL_INSTANT(
        "r.until_us") R"(, 'WhatsApp lets it write to nobody new', r.is_open, )" FIBREHUB_SQL_INSTANT("r.at_us") R"(
FROM (SELECT unnest($1::text[]) AS channel, unnest($2::text[]) AS session, unnest($3::bigint[]) AS
      at_us, unnest($4::bigint[]) AS until_us, unnest($5::bool[]) AS is_open) AS r
ON CONFLICT (channel, session) DO UPDATE
SET since = CASE WHEN )" FIBREHUB_SINCE_THEN R"( THEN x.since
                 WHEN excluded.until > excluded.told_at AND (x.until <= excluded.told_at OR
                   excluded.by_step) THEN excluded.since ELSE x.since END,
    until = CASE WHEN )" FIBREHUB_SINCE_THEN R"( THEN greatest(x.until, excluded.until)
                 WHEN excluded.until > excluded.told_at THEN excluded.until
                 ELSE least(x.until, excluded.until) END,
    reason = CASE WHEN excluded.until > excluded.told_at THEN excluded.reason ELSE x.reason END,
    by_step = CASE WHEN )" FIBREHUB_SINCE_THEN R"( THEN x.by_step AND x.until >= excluded.until
                   ELSE excluded.by_step END,
    told_at = excluded.told_at
WHERE x.told_at IS NULL OR x.told_at <= excluded.told_at)"};
#undef FIBREHUB_SINCE_THEN

/// Of each session the row that says the latest within the batch; `said_at`: none says nothing.
template <class SaidAt>
std::vector<session_row> latest_by(const std::vector<session_row>& sessions,
                                   const SaidAt& said_at) {
  std::map<std::string, const session_row*> latest;
  for (const session_row& r : sessions) {
    const std::optional<domain::instant> at = said_at(r.status);
    if (!at) continue;
    const session_row*& known = latest[r.channel + '\x1f' + r.status.session];
    if (known == nullptr || *at >= *said_at(known->status)) known = &r;
  }
  std::vector<session_row> out;
  out.reserve(latest.size());
  for (const auto& [key, row] : latest)
    out.push_back(*row);
  return out;
}

void write_restrictions(connection& db, pqxx::transaction_base& tx,
                        const std::vector<session_row>& sessions) {
  const auto words = latest_by(sessions, [](const domain::session_status& s) {
    return s.restriction ? std::optional(s.restriction->at) : std::nullopt;
  });
  run_columns(db, tx, upsert_restrictions, words, std::array<pq_array, 5>{},
              [](const session_row& r, auto& c) {
                const domain::session_status::restriction_word& word = *r.status.restriction;
                const bool is_open = word.is_active && !word.until;
                const auto until = !word.is_active ? word.at
                                   : is_open       ? word.at + stranger_restriction
                                                   : *word.until;
                c[0].add(string_view(r.channel));
                c[1].add(string_view(domain::storable(r.status.session, 255)));
                c[2].add(domain::to_us(word.at));
                c[3].add(domain::to_us(until));
                c[4].add(string_view(is_open ? "t" : "f"));
              });
}

/// Every state the deliveries tell of, the earlier ones too: one that was lost shows in the next.
std::vector<session_row> steps_of(const std::vector<session_row>& sessions) {
  std::vector<session_row> out;
  for (const session_row& r : sessions) {
    session_row step = r;
    step.status.before.clear();
    for (const domain::session_status::step& s : r.status.before) {
      step.status.status = s.status;
      step.status.at = s.at;
      out.push_back(step);
    }
    step.status.status = r.status.status;
    step.status.at = r.status.at;
    out.push_back(std::move(step));
  }
  return out;
}

}  // namespace

void write_sessions(connection& db, pqxx::transaction_base& tx, ingest_rows& rows) {
  if (rows.sessions.empty()) return;
  const auto states =
      latest_by(rows.sessions, [](const domain::session_status& s) { return std::optional(s.at); });
  const pqxx::result news =
      run_columns(db, tx, upsert_sessions, states, std::array<pq_array, 9>{},
                  [](const session_row& r, auto& c) {
                    c[0].add(string_view(r.channel));
                    c[1].add(string_view(domain::storable(r.status.session, 255)));
                    c[2].add(string_view(domain::storable(r.status.status, 100)));
                    c[3].add(domain::to_us(r.status.at));
                    c[4].add(string_view(domain::storable(r.status.me, 255)));
                    c[5].add(string_view(domain::storable(r.status.me_name, 255)));
                    c[6].add(string_view(domain::storable(r.status.engine, 100)));
                    c[7].add(string_view(domain::storable(r.status.version, 100)));
                    c[8].add(domain::to_us(r.at));
                  });
  for (const auto& row : news)
    rows.events.push_back(
        session_state_event(row[0].c_str(), row[1].c_str(), row[2].c_str(), instant_of(row[3])));
  const std::vector<session_row> steps = steps_of(rows.sessions);
  for (const sql* statement : {&delete_seen_steps, &insert_steps})
    run_columns(db, tx, *statement, steps, std::array<pq_array, 4>{},
                [](const session_row& r, auto& c) {
                  c[0].add(string_view(r.channel));
                  c[1].add(string_view(domain::storable(r.status.session, 255)));
                  c[2].add(string_view(domain::storable(r.status.status, 100)));
                  c[3].add(domain::to_us(r.status.at));
                });
  write_restrictions(db, tx, rows.sessions);
}

}  // namespace fibrehub::store
