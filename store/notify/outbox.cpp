#include "store/notify/outbox.hpp"

#include <fmt/format.h>

#include <limits>

#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/sends/take.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

#define FIBREHUB_OUTBOX \
  "SELECT o.id, o.key, o.channel, o.peer, o.lane, o.state, o.body, o.last_status,"             \
  " coalesce(t.uid, ''), o.attempts, " FIBREHUB_SQL_US("o.next_at") ", " FIBREHUB_SQL_US(      \
      "o.created_at") ", " FIBREHUB_SQL_US("o.finished_at") " FROM outbox o LEFT JOIN tickets" \
                      " t ON t.id = o.ticket_id"

constexpr sql select_one{"read_outbox_row", FIBREHUB_OUTBOX " WHERE o.id = $1::bigint"};
constexpr sql lock_one{"lock_outbox_row",
                       "SELECT state FROM outbox WHERE id = $1::bigint FOR UPDATE"};
constexpr sql update_ready{
    "retry_outbox_row",
    "UPDATE outbox SET state = 'ready', attempts = CASE WHEN state = 'dead' THEN 0 ELSE attempts"
    " END, last_status = CASE WHEN state = 'dead' THEN '' ELSE last_status END, retried_at = CASE"
    " WHEN state = 'dead' THEN " FIBREHUB_SQL_INSTANT("$2::bigint")
    " ELSE retried_at END, next_at = " FIBREHUB_SQL_INSTANT(
        "$2::bigint") ", finished_at = NULL WHERE id = $1::bigint"};
constexpr sql update_dead{
    "cancel_outbox_row",
    "UPDATE outbox SET state = 'dead', last_status = 'cancelled', finished_at "
    "= " FIBREHUB_SQL_INSTANT("$2::bigint") " WHERE id = $1::bigint"};
constexpr sql count_states{"count_outbox", "SELECT state, count(*) FROM outbox GROUP BY state"};
constexpr sql select_oldest{
    "oldest_outbox",
    "SELECT " FIBREHUB_SQL_US("min(created_at)") " FROM outbox WHERE state = 'ready' AND next_at"
    " <= " FIBREHUB_SQL_INSTANT("$1::bigint")};

outbox_view to_view(const pqxx::row& r) {
  outbox_view v;
  v.id = r[0].as<std::int64_t>();
  v.key = r[1].c_str();
  v.channel = r[2].c_str();
  v.peer = r[3].c_str();
  v.lane = r[4].c_str();
  v.state = r[5].c_str();
  v.body_json = r[6].c_str();
  v.last_status = r[7].c_str();
  v.ticket_uid = r[8].c_str();
  v.attempts = r[9].as<std::int32_t>();
  v.next_at = instant_of(r[10]);
  v.created_at = instant_of(r[11]);
  v.finished_at = instant_or_none(r[12]);
  return v;
}

std::string text_or_null(const std::string& text) {
  return text.empty() ? "null" : json_string(text);
}

/// The row's state, locked; or why there is none.
tl::expected<std::string, error> state_of(connection& db, pqxx::transaction_base& tx,
                                          std::int64_t id) {
  const pqxx::result rows = db.run(tx, lock_one, {{std::to_string(id)}, nullptr});
  if (rows.empty())
    return tl::unexpected(error{errc::not_found, "there is no such outbox row", "not_found"});
  std::string state = rows[0][0].c_str();
  if (state == "inflight")
    return tl::unexpected(
        error{errc::conflict, "it is on its way; wait until it has come to its end", "in_flight"});
  if (state == "done")
    return tl::unexpected(error{errc::conflict, "it was delivered already", "done"});
  return state;
}

write_outcome finish(connection& db, pqxx::transaction_base& tx, const sql& statement,
                     const char* action, std::int64_t id, change_context& context) {
  db.run(tx, statement, {{std::to_string(id), us(context.origin.at)}, nullptr});
  context.grows_outbox = true;  // it, or what waited behind it
  append_audit(db, tx, context.origin, action, fmt::format("outbox:{}", id));
  const pqxx::result rows = db.run(tx, select_one, {{std::to_string(id)}, nullptr});
  return write_answer{200, outbox_json(to_view(rows[0]))};
}

}  // namespace

std::string outbox_json(const outbox_view& v) {
  return fmt::format(
      R"({{"id":{},"key":{},"channel":{},"peer":{},"lane":{},"state":"{}","attempts":{},"next_at":"{}",)"
      R"("last_status":{},"ticket_uid":{},"body":{},"created_at":"{}","finished_at":{}}})",
      v.id, json_string(v.key), json_string(v.channel), text_or_null(v.peer), json_string(v.lane),
      v.state, v.attempts, domain::to_rfc3339(v.next_at), text_or_null(v.last_status),
      text_or_null(v.ticket_uid), v.body_json, domain::to_rfc3339(v.created_at),
      v.finished_at ? json_string(domain::to_rfc3339(*v.finished_at)) : "null");
}

std::optional<outbox_page> run(connection& db, const list_outbox& request) {
  sql_params params;
  const auto before = request.before_id.value_or(std::numeric_limits<std::int64_t>::max());
  params.texts.push_back(std::to_string(before));
  std::string where = "o.id < $1::bigint";
  const auto also = [&](const char* column, const std::string& value) {
    if (value.empty()) return;
    params.texts.push_back(value);
    where += fmt::format(" AND o.{} = ${}", column, params.texts.size());
  };
  also("state", request.state);
  also("channel", request.channel);
  return db.transact([&](pqxx::work& tx) {
    outbox_page out;
    const pqxx::result rows =
        db.run_text(tx,
                    fmt::format(FIBREHUB_OUTBOX " WHERE {} ORDER BY o.id DESC LIMIT {}", where,
                                request.limit + 1),
                    params);
    for (const auto& r : rows)
      out.items.push_back(to_view(r));
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_before = out.items.back().id;
    }
    return std::optional(std::move(out));
  });
}

std::optional<outbox_figures> run(connection& db, const get_outbox_figures& request) {
  return db.transact([&](pqxx::work& tx) {
    outbox_figures out;
    const pqxx::result rows = db.run(tx, count_states);
    for (const auto& r : rows) {
      const std::string state = r[0].c_str();
      std::int64_t& count = state == "ready"      ? out.ready
                            : state == "inflight" ? out.inflight
                            : state == "done"     ? out.done
                                                  : out.dead;
      count = r[1].as<std::int64_t>();
    }
    out.oldest = instant_or_none(db.run(tx, select_oldest, {{us(request.now)}, nullptr})[0][0]);
    return std::optional(out);
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const retry_outbox& request,
                  change_context& context) {
  if (auto state = state_of(db, tx, request.id); !state) return tl::unexpected(state.error());
  if (auto may = send_wanted_again(db, tx, request.id); !may)
    return tl::unexpected(std::move(may.error()));
  return finish(db, tx, update_ready, "outbox.retried", request.id, context);
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const cancel_outbox& request,
                  change_context& context) {
  const auto state = state_of(db, tx, request.id);
  if (!state) return tl::unexpected(state.error());
  if (*state == "dead")
    return tl::unexpected(error{errc::conflict, "it was given up already", "dead"});
  sends_given_up(db, tx, {request.id}, "cancelled", context.origin.at, context.events);
  return finish(db, tx, update_dead, "outbox.cancelled", request.id, context);
}

}  // namespace fibrehub::store
