#include "store/people/audit.hpp"

#include "domain/history.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

// The number is "fhub" in ASCII, as for migrations.
constexpr sql take_turn{"audit_turn", "SELECT pg_advisory_xact_lock(1718121826, 3)"};
constexpr sql select_last{
    "audit_last", "SELECT seq, encode(hash, 'hex') FROM audit_log ORDER BY seq DESC LIMIT 1"};
constexpr sql insert_row{
    "audit_add",
    "INSERT INTO audit_log (seq, at, actor_kind, actor, address, action, subject, detail, hash)"
    " VALUES ($1, " FIBREHUB_SQL_INSTANT("$2::bigint") ", $3, $4, $5, $6, $7, $8,"
    " decode($9, 'hex'))"};

#define FIBREHUB_AUDIT_COLUMNS \
  "seq, " FIBREHUB_SQL_US("at") ", actor_kind, actor, address, action, subject, detail, " \
                                "encode(hash, 'hex')"

constexpr sql select_after{"audit_after", "SELECT " FIBREHUB_AUDIT_COLUMNS
                                          " FROM audit_log WHERE seq > $1::bigint"
                                          " ORDER BY seq LIMIT 1000"};

audit_view to_view(const pqxx::row& r) {
  return {r[0].as<std::int64_t>(),
          instant_of(r[1]),
          r[2].c_str(),
          r[3].c_str(),
          r[4].c_str(),
          r[5].c_str(),
          r[6].c_str(),
          r[7].c_str(),
          r[8].c_str()};
}

domain::history_digest digest_of(std::string_view hex_text) {
  domain::history_digest out{};
  const std::string bytes = from_hex(hex_text);
  std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
  return out;
}

domain::history_entry entry_of(const audit_view& v) {
  domain::history_entry e;
  e.seq = static_cast<std::int32_t>(v.seq);
  e.at = v.at;
  e.actor = {v.actor_kind, v.actor, v.address};
  e.action = v.action;
  e.field = v.subject;
  e.new_value = v.detail_json;
  return e;
}

const char* kind_of(const domain::principal& by) {
  using kind = domain::principal::kind;
  return by.what == kind::user ? "user" : by.what == kind::token ? "token" : "system";
}

}  // namespace

void append_audit(connection& db, pqxx::transaction_base& tx, const write_origin& origin,
                  std::string_view action, std::string_view subject, std::string_view detail_json) {
  db.run(tx, take_turn);
  const pqxx::result last = db.run(tx, select_last);
  audit_view v;
  v.seq = last.empty() ? 1 : last[0][0].as<std::int64_t>() + 1;
  v.at = origin.at;
  v.actor_kind = origin.by.id.empty() ? "nobody" : kind_of(origin.by);
  v.actor = origin.by.id.empty() ? "nobody" : origin.by.id;
  v.address = origin.by.address;
  v.action = action;
  v.subject = subject;
  v.detail_json = detail_json;
  const domain::history_digest previous =
      last.empty() ? domain::history_digest{} : digest_of(last[0][1].c_str());
  const domain::history_digest hash = domain::chain(previous, entry_of(v));
  db.run(tx, insert_row,
         {{std::to_string(v.seq), us(v.at), v.actor_kind, v.actor, v.address, v.action, v.subject,
           v.detail_json, hex({reinterpret_cast<const char*>(hash.data()), hash.size()})},
          nullptr});
}

std::optional<audit_page> run(connection& db, const list_audit& request) {
  std::string where = "true";
  sql_params params;
  const auto add = [&](std::string_view condition, std::string value) {
    params.texts.push_back(std::move(value));
    where += fmt::format(" AND {} ${}", condition, params.texts.size());
  };
  const auto add_time = [&](std::string_view condition, domain::instant t) {
    params.texts.push_back(us(t));
    where += fmt::format(" AND {} (timestamptz 'epoch' + ${}::bigint * interval '1 microsecond')",
                         condition, params.texts.size());
  };
  if (!request.action.empty()) add("action =", request.action);
  if (!request.actor.empty()) add("actor =", request.actor);
  if (!request.subject.empty()) add("subject =", request.subject);
  if (request.since) add_time("at >=", *request.since);
  if (request.until) add_time("at <", *request.until);
  if (request.before_seq) {
    params.texts.push_back(std::to_string(*request.before_seq));
    where += fmt::format(" AND seq < ${}::bigint", params.texts.size());
  }
  return db.transact([&](pqxx::work& tx) {
    const pqxx::result rows =
        db.run_text(tx,
                    fmt::format("SELECT " FIBREHUB_AUDIT_COLUMNS
                                " FROM audit_log WHERE {} ORDER BY seq DESC LIMIT {}",
                                where, request.limit + 1),
                    params);
    audit_page out;
    for (const auto& row : rows)
      out.items.push_back(to_view(row));
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_before = out.items.back().seq;
    }
    return std::optional(std::move(out));
  });
}

std::int64_t first_broken_audit_row(connection& db) {
  domain::history_digest previous{};
  std::int64_t expected = 1;
  while (true) {
    const pqxx::result rows = db.transact([&](pqxx::work& tx) {
      return db.run(tx, select_after, {{std::to_string(expected - 1)}, nullptr});
    });
    if (rows.empty()) return 0;
    for (const auto& row : rows) {
      const audit_view v = to_view(row);
      const domain::history_digest hash = digest_of(v.hash_hex);
      if (v.seq != expected || domain::chain(previous, entry_of(v)) != hash) return expected;
      previous = hash;
      ++expected;
    }
  }
}

}  // namespace fibrehub::store
