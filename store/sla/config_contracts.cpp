// What clients were promised.
#include <fmt/format.h>

#include "store/people/audit.hpp"
#include "store/pq.hpp"
#include "store/sla/book.hpp"
#include "store/sla/config.hpp"
#include "store/sla/page.hpp"
#include "store/sla/refusals.hpp"
#include "store/sla/retarget.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

#define FIBREHUB_CONTRACT_COLUMNS \
  "k.id, k.number, k.client_id, c.name, k.starts_on::text, coalesce(k.ends_on::text, '')," \
  " coalesce(k.response_seconds, 0), coalesce(k.resolution_seconds, 0),"                 \
  " coalesce(k.calendar_id, 0), k.version, " FIBREHUB_SQL_US(                            \
      "k.updated_at") ", k.archived_at IS NOT NULL FROM contracts k JOIN clients c ON c.id = "   \
                      "k.client_id"

constexpr sql select_contracts{
    "contracts_list",
    "SELECT " FIBREHUB_CONTRACT_COLUMNS
    " WHERE ($1::bigint = 0 OR k.id = $1::bigint) AND ($2::bigint = 0 OR k.client_id = $2::bigint)"
    " AND ($1::bigint <> 0 OR (k.archived_at IS NOT NULL) = $3::boolean) AND k.id > $4::bigint"
    " ORDER BY k.id LIMIT $5::bigint"};
constexpr sql lock_contract{"contracts_lock", "SELECT " FIBREHUB_CONTRACT_COLUMNS
                                              " WHERE k.id = $1::bigint FOR UPDATE OF k"};
constexpr sql select_client{
    "contracts_client", "SELECT name FROM clients WHERE id = $1::bigint AND archived_at IS NULL"};
constexpr sql select_calendar{
    "contracts_calendar",
    "SELECT 1 FROM sla_calendars WHERE id = $1::bigint AND archived_at IS NULL"};
constexpr sql insert_contract{
    "contracts_insert",
    "INSERT INTO contracts (number, client_id, starts_on, ends_on, response_seconds,"
    " resolution_seconds, calendar_id, updated_at) VALUES ($1, $2::bigint, $3::date, nullif($4,"
    " '')::date, nullif($5::integer, 0), nullif($6::integer, 0), nullif($7::bigint, "
    "0), " FIBREHUB_SQL_INSTANT("$8::bigint") ") RETURNING id"};
constexpr sql update_contract{
    "contracts_update",
    "UPDATE contracts SET number = $1, client_id = $2::bigint, starts_on = $3::date, ends_on ="
    " nullif($4, '')::date, response_seconds = nullif($5::integer, 0), resolution_seconds ="
    " nullif($6::integer, 0), calendar_id = nullif($7::bigint, 0), updated_at = "
    FIBREHUB_SQL_INSTANT("$8::bigint") ", version = $9::integer, archived_at = CASE WHEN"
    " $10::boolean THEN coalesce(archived_at, " FIBREHUB_SQL_INSTANT("$8::bigint")
    ") END WHERE id = $11::bigint"};

struct contract_record {
  std::int64_t id = 0;
  std::string number;
  std::int64_t client_id = 0;
  std::string client, starts_on, ends_on;
  std::int64_t response_seconds = 0, resolution_seconds = 0, calendar_id = 0;  // 0: none
  std::int32_t version = 1;
  domain::instant updated_at{};
  bool archived = false;
};

contract_record to_record(const pqxx::row& r) {
  return {r[0].as<std::int64_t>(),
          r[1].c_str(),
          r[2].as<std::int64_t>(),
          r[3].c_str(),
          r[4].c_str(),
          r[5].c_str(),
          r[6].as<std::int64_t>(),
          r[7].as<std::int64_t>(),
          r[8].as<std::int64_t>(),
          r[9].as<std::int32_t>(),
          domain::from_us(r[10].as<std::int64_t>()),
          r[11].as<bool>()};
}

std::string number_or_null(std::int64_t n) {
  return n == 0 ? "null" : std::to_string(n);
}

std::string record_json(const contract_record& c) {
  return fmt::format(
      R"({{"id":{},"number":{},"client_id":{},"client":{},"starts_on":"{}","ends_on":{},)"
      R"("response_seconds":{},"resolution_seconds":{},"calendar_id":{},"version":{},)"
      R"("archived":{},"updated_at":"{}"}})",
      c.id, json_string(c.number), c.client_id, json_string(c.client), c.starts_on,
      c.ends_on.empty() ? "null" : json_string(c.ends_on), number_or_null(c.response_seconds),
      number_or_null(c.resolution_seconds), number_or_null(c.calendar_id), c.version, c.archived,
      domain::to_rfc3339(c.updated_at));
}

tl::expected<void, error> take_over(connection& db, pqxx::transaction_base& tx,
                                    const save_contract& request, contract_record& c) {
  if (request.number) c.number = *request.number;
  if (request.starts_on) c.starts_on = *request.starts_on;
  if (request.ends_on) c.ends_on = request.ends_on->value_or("");
  if (request.response_seconds) c.response_seconds = request.response_seconds->value_or(0);
  if (request.resolution_seconds) c.resolution_seconds = request.resolution_seconds->value_or(0);
  if (request.archived) c.archived = *request.archived;
  if (!c.ends_on.empty() && c.ends_on < c.starts_on)
    return tl::unexpected(no_such("ends_on", "lies before starts_on"));
  if (request.client_id) {
    const pqxx::result client =
        db.run(tx, select_client, {{std::to_string(*request.client_id)}, nullptr});
    if (client.empty()) return tl::unexpected(no_such("client_id", "is no client"));
    c.client_id = *request.client_id;
    c.client = client[0][0].c_str();
  }
  if (request.calendar_id) {
    c.calendar_id = request.calendar_id->value_or(0);
    if (c.calendar_id != 0 &&
        db.run(tx, select_calendar, {{std::to_string(c.calendar_id)}, nullptr}).empty())
      return tl::unexpected(no_such("calendar_id", "is no calendar"));
  }
  return {};
}

sql_params columns_of(const contract_record& c) {
  return {{c.number, std::to_string(c.client_id), c.starts_on, c.ends_on,
           std::to_string(c.response_seconds), std::to_string(c.resolution_seconds),
           std::to_string(c.calendar_id), std::to_string(domain::to_us(c.updated_at))},
          nullptr};
}

}  // namespace

std::optional<sla_answer> run(connection& db, const list_contracts& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<sla_answer> {
    const pqxx::result rows = db.run(
        tx, select_contracts,
        {{std::to_string(request.id.value_or(0)), std::to_string(request.client_id.value_or(0)),
          request.archived ? "true" : "false", std::to_string(request.id ? 0 : request.after_id),
          std::to_string(request.limit + 1)},
         nullptr});
    return page_of(rows, request.id.has_value(), request.limit,
                   [](const pqxx::row& r) { return record_json(to_record(r)); });
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const save_contract& request,
                  change_context& context) {
  contract_record c;
  std::string before;
  std::int64_t former_client = 0;
  if (request.id) {
    const pqxx::result found = db.run(tx, lock_contract, {{std::to_string(*request.id)}, nullptr});
    if (found.empty())
      return tl::unexpected(error{errc::not_found, "there is no such contract", "not_found"});
    c = to_record(found[0]);
    before = record_json(c);
    former_client = c.client_id;
    if (request.version && *request.version != c.version)
      return tl::unexpected(stale_version(before));
    ++c.version;
  }
  c.updated_at = context.origin.at;
  if (auto done = take_over(db, tx, request, c); !done)
    return tl::unexpected(std::move(done.error()));
  sql_params params = columns_of(c);
  if (request.id) {
    for (const std::string& text :
         {std::to_string(c.version), std::string(c.archived ? "true" : "false"),
          std::to_string(c.id)})
      params.texts.push_back(text);
    db.run(tx, update_contract, params);
  } else {
    c.id = db.run(tx, insert_contract, params)[0][0].as<std::int64_t>();
  }
  renew_sla_revision(db, tx);
  const std::string reason = "contract " + c.number;
  ask_for_retarget(db, tx, {reason, c.client_id, {}}, context.origin.at);
  if (former_client != 0 && former_client != c.client_id)
    ask_for_retarget(db, tx, {reason, former_client, {}}, context.origin.at);
  append_audit(db, tx, context.origin, request.id ? "contract.updated" : "contract.created",
               fmt::format("contract:{}", c.id),
               request.id ? fmt::format(R"({{"before":{},"after":{}}})", before, record_json(c))
                          : record_json(c));
  return write_answer{request.id ? 200U : 201U, record_json(c)};
}

}  // namespace fibrehub::store
