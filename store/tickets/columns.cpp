#include "store/tickets/columns.hpp"

#include <fmt/format.h>

#include "store/pq_array.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using domain::field_def;
using domain::field_type;

constexpr const char* head_columns =
    "t.id, t.uid, t.version, t.history_seq, t.history_hash, coalesce(t.chat_id, 0), "
    "t.message_count,"
    " " FIBREHUB_SQL_US("t.updated_at") ", " FIBREHUB_SQL_US(
        "t.last_message_at") ", coalesce(t.channel, ''), coalesce(t.external::text, '')";
constexpr std::size_t head_count = 11;

std::string selected(const field_def& def) {
  const std::string column = fmt::format("t.{}", def.name);
  switch (def.type) {
    case field_type::text:
    case field_type::choice:
      return column;
    case field_type::time:
      return fmt::format(FIBREHUB_SQL_US_OR_NULL("{}"), column);
    case field_type::words:
      return fmt::format("nullif(array_to_string({}, E'\\x1f'), '')", column);
    default:
      return column + "::text";
  }
}

std::string written(const field_def& def) {
  const std::string value = fmt::format("r.{}", def.name);
  switch (def.type) {
    case field_type::integer:
      return value + "::integer";
    case field_type::id:
      return value + "::bigint";
    case field_type::decimal:
      return value + "::numeric";
    case field_type::boolean:
      return value + "::boolean";
    case field_type::time:
      return value + "::timestamptz";
    case field_type::date:
      return value + "::date";
    case field_type::object:
      return value + "::json";
    case field_type::words:
      return fmt::format("coalesce(string_to_array({}, E'\\x1f'), '{{}}')", value);
    default:
      return value;
  }
}

std::string joined(const char* separator, std::string (*each)(const field_def&)) {
  std::string out;
  for (const field_def& def : domain::ticket_fields())
    out += separator + each(def);
  return out;
}

std::string name_only(const field_def& def) {
  return std::string(def.name);
}

/// The arrays $2 on as r(id, uid, version, seq, hash_at, updated_us, every field); in the select
/// list, where they cost a fraction of what they do as table functions (see ingest/write.cpp).
std::string source() {
  std::string out =
      "FROM (SELECT unnest($2::bigint[]) AS id, unnest($3::text[]) AS uid, unnest($4::integer[]) AS"
      " version, unnest($5::integer[]) AS seq, unnest($6::integer[]) AS hash_at,"
      " unnest($7::bigint[]) AS updated_us";
  std::size_t at = 8;
  for (const field_def& def : domain::ticket_fields())
    out += fmt::format(", unnest(${}::text[]) AS {}", at++, def.name);
  return out + ") AS r";
}

std::string make_insert() {
  return fmt::format(
      "INSERT INTO tickets (id, uid, version, history_seq, history_hash, updated_at{}) SELECT r.id,"
      " r.uid, r.version, r.seq, substring($1::bytea FROM r.hash_at FOR 32), {}{} {}",
      joined(", ", name_only), FIBREHUB_SQL_INSTANT("r.updated_us"), joined(", ", written),
      source());
}

std::string make_update() {
  std::string sets;
  for (const field_def& def : domain::ticket_fields())
    sets += fmt::format(", {} = {}", def.name, written(def));
  return fmt::format(
      "UPDATE tickets t SET version = r.version, history_seq = r.seq, history_hash ="
      " substring($1::bytea FROM r.hash_at FOR 32), updated_at = {}{} {} WHERE t.id = r.id",
      FIBREHUB_SQL_INSTANT("r.updated_us"), sets, source());
}

void run_with_tickets(connection& db, pqxx::transaction_base& tx, const sql& statement,
                      std::span<const domain::ticket_record* const> tickets) {
  std::string hashes;
  pq_array ids, uids, versions, seqs, hash_at, updated;
  std::array<pq_array, domain::field_count> columns;
  for (const domain::ticket_record* t : tickets) {
    ids.add(t->id);
    uids.add(std::string_view(t->uid));
    versions.add(t->version);
    seqs.add(t->history_seq);
    hash_at.add(static_cast<std::int64_t>(hashes.size()) + 1);
    hashes.append(reinterpret_cast<const char*>(t->history_hash.data()), t->history_hash.size());
    updated.add(domain::to_us(t->updated_at));
    for (std::size_t i = 0; i < domain::field_count; ++i) {
      if (t->values[i]) {
        columns[i].add(std::string_view(*t->values[i]));
      } else {
        columns[i].add_null();
      }
    }
  }
  sql_params params;
  params.binary = &hashes;
  for (pq_array* a : {&ids, &uids, &versions, &seqs, &hash_at, &updated})
    params.texts.push_back(a->take());
  for (pq_array& a : columns)
    params.texts.push_back(a.take());
  db.run(tx, statement, params);
}

}  // namespace

const std::string& ticket_columns() {
  static const std::string all = head_columns + joined(", ", selected);
  return all;
}

std::size_t ticket_column_count() {
  return head_count + domain::field_count;
}

domain::ticket_record to_ticket(const pqxx::row& r, std::size_t first) {
  const auto at = [&](std::size_t i) { return r[static_cast<pqxx::row::size_type>(first + i)]; };
  domain::ticket_record t;
  t.id = at(0).as<std::int64_t>();
  t.uid = at(1).c_str();
  t.version = at(2).as<std::int32_t>();
  t.history_seq = at(3).as<std::int32_t>();
  const std::string hash = unhex(at(4).c_str());
  std::copy_n(hash.begin(), std::min(hash.size(), t.history_hash.size()), t.history_hash.begin());
  t.chat_id = at(5).as<std::int64_t>();
  t.message_count = at(6).as<std::int32_t>();
  t.updated_at = domain::from_us(at(7).as<std::int64_t>());
  t.last_message_at = domain::from_us(at(8).as<std::int64_t>());
  t.channel = at(9).c_str();
  t.external_json = at(10).c_str();
  for (const field_def& def : domain::ticket_fields()) {
    const auto value = at(head_count + static_cast<std::size_t>(def.id));
    if (value.is_null()) continue;
    domain::at(t.values, def.id) =
        def.type == field_type::time ? domain::to_rfc3339(domain::from_us(value.as<std::int64_t>()))
                                     : std::string(value.c_str());
  }
  return t;
}

void insert_tickets(connection& db, pqxx::transaction_base& tx,
                    std::span<const domain::ticket_record* const> tickets) {
  static const std::string text = make_insert();
  if (!tickets.empty()) run_with_tickets(db, tx, {"insert_tickets", text.c_str()}, tickets);
}

void update_tickets(connection& db, pqxx::transaction_base& tx,
                    std::span<const domain::ticket_record* const> tickets) {
  static const std::string text = make_update();
  if (!tickets.empty()) run_with_tickets(db, tx, {"update_tickets", text.c_str()}, tickets);
}

std::vector<domain::ticket_record> load_tickets(connection& db, pqxx::transaction_base& tx,
                                                const std::vector<std::string>& uids) {
  static const std::string text = fmt::format(
      "SELECT {} FROM tickets t WHERE t.uid = ANY ($1::text[]) AND t.deleted_at IS NULL",
      ticket_columns());
  pq_array wanted;
  for (const std::string& uid : uids)
    wanted.add(std::string_view(uid));
  std::vector<domain::ticket_record> out;
  const pqxx::result rows = db.run(tx, {"load_tickets", text.c_str()}, {{wanted.take()}, nullptr});
  for (const auto& row : rows)
    out.push_back(to_ticket(row));
  return out;
}

}  // namespace fibrehub::store
