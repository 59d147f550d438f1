#include "store/commands/batch.hpp"
#include "store/notify/notify.hpp"
#include "store/pq_array.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/columns.hpp"

namespace fibrehub::store {
namespace {

constexpr sql upsert_counters{
    "command_write_counters",
    "INSERT INTO uid_counters (scope, value) SELECT * FROM unnest($1::text[], $2::bigint[])"
    " ON CONFLICT (scope) DO UPDATE SET value = excluded.value"};

constexpr sql insert_history{
    "command_write_history",
    "INSERT INTO ticket_history (ticket_id, seq, at, actor_kind, actor, address, action, field,"
    " old_value, new_value, hash) SELECT r.ticket_id, r.seq, " FIBREHUB_SQL_INSTANT("r.at_us")
    ", r.kind, r.actor, r.address, r.action, r.field, r.old_value, r.new_value,"
    " substring($1::bytea FROM r.hash_at FOR 32) FROM (SELECT unnest($2::bigint[]) AS ticket_id, unnest($3::integer[]) AS seq, unnest($4::bigint[]) AS "
    "at_us, unnest($5::text[]) AS kind, unnest($6::text[]) AS actor, unnest($7::text[]) AS address, "
    "unnest($8::text[]) AS action, unnest($9::text[]) AS field, unnest($10::text[]) AS old_value, "
    "unnest($11::text[]) AS new_value, unnest($12::integer[]) AS hash_at) AS r"};

constexpr sql insert_notes{
    "command_write_notes",
    "INSERT INTO ticket_notes (id, ticket_id, internal, body, mentions, author_kind, author_id,"
    " author, created_at) SELECT r.id, r.ticket_id, r.internal, r.body,"
    " coalesce(string_to_array(r.mentions, ' ')::bigint[], '{}'), r.kind, nullif(r.author_id, 0),"
    " r.author, " FIBREHUB_SQL_INSTANT("r.at_us")
    " FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::bigint[]) AS ticket_id, unnest($3::bool[]) AS "
    "internal, unnest($4::text[]) AS body, unnest($5::text[]) AS mentions, unnest($6::text[]) AS "
    "kind, unnest($7::bigint[]) AS author_id, unnest($8::text[]) AS author, unnest($9::bigint[]) AS "
    "at_us) AS r"};

constexpr sql insert_link{
    "command_write_link",
    "INSERT INTO ticket_links (ticket_id, other_id, kind, created_by, created_at) VALUES"
    " ($1::bigint, $2::bigint, $3, $4, " FIBREHUB_SQL_INSTANT("$5::bigint") ") ON CONFLICT DO "
    "NOTHING"};
constexpr sql delete_link{
    "command_delete_link",
    "DELETE FROM ticket_links WHERE kind = $3 AND ((ticket_id = $1::bigint AND"
    " other_id = $2::bigint) OR (kind = 'related' AND ticket_id = $2::bigint"
    " AND other_id = $1::bigint))"};

const char* kind_of(const domain::principal& by) {
  return by.what == domain::principal::kind::user    ? "user"
         : by.what == domain::principal::kind::token ? "token"
                                                     : "system";
}

}  // namespace

void command_batch::write() {
  std::vector<const domain::ticket_record*> fresh, changed;
  for (const working* w : order_) {
    if (w->is_new) {
      fresh.push_back(&w->record);
    } else if (w->dirty) {
      changed.push_back(&w->record);
    }
  }
  if (!fresh.empty()) write_counters();
  insert_tickets(db_, tx_, fresh);
  update_tickets(db_, tx_, changed);
  write_history();
  write_notes();
  write_links();
  count_moved_messages();
  grows_outbox_ |= notify(db_, tx_, std::move(news_), events_);
  grows_outbox_ |= clocks_.write(events_, wakes_);
}

void command_batch::write_counters() {
  if (counters_.empty()) return;
  pq_array scopes, values;
  for (const auto& [scope, value] : counters_) {
    if (value == 0) continue;
    scopes.add(std::string_view(scope));
    values.add(value);
  }
  db_.run(tx_, upsert_counters, {{scopes.take(), values.take()}, nullptr});
}

void command_batch::write_history() {
  if (history_.empty()) return;
  std::string hashes;
  std::array<pq_array, 11> c;
  for (const history_row& r : history_) {
    c[0].add(r.entry.ticket_id);
    c[1].add(r.entry.seq);
    c[2].add(domain::to_us(r.entry.at));
    c[3].add(std::string_view(r.entry.actor.kind));
    c[4].add(std::string_view(r.entry.actor.name));
    c[5].add(std::string_view(r.entry.actor.address));
    c[6].add(std::string_view(r.entry.action));
    c[7].add(std::string_view(r.entry.field));
    c[8].add(std::string_view(r.entry.old_value));
    c[9].add(std::string_view(r.entry.new_value));
    c[10].add(static_cast<std::int64_t>(hashes.size()) + 1);
    hashes.append(reinterpret_cast<const char*>(r.hash.data()), r.hash.size());
  }
  sql_params params;
  params.binary = &hashes;
  for (pq_array& column : c)
    params.texts.push_back(column.take());
  db_.run(tx_, insert_history, params);
}

void command_batch::write_notes() {
  if (notes_.empty()) return;
  std::array<pq_array, 9> c;
  for (const note_row& r : notes_) {
    std::string mentions;
    for (const std::int64_t id : r.mentions)
      mentions += (mentions.empty() ? "" : " ") + std::to_string(id);
    c[0].add(r.id);
    c[1].add(r.ticket_id);
    c[2].add_bool(r.internal);
    c[3].add(std::string_view(r.body));
    c[4].add_or_null(std::string_view(mentions));
    c[5].add(std::string_view(kind_of(r.origin->by)));
    c[6].add(r.origin->by.user_id);
    c[7].add(std::string_view(r.origin->by.name));
    c[8].add(domain::to_us(r.origin->at));
  }
  sql_params params;
  for (pq_array& column : c)
    params.texts.push_back(column.take());
  db_.run(tx_, insert_notes, params);
}

void command_batch::write_links() {
  for (const link_row& r : links_) {
    const std::string a = std::to_string(r.ticket_id), b = std::to_string(r.other_id);
    if (r.remove) {
      db_.run(tx_, delete_link, {{a, b, r.kind}, nullptr});
    } else {
      db_.run(tx_, insert_link,
              {{a, b, r.kind, r.origin->by.name, std::to_string(domain::to_us(r.origin->at))},
               nullptr});
    }
  }
}

}  // namespace fibrehub::store
