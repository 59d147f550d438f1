#include "store/sends/report.hpp"

#include <fmt/format.h>

#include "store/people/sql.hpp"
#include "store/row_security.hpp"
#include "store/sql_time.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr const char* columns =
    "SELECT s.id, s.outbox_id, s.kind, coalesce(t.uid, ''), s.channel, s.session, s.chat, s.author,"
    " coalesce(s.stanza, ''), s.state, s.reason, s.what, coalesce(s.target_id, 0), " FIBREHUB_SQL_US(
        "s.queued_at") ", " FIBREHUB_SQL_US("s.accepted_at") ", " FIBREHUB_SQL_US("s.sent_at") ", "
    FIBREHUB_SQL_US("s.delivered_at") ", " FIBREHUB_SQL_US("s.read_at") ", " FIBREHUB_SQL_US(
        "s.ended_at");
constexpr const char* source = " FROM wa_sends s LEFT JOIN tickets t ON t.id = s.ticket_id";

send_view to_view(const pqxx::row& r) {
  send_view v;
  v.id = r[0].as<std::int64_t>();
  v.outbox_id = r[1].as<std::int64_t>();
  pqxx::row::size_type at = 2;
  for (std::string* text : {&v.kind, &v.ticket_uid, &v.channel, &v.session, &v.chat, &v.author,
                            &v.stanza, &v.progress.state, &v.progress.reason, &v.what})
    *text = r[at++].c_str();
  v.target_id = r[at++].as<std::int64_t>();
  for (auto* t : {&v.progress.queued_at, &v.progress.accepted_at, &v.progress.sent_at,
                  &v.progress.delivered_at, &v.progress.read_at, &v.progress.ended_at})
    *t = instant_or_none(r[at++]);
  return v;
}

/// What fits whatever its state: conditions for `source`.
std::string condition(const list_sends& request, sql_params& params) {
  std::string where = "s.what NOT IN ('typing', 'seen')";
  const auto also = [&](const char* form, std::string value) {
    params.texts.push_back(std::move(value));
    where += fmt::format(fmt::runtime(form), params.texts.size());
  };
  if (!request.session.empty()) also(" AND s.session = ${}", request.session);
  if (request.from)
    also(" AND s.queued_at >= " FIBREHUB_SQL_INSTANT("${}::bigint"), us(*request.from));
  if (request.to) also(" AND s.queued_at < " FIBREHUB_SQL_INSTANT("${}::bigint"), us(*request.to));
  if (const std::string seen = visibility_condition(request.by, params); !seen.empty())
    where += " AND t.id IS NOT NULL AND " + seen;
  return where;
}

std::map<std::string, std::int64_t> count_states(connection& db, pqxx::transaction_base& tx,
                                                 list_sends request) {
  if (!request.from) request.from = request.counted_from;
  sql_params params;
  const std::string where = condition(request, params);
  const pqxx::result counts = db.run_text(
      tx, fmt::format("SELECT s.state, count(*){} WHERE {} GROUP BY s.state", source, where),
      params);
  std::map<std::string, std::int64_t> out;
  for (const std::string_view name : domain::send_state_names())
    out[std::string(name)] = 0;
  for (const auto& r : counts)
    out[r[0].c_str()] = r[1].as<std::int64_t>();
  return out;
}

}  // namespace

std::optional<send_page> run(connection& db, const list_sends& request) {
  return read_as(db, request.by, [&](pqxx::transaction_base& tx) {
    send_page out;
    if (!request.before_id) out.counts = count_states(db, tx, request);
    sql_params params;
    std::string narrowed = condition(request, params);
    const auto also = [&](const char* form, std::string value) {
      params.texts.push_back(std::move(value));
      narrowed += fmt::format(fmt::runtime(form), params.texts.size());
    };
    if (!request.state.empty()) also(" AND s.state = ${}", request.state);
    if (request.before_id) also(" AND s.id < ${}::bigint", std::to_string(*request.before_id));
    const pqxx::result rows = db.run_text(tx,
                                          fmt::format("{}{} WHERE {} ORDER BY s.id DESC LIMIT {}",
                                                      columns, source, narrowed, request.limit + 1),
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

}  // namespace fibrehub::store
