// Role × endpoint for everything that is not about one ticket (access_matrix_test.cpp has those):
// who may, who may not, what a success is answered, and whose things are whose. The table is
// compared with the routing table: an endpoint nobody has thought about fails.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "domain/people.hpp"
#include "protocols/auth/encoding.hpp"
#include "protocols/auth/password.hpp"
#include "protocols/auth/totp.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"
#include "tests/fixtures/ws_client.hpp"
#include "tests/protocols/files/samples.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
namespace auth = protocols::auth;
using domain::permission;
using domain::role;

constexpr const char* password = "correct horse battery";

/// Who may at all: everybody on earth, everybody with an account, or roles with the permission.
struct who {
  enum class kind { anybody, signed_in, allowed } what = kind::signed_in;
  permission needs = permission::read_tickets;
};
constexpr who anybody{who::kind::anybody};
constexpr who signed_in{};
constexpr who may(permission p) {
  return {who::kind::allowed, p};
}

/// Whose the thing is that is asked for, where that matters.
enum class of { nobody, self, another };

struct endpoint {
  const char* operation;
  const char* verb;
  const char* path;  // $WORDS stand for what is made for every request
  who needs;
  unsigned success;
  const char* body = "";
  of whose = of::nobody;  // of another: 404 for all but `sees_others`
  std::set<role> sees_others = {};
};

using p = permission;

// Role x is user 100 + x; a second account of theirs, for signing in and out, is 300 + x. The row
// of an endpoint about things that have an owner stands there twice.
const endpoint endpoints[] = {
    {"openapi", "GET", "/api/openapi.json", anybody, 200},
    {"docs", "GET", "/docs", anybody, 200},
    {"docs_file", "GET", "/docs/$ASSET", anybody, 200},
    {"health_live", "GET", "/health/live", anybody, 200},
    {"health_ready", "GET", "/health/ready", anybody, 200},
    {"webhook_api_v1_wa_bridge_webhook_main", "POST", "/api/v1/wa-bridge/webhook/main", anybody,
     401, R"({"event":"message"})"},  // nobody without the sender's signature

    {"signIn", "POST", "/api/v1/auth/sign-in", anybody, 200,
     R"({"email":"$SECOND@example.com","password":"correct horse battery"})"},
    {"signOut", "POST", "/api/v1/auth/sign-out", signed_in, 200},
    {"getMe", "GET", "/api/v1/auth/me", signed_in, 200},
    {"listSessions", "GET", "/api/v1/auth/sessions", signed_in, 200},
    {"endSession", "DELETE", "/api/v1/auth/sessions/$SESSION", signed_in, 200, "", of::self},
    {"endSession",
     "DELETE",
     "/api/v1/auth/sessions/$SESSION",
     signed_in,
     200,
     "",
     of::another,
     {role::admin}},
    {"enrolTotp", "POST", "/api/v1/auth/totp/enrol", signed_in, 200,
     R"({"password":"correct horse battery"})"},
    {"confirmTotp", "POST", "/api/v1/auth/totp/confirm", signed_in, 200, R"({"code":"$CODE"})"},
    {"removeTotp", "POST", "/api/v1/auth/totp/remove", signed_in, 200,
     R"({"password":"correct horse battery"})"},
    {"changePassword", "POST", "/api/v1/auth/password", signed_in, 200,
     R"({"old":"correct horse battery","new":"granite otter paints"})"},

    {"listUsers", "GET", "/api/v1/users", may(p::read_people), 200},
    {"getUser", "GET", "/api/v1/users/200", may(p::read_people), 200},
    {"createUser", "POST", "/api/v1/users", may(p::manage_people), 201,
     R"({"email":"n$N@example.com","name":"N","role":"viewer","password":false})"},
    {"editUser", "PATCH", "/api/v1/users/200", may(p::manage_people), 200, R"({"phone":"1"})"},
    {"resetPassword", "POST", "/api/v1/users/200/one-time-password", may(p::manage_people), 200},
    {"removeUserTotp", "DELETE", "/api/v1/users/200/totp", may(p::manage_people), 200},
    {"listTeams", "GET", "/api/v1/teams", may(p::read_people), 200},
    {"getTeam", "GET", "/api/v1/teams/10", may(p::read_people), 200},
    {"createTeam", "POST", "/api/v1/teams", may(p::manage_teams), 201, R"({"name":"T$N"})"},
    {"editTeam", "PATCH", "/api/v1/teams/11", may(p::manage_teams), 200, R"({"zone":"Z"})"},
    {"archiveTeam", "DELETE", "/api/v1/teams/12", may(p::manage_teams), 200},
    {"listTokens", "GET", "/api/v1/tokens", may(p::manage_tokens), 200},
    {"createToken", "POST", "/api/v1/tokens", may(p::manage_tokens), 201,
     R"({"name":"x","scopes":["read"]})"},
    {"revokeToken", "DELETE", "/api/v1/tokens/$TOKEN", may(p::manage_tokens), 200},
    {"listAudit", "GET", "/api/v1/audit", may(p::read_audit), 200},

    {"listTickets", "GET", "/api/v1/tickets", may(p::read_tickets), 200},
    {"countTickets", "GET", "/api/v1/tickets/facets", may(p::read_tickets), 200},
    {"createTicket", "POST", "/api/v1/tickets", may(p::create_ticket), 201, R"({"title":"x"})"},
    {"changeTickets", "POST", "/api/v1/tickets/bulk", may(p::bulk_edit), 200,
     R"({"tickets":["$TICKET"],"add_tags":["x"]})"},
    {"getAttachment", "GET", "/api/v1/attachments/$FILE", may(p::read_tickets), 200, "", of::self},
    {"getAttachment",
     "GET",
     "/api/v1/attachments/$FILE",
     may(p::read_tickets),
     200,
     "",
     of::another,
     {role::admin, role::manager, role::viewer}},
    {"getMessageMedia", "GET", "/api/v1/wa-bridge/media/$MEDIA", may(p::read_internal_notes), 200,
     "", of::self},
    {"getMessageMedia",
     "GET",
     "/api/v1/wa-bridge/media/$MEDIA",
     may(p::read_internal_notes),
     200,
     "",
     of::another,
     {role::admin, role::manager, role::viewer}},
    {"deleteAttachment", "DELETE", "/api/v1/attachments/$FILE", may(p::edit_ticket), 200, "",
     of::self},
    {"deleteAttachment",
     "DELETE",
     "/api/v1/attachments/$FILE",
     may(p::edit_ticket),
     200,
     "",
     of::another,
     {role::admin, role::manager}},
    {"listViews", "GET", "/api/v1/views", may(p::read_tickets), 200},
    {"createView", "POST", "/api/v1/views", may(p::read_tickets), 201,
     R"({"name":"v$N","query":"status:open"})"},
    {"getView", "GET", "/api/v1/views/$VIEW", may(p::read_tickets), 200, "", of::self},
    {"getView", "GET", "/api/v1/views/$VIEW", may(p::read_tickets), 200, "", of::another},
    {"editView", "PATCH", "/api/v1/views/$VIEW", may(p::read_tickets), 200,
     R"({"query":"status:new"})", of::self},
    {"editView", "PATCH", "/api/v1/views/$VIEW", may(p::read_tickets), 200,
     R"({"query":"status:new"})", of::another},
    {"deleteView", "DELETE", "/api/v1/views/$VIEW", may(p::read_tickets), 200, "", of::self},
    {"deleteView", "DELETE", "/api/v1/views/$VIEW", may(p::read_tickets), 200, "", of::another},
    {"followEvents", "GET", "/api/v1/events", may(p::read_tickets), 200},
    {"followEventsByWebSocket", "GET", "/api/v1/events/ws?kinds=ticket.created",
     may(p::read_tickets), 101},

    {"getStats", "GET", "/api/v1/stats", may(p::read_reports), 200},
    {"listReports", "GET", "/api/v1/reports", may(p::read_tickets), 200},
    {"getReport", "GET", "/api/v1/reports/ticket-summary", may(p::read_reports), 200},
    {"getReport", "GET", "/api/v1/reports/sla", may(p::read_reports), 200},
    {"listNotifications", "GET", "/api/v1/notifications", signed_in, 200},
    {"countUnreadNotifications", "GET", "/api/v1/notifications/unread-count", signed_in, 200},
    {"readNotification", "POST", "/api/v1/notifications/$NOTE/read", signed_in, 200, "", of::self},
    {"readNotification", "POST", "/api/v1/notifications/$NOTE/read", signed_in, 200, "",
     of::another},
    {"readNotifications", "POST", "/api/v1/notifications/read-all", signed_in, 200, "{}"},
    {"getNotificationPreferences", "GET", "/api/v1/notifications/preferences", signed_in, 200},
    {"setNotificationPreferences", "PUT", "/api/v1/notifications/preferences", signed_in, 200,
     R"({"time_zone":"UTC"})"},

    {"listReference", "GET", "/api/v1/reference/clients", may(p::read_people), 200},
    {"getReference", "GET", "/api/v1/reference/clients/A", may(p::read_people), 200},
    {"upsertReference", "POST", "/api/v1/reference/clients/bulk", may(p::manage_reference), 200,
     R"({"rows":[{"code":"C","name":"C"}]})"},
    {"lookupDrop", "GET", "/api/v1/lookup/drop/DR1730654", may(p::read_people), 200},
    {"listAssignmentRules", "GET", "/api/v1/assignment-rules", may(p::manage_rules), 200},
    {"createAssignmentRule", "POST", "/api/v1/assignment-rules", may(p::manage_rules), 201,
     R"({"name":"R$N","team_id":10,"method":"team","zones":["none such"]})"},
    {"editAssignmentRule", "PATCH", "/api/v1/assignment-rules/$RULE", may(p::manage_rules), 200,
     R"({"enabled":false})"},
    {"deleteAssignmentRule", "DELETE", "/api/v1/assignment-rules/$RULE", may(p::manage_rules), 200},
    {"getSlaConfigs", "GET", "/api/v1/sla-configs", may(p::read_people), 200},
    {"editSlaConfigs", "POST", "/api/v1/sla-configs", may(p::manage_rules), 200,
     R"({"types":[{"type":"fault","base_seconds":2880$N}]})"},
    {"listCalendars", "GET", "/api/v1/calendars", may(p::read_people), 200},
    {"getCalendar", "GET", "/api/v1/calendars/1", may(p::read_people), 200},
    {"createCalendar", "POST", "/api/v1/calendars", may(p::manage_rules), 201,
     R"({"name":"K$N","calendar":{"zone":"UTC","weekly":{"mon":[["08:00","17:00"]]}}})"},
    {"editCalendar", "PATCH", "/api/v1/calendars/1", may(p::manage_rules), 200,
     R"({"name":"K1-$N"})"},
    {"listGuarantees", "GET", "/api/v1/guarantees", may(p::read_people), 200},
    {"getGuarantee", "GET", "/api/v1/guarantees/$GUARANTEED", may(p::read_people), 200},
    {"saveGuarantee", "POST", "/api/v1/guarantees", may(p::manage_rules), 201,
     R"({"project_id":$PROJECT,"period_days":90})"},
    {"listContracts", "GET", "/api/v1/contracts", may(p::manage_rules), 200},
    {"getContract", "GET", "/api/v1/contracts/$CONTRACT", may(p::manage_rules), 200},
    {"createContract", "POST", "/api/v1/contracts", may(p::manage_rules), 201,
     R"({"number":"N$N","client_id":5,"starts_on":"2026-01-01","resolution_seconds":3600})"},
    {"editContract", "PATCH", "/api/v1/contracts/$CONTRACT", may(p::manage_rules), 200,
     R"({"ends_on":"2030-01-01"})"},

    {"previewSlaConfigs", "POST", "/api/v1/sla-configs/preview", may(p::manage_rules), 200,
     R"({"types":[{"type":"fault","base_seconds":28800}]})"},
    {"previewCalendar", "POST", "/api/v1/calendars/1/preview", may(p::manage_rules), 200,
     R"({"name":"K"})"},
    {"archiveContract", "DELETE", "/api/v1/contracts/$CONTRACT", may(p::manage_rules), 200},
    {"previewNewContract", "POST", "/api/v1/contracts/preview", may(p::manage_rules), 200,
     R"({"number":"P$N","client_id":5,"starts_on":"2026-01-01","resolution_seconds":3600})"},
    {"previewContract", "POST", "/api/v1/contracts/$CONTRACT/preview", may(p::manage_rules), 200,
     R"({"ends_on":"2030-01-01"})"},
    {"listAutomationRules", "GET", "/api/v1/automation-rules", may(p::manage_rules), 200},
    {"getAutomationRule", "GET", "/api/v1/automation-rules/1", may(p::manage_rules), 200},
    {"createAutomationRule", "POST", "/api/v1/automation-rules", may(p::manage_rules), 201,
     R"({"name":"A$N","trigger":{"on":"time","anchor":"unassigned","after_seconds":7200},)"
     R"("query":"is:unassigned","actions":[{"do":"notify","to":{"lead":true},"text":"x"}]})"},
    {"editAutomationRule", "PATCH", "/api/v1/automation-rules/2", may(p::manage_rules), 200,
     R"({"enabled":false})"},
    {"deleteAutomationRule", "DELETE", "/api/v1/automation-rules/$AUTOMATION", may(p::manage_rules),
     200},
    {"rehearseNewAutomationRule", "POST", "/api/v1/automation-rules/dry-run", may(p::manage_rules),
     200,
     R"({"name":"A$N","trigger":{"on":"time","anchor":"unassigned","after_seconds":7200},)"
     R"("query":"is:unassigned","actions":[{"do":"notify","to":{"lead":true},"text":"x"}]})"},
    {"rehearseAutomationRule", "POST", "/api/v1/automation-rules/1/dry-run", may(p::manage_rules),
     200},
    {"listRunsOfAutomationRule", "GET", "/api/v1/automation-rules/1/runs", may(p::manage_rules),
     200},
    {"listAutomationRuns", "GET", "/api/v1/automation-runs", may(p::manage_rules), 200},

    {"listChannels", "GET", "/api/v1/channels", may(p::read_channels), 200},
    {"listReview", "GET", "/api/v1/review", may(p::read_review), 200},
    {"listChats", "GET", "/api/v1/wa-bridge/chats", may(p::read_channels), 200},
    {"getChat", "GET", "/api/v1/wa-bridge/chats/$CHAT", may(p::read_channels), 200},
    {"editChat", "PATCH", "/api/v1/wa-bridge/chats/$CHAT", may(p::assign_ticket), 200,
     R"({"commands":false})"},
    {"openChat", "POST", "/api/v1/wa-bridge/chats", may(p::send_message), 201,
     R"({"ticket_uid":"$CALLED","chat_type":"individual","phone_number":"$ATPHONE"})"},
    {"getChatMessages", "GET", "/api/v1/wa-bridge/chats/$CHAT/messages", may(p::read_channels),
     200},
    {"listMessages", "GET", "/api/v1/wa-bridge/messages?ticketUid=$TICKET", may(p::read_tickets),
     200},
    {"listTriage", "GET", "/api/v1/wa-bridge/triage", may(p::read_review), 200},
    {"placeMessage", "POST", "/api/v1/wa-bridge/triage/$WAITING/place", may(p::assign_ticket), 200,
     R"({"dismiss":true})"},
    {"listSends", "GET", "/api/v1/wa-bridge/sends", may(p::read_channels), 200},
    {"listWaSessions", "GET", "/api/v1/wa-bridge/sessions", may(p::read_channels), 200},
    {"getWaSession", "GET", "/api/v1/wa-bridge/sessions/line", may(p::read_channels), 200},
    {"listWaSessionHistory", "GET", "/api/v1/wa-bridge/sessions/line/history",
     may(p::read_channels), 200},
    // No address is configured: who may is told so.
    {"createWaSession", "POST", "/api/v1/wa-bridge/sessions", may(p::manage_channels), 409,
     R"({"name":"x"})"},
    {"ensureWaSession", "POST", "/api/v1/wa-bridge/sessions/start", may(p::manage_channels), 409,
     R"({"sessionName":"x"})"},
    {"startWaSession", "POST", "/api/v1/wa-bridge/sessions/line/start", may(p::manage_channels),
     409},
    {"stopWaSession", "POST", "/api/v1/wa-bridge/sessions/line/stop", may(p::manage_channels), 409},
    {"restartWaSession", "POST", "/api/v1/wa-bridge/sessions/line/restart", may(p::manage_channels),
     409},
    {"logOutWaSession", "POST", "/api/v1/wa-bridge/sessions/line/logout", may(p::manage_channels),
     409},
    {"deleteWaSession", "DELETE", "/api/v1/wa-bridge/sessions/line", may(p::manage_channels), 409},
    {"getWaSessionQr", "GET", "/api/v1/wa-bridge/sessions/line/qr", may(p::manage_channels), 409},
    {"requestWaPairingCode", "POST", "/api/v1/wa-bridge/sessions/line/pairing-code",
     may(p::manage_channels), 409, R"({"phone_number":"27831234567"})"},
    {"reportSends", "GET", "/api/v1/wa-bridge/sends/report", may(p::read_channels), 200},
    {"settleSend", "POST", "/api/v1/wa-bridge/sends/$UNCERTAIN/settle", may(p::manage_outbox), 200,
     R"({"outcome":"sent"})"},
    {"sendBridgeMessage", "POST", "/api/v1/wa-bridge/send-message", may(p::send_message), 201,
     R"({"ticketUid":"$CHATTY","content":"x"})"},
    {"listTemplates", "GET", "/api/v1/wa-bridge/templates", may(p::send_message), 200},
    {"getTemplate", "GET", "/api/v1/wa-bridge/templates/$TEMPLATE", may(p::send_message), 200},
    {"createTemplate", "POST", "/api/v1/wa-bridge/templates", may(p::manage_rules), 201,
     R"({"name":"t$N","language":"en","text":"x"})"},
    {"editTemplate", "PATCH", "/api/v1/wa-bridge/templates/$TEMPLATE", may(p::manage_rules), 200,
     R"({"text":"y"})"},
    {"deleteTemplate", "DELETE", "/api/v1/wa-bridge/templates/$TEMPLATE", may(p::manage_rules),
     200},
    {"previewTemplate", "POST", "/api/v1/wa-bridge/templates/preview", may(p::send_message), 200,
     R"({"ticket_uid":"$TICKET","text":"x"})"},
    {"listOutbox", "GET", "/api/v1/outbox", may(p::manage_outbox), 200},
    {"cancelOutboxRow", "POST", "/api/v1/outbox/$ROW/cancel", may(p::manage_outbox), 200},
    {"retryOutboxRow", "POST", "/api/v1/outbox/$ROW/retry", may(p::manage_outbox), 200},
    {"metrics", "GET", "/metrics", may(p::read_channels), 200},
};

constexpr role roles[] = {role::admin,      role::manager, role::team_lead,
                          role::technician, role::viewer,  role::client};

class ApiAccess : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("E2E_SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 1);
    db = new fixtures::temporary_database;
    db->ask("INSERT INTO clients (id, code, name) VALUES (5, 'A', 'A'), (6, 'B', 'B')");
    db->ask("INSERT INTO drops (code) VALUES ('1730654')");
    const std::string hash = auth::hash_password(password).value();
    for (const int more : {100, 300})
      for (const role r : roles)
        db->ask(
            fmt::format("INSERT INTO users (id, email, name, role, client_id, password_hash)"
                        " VALUES ({0}, 'p{0}@example.com', 'P{0}', '{1}', {2}, '{3}')",
                        more + static_cast<int>(r), domain::name_of(r),
                        r == role::client ? "5" : "NULL", hash));
    db->ask(
        "INSERT INTO users (id, email, name, role) VALUES (200, 'crew@example.com', 'Crew',"
        " 'technician')");
    db->ask("INSERT INTO teams (id, name) VALUES (10, 'North'), (11, 'South'), (12, 'East')");
    db->ask(fmt::format("UPDATE teams SET lead_id = {} WHERE id = 10", id_of(role::team_lead)));
    db->ask(fmt::format("INSERT INTO team_members VALUES (10, {}), (10, {})",
                        id_of(role::team_lead), id_of(role::technician)));
    db->ask(
        "INSERT INTO wa_sessions (channel, name, status, status_at, me, me_name, engine, version,"
        " updated_at) VALUES ('main', 'line', 'WORKING', now(), '', '', 'NOWEB', '2026.7.1',"
        " now())");
    hub = new hub_process(
        {.store_url = db->url(),
         .overrides = {"web.trusted_proxies=127.0.0.1", "web.secrets_key=env:E2E_SECRETS_KEY"}});
    hub->start_ready();
    for (const role r : roles)
      sessions[r] = sign_in(hub->port(), fmt::format("p{}@example.com", id_of(r)), password,
                            fmt::format("198.51.100.{}", id_of(r)));
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static int id_of(role r) { return 100 + static_cast<int>(r); }

  static std::string insert(const std::string& what) { return db->ask(what + " RETURNING id"); }

  /// A ticket of this person: theirs, their team's, their company's; or of nobody they know.
  static std::string make_ticket(role r, bool own) {
    static int next = 1000;
    const std::string uid = fmt::format("M-{}", ++next);
    db->ask(fmt::format(
        "INSERT INTO tickets (id, uid, title, description, source, type, priority, status, version,"
        " history_seq, history_hash, created_at, updated_at, assigned_to, assigned_team, client_id)"
        " VALUES ({}, '{}', 't', '', 'ff_internal', 'fault', 'low', 'new', 1, 0, '', now(), now(),"
        " {})",
        next, uid, own ? fmt::format("{}, 10, 5", id_of(r)) : "200, 11, 6"));
    return uid;
  }
  /// A file of such a ticket, uploaded by an admin.
  static std::string make_file(role r, bool own) {
    const http_answer added = fetch(
        hub->port(), "POST", "/api/v1/tickets/" + make_ticket(r, own) + "/attachments?name=a.pdf",
        protocols::files::samples::pdf(),
        {{"Authorization", "Bearer " + sessions[role::admin]},
         {"Content-Type", "application/pdf"}});
    const auto body = json::parse(added.body);
    const json::value* files = body ? json::at(*body, "data", "attachments") : nullptr;
    EXPECT_TRUE(files && files->Size() == 1) << added.body;
    return files ? std::string(json::text((*files)[0], "id")) : "";
  }

  /// A message of such a ticket that came with a file.
  static std::string make_media(role r, bool own) {
    const std::string file = make_file(r, own);
    const std::string id = db->ask(fmt::format(
        "INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound, by_api, ext_id,"
        " author_name, type, body, media, sent_at, received_at) SELECT 5000000 + a.id, a.ticket_id,"
        " 0, 1, false, false, 'M' || a.id, '', 'document', '', '{{}}', now(), now() FROM"
        " attachments a WHERE a.id = {} RETURNING id",
        file));
    db->ask(fmt::format(
        "INSERT INTO wa_media (message_id, channel, state, first_at, next_at, sha256, size_bytes,"
        " content_type, name, attachment_id) SELECT {}, 'main', 'kept', now(), now(), a.sha256,"
        " a.size_bytes, a.content_type, a.name, a.id FROM attachments a WHERE a.id = {} RETURNING "
        "1",
        id, file));
    return id;
  }

  static std::string filled(std::string text, role r, bool own) {
    static int number = 0;
    std::string phone;
    const int owner = own ? id_of(r) : 200;
    const std::map<std::string, std::function<std::string()>> words{
        {"$ASSET",
         [] {
           const std::string page = fetch(hub->port(), "GET", "/docs").body;
           const auto begin = page.find("/docs/") + 6;
           return page.substr(begin, page.find_first_of("\"'", begin) - begin);
         }},
        {"$SECOND", [&] { return fmt::format("p{}", 300 + static_cast<int>(r)); }},
        {"$N", [&] { return std::to_string(++number); }},
        {"$SESSION",
         [&] {
           const std::string id = fmt::format("session{:05}", ++number);
           db->ask(fmt::format(
               "INSERT INTO sessions (sha256, public_id, user_id, csrf_sha256, created_at,"
               " last_seen_at, expires_at, address, agent) VALUES (sha256('{0}'), '{0}', {1},"
               " sha256('x{0}'), now(), now(), now() + interval '1 hour', '', '')",
               id, owner));
           return id;
         }},
        {"$CODE",
         [&] {
           return auth::totp_code(secrets[r],
                                  auth::totp_step(std::chrono::floor<std::chrono::seconds>(
                                      std::chrono::system_clock::now())));
         }},
        {"$TOKEN",
         [&] {
           const std::string id = fmt::format("token{:07}", ++number);
           db->ask(
               fmt::format("INSERT INTO api_tokens (id, name, sha256, scopes, created_at)"
                           " VALUES ('{0}', 'x', sha256('{0}'), 'read', now())",
                           id));
           return id;
         }},
        {"$TICKET", [&] { return make_ticket(r, true); }},
        {"$CALLED",
         [&] {
           const std::string uid = make_ticket(r, true);
           db->ask(
               fmt::format("UPDATE tickets SET contact_phone = '{}' WHERE uid = '{}' RETURNING 1",
                           phone = fmt::format("2783100{:04}", ++number), uid));
           return uid;
         }},
        {"$ATPHONE", [&] { return phone; }},  // of $CALLED, which comes first
        {"$CHATTY",
         [&] {
           const std::string uid = make_ticket(r, true);
           db->ask(fmt::format(
               "INSERT INTO chats (id, channel, session, ext_id, kind, name, created_at) SELECT id,"
               " 'main', 'default', id || '@c.us', 'direct', '', now() FROM tickets WHERE uid = "
               "'{}' RETURNING 1",
               uid));
           db->ask(
               fmt::format("UPDATE tickets SET chat_id = id WHERE uid = '{}' RETURNING 1", uid));
           return uid;
         }},
        {"$TEMPLATE",
         [&] {
           return insert(fmt::format(
               "INSERT INTO wa_templates (id, name, language, body, version, created_at,"
               " updated_at, updated_by) VALUES ({0}, 'x{0}', 'en', 'x', 1, now(), now(), 'x')",
               800'000 + ++number));
         }},
        {"$UNCERTAIN",
         [&] {
           return insert(fmt::format(
               "INSERT INTO wa_sends (id, outbox_id, kind, channel, session, chat, author,"
               " text_digest, state, queued_at) VALUES ({0}, {0}, 'message', 'main', 'default', "
               "'x', 'x', '', 'uncertain', now())",
               900'000 + ++number));
         }},
        {"$FILE", [&] { return make_file(r, own); }},
        {"$MEDIA", [&] { return make_media(r, own); }},
        {"$VIEW",
         [&] {
           return insert(fmt::format(
               "INSERT INTO saved_views (owner_id, owner, name, query, sort, shared, created_at,"
               " updated_at) VALUES ({0}, 'user:{0}', 'w{1}', '', '-created', false, now(), now())",
               owner, ++number));
         }},
        {"$NOTE",
         [&] {
           return insert(
               fmt::format("INSERT INTO notifications (key, user_id, kind, actor, subject, body,"
                           " created_at) VALUES ('k{}', {}, 'mention', 'x', 'x', 'x', now())",
                           ++number, owner));
         }},
        {"$RULE",
         [&] {
           return insert(
               fmt::format("INSERT INTO assignment_rules (name, position, team_id,"
                           " method, zones) VALUES ('S{0}', {0}, 10, 'team',"
                           " '{{none such}}')",
                           ++number));
         }},
        {"$AUTOMATION",
         [&] {
           return insert(
               fmt::format("INSERT INTO automation_rules (name, enabled, trigger, on_change, query,"
                           " actions, updated_by, updated_at) SELECT 'D{}', false, trigger,"
                           " on_change, query, actions, 'x', now() FROM automation_rules WHERE id"
                           " = 1",
                           ++number));
         }},
        {"$CONTRACT",
         [&] {
           return insert(
               fmt::format("INSERT INTO contracts (number, client_id, starts_on,"
                           " resolution_seconds) VALUES ('X{}', 5, '2026-01-01', 3600)",
                           ++number));
         }},
        {"$GUARANTEED",
         [&] {
           return db->ask(
               fmt::format("WITH p AS (INSERT INTO projects (code, name) VALUES ('G{0}', 'G{0}')"
                           " RETURNING id) INSERT INTO project_guarantees (project_id, period_days,"
                           " ticket_types, updated_at) SELECT id, 90, '{{fault}}', now() FROM p "
                           "RETURNING project_id",
                           ++number));
         }},
        {"$PROJECT",
         [&] {
           return insert(
               fmt::format("INSERT INTO projects (code, name) VALUES ('P{0}', 'P{0}')", ++number));
         }},
        {"$CHAT",
         [&] {
           return insert(fmt::format(
               "INSERT INTO chats (id, channel, session, ext_id, kind, name, created_at)"
               " VALUES ({0}, 'main', 'default', '{0}@c.us', 'direct', 'x', now())",
               5'000'000 + ++number));
         }},
        {"$WAITING",
         [&] {
           const int id = 6'000'000 + ++number;
           db->ask(fmt::format(
               "INSERT INTO chats (id, channel, session, ext_id, kind, name, created_at) VALUES"
               " ({0}, 'main', 'default', '{0}@c.us', 'direct', 'x', now())",
               id));
           db->ask(fmt::format(
               "INSERT INTO messages (id, chat_id, inbox_id, outbound, by_api, ext_id, author_name,"
               " type, body, sent_at, received_at) VALUES ({0}, {0}, {0}, false, false, 'x{0}', '',"
               " 'text', 'x', now(), now())",
               id));
           db->ask(
               fmt::format("INSERT INTO wa_triage (message_id, chat_id, reason, since) VALUES"
                           " ({0}, {0}, 'unmatched', now())",
                           id));
           return std::to_string(id);
         }},
        {"$ROW",
         [&] {
           return insert(
               fmt::format("INSERT INTO outbox (key, channel, lane, body, state, next_at,"
                           " created_at) VALUES ('k{}', 'fax', 'x', '{{}}', 'ready', now() +"
                           " interval '1 day', now())",
                           ++number));
         }},
    };
    // Backwards, so that no word is found in a longer one.
    for (auto it = words.rbegin(); it != words.rend(); ++it)
      if (const auto at = text.find(it->first); at != std::string::npos)
        text.replace(at, it->first.size(), it->second());
    return text;
  }

  /// The status of one request; `session` empty: of nobody.
  static http_answer ask(const endpoint& e, role r, const std::string& session) {
    const bool own = e.whose != of::another;
    // Of one address, only so many requests without a session are taken.
    static int strangers = 0;
    const std::string from = session.empty() ? fmt::format("203.0.113.{}", ++strangers % 250)
                                             : fmt::format("198.51.100.{}", id_of(r));
    http_headers headers{{"X-Forwarded-For", from}};
    if (!session.empty()) headers.emplace_back("Authorization", "Bearer " + session);
    const std::string path = filled(e.path, r, own), body = filled(e.body, r, own);
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    if (e.success == 101) {
      fixtures::ws_client listener(hub->port(), path, {headers.begin(), headers.end()});
      return {listener.status(), {}, ""};
    }
    if (std::string_view(e.operation) != "followEvents")
      return fetch(hub->port(), e.verb, path, body, headers);
    // Has no end: its first line is enough.
    http_connection connection(hub->port());
    std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n", path);
    for (const auto& [name, value] : headers)
      request += fmt::format("{}: {}\r\n", name, value);
    connection.send(request + "\r\n");
    const std::string head = connection.receive_some();
    return {head.size() > 12 ? static_cast<unsigned>(std::stoul(head.substr(9, 3))) : 0, {}, head};
  }

  static unsigned expected(const endpoint& e, role r) {
    if (e.needs.what == who::kind::allowed && !domain::allows(r, e.needs.needs)) return 403;
    if (e.whose == of::another && !e.sees_others.contains(r)) return 404;
    return e.success;
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::map<role, std::string> sessions, secrets;
};

TEST_F(ApiAccess, NamesEveryEndpointThatIsNotAboutOneTicket) {
  std::set<std::string> named, found;
  for (const endpoint& e : endpoints)
    named.insert(e.operation);
  const auto described = json::parse(fetch(hub->port(), "GET", "/api/openapi.json").body);
  ASSERT_TRUE(described);
  for (const auto& path : json::find(*described, "paths")->GetObject()) {
    if (std::string_view(path.name.GetString()).starts_with("/api/v1/tickets/{uid}")) continue;
    for (const auto& operation : path.value.GetObject())
      if (!json::boolean(operation.value, "deprecated"))
        found.insert(std::string(json::text(operation.value, "operationId")));
  }
  EXPECT_EQ(found, named) << "say above who may use it";
}

TEST_F(ApiAccess, AnswersWhatRoleAndOwnershipAllow) {
  std::map<unsigned, int> answers;
  for (const role r : roles) {
    ASSERT_FALSE(sessions[r].empty()) << domain::name_of(r);
    std::string second;
    for (const endpoint& e : endpoints) {
      const std::string_view operation = e.operation;
      const http_answer got = ask(e, r, operation == "signOut" ? second : sessions[r]);
      const unsigned wanted = expected(e, r);
      EXPECT_EQ(got.status, wanted) << domain::name_of(r) << " " << operation << " "
                                    << (e.whose == of::another ? "of another: " : ": ") << got.body;
      ++answers[wanted];
      const auto body = json::parse(got.body);
      const json::value* data = body ? json::find(*body, "data") : nullptr;
      if (operation == "signIn" && data) second = json::text(*data, "session_token");
      if (operation == "enrolTotp" && data)
        secrets[r] = auth::from_base32(json::text(*data, "secret")).value_or("");
    }
  }
  EXPECT_GT(answers[200], 200);
  EXPECT_GT(answers[403], 100);
  EXPECT_GT(answers[404], 20);
}

TEST_F(ApiAccess, NobodyGetsInWithoutShowingWhoTheyAre) {
  for (const endpoint& e : endpoints) {
    if (e.needs.what == who::kind::anybody) continue;
    const std::string_view operation = e.operation;
    const bool later = operation == "followEventsByWebSocket";  // signs in by its first message
    EXPECT_EQ(ask(e, role::viewer, "").status, later ? 101U : 401U) << operation;
  }
}

}  // namespace
}  // namespace fibrehub::e2e
