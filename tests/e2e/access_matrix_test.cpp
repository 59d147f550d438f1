// Role × endpoint × ownership, generated: every endpoint about one ticket is asked by every role
// about a ticket of every kind of owner. What the answer must be follows from two small tables: who
// sees such a ticket, and who may do such a thing.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "domain/people.hpp"
#include "protocols/auth/password.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"
#include "tests/fixtures/ws_client.hpp"
#include "tests/protocols/files/samples.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using domain::permission;
using domain::role;

/// Whose a ticket is, seen from the person who asks.
struct owner {
  const char* name;
  const char* columns;               // assigned_to, assigned_team, client_id
  std::set<role> seen_by_more = {};  // besides admin, manager and viewer, who see all
};

// The person is user 100 + role; the crew member is 200; the team is 10, the company 5.
const owner owners[] = {
    {"own", "$ME, NULL, NULL", {role::team_lead, role::technician}},
    {"crew", "200, NULL, NULL", {role::team_lead}},
    {"team", "NULL, 10, NULL", {role::team_lead, role::technician}},
    {"claimed", "200, 10, NULL", {role::team_lead}},
    {"stranger", "201, 11, 6", {}},
    {"nobody", "NULL, NULL, NULL", {}},
    {"company", "201, 11, 5", {role::client}},
};

struct endpoint {
  const char* operation;
  const char* verb;
  const char* path;  // behind the UID
  permission needs;
  unsigned success;  // of who may and sees the ticket
  const char* body = "";
  bool for_clients = true;  // false: 404 for clients whatever they see
  // Where the ticket's state or the workflow is in the way: by "role owner", role or owner.
  std::map<std::string, unsigned> otherwise = {};

  unsigned expected(role r, const owner& o) const {
    const std::string as(domain::name_of(r));
    for (const std::string& key : {as + " " + o.name, as, std::string(o.name)})
      if (const auto found = otherwise.find(key); found != otherwise.end()) return found->second;
    return success;
  }
};

const endpoint endpoints[] = {
    {"getTicket", "GET", "", permission::read_tickets, 200},
    {"getTicketHistory", "GET", "/history", permission::read_tickets, 200, "", false},
    {"getTicketNotes", "GET", "/notes", permission::read_tickets, 200},
    {"getMessageEdits", "GET", "/messages/OWN/edits", permission::read_tickets, 200, "", false},
    {"getConversation", "GET", "/conversation", permission::read_tickets, 200},
    {"getTicketChat", "GET", "/chat", permission::read_internal_notes, 200},
    {"chooseTicketChat", "PUT", "/chat", permission::send_message, 200, R"({"mode":"group"})"},
    {"getTicketClocks", "GET", "/clocks", permission::read_tickets, 200},
    {"explainTicketClock", "GET", "/clocks/resolution/explain", permission::read_internal_notes,
     200},
    {"getPresence", "GET", "/presence", permission::read_internal_notes, 200},
    {"editTicket", "PATCH", "", permission::edit_field_work, 200, R"({"splice_count":3})"},
    {"deleteTicket", "DELETE", "", permission::delete_ticket, 200, R"({"reason":"x"})"},
    {"moveTicket",
     "POST",
     "/status",
     permission::move_ticket,
     200,
     R"({"status":"triaged"})",
     true,
     {{"technician", 403}}},
    {"assignTicket", "POST", "/assign", permission::assign_ticket, 200,
     R"({"assigned_to":200,"reason":"x"})"},
    {"autoAssignTicket", "POST", "/auto-assign", permission::assign_ticket, 200,
     R"({"dry_run":true})"},
    {"claimTicket",
     "POST",
     "/claim",
     permission::claim_ticket,
     200,
     "{}",
     true,
     {{"crew", 409},
      {"claimed", 409},
      {"stranger", 409},
      {"nobody", 409},
      {"company", 409},
      {"admin team", 409},
      {"manager team", 409}}},
    {"addNote", "POST", "/notes", permission::write_public_note, 201,
     R"({"body":"x","internal":false})"},
    {"sendMessage", "POST", "/messages", permission::send_message, 201, R"({"text":"x"})"},
    {"editMessage", "PATCH", "/messages/OWN", permission::send_message, 200, R"({"text":"y"})"},
    {"deleteMessage", "DELETE", "/messages/OWN", permission::send_message, 200},
    {"reactToMessage", "POST", "/messages/OWN/reaction", permission::send_message, 200,
     R"({"emoji":"x"})"},
    {"markChatSeen", "POST", "/seen", permission::send_message, 202},
    {"showTyping", "POST", "/typing", permission::send_message, 202, R"({"on":true})"},
    {"linkTicket", "POST", "/links", permission::link_tickets, 200, R"({"ticket_uid":"EACH"})"},
    {"unlinkTicket", "POST", "/unlink", permission::link_tickets, 200, R"({"ticket_uid":"EACH"})"},
    {"mergeTicket", "POST", "/merge", permission::merge_tickets, 200, R"({"into":"EACH"})"},
    {"splitTicket", "POST", "/split", permission::merge_tickets, 201,
     R"({"message_id":"MESSAGE"})"},
    {"addAttachments", "POST", "/attachments", permission::attach_file, 201, "the sample"},
    {"followTicket", "POST", "/follow", permission::read_tickets, 200},
    {"unfollowTicket", "DELETE", "/follow", permission::read_tickets, 200},
    {"reportPresence", "POST", "/presence", permission::read_internal_notes, 200,
     R"({"state":"viewing"})"},
};

constexpr role roles[] = {role::admin,      role::manager, role::team_lead,
                          role::technician, role::viewer,  role::client};

class AccessMatrix : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    db->ask("INSERT INTO clients (id, code, name) VALUES (5, 'A', 'A'), (6, 'B', 'B')");
    const std::string hash = protocols::auth::hash_password("correct horse battery").value();
    for (const role r : roles)
      db->ask(
          fmt::format("INSERT INTO users (id, email, name, role, client_id, password_hash)"
                      " VALUES ({}, '{}@example.com', '{}', '{}', {}, '{}')",
                      id_of(r), domain::name_of(r), domain::name_of(r), domain::name_of(r),
                      r == role::client ? "5" : "NULL", hash));
    db->ask(
        "INSERT INTO users (id, email, name, role) VALUES (200, 'crew@example.com', 'Crew',"
        " 'technician'), (201, 'other@example.com', 'Other', 'technician')");
    db->ask(
        fmt::format("INSERT INTO teams (id, name, lead_id) VALUES (10, 'North', {}), (11,"
                    " 'South', NULL)",
                    id_of(role::team_lead)));
    db->ask(fmt::format("INSERT INTO team_members VALUES (10, 200), (10, {}), (10, {}), (11, 201)",
                        id_of(role::team_lead), id_of(role::technician)));
    hub = new hub_process({.store_url = db->url(), .overrides = {"web.trusted_proxies=127.0.0.1"}});
    hub->start_ready();
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static int id_of(role r) { return 100 + static_cast<int>(r); }
  static std::string uid_of(role r, const owner& o, const endpoint& e) {
    return fmt::format("M-{}-{}-{}", id_of(r), o.name, e.operation).substr(0, 40);
  }
  static void make_ticket(const std::string& uid, role r, const owner& o) {
    static int next_id = 1000;
    std::string columns = o.columns;
    if (const auto at = columns.find("$ME"); at != std::string::npos)
      columns.replace(at, 3, std::to_string(id_of(r)));
    db->ask(fmt::format(
        "INSERT INTO tickets (id, uid, title, description, source, type, priority, status, version,"
        " history_seq, history_hash, created_at, updated_at, assigned_to, assigned_team, client_id)"
        " VALUES ({}, '{}', 't', '', 'ff_internal', 'fault', 'low', 'new', 1, 0, '', now(), now(),"
        " {})",
        ++next_id, uid, columns));
  }
  /// A link to the ticket that was made last.
  static void link_both(const std::string& uid) {
    db->ask(fmt::format(
        "INSERT INTO ticket_links (ticket_id, other_id, kind, created_by, created_at) SELECT id,"
        " (SELECT max(id) FROM tickets WHERE uid LIKE 'M-%'), 'related', 'x', now() FROM tickets"
        " WHERE uid = '{}'",
        uid));
  }
  static void give_chat(const std::string& uid) {
    db->ask(fmt::format(
        "INSERT INTO chats (id, channel, session, ext_id, kind, name, created_at) SELECT id, "
        "'main',"
        " 'default', id || '@c.us', 'direct', '', now() FROM tickets WHERE uid = '{}' RETURNING 1",
        uid));
    db->ask(fmt::format("UPDATE tickets SET chat_id = id WHERE uid = '{}' RETURNING 1", uid));
  }
  /// Something that was typed on the phone just now, in a chat of the ticket's.
  static std::string make_own_message(const std::string& uid) {
    give_chat(uid);
    return db->ask(fmt::format(
        "INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound, by_api, ext_id,"
        " author_name, type, body, sent_at, received_at) SELECT id, id, id, id, true, false,"
        " 'o-' || id, '', 'text', 'x', now(), now() FROM tickets WHERE uid = '{}' RETURNING id",
        uid));
  }
  static void give_clock(const std::string& uid) {
    db->ask(fmt::format(
        "INSERT INTO sla_clocks (ticket_id, clock, cycle, start_at, target_seconds, target_source,"
        " target_reason, calendar_id, calendar_version, state, due_at, level_bp, marks) SELECT id,"
        " 'resolution', 1, now(), 3600, 'rule', '', 1, 1, 'running', now() + interval '1 hour', 0,"
        " '' FROM tickets WHERE uid = '{}'",
        uid));
  }
  static std::string make_message(const std::string& uid) {
    return db->ask(fmt::format(
        "INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound, by_api, ext_id,"
        " author_name, type, body, sent_at, received_at) SELECT id, id, 1, id, false, false,"
        " 'm-' || id, '', 'text', 'x', now(), now() FROM tickets WHERE uid = '{}' RETURNING ext_id",
        uid));
  }
  static std::string sign_in(role r) {
    return e2e::sign_in(hub->port(), fmt::format("{}@example.com", domain::name_of(r)),
                        "correct horse battery", fmt::format("198.51.100.{}", id_of(r)));
  }
  /// Asks the endpoint about a new ticket of this owner.
  static http_answer ask(http_connection& connection, const std::string& bearer,
                         const std::string& uid, role r, const owner& o, const endpoint& e) {
    make_ticket(uid, r, o);
    std::string body = e.body;
    if (const auto at = body.find("EACH"); at != std::string::npos) {
      make_ticket(uid.substr(0, 38) + "-2", r, o);
      body.replace(at, 4, uid.substr(0, 38) + "-2");
      if (std::string_view(e.operation) == "unlinkTicket") link_both(uid);
    }
    if (const auto at = body.find("MESSAGE"); at != std::string::npos)
      body.replace(at, 7, make_message(uid));
    if (std::string_view(e.operation) == "addAttachments") body = protocols::files::samples::pdf();
    if (std::string_view(e.operation) == "explainTicketClock") give_clock(uid);
    for (const char* chatty : {"sendMessage", "markChatSeen", "showTyping"})
      if (std::string_view(e.operation) == chatty) give_chat(uid);
    http_headers headers{{"Authorization", "Bearer " + bearer}};
    if (!body.empty())
      headers.emplace_back("Content-Type", body[0] == '{' ? "application/json" : "application/pdf");
    std::string target = "/api/v1/tickets/" + uid + e.path;
    if (const auto at = target.find("OWN"); at != std::string::npos)
      target.replace(at, 3, make_own_message(uid));
    if (std::string_view(e.operation) == "addAttachments") target += "?name=a.pdf";
    if (const auto at = target.find("OWN"); at != std::string::npos)
      target.replace(at, 3, make_message(uid).substr(2));
    return connection.request(e.verb, target, body, headers);
  }
  static bool sees(role r, const owner& o) {
    return r == role::admin || r == role::manager || r == role::viewer ||
           o.seen_by_more.contains(r);
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
};

TEST_F(AccessMatrix, NamesEveryEndpointAboutATicket) {
  std::set<std::string> named;
  for (const endpoint& e : endpoints)
    named.insert(e.operation);
  const auto described = json::parse(fetch(hub->port(), "GET", "/api/openapi.json").body);
  ASSERT_TRUE(described);
  int found = 0;
  for (const auto& path : json::find(*described, "paths")->GetObject()) {
    if (std::string_view(path.name.GetString()).find("/api/v1/tickets/{uid}") != 0) continue;
    for (const auto& operation : path.value.GetObject()) {
      ++found;
      EXPECT_TRUE(named.contains(std::string(json::text(operation.value, "operationId"))))
          << json::text(operation.value, "operationId") << ": say above who may use it";
    }
  }
  EXPECT_EQ(static_cast<std::size_t>(found), named.size());
}

TEST_F(AccessMatrix, AnswersWhatRoleAndOwnershipAllow) {
  int asked = 0;
  std::map<unsigned, int> answers;
  http_connection connection(hub->port());
  for (const role r : roles) {
    const std::string session = sign_in(r);
    ASSERT_FALSE(session.empty()) << domain::name_of(r);
    for (const owner& o : owners)
      for (const endpoint& e : endpoints) {
        const http_answer got = ask(connection, session, uid_of(r, o, e), r, o, e);
        const std::string what =
            fmt::format("{} {} {}: {}", domain::name_of(r), o.name, e.operation, got.body);
        ++asked;
        ++answers[got.status];
        if (!domain::allows(r, e.needs)) {
          EXPECT_EQ(got.status, 403U) << what;
        } else if (!sees(r, o) || (r == role::client && !e.for_clients)) {
          EXPECT_EQ(got.status, 404U) << what;
        } else {
          EXPECT_EQ(got.status, e.expected(r, o)) << what;
        }
      }
  }
  EXPECT_EQ(asked, 6 * 7 * 31);
  EXPECT_GT(answers[403], 100);
  EXPECT_GT(answers[404], 100);
  EXPECT_GT(answers[200], 100);
}

// A token stands for nobody: what only a person can do is refused whatever its scope.
TEST_F(AccessMatrix, AnswersWhatTheScopeOfATokenAllows) {
  const std::set<std::string> of_people{"claimTicket", "followTicket", "unfollowTicket"};
  struct scope {
    const char* name;
    std::optional<role> amounts_to;
  };
  http_connection connection(hub->port());
  for (const scope& s : {scope{"admin", role::admin}, scope{"write", role::manager},
                         scope{"read", role::viewer}, scope{"inbound:x", std::nullopt}}) {
    const std::string token = hub->make_token(s.name);
    const role as = s.amounts_to.value_or(role::viewer);
    for (const owner& o : owners)
      for (const endpoint& e : endpoints) {
        const std::string uid =
            fmt::format("M-{}-{}-{}", std::string_view(s.name).substr(0, 5), o.name, e.operation)
                .substr(0, 40);
        const http_answer got = ask(connection, token, uid, as, o, e);
        const bool allowed =
            s.amounts_to && domain::allows(as, e.needs) && !of_people.contains(e.operation);
        EXPECT_EQ(got.status, allowed ? e.expected(as, o) : 403U)
            << s.name << ' ' << o.name << ' ' << e.operation << ": " << got.body;
      }
  }
}

TEST_F(AccessMatrix, LetsAClientWriteNoInternalNote) {
  const owner company = owners[6];
  make_ticket("M-internal", role::client, company);
  const http_answer got = fetch(
      hub->port(), "POST", "/api/v1/tickets/M-internal/notes", R"({"body":"x","internal":true})",
      {{"Authorization", "Bearer " + sign_in(role::client)}, {"Content-Type", "application/json"}});
  EXPECT_EQ(got.status, 403U) << got.body;
}

TEST_F(AccessMatrix, ListsShowWhatTheirReaderMaySee) {
  for (const role r : roles) {
    const std::string session = sign_in(r);
    for (const owner& o : owners)
      make_ticket(fmt::format("L-{}-{}", id_of(r), o.name), r, o);
    const http_answer list = get(hub->port(), "/api/v1/tickets?limit=100", session);
    ASSERT_EQ(list.status, 200U);
    for (const owner& o : owners)
      EXPECT_EQ(list.body.find(fmt::format("L-{}-{}\"", id_of(r), o.name)) != std::string::npos,
                sees(r, o))
          << domain::name_of(r) << " " << o.name;
  }
}

TEST_F(AccessMatrix, TheLiveFeedTellsWhatItsListenerMaySee) {
  const std::string manager = sign_in(role::manager);
  for (const role r : roles) {
    const std::string feed = "/api/v1/events/ws?kinds=note.created";
    fixtures::ws_client listener(hub->port(), feed, {{"Authorization", "Bearer " + sign_in(r)}});
    ASSERT_EQ(listener.status(), 101U) << domain::name_of(r);
    ASSERT_TRUE(listener.next()) << "subscribed";
    std::string expected, heard;
    const auto note = [&](const std::string& uid, bool internal) {
      const http_answer done =
          fetch(hub->port(), "POST", "/api/v1/tickets/" + uid + "/notes",
                fmt::format(R"({{"body":"x","internal":{}}})", internal),
                {{"Authorization", "Bearer " + manager}, {"Content-Type", "application/json"}});
      EXPECT_EQ(done.status, 201U) << done.body;
    };
    for (const owner& o : owners) {
      const std::string uid = fmt::format("W-{}-{}", id_of(r), o.name);
      make_ticket(uid, r, o);
      note(uid, false);
      note(uid, true);
      if (sees(r, o)) expected += fmt::format("{} {}\n", uid, r == role::client ? 1 : 2);
    }
    // Everybody sees it: what was heard until then is all.
    const owner mine{"last", "$ME, 10, 5", {}};
    const std::string last = fmt::format("W-{}-last", id_of(r));
    make_ticket(last, r, mine);
    note(last, false);
    std::map<std::string, int> counts;
    while (true) {
      const auto message = listener.next();
      ASSERT_TRUE(message);
      const auto event = json::parse(*message);
      if (json::text(*event, "type") != "event") continue;
      const std::string uid(json::text(*event, "ticket_uid"));
      if (uid == last) break;
      ++counts[uid];
      if (r == role::client) {
        EXPECT_EQ(message->find("\"by\""), std::string::npos) << *message;
      }
    }
    for (const owner& o : owners) {
      const std::string uid = fmt::format("W-{}-{}", id_of(r), o.name);
      if (counts.contains(uid)) heard += fmt::format("{} {}\n", uid, counts[uid]);
    }
    EXPECT_EQ(heard, expected) << domain::name_of(r);
  }
}

}  // namespace
}  // namespace fibrehub::e2e
