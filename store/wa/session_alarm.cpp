#include "store/wa/session_alarm.hpp"

#include <fmt/format.h>

#include <vector>

#include "store/notify/notify.hpp"
#include "store/pq.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

// More than so many at once have one cause: the bridge's.
constexpr std::size_t max_told_singly = 5;
constexpr std::size_t max_named = 10;

// One alarm for the whole spell: a state is told again with every code that is shown, SCAN_QR_CODE
// becomes FAILED by itself, and a start in vain goes through STARTING. It began with the first
// state after the session worked, or somebody stopped it.
#define FIBREHUB_STEPS_OF(h) \
  h ".channel = s.channel AND " h ".session = s.name AND " h ".kind <> 'asked'"
constexpr sql raise{
    "session_raise",
    "WITH stuck AS (SELECT s.channel, s.name, s.status, coalesce((SELECT min(h.at) FROM"
    " wa_session_history h WHERE " FIBREHUB_STEPS_OF("h") " AND h.at > coalesce((SELECT max(w.at)"
    " FROM wa_session_history w WHERE " FIBREHUB_STEPS_OF("w") " AND w.value IN ('WORKING',"
    " 'STOPPED')), '-infinity')), s.status_at) AS since FROM wa_sessions s WHERE s.gone_at IS NULL"
    " AND s.status IN ('FAILED', 'SCAN_QR_CODE')), raised AS (INSERT INTO alarms (name, raised_at)"
    " SELECT 'session:' || k.channel || '/' || k.name, " FIBREHUB_SQL_INSTANT("$1::bigint")
    " FROM stuck k WHERE k.since <= " FIBREHUB_SQL_INSTANT("$2::bigint") " AND NOT EXISTS (SELECT 1"
    " FROM alarms a WHERE a.name = 'session:' || k.channel || '/' || k.name) ON CONFLICT (name) DO"
    " NOTHING RETURNING name) SELECT k.channel, k.name, k.status, " FIBREHUB_SQL_US("k.since")
    " FROM stuck k JOIN raised r ON r.name = 'session:' || k.channel || '/' || k.name"
    " ORDER BY k.channel, k.name"};
constexpr sql clear{
    "session_clear",
    "DELETE FROM alarms a WHERE a.name LIKE 'session:%' AND NOT EXISTS (SELECT 1 FROM wa_sessions"
    " s WHERE 'session:' || s.channel || '/' || s.name = a.name AND s.gone_at IS NULL AND s.status"
    " NOT IN ('WORKING', 'STOPPED')) RETURNING substr(a.name, 9), EXISTS (SELECT 1 FROM wa_sessions"
    " s WHERE 'session:' || s.channel || '/' || s.name = a.name AND s.gone_at IS NULL AND s.status "
    "="
    " 'WORKING')"};

struct stuck_session {
  std::string channel, name, status;
  domain::instant since{};
};

std::string what_to_do(const stuck_session& s) {
  const std::string path =
      fmt::format("/api/v1/wa-bridge/sessions/{}?channel={}", s.name, s.channel);
  return s.status == "FAILED"
             ? fmt::format(
                   "It has failed. Restart it, and pair it again if it asks for that; see {}.",
                   path)
             : fmt::format("Its code waits to be scanned with the phone; see {}.", path);
}

hub_notice notice_of(const stuck_session& s, domain::instant now) {
  hub_notice out;
  out.kind = domain::notice_kind::channel_trouble;
  out.at = now;
  out.key = fmt::format("notify:session:{}/{}:{}", s.channel, s.name, domain::to_us(now));
  out.subject = fmt::format("WhatsApp session {}/{} is not connected", s.channel, s.name);
  out.text = fmt::format("Nothing is sent or received through it since {}. {}\n",
                         domain::to_rfc3339(s.since), what_to_do(s));
  return out;
}

hub_notice notice_of(const std::vector<stuck_session>& all, domain::instant now) {
  hub_notice out;
  out.kind = domain::notice_kind::channel_trouble;
  out.at = now;
  out.key = fmt::format("notify:sessions:{}", domain::to_us(now));
  out.subject = fmt::format("{} WhatsApp sessions are not connected", all.size());
  std::string names;
  for (std::size_t i = 0; i < std::min(all.size(), max_named); ++i)
    names +=
        fmt::format("{}{}/{} ({})", i == 0 ? "" : ", ", all[i].channel, all[i].name, all[i].status);
  if (all.size() > max_named) names += fmt::format(" and {} more", all.size() - max_named);
  out.text = fmt::format(
      "Nothing is sent or received through them: {}. See GET /api/v1/wa-bridge/sessions.\n", names);
  return out;
}

std::vector<stuck_session> raised(const pqxx::result& rows) {
  std::vector<stuck_session> out;
  for (const auto& r : rows)
    out.push_back(
        {r[0].c_str(), r[1].c_str(), r[2].c_str(), domain::from_us(r[3].as<std::int64_t>())});
  return out;
}

/// Those that work again; what was stopped or removed somebody did.
std::vector<std::string> well_again(const pqxx::result& rows) {
  std::vector<std::string> out;
  for (const auto& r : rows)
    if (r[1].as<bool>()) out.emplace_back(r[0].c_str());
  return out;
}

hub_notice end_notice(const std::vector<std::string>& names, domain::instant now) {
  hub_notice out;
  out.kind = domain::notice_kind::channel_trouble;
  out.at = now;
  out.key = fmt::format("notify:sessions:{}:over", domain::to_us(now));
  out.subject = names.size() == 1
                    ? fmt::format("WhatsApp session {} is connected again", names.front())
                    : fmt::format("{} WhatsApp sessions are connected again", names.size());
  out.text = "See GET /api/v1/wa-bridge/sessions.\n";
  return out;
}

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const tell_session_trouble& request,
                  change_context& context) {
  const domain::instant now = context.origin.at;
  const auto tell = [&](const hub_notice& what) {
    context.grows_outbox |= notify_role(db, tx, domain::role::admin, what, context.events);
  };
  const std::vector<stuck_session> stuck = raised(db.run(
      tx, raise,
      {{std::to_string(domain::to_us(now)), std::to_string(domain::to_us(now - request.after))},
       nullptr}));
  if (stuck.size() > max_told_singly) {
    tell(notice_of(stuck, now));
  } else {
    for (const stuck_session& s : stuck)
      tell(notice_of(s, now));
  }
  const std::vector<std::string> over = well_again(db.run(tx, clear, {{}, nullptr}));
  if (!over.empty()) tell(end_notice(over, now));
  if (request.result) *request.result = {stuck.size(), over.size()};
  return write_answer{200, fmt::format(R"({{"raised":{},"over":{}}})", stuck.size(), over.size())};
}

}  // namespace fibrehub::store
