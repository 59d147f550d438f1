#include "store/row_security.hpp"

#include <spdlog/spdlog.h>

#include "store/pq_array.hpp"

namespace fibrehub::store {
namespace {

constexpr sql ask_role{"reader_role",
                       "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'fibrehub_reader' AND"
                       " pg_has_role(current_user, oid, 'MEMBER'))"};
constexpr sql set_eyes{
    "reader_eyes",
    "SELECT set_config('fibrehub.role', $1, true), set_config('fibrehub.people', $2, true),"
    " set_config('fibrehub.teams', $3, true), set_config('fibrehub.led', $4, true),"
    " set_config('fibrehub.client', $5, true), set_config('role', 'fibrehub_reader', true)"};

constexpr const char* rights[] = {
    "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO fibrehub_reader', current_schema());"
    " END $$",
    "GRANT SELECT ON tickets, ticket_notes, ticket_history, messages, message_links, message_acks,"
    " chats, contacts, ticket_links, ticket_followers, attachments, teams, team_members, clients,"
    " projects, poles, contractors, drops, qa_photo_reviews, drop_places, search_due, ticket_words,"
    " message_words, sla_clocks, sla_pauses, sla_events, sla_state, sla_calendars, sla_types,"
    " sla_priorities, sla_configs, contracts, project_guarantees, wa_sends, wa_templates,"
    " message_changes, message_facts, contact_aliases, wa_triage, wa_commands, wa_evidence,"
    " ticket_chats, wa_media TO fibrehub_reader",
    "GRANT SELECT (id, name, email, role, disabled_at) ON users TO fibrehub_reader",
};

std::string literal(const std::vector<std::int64_t>& ids) {
  pq_array a;
  for (const std::int64_t id : ids)
    a.add(id);
  return a.take();
}

}  // namespace

bool sees_everything(domain::role r) {
  return r == domain::role::admin || r == domain::role::manager || r == domain::role::viewer;
}

bool prepare_reader_role(connection& db) try {
  return db.transact([&](auto& tx) {
    if (!db.run(tx, ask_role)[0][0].template as<bool>()) return false;
    for (const char* right : rights)
      db.run_text(tx, right, {});
    return true;
  });
} catch (const bad_statement& e) {
  spdlog::warn("store: the role fibrehub_reader cannot be given its rights: {}", e.what());
  return false;
}

void look_through_eyes_of(connection& db, pqxx::transaction_base& tx,
                          const domain::principal& who) {
  if (sees_everything(who.as)) return;
  if (!db.run(tx, ask_role)[0][0].as<bool>()) return;
  std::vector<std::int64_t> people = who.crew;
  people.push_back(who.user_id);
  db.run(tx, set_eyes,
         {{std::string(domain::name_of(who.as)), literal(people), literal(who.teams),
           literal(who.led), who.client_id == 0 ? "" : std::to_string(who.client_id)},
          nullptr});
}

}  // namespace fibrehub::store
