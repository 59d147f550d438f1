#include "store/wa/hidden_ids.hpp"

#include <algorithm>

#include "domain/hidden_ids.hpp"
#include "domain/text.hpp"
#include "store/chat_family.hpp"
#include "store/ingest/write_events.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using people::us;
using standing = answer_hidden_id::standing;

// Of a session that has many, the others wait for the next round.
constexpr sql select_due{
    "hidden_ids_due",
    "SELECT d.session, d.lid FROM (SELECT DISTINCT ON (o.session) o.* FROM (SELECT h.session, h.lid,"
    " h.next_at FROM wa_hidden_ids h JOIN wa_sessions w ON w.channel = h.channel AND w.name ="
    " h.session WHERE h.channel = $1 AND h.state = 'due' AND h.next_at <= " FIBREHUB_SQL_INSTANT(
        "$2::bigint") " AND w.status = 'WORKING' ORDER BY h.next_at LIMIT 200) o ORDER BY o.session,"
    " o.next_at) d ORDER BY d.next_at, d.session LIMIT $3::bigint"};
constexpr sql put_off{
    "hidden_ids_put_off",
    "UPDATE wa_hidden_ids SET next_at = " FIBREHUB_SQL_INSTANT("$4::bigint")
    ", asked = asked + $5::int WHERE channel = $1 AND session = $2 AND lid = $3 AND state = 'due'"};
constexpr sql select_asked{
    "hidden_ids_asked",
    "SELECT asked FROM wa_hidden_ids WHERE channel = $1 AND session = $2 AND lid = $3"};
constexpr sql set_known{
    "hidden_ids_known",
    "UPDATE wa_hidden_ids SET state = 'known', ended_at = " FIBREHUB_SQL_INSTANT(
        "$4::bigint") " WHERE channel = $1 AND session = $2 AND lid = $3"};

constexpr sql select_people{
    "hidden_ids_people",
    "SELECT a.ext_id, p.id, p.name, p.phone FROM contact_aliases a JOIN contacts p ON p.id ="
    " a.contact_id WHERE a.channel = $1 AND a.session = $2 AND a.ext_id IN ($3, $4)"};
constexpr sql insert_alias{
    "hidden_ids_alias",
    "INSERT INTO contact_aliases (channel, session, ext_id, contact_id) VALUES ($1, $2, $3,"
    " $4::bigint)"};
// What was written under either is found by the name and number of both.
constexpr sql set_person{
    "hidden_ids_person",
    "UPDATE contacts SET name = $2, phone = $3, updated_at = " FIBREHUB_SQL_INSTANT(
        "$4::bigint") " WHERE id = ANY ($1::bigint[])"};
constexpr sql select_chats{
    "hidden_ids_chats",
    "SELECT DISTINCT c.id, coalesce(c.address, c.ext_id), " FIBREHUB_SQL_US(
        "(SELECT m.sent_at FROM messages m WHERE m.chat_id = ANY (ARRAY(" FIBREHUB_CHAT_FAMILY(
            "c.id") ")) AND NOT m.outbound ORDER BY m.sent_at DESC LIMIT 1)") " FROM chats f JOIN"
    " chats c ON c.id = coalesce(f.merged_into, f.id) WHERE f.channel = $1 AND f.session = $2 AND"
    " f.ext_id IN ($3, $4) AND f.kind = 'direct' ORDER BY c.id"};

struct known_one {
  std::int64_t id = 0;
  std::string name, phone;
};

sql_params name_of(const answer_hidden_id& r) {
  return {{r.channel, r.about.session, r.about.lid}, nullptr};
}

/// Both names are one person's from now on; the older contact stays.
void join_people(connection& db, pqxx::transaction_base& tx, const answer_hidden_id& r,
                 domain::instant now, event_rows& rows) {
  known_one hidden, open;
  const pqxx::result found =
      db.run(tx, select_people, {{r.channel, r.about.session, r.about.lid, r.person}, nullptr});
  for (const auto& row : found) {
    known_one& one = r.about.lid == row[0].c_str() ? hidden : open;
    one.id = row[1].as<std::int64_t>();
    one.name = row[2].c_str();
    one.phone = row[3].c_str();
  }
  if (hidden.id == 0) return;
  if (open.id == 0)
    db.run(tx, insert_alias,
           {{r.channel, r.about.session, r.person, std::to_string(hidden.id)}, nullptr});
  known_one kept = open.id == 0 || hidden.id < open.id ? hidden : open;
  const known_one& gone = kept.id == hidden.id ? open : hidden;
  if (kept.name.empty()) kept.name = gone.name;
  if (kept.phone.empty()) kept.phone = gone.phone;
  if (kept.phone.empty()) kept.phone = r.person.substr(0, r.person.find('@'));
  std::vector<std::int64_t> ids{kept.id};
  if (gone.id != 0 && gone.id != kept.id) {
    ids.push_back(gone.id);
    rows.merged_contacts.push_back({gone.id, kept.id});
  }
  db.run(tx, set_person, {{people::id_array(ids), kept.name, kept.phone, us(now)}, nullptr});
}

/// So are their conversations; answers go to where the newest message came from.
void join_chats(connection& db, pqxx::transaction_base& tx, const answer_hidden_id& r,
                event_rows& rows) {
  const pqxx::result found =
      db.run(tx, select_chats, {{r.channel, r.about.session, r.about.lid, r.person}, nullptr});
  if (static_cast<std::size_t>(found.size()) < 2) return;
  const auto kept = found[0][0].as<std::int64_t>(), gone = found[1][0].as<std::int64_t>();
  rows.merged_chats.push_back({gone, kept});
  if (found[1][2].as<std::int64_t>() > found[0][2].as<std::int64_t>())
    rows.addresses.push_back({kept, found[1][1].c_str()});
}

}  // namespace

std::optional<std::vector<hidden_id>> run(connection& db, const find_hidden_ids& request) {
  return db.autocommit([&](pqxx::transaction_base& tx) -> std::optional<std::vector<hidden_id>> {
    std::vector<hidden_id> out;
    const pqxx::result rows =
        db.run(tx, select_due,
               {{request.channel, us(request.now), std::to_string(request.limit)}, nullptr});
    for (const auto& row : rows)
      out.push_back({row[0].c_str(), row[1].c_str()});
    return out;
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const answer_hidden_id& request,
                  change_context& context) {
  const domain::instant now = context.origin.at;
  sql_params params = name_of(request);
  if (request.what != standing::known) {
    const bool counts = request.what == standing::unknown;
    const pqxx::result row = db.run(tx, select_asked, params);
    if (row.empty()) return write_answer{200, "{}"};
    const domain::instant next = counts ? now + domain::hidden_id_rests(row[0][0].as<int>() + 1)
                                        : now + hidden_id_again_after;
    params.texts.push_back(us(next));
    params.texts.emplace_back(counts ? "1" : "0");
    db.run(tx, put_off, params);
    return write_answer{200, "{}"};
  }
  event_rows rows;
  join_people(db, tx, request, now, rows);
  join_chats(db, tx, request, rows);
  write_merges(db, tx, rows);
  params.texts.push_back(us(now));
  db.run(tx, set_known, params);
  context.moves_chats = true;  // and people: what is remembered of either is void
  return write_answer{200, "{}"};
}

}  // namespace fibrehub::store
