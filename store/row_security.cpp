#include "store/row_security.hpp"

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

bool has_reader_role(connection& db) {
  return db.transact([&](auto& tx) { return db.run(tx, ask_role)[0][0].template as<bool>(); });
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
