#include <algorithm>
#include <set>

#include "store/commands/batch.hpp"
#include "store/pq_array.hpp"
#include "store/tickets/columns.hpp"

namespace fibrehub::store {
namespace {

using domain::field;

constexpr field drop_fields[] = {
    field::project_id, field::pole_id, field::contractor_id, field::client_id, field::pon,
    field::zone,       field::address, field::latitude,      field::longitude, field::install_date};

constexpr sql select_drops{
    "command_drops",
    "SELECT d.drop_number, d.project_id::text, d.pole_id::text, d.contractor_id::text,"
    " d.client_id::text, d.pon, d.zone, d.address, d.latitude::text, d.longitude::text,"
    " d.install_date::text FROM drop_places d WHERE d.drop_number = ANY ($1::text[])"};

constexpr sql select_users{
    "command_users",
    "SELECT u.id, u.name, u.email, coalesce((SELECT string_agg(m.team_id::text, ' ') FROM"
    " team_members m WHERE m.user_id = u.id), '') FROM users u WHERE u.disabled_at IS NULL AND"
    " u.role NOT IN ('viewer', 'client') AND u.id = ANY ($1::bigint[])"};

constexpr sql select_teams{"command_teams",
                           "SELECT id, name FROM teams WHERE archived_at IS NULL AND id = ANY "
                           "($1::bigint[])"};

// An address before a name before the beginning of an address, staff before clients; all who are
// equally meant.
constexpr sql select_mentioned{
    "command_mentioned",
    "SELECT f.id, f.name FROM (SELECT u.id, k.name, rank() OVER (PARTITION BY k.name ORDER BY"
    " lower(u.email) <> k.name, lower(u.name) <> k.name, u.role = 'client') AS place FROM"
    " unnest($1::text[]) AS k(name) JOIN users u ON u.disabled_at IS NULL AND (lower(u.email) ="
    " k.name OR lower(split_part(u.email, '@', 1)) = k.name OR lower(u.name) = k.name)) AS f WHERE"
    " f.place = 1 ORDER BY f.id"};

constexpr sql select_counters{
    "command_counters",
    "SELECT scope, value FROM uid_counters WHERE scope = ANY ($1::text[]) FOR UPDATE"};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::vector<std::int64_t> numbers_in(const std::string& words) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < words.size();) {
    const std::size_t end = std::min(words.find(' ', i), words.size());
    out.push_back(std::stoll(words.substr(i, end - i)));
    i = end + 1;
  }
  return out;
}

std::string ids_literal(const std::set<std::int64_t>& ids) {
  pq_array a;
  for (const std::int64_t id : ids)
    a.add(id);
  return a.take();
}

std::string texts_literal(const std::set<std::string>& texts) {
  pq_array a;
  for (const std::string& t : texts)
    a.add(std::string_view(t));
  return a.take();
}

template <class F>
void for_each_command(std::span<const submit_commands> units, F&& f) {
  for (const submit_commands& unit : units)
    for (const domain::ticket_command& c : unit.items)
      f(unit, c);
}

const domain::given_fields* fields_of(const domain::ticket_command& c) {
  if (const auto* create = std::get_if<domain::create_ticket>(&c.what)) return &create->fields;
  if (const auto* edit = std::get_if<domain::edit_ticket>(&c.what)) return &edit->fields;
  return nullptr;
}

}  // namespace

void command_batch::load(std::span<const submit_commands> units) {
  load_all_tickets(units);
  load_drops(units);
  load_people(units);
  load_counters(units);
}

void command_batch::load_all_tickets(std::span<const submit_commands> units) {
  std::set<std::string> uids;
  for_each_command(units, [&](const submit_commands&, const domain::ticket_command& c) {
    if (!c.uid.empty()) uids.insert(c.uid);
    if (const auto* l = std::get_if<domain::link_ticket>(&c.what)) uids.insert(l->other);
    if (const auto* m = std::get_if<domain::merge_ticket>(&c.what)) uids.insert(m->into);
  });
  if (uids.empty()) return;
  std::vector<std::int64_t> ids;
  for (domain::ticket_record& t : load_tickets(db_, tx_, {uids.begin(), uids.end()})) {
    auto w = std::make_unique<working>();
    w->record = std::move(t);
    w->told = standing_of(w->record);
    order_.push_back(w.get());
    ids.push_back(w->record.id);
    tickets_.emplace(w->record.uid, std::move(w));
  }
  clocks_.load(ids);
}

void command_batch::load_drops(std::span<const submit_commands> units) {
  std::set<std::string> codes;
  for_each_command(units, [&](const submit_commands&, const domain::ticket_command& c) {
    const domain::given_fields* given = fields_of(c);
    if (!given) return;
    for (const auto& [f, input] : given->items) {
      if (f != field::drop_number) continue;
      const auto code = domain::canonical(domain::definition(f), input);
      if (code && *code) codes.insert(**code);
      // What the drop before said is taken back.
      if (const working* w = c.uid.empty() ? nullptr : find(c.uid))
        if (const auto& before = domain::at(w->record.values, f)) codes.insert(*before);
    }
  });
  if (codes.empty()) return;
  const pqxx::result rows = db_.run(tx_, select_drops, {{texts_literal(codes)}, nullptr});
  for (const auto& row : rows) {
    domain::field_values& facts = drops_[row[0].c_str()];
    int column = 1;
    for (const field f : drop_fields) {
      if (!row[column].is_null()) domain::at(facts, f) = row[column].c_str();
      ++column;
    }
  }
}

void command_batch::load_people(std::span<const submit_commands> units) {
  std::set<std::int64_t> users, teams;
  std::set<std::string> names;
  for_each_command(units, [&](const submit_commands& unit, const domain::ticket_command& c) {
    if (const auto* a = std::get_if<domain::assign_ticket>(&c.what)) {
      if (a->user.value_or(0) != 0) users.insert(*a->user);
      if (a->team.value_or(0) != 0) teams.insert(*a->team);
    }
    if (std::holds_alternative<domain::claim_ticket>(c.what) && unit.origin.by.user_id != 0)
      users.insert(unit.origin.by.user_id);
    if (const auto* n = std::get_if<domain::note_ticket>(&c.what))
      for (std::string& name : domain::mentions_in(n->body))
        names.insert(lower(std::move(name)));
  });
  if (!users.empty()) {
    const pqxx::result rows = db_.run(tx_, select_users, {{ids_literal(users)}, nullptr});
    for (const auto& row : rows)
      users_[row[0].as<std::int64_t>()] = {row[0].as<std::int64_t>(), row[1].c_str(),
                                           row[2].c_str(), numbers_in(row[3].c_str())};
  }
  if (!teams.empty()) {
    const pqxx::result rows = db_.run(tx_, select_teams, {{ids_literal(teams)}, nullptr});
    for (const auto& row : rows)
      teams_[row[0].as<std::int64_t>()] = row[1].c_str();
  }
  if (!names.empty()) {
    const pqxx::result rows = db_.run(tx_, select_mentioned, {{texts_literal(names)}, nullptr});
    for (const auto& row : rows)
      mentioned_[row[1].c_str()].push_back(row[0].as<std::int64_t>());
  }
}

/// The scopes that new tickets may need: found out by asking the templates as `create` will.
void command_batch::load_counters(std::span<const submit_commands> units) {
  std::set<std::string> scopes;
  for_each_command(units, [&](const submit_commands& unit, const domain::ticket_command& c) {
    const bool splits = std::holds_alternative<domain::split_ticket>(c.what);
    if (!splits && !std::holds_alternative<domain::create_ticket>(c.what)) return;
    domain::ticket_record probe;
    if (splits) {
      const working* origin = find(c.uid);
      if (!origin) return;
      probe.values = origin->record.values;
      domain::at(probe.values, field::source_reference).reset();
      if (domain::at(probe.values, field::source) == std::optional<std::string>("qcontact"))
        domain::at(probe.values, field::source) = "adhoc";
    } else {
      domain::ticket_draft draft(probe);
      if (!apply(draft, std::get<domain::create_ticket>(c.what), surroundings_for(unit.origin)))
        return;
    }
    const auto [form, in] = uid_form(probe, unit.origin);
    if (form->counts()) scopes.insert(form->scope(in));
  });
  if (scopes.empty()) return;
  for (const std::string& scope : scopes)
    counters_[scope] = 0;
  const pqxx::result rows = db_.run(tx_, select_counters, {{texts_literal(scopes)}, nullptr});
  for (const auto& row : rows)
    counters_[row[0].c_str()] = row[1].as<std::int64_t>();
}

}  // namespace fibrehub::store
