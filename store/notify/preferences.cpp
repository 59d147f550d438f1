#include "store/notify/preferences.hpp"

#include "store/notify/preferences_sql.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr sql select_preferences{
    "read_notification_preferences",
    "SELECT" FIBREHUB_PREFERENCES
    " FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id WHERE u.id ="
    " $1::bigint"};
constexpr sql upsert_preferences{
    "write_notification_preferences",
    "INSERT INTO notification_preferences (user_id, time_zone, quiet_from, quiet_to,"
    " urgent_breaks_through, digest, digest_at, updated_at) VALUES ($1::bigint, $2,"
    " nullif($3, '')::smallint, nullif($4, '')::smallint, $5::boolean, $6, $7::smallint, "
    FIBREHUB_SQL_INSTANT("$8::bigint") ") ON CONFLICT (user_id) DO UPDATE SET time_zone ="
    " excluded.time_zone, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,"
    " urgent_breaks_through = excluded.urgent_breaks_through, digest = excluded.digest,"
    " digest_at = excluded.digest_at, updated_at = excluded.updated_at"};
constexpr sql delete_choices{"clear_notification_choices",
                             "DELETE FROM notification_choices WHERE user_id = $1::bigint"};
constexpr sql insert_choices{
    "write_notification_choices",
    "INSERT INTO notification_choices (user_id, kind, in_app, email, whatsapp) SELECT $1::bigint,"
    " unnest($2::text[]), unnest($3::boolean[]), unnest($4::boolean[]), unnest($5::text[])"};

}  // namespace

domain::notification_preferences to_preferences(const pqxx::row& row, int first) {
  domain::notification_preferences out;
  const auto column = [&](int i) { return row[static_cast<pqxx::row::size_type>(first + i)]; };
  out.time_zone = column(0).c_str();
  if (!column(3).is_null()) {
    if (!column(1).is_null()) out.quiet = {column(1).as<int>(), column(2).as<int>()};
    out.urgent_breaks_through = column(3).as<bool>();
    out.digest = domain::digest_mode_from(column(4).c_str()).value_or(domain::digest_mode::off);
    out.digest_minute = column(5).as<int>();
  }
  if (column(6).is_null()) return out;
  for (const std::string& choice : split(column(6).c_str(), ',')) {
    const std::vector<std::string> words = split(choice, ' ');
    const auto kind = words.size() == 4 ? domain::notice_kind_from(words[0]) : std::nullopt;
    if (!kind) continue;  // of a version that knew more
    out.chosen[*kind] = {
        words[1] == "t", words[2] == "t",
        domain::whatsapp_choice_from(words[3]).value_or(domain::whatsapp_choice::off)};
  }
  return out;
}

std::optional<domain::notification_preferences> run(connection& db,
                                                    const get_notification_preferences& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<domain::notification_preferences> {
    const pqxx::result rows =
        db.run(tx, select_preferences, {{std::to_string(request.user_id)}, nullptr});
    if (rows.empty()) return std::nullopt;
    return to_preferences(rows[0], 0);
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx,
                  const set_notification_preferences& request, change_context& context) {
  const domain::notification_preferences& w = request.wanted;
  const std::string user = std::to_string(context.origin.by.user_id);
  if (context.origin.by.user_id == 0)
    return tl::unexpected(error{errc::forbidden, "only people have notifications", "forbidden"});
  db.run(tx, upsert_preferences,
         {{user, w.time_zone, w.quiet ? std::to_string(w.quiet->from_minute) : "",
           w.quiet ? std::to_string(w.quiet->to_minute) : "",
           w.urgent_breaks_through ? "true" : "false", std::string(name_of(w.digest)),
           std::to_string(w.digest_minute), us(context.origin.at)},
          nullptr});
  db.run(tx, delete_choices, {{user}, nullptr});
  pq_array kinds, in_app, email, whatsapp;
  bool any = false;
  for (const auto& [kind, channels] : w.chosen) {
    if (channels == domain::default_channels(kind)) continue;
    any = true;
    kinds.add(name_of(kind));
    in_app.add_bool(channels.in_app);
    email.add_bool(channels.email);
    whatsapp.add(name_of(channels.whatsapp));
  }
  if (any)
    db.run(tx, insert_choices,
           {{user, kinds.take(), in_app.take(), email.take(), whatsapp.take()}, nullptr});
  return write_answer{200, "{}"};
}

}  // namespace fibrehub::store
