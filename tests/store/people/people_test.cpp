// People, sessions, teams, tokens and the audit log on a real PostgreSQL; the time is the test's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/people/access.hpp"
#include "store/people/api_tokens.hpp"
#include "store/people/audit.hpp"
#include "store/people/second_factor.hpp"
#include "store/people/sign_in.hpp"
#include "store/people/teams.hpp"
#include "store/people/users.hpp"
#include "store/pq.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr domain::instant noon = domain::from_us(1'795'000'000'000'000);

class People : public testing::Test {
 protected:
  template <class Request>
  write_outcome make(const Request& request) {
    write_origin origin;
    origin.by.what = domain::principal::kind::user;
    origin.by.id = "user:1";
    origin.by.address = "10.0.0.7";
    origin.at = now_;
    change_context context{origin, [] { return std::int64_t{0}; }, {}, {}};
    write_outcome out;
    struct undo {};
    try {
      connection_.transact([&](auto& tx) {
        out = run(connection_, tx, request, context);
        if (!out) throw undo{};
      });
    } catch (undo) {
    }
    return out;
  }
  template <class Request>
  std::int64_t id_of(const Request& request) {
    const write_outcome done = make(request);
    EXPECT_TRUE(done) << done.error().message;
    return done ? std::stoll(done->data_json) : 0;
  }
  static save_user somebody(const std::string& email, domain::role role = domain::role::admin) {
    save_user u;
    u.email = email;
    u.name = "Lerato";
    u.role = role;
    u.password_hash = "hash-1";
    return u;
  }
  open_session signing_in(std::int64_t user) {
    open_session s;
    s.user_id = user;
    s.verified_hash = "hash-1";
    s.public_id = "public" + std::to_string(++sessions_);
    s.sha256 = std::string(31, 's') + static_cast<char>('0' + sessions_);
    s.csrf_sha256 = std::string(32, 'c');
    s.agent = "a browser";
    return s;
  }
  credentials read_credentials(std::int64_t id) {
    return run(connection_, find_credentials{"", id}).value();
  }
  std::string reason_of(const write_outcome& o) { return o ? "done" : o.error().reason; }

  domain::instant now_ = noon;
  int sessions_ = 0;
  fixtures::temporary_database db_;
  connection connection_{db_.options()};
};

TEST_F(People, AreMadeOnceForAnAddressAndChangedFieldByField) {
  const std::int64_t id = id_of(somebody("Lerato@example.com"));
  EXPECT_EQ(reason_of(make(somebody("lerato@EXAMPLE.com"))), "email_taken");
  save_user phone;
  phone.id = id;
  phone.phone = "+27 82 000 0000";
  EXPECT_TRUE(make(phone));
  const user_view u = run(connection_, get_user{id}).value();
  EXPECT_EQ(u.phone, "+27 82 000 0000");
  EXPECT_EQ(u.name, "Lerato");
  EXPECT_TRUE(u.has_password && u.must_change_password && !u.totp);
  EXPECT_FALSE(run(connection_, get_user{id + 1}));
  EXPECT_EQ(make(save_user{.id = id + 1}).error().code, errc::not_found);
}

TEST_F(People, OfRoleClientNeedACompany) {
  EXPECT_EQ(reason_of(make(somebody("c@example.com", domain::role::client))), "client_missing");
  db_.ask("INSERT INTO clients (id, code, name) VALUES (7, 'C7', 'Acme')");
  save_user c = somebody("c@example.com", domain::role::client);
  c.client_id = find_client_id(connection_, "C7");
  EXPECT_EQ(run(connection_, get_user{id_of(c)})->client_id, 7);
}

TEST_F(People, KeepOneAdminWhateverHappens) {
  const std::int64_t first = id_of(somebody("a@example.com"));
  save_user off{.id = first};
  off.disabled = true;
  EXPECT_EQ(reason_of(make(off)), "last_admin");
  save_user down{.id = first};
  down.role = domain::role::viewer;
  EXPECT_EQ(reason_of(make(down)), "last_admin");
  id_of(somebody("b@example.com"));
  EXPECT_TRUE(make(off));
}

TEST_F(People, AreListedInPages) {
  for (const char* email : {"a@example.com", "b@example.com", "c@example.com"})
    id_of(somebody(email, domain::role::viewer));
  list_users ask;
  ask.limit = 2;
  const user_page page = run(connection_, ask).value();
  ASSERT_EQ(page.items.size(), 2u);
  ask.after_id = page.next_after.value();
  EXPECT_EQ(run(connection_, ask)->items.at(0).email, "c@example.com");
  EXPECT_FALSE(run(connection_, ask)->next_after);
  EXPECT_EQ(
      run(connection_, list_users{.containing = "B@EX", .role = {}, .disabled = {}})->items.size(),
      1u);
  EXPECT_EQ(
      run(connection_, list_users{.containing = "", .role = domain::role::admin, .disabled = {}})
          ->items.size(),
      0u);
}

TEST_F(People, TheFirstAdminIsMadeOnce) {
  int hashed = 0;
  const ensure_admin first{"admin@localhost", [&] {
                             ++hashed;
                             return std::string("hash");
                           }};
  const std::int64_t id = id_of(first);
  EXPECT_NE(id, 0);
  EXPECT_TRUE(run(connection_, get_user{id})->must_change_password);
  EXPECT_EQ(id_of(first), 0);
  EXPECT_EQ(hashed, 1);
}

TEST_F(People, AreLockedByTheTenthFailureAndFreeAgainAfterASuccess) {
  const std::int64_t id = id_of(somebody("a@example.com"));
  for (int i = 0; i < 9; ++i)
    EXPECT_TRUE(make(note_failed_sign_in{id, "a@example.com", "password"}));
  EXPECT_TRUE(make(signing_in(id)));
  EXPECT_EQ(read_credentials(id).record.failures, 0);
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(make(note_failed_sign_in{id, "a@example.com", "password"}));
  EXPECT_EQ(read_credentials(id).record.locked_until, noon + 15min);
  EXPECT_EQ(reason_of(make(signing_in(id))), "sign_in_failed");
  now_ += 15min;
  EXPECT_TRUE(make(signing_in(id)));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM audit_log WHERE action = 'sign_in.locked'"), "1");
}

TEST_F(People, FailuresOfNobodyAreWrittenDownToo) {
  EXPECT_TRUE(make(note_failed_sign_in{0, "nobody@example.com", "password"}));
  EXPECT_THAT(db_.ask("SELECT detail FROM audit_log"), HasSubstr("nobody@example.com"));
}

TEST_F(People, CannotSignInWithAPasswordChangedMeanwhileOrDisabled) {
  id_of(somebody("boss@example.com"));
  const std::int64_t id = id_of(somebody("a@example.com"));
  open_session late = signing_in(id);
  late.verified_hash = "hash-0";
  EXPECT_EQ(reason_of(make(late)), "sign_in_failed");
  save_user off{.id = id};
  off.disabled = true;
  EXPECT_TRUE(make(off));
  EXPECT_EQ(reason_of(make(signing_in(id))), "sign_in_failed");
}

TEST_F(People, SessionsCarryWhatDecidesWhatTheirPersonSees) {
  const std::int64_t lead = id_of(somebody("lead@example.com", domain::role::team_lead));
  const std::int64_t tech = id_of(somebody("tech@example.com", domain::role::technician));
  save_team team;
  team.name = "Lawley";
  team.zone = "Zone A";
  team.specialties = {"splicing", "poles, cables"};
  team.lead_id = lead;
  team.members = {tech};
  const std::int64_t team_id = id_of(team);
  const open_session s = signing_in(lead);
  EXPECT_TRUE(make(s));
  const session_record r = run(connection_, find_session{s.public_id}).value();
  EXPECT_EQ(r.sha256, s.sha256);
  EXPECT_EQ(r.csrf_sha256, s.csrf_sha256);
  EXPECT_EQ(r.expires_at, noon + 12h);
  EXPECT_EQ(r.person.who.id, "user:" + std::to_string(lead));
  EXPECT_EQ(r.person.who.as, domain::role::team_lead);
  EXPECT_THAT(r.person.who.led, ElementsAre(team_id));
  EXPECT_THAT(r.person.who.crew, ElementsAre(tech));
  EXPECT_THAT(r.person.who.teams, ElementsAre());
  save_team gone{.id = team_id};
  gone.archived = true;
  EXPECT_TRUE(make(gone));
  EXPECT_THAT(run(connection_, find_session{s.public_id})->person.who.led, ElementsAre());
}

TEST_F(People, SessionsAreSeenListedAndEnded) {
  const std::int64_t id = id_of(somebody("a@example.com"));
  const open_session one = signing_in(id), two = signing_in(id);
  EXPECT_TRUE(make(one));
  EXPECT_TRUE(make(two));
  now_ += 20min;
  EXPECT_TRUE(make(touch_session{one.public_id}));
  now_ += 15min;
  const auto open = run(connection_, list_sessions{id, now_}).value();
  ASSERT_EQ(open.size(), 1u);  // the other was idle for too long
  EXPECT_EQ(open[0].public_id, one.public_id);
  EXPECT_EQ(open[0].last_seen_at, noon + 20min);
  EXPECT_EQ(open[0].agent, "a browser");
  EXPECT_EQ(make(revoke_session{one.public_id, id + 1}).error().code, errc::not_found);
  EXPECT_TRUE(make(revoke_session{one.public_id, id}));
  EXPECT_TRUE(run(connection_, find_session{one.public_id})->revoked);
  EXPECT_EQ(make(revoke_session{one.public_id, 0}).error().code, errc::not_found);
}

TEST_F(People, ANewPasswordEndsTheOtherSessions) {
  const std::int64_t id = id_of(somebody("a@example.com"));
  const open_session here = signing_in(id), there = signing_in(id);
  EXPECT_TRUE(make(here) && make(there));
  EXPECT_TRUE(make(set_password{id, "hash-2", false, here.public_id}));
  EXPECT_FALSE(run(connection_, find_session{here.public_id})->revoked);
  EXPECT_TRUE(run(connection_, find_session{there.public_id})->revoked);
  EXPECT_FALSE(run(connection_, get_user{id})->must_change_password);
}

TEST_F(People, DisablingEndsEverySession) {
  id_of(somebody("boss@example.com"));
  const std::int64_t id = id_of(somebody("a@example.com"));
  const open_session s = signing_in(id);
  EXPECT_TRUE(make(s));
  save_user off{.id = id};
  off.disabled = true;
  EXPECT_TRUE(make(off));
  EXPECT_TRUE(run(connection_, find_session{s.public_id})->revoked);
}

TEST_F(People, ASecondFactorCountsOnceItIsConfirmedAndEachCodeWorksOnce) {
  const std::int64_t id = id_of(somebody("a@example.com"));
  EXPECT_EQ(reason_of(make(confirm_totp{id, "sealed", 5, {}})), "totp_not_enrolled");
  EXPECT_TRUE(make(enrol_totp{id, "sealed"}));
  EXPECT_TRUE(make(signing_in(id)));  // not confirmed yet
  EXPECT_TRUE(make(confirm_totp{id, "sealed", 5, {std::string(32, 'r')}}));
  EXPECT_EQ(reason_of(make(enrol_totp{id, "other"})), "totp_enabled");
  open_session s = signing_in(id);
  EXPECT_EQ(reason_of(make(s)), "second_factor_used");
  s.totp_step = 5;
  EXPECT_EQ(reason_of(make(s)), "second_factor_used");  // confirmed with it
  s.totp_step = 6;
  EXPECT_TRUE(make(s));
  s = signing_in(id);
  s.totp_step = 6;
  EXPECT_EQ(reason_of(make(s)), "second_factor_used");
  s.totp_step = 0;
  s.recovery_sha256 = std::string(32, 'r');
  EXPECT_TRUE(make(s));
  s = signing_in(id);
  s.recovery_sha256 = std::string(32, 'r');
  EXPECT_EQ(reason_of(make(s)), "second_factor_used");
  EXPECT_TRUE(make(remove_totp{id}));
  EXPECT_TRUE(make(signing_in(id)));
}

TEST_F(People, OfTheIdentityProviderAreFoundBySubjectOrAddress) {
  const std::int64_t id = id_of(somebody("a@example.com", domain::role::manager));
  EXPECT_FALSE(run(connection_, find_person{"idp|1", ""}));
  EXPECT_EQ(run(connection_, find_person{"idp|1", "A@example.com"})->who.user_id, id);
  EXPECT_TRUE(make(adopt_subject{id, "idp|1"}));
  EXPECT_EQ(run(connection_, find_person{"idp|1", ""})->who.user_id, id);
  EXPECT_FALSE(run(connection_, find_person{"idp|2", "a@example.com"}));  // somebody else's by now
}

TEST_F(People, TeamsHaveNamesOfTheirOwnAndKnownMembers) {
  const std::int64_t id = id_of(somebody("a@example.com"));
  save_team t;
  t.name = "Lawley";
  t.members = {id};
  t.specialties = {"a \"quoted\" one", "poles"};
  const std::int64_t team = id_of(t);
  EXPECT_EQ(reason_of(make(t)), "name_taken");
  save_team unknown{.id = team};
  unknown.members = {id, id + 99};
  EXPECT_EQ(reason_of(make(unknown)), "unknown_person");
  save_team empty{.id = team};
  empty.members = std::vector<std::int64_t>{};
  EXPECT_TRUE(make(empty));
  const team_view v = run(connection_, get_team{team}).value();
  EXPECT_THAT(v.members, ElementsAre());
  EXPECT_THAT(v.specialties, ElementsAre("a \"quoted\" one", "poles"));
  EXPECT_EQ(run(connection_, list_teams{})->items.size(), 1u);
  EXPECT_EQ(run(connection_, list_teams{.archived = true})->items.size(), 0u);
}

TEST_F(People, ApiTokensAreMadeListedAndRevoked) {
  new_token t{"abcdefghijkl", "robot", std::string(32, 'x'), {"read", "write"}, noon + 24h};
  EXPECT_TRUE(make(add_api_token{t}));
  const auto all = run(connection_, list_api_tokens{}).value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_THAT(all[0].scopes, ElementsAre("read", "write"));
  EXPECT_EQ(all[0].expires_at, noon + 24h);
  EXPECT_TRUE(make(revoke_api_token{t.id}));
  EXPECT_EQ(make(revoke_api_token{t.id}).error().code, errc::not_found);
}

TEST_F(People, TheAuditLogIsAChainThatShowsATamperedRow) {
  const std::int64_t id = id_of(somebody("a@example.com"));
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(make(note_failed_sign_in{id, "a@example.com", "password"}));
  EXPECT_EQ(first_broken_audit_row(connection_), 0);
  const audit_page page =
      run(connection_, list_audit{.action = "sign_in.failed", .limit = 3}).value();
  ASSERT_EQ(page.items.size(), 3u);
  EXPECT_EQ(page.items[0].seq, 5);
  EXPECT_EQ(page.next_before, 3);
  EXPECT_EQ(page.items[0].actor, "user:1");
  EXPECT_THROW(db_.ask("UPDATE audit_log SET actor = 'user:2' WHERE seq = 3 RETURNING 1"),
               std::exception);
  EXPECT_THROW(db_.ask("DELETE FROM audit_log RETURNING 1"), std::exception);
  db_.ask("ALTER TABLE audit_log DISABLE TRIGGER ALL");
  db_.ask("UPDATE audit_log SET actor = 'user:2' WHERE seq = 3 RETURNING 1");
  EXPECT_EQ(first_broken_audit_row(connection_), 3);
}

}  // namespace
}  // namespace fibrehub::store
