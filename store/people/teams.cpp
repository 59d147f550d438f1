#include "store/people/teams.hpp"

#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr char separator = '\x1f';

#define FIBREHUB_TEAM_COLUMNS                                                              \
  "t.id, t.name, t.zone, array_to_string(t.specialties, chr(31)), coalesce(t.lead_id, 0)," \
  " array_to_string(ARRAY(SELECT m.user_id FROM team_members m WHERE m.team_id = t.id"     \
  " ORDER BY 1), ' '), " FIBREHUB_SQL_US("t.archived_at") ", " FIBREHUB_SQL_US("t.updated_at")

constexpr sql select_team{"read_team",
                          "SELECT " FIBREHUB_TEAM_COLUMNS " FROM teams t WHERE t.id = $1::bigint"};
constexpr sql select_teams{"list_teams",
                           "SELECT " FIBREHUB_TEAM_COLUMNS
                           " FROM teams t WHERE t.id > $1::bigint AND (t.archived_at IS NOT NULL) ="
                           " $2::boolean ORDER BY t.id LIMIT $3::bigint"};
constexpr sql name_owner{"team_by_name", "SELECT id FROM teams WHERE name = $1"};
constexpr sql count_people{"count_people",
                           "SELECT count(*) FROM users WHERE id = ANY ($1::bigint[])"};
constexpr sql insert_team{"create_team", "INSERT INTO teams (name) VALUES ($1) RETURNING id"};
constexpr sql update_team{
    "change_team",
    "UPDATE teams SET name = $2, zone = $3, specialties = $4::text[], lead_id ="
    " nullif($5, '0')::bigint, archived_at = CASE WHEN NOT $6::boolean THEN NULL ELSE"
    " coalesce(archived_at, " FIBREHUB_SQL_INSTANT("$7::bigint") ") END, updated_at = "
    FIBREHUB_SQL_INSTANT("$7::bigint") " WHERE id = $1::bigint"};
constexpr sql delete_members{"clear_team",
                             "DELETE FROM team_members WHERE team_id = $1::bigint AND"
                             " user_id <> ALL ($2::bigint[])"};
constexpr sql insert_members{
    "fill_team",
    "INSERT INTO team_members (team_id, user_id) SELECT $1::bigint, unnest($2::bigint[])"
    " ON CONFLICT DO NOTHING"};

team_view to_team(const pqxx::row& r) {
  team_view t;
  t.id = r[0].as<std::int64_t>();
  t.name = r[1].c_str();
  t.zone = r[2].c_str();
  t.specialties = split(r[3].c_str(), separator);
  t.lead_id = r[4].as<std::int64_t>();
  t.members = ids_of(r[5]);
  t.archived_at = instant_or_none(r[6]);
  t.updated_at = instant_of(r[7]);
  return t;
}

std::string detail_of(const team_view& t) {
  return fmt::format(R"({{"name":{},"lead_id":{},"members":[{}],"archived":{}}})",
                     json_string(t.name), t.lead_id, fmt::join(t.members, ","),
                     t.archived_at.has_value());
}

/// The first thing wrong with the team as it would be.
std::optional<error> objection(connection& db, pqxx::transaction_base& tx, const team_view& t) {
  const pqxx::result owner = db.run(tx, name_owner, {{t.name}, nullptr});
  if (!owner.empty() && owner[0][0].as<std::int64_t>() != t.id)
    return error{errc::conflict, "there is a team of this name already", "name_taken"};
  std::vector<std::int64_t> people = t.members;
  if (t.lead_id != 0) people.push_back(t.lead_id);
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  if (db.run(tx, count_people, {{id_array(people)}, nullptr})[0][0].as<std::size_t>() !=
      people.size())
    return error{errc::invalid, "the lead or one of the members is nobody we know",
                 "unknown_person"};
  return std::nullopt;
}

}  // namespace

std::optional<team_page> run(connection& db, const list_teams& request) {
  return db.transact([&](pqxx::work& tx) {
    const pqxx::result rows =
        db.run(tx, select_teams,
               {{std::to_string(request.after_id), request.archived ? "true" : "false",
                 std::to_string(request.limit + 1)},
                nullptr});
    team_page out;
    for (const auto& row : rows)
      out.items.push_back(to_team(row));
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_after = out.items.back().id;
    }
    return std::optional(std::move(out));
  });
}

std::optional<team_view> run(connection& db, const get_team& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<team_view> {
    const pqxx::result rows = db.run(tx, select_team, {{std::to_string(request.id)}, nullptr});
    if (rows.empty()) return std::nullopt;
    return to_team(rows[0]);
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const save_team& request,
                  change_context& context) {
  team_view t;
  if (request.id != 0) {
    const pqxx::result rows = db.run(tx, select_team, {{std::to_string(request.id)}, nullptr});
    if (rows.empty()) return tl::unexpected(error{errc::not_found, "there is no such team"});
    t = to_team(rows[0]);
  }
  if (request.name) t.name = *request.name;
  if (request.zone) t.zone = *request.zone;
  if (request.specialties) t.specialties = *request.specialties;
  if (request.lead_id) t.lead_id = *request.lead_id;
  if (request.members) t.members = *request.members;
  if (request.archived) {
    if (*request.archived) {
      t.archived_at = context.origin.at;
    } else {
      t.archived_at.reset();
    }
  }
  if (auto why = objection(db, tx, t)) return tl::unexpected(std::move(*why));
  if (request.id == 0) t.id = db.run(tx, insert_team, {{t.name}, nullptr})[0][0].as<std::int64_t>();
  const std::string id = std::to_string(t.id);
  db.run(tx, update_team,
         {{id, t.name, t.zone, text_array(t.specialties), std::to_string(t.lead_id),
           t.archived_at ? "true" : "false", us(context.origin.at)},
          nullptr});
  if (request.members) {
    const std::string members = id_array(t.members);
    db.run(tx, delete_members, {{id, members}, nullptr});
    db.run(tx, insert_members, {{id, members}, nullptr});
  }
  append_audit(db, tx, context.origin, request.id == 0 ? "team.created" : "team.changed",
               "team:" + id, detail_of(t));
  return write_answer{request.id == 0 ? 201U : 200U, id};
}

}  // namespace fibrehub::store
