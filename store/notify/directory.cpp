#include "store/notify/directory.hpp"

#include <algorithm>
#include <set>

#include "store/notify/preferences_sql.hpp"
#include "store/people/sql.hpp"

namespace fibrehub::store {
namespace {

using namespace people;
using domain::notice_kind;

constexpr char separator = '\x1f';

constexpr sql select_teams{
    "notify_teams",
    "SELECT id, name, zone, array_to_string(specialties, chr(31)) FROM teams WHERE archived_at IS"
    " NULL ORDER BY id"};
constexpr sql select_zones{"notify_zones",
                           "SELECT id, zone FROM tickets WHERE id = ANY ($1::bigint[]) AND zone IS"
                           " NOT NULL"};
constexpr sql select_followers{
    "notify_followers",
    "SELECT ticket_id, user_id FROM ticket_followers WHERE ticket_id = ANY ($1::bigint[])"
    " ORDER BY ticket_id, user_id"};
constexpr sql select_requests{"notify_approval_requests",
                              "SELECT ticket_id, requested_by FROM approval_requests WHERE"
                              " ticket_id = ANY ($1::bigint[])"};

// Each arm by its index, whatever the others hold.
constexpr sql select_people{
    "notify_people",
    "SELECT u.id, u.name, u.role, coalesce(u.client_id, 0), u.email, u.phone,"
    " array_to_string(ARRAY(SELECT m.team_id FROM team_members m JOIN teams t ON t.id = m.team_id"
    " WHERE m.user_id = u.id AND t.archived_at IS NULL), ' '),"
    " array_to_string(ARRAY(SELECT t.id FROM teams t WHERE t.lead_id = u.id AND t.archived_at IS"
    " NULL), ' '),"
    " array_to_string(ARRAY(SELECT DISTINCT m.user_id FROM team_members m JOIN teams t ON t.id ="
    " m.team_id WHERE t.lead_id = u.id AND t.archived_at IS NULL), ' ')," FIBREHUB_PREFERENCES
    " FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id"
    " WHERE u.disabled_at IS NULL AND u.id IN (SELECT unnest($1::bigint[]) UNION SELECT m.user_id"
    " FROM team_members m WHERE m.team_id = ANY ($2::bigint[]) UNION SELECT r.id FROM users r"
    " WHERE r.role = ANY ($3::text[]) UNION SELECT t.lead_id FROM teams t WHERE t.id = ANY"
    " ($4::bigint[]) UNION SELECT t.lead_id FROM team_members m JOIN teams t ON t.id = m.team_id"
    " WHERE m.user_id = ANY ($5::bigint[]))"};

/// What has to be loaded.
struct needs {
  std::set<std::int64_t> people, teams;
  std::set<std::string> roles;
  std::vector<std::int64_t> followed, decided;
  std::set<std::int64_t> leads_of_teams, leads_of_people;
  bool created = false;

  explicit needs(std::span<const domain::ticket_news> all) {
    for (const domain::ticket_news& news : all)
      for (const domain::ticket_notice& n : news.notices) {
        people.insert(n.people.begin(), n.people.end());
        created = created || n.kind == notice_kind::created;
        if (is_clock(n.kind)) add_clock(news.ticket.whose, n.kind);
        if (n.kind == notice_kind::automation) add_audience(news.ticket, n.who);
        if (n.kind == notice_kind::assigned && n.people.empty())
          teams.insert(news.ticket.whose.assigned_team);
        if (n.kind == notice_kind::status_changed) followed.push_back(news.ticket.id);
        if (n.kind == notice_kind::approval_decided) decided.push_back(news.ticket.id);
        if (n.kind != notice_kind::approval_wanted) continue;
        roles = {"manager", "admin"};
        people.insert(news.by_user);  // to be told of a decision in the same batch
      }
  }

  static bool is_clock(notice_kind kind) {
    return kind == notice_kind::clock_75 || kind == notice_kind::clock_90 ||
           kind == notice_kind::clock_breached;
  }
  /// Of a clock of a ticket that nobody has, those hear who hear of a new one.
  static bool is_nobodys(const domain::ticket_ownership& whose) {
    return whose.assigned_to == 0 && whose.assigned_team == 0;
  }
  void add_clock(const domain::ticket_ownership& whose, notice_kind kind) {
    if (whose.assigned_to != 0) {
      people.insert(whose.assigned_to);
      leads_of_people.insert(whose.assigned_to);
    } else if (whose.assigned_team != 0) {
      teams.insert(whose.assigned_team);
    }
    if (whose.assigned_team != 0) leads_of_teams.insert(whose.assigned_team);
    created = created || is_nobodys(whose);
    if (kind == notice_kind::clock_breached) roles.insert({"manager", "admin"});
  }
  void add_audience(const domain::noticed_ticket& t, const domain::audience& who) {
    people.insert(who.people.begin(), who.people.end());
    teams.insert(who.teams.begin(), who.teams.end());
    for (const domain::role r : who.roles)
      roles.insert(std::string(name_of(r)));
    if (who.all_agents) roles.insert({"admin", "manager", "team_lead", "technician"});
    if (who.followers) followed.push_back(t.id);
    if (who.assignee || who.lead) add_clock(t.whose, notice_kind::clock_90);
  }
  /// A ticket whose responsible team is told, or who stands in for it.
  static bool concerns_team(const domain::ticket_news& news, const domain::ticket_notice& n) {
    const bool asks_holders =
        is_clock(n.kind) || (n.kind == notice_kind::automation && (n.who.assignee || n.who.lead));
    return n.kind == notice_kind::created || (asks_holders && is_nobodys(news.ticket.whose));
  }
};

std::vector<domain::notice_team> load_teams(connection& db, pqxx::transaction_base& tx) {
  std::vector<domain::notice_team> out;
  const pqxx::result rows = db.run(tx, select_teams);
  for (const auto& r : rows)
    out.push_back(
        {r[0].as<std::int64_t>(), r[1].c_str(), r[2].c_str(), split(r[3].c_str(), separator)});
  return out;
}

void fill_zones(connection& db, pqxx::transaction_base& tx, std::span<domain::ticket_news> all) {
  std::unordered_map<std::int64_t, domain::ticket_news*> wanting;
  std::vector<std::int64_t> ids;
  for (domain::ticket_news& news : all)
    if (!news.ticket.zone) {
      ids.push_back(news.ticket.id);
      wanting[news.ticket.id] = &news;
    }
  if (ids.empty()) return;
  const pqxx::result rows = db.run(tx, select_zones, {{id_array(ids)}, nullptr});
  for (const auto& r : rows)
    wanting.at(r[0].as<std::int64_t>())->ticket.zone = r[1].c_str();
}

/// The teams and their members, or those who stand in for them.
void add_created(connection& db, pqxx::transaction_base& tx, std::span<domain::ticket_news> all,
                 domain::notice_directory& d, needs& n) {
  d.teams = load_teams(db, tx);
  if (std::any_of(d.teams.begin(), d.teams.end(), [](const auto& t) { return !t.zone.empty(); }))
    fill_zones(db, tx, all);
  for (const domain::ticket_news& news : all)
    for (const domain::ticket_notice& notice : news.notices) {
      if (!needs::concerns_team(news, notice)) continue;
      const std::int64_t team =
          domain::responsible_team(news.ticket.zone.value_or(""), news.ticket.type, d.teams);
      if (team != 0) {
        n.teams.insert(team);
        if (notice.who.lead) n.leads_of_teams.insert(team);
      } else {
        n.roles.insert("manager");
      }
    }
}

domain::notice_person to_person(const pqxx::row& r) {
  domain::notice_person p;
  p.who.what = domain::principal::kind::user;
  p.who.user_id = r[0].as<std::int64_t>();
  p.who.id = "user:" + std::to_string(p.who.user_id);
  p.who.name = r[1].c_str();
  p.who.as = domain::role_from(r[2].c_str()).value_or(domain::role::viewer);
  p.who.client_id = r[3].as<std::int64_t>();
  p.email = r[4].c_str();
  p.phone = r[5].c_str();
  p.who.teams = ids_of(r[6]);
  p.who.led = ids_of(r[7]);
  p.who.crew = ids_of(r[8]);
  p.preferences = to_preferences(r, 9);
  return p;
}

}  // namespace

domain::notice_directory load_directory(connection& db, pqxx::transaction_base& tx,
                                        std::span<domain::ticket_news> news) {
  domain::notice_directory d;
  needs n(news);
  if (n.created) add_created(db, tx, news, d, n);
  if (!n.followed.empty()) {
    const pqxx::result rows = db.run(tx, select_followers, {{id_array(n.followed)}, nullptr});
    for (const auto& r : rows) {
      d.followers[r[0].as<std::int64_t>()].push_back(r[1].as<std::int64_t>());
      n.people.insert(r[1].as<std::int64_t>());
    }
  }
  if (!n.decided.empty()) {
    const pqxx::result rows = db.run(tx, select_requests, {{id_array(n.decided)}, nullptr});
    for (const auto& r : rows) {
      d.approval_wanted_by[r[0].as<std::int64_t>()] = r[1].as<std::int64_t>();
      n.people.insert(r[1].as<std::int64_t>());
    }
  }
  if (n.people.empty() && n.teams.empty() && n.roles.empty()) return d;
  const pqxx::result rows = db.run(
      tx, select_people,
      {{id_array({n.people.begin(), n.people.end()}), id_array({n.teams.begin(), n.teams.end()}),
        text_array({n.roles.begin(), n.roles.end()}),
        id_array({n.leads_of_teams.begin(), n.leads_of_teams.end()}),
        id_array({n.leads_of_people.begin(), n.leads_of_people.end()})},
       nullptr});
  for (const auto& r : rows) {
    domain::notice_person p = to_person(r);
    const std::int64_t id = p.who.user_id;
    d.people.emplace(id, std::move(p));
  }
  return d;
}

std::vector<domain::notice_person> load_people_with_role(connection& db, pqxx::transaction_base& tx,
                                                         domain::role role) {
  std::vector<domain::notice_person> out;
  const pqxx::result rows =
      db.run(tx, select_people,
             {{id_array({}), id_array({}), text_array({std::string(name_of(role))}), id_array({}),
               id_array({})},
              nullptr});
  for (const auto& r : rows)
    out.push_back(to_person(r));
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.who.user_id < b.who.user_id; });
  return out;
}

}  // namespace fibrehub::store
