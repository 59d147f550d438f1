// The API's resources; each file of this folder makes the routes of one.
#pragma once

#include <memory>
#include <vector>

#include "web/openapi.hpp"
#include "web/router.hpp"

namespace fibrehub::web {
class attachment_desk;
class report_desk;
struct feed_desk;
}  // namespace fibrehub::web

namespace fibrehub::store {
struct automation_setup;
}
namespace fibrehub::actors {
struct messenger_bridge;
}

namespace fibrehub::web::api {

struct backend;
struct people_desk;
struct presence_source;

/// Reading tickets: lists, one with everything, its history and notes.
std::vector<route> ticket_routes(backend& b);
/// /api/v1/views: saved queries.
std::vector<route> view_routes(backend& b);
/// Making and changing tickets, one by one or many at once.
std::vector<route> ticket_write_routes(backend& b);
/// POST /api/v1/tickets/{uid}/attachments; GET and DELETE /api/v1/attachments/{id}.
std::vector<route> attachment_routes(backend& b, attachment_desk& desk);
/// /api/v1/tickets/{uid}/presence and /follow.
std::vector<route> presence_routes(backend& b, presence_source& presence);
/// /api/v1/assignment-rules; POST /api/v1/tickets/{uid}/auto-assign.
std::vector<route> assignment_routes(backend& b);
/// /api/v1/automation-rules, /api/v1/automation-runs. `setup` is what rules go by.
std::vector<route> automation_routes(backend& b,
                                     std::shared_ptr<const store::automation_setup> setup);
/// GET /api/v1/tickets/{uid}/clocks, …/clocks/{clock}/explain.
std::vector<route> clock_routes(backend& b);
/// /api/v1/sla-configs: targets by type and priority.
std::vector<route> sla_config_routes(backend& b);
/// /api/v1/calendars: business hours.
std::vector<route> calendar_routes(backend& b);
/// /api/v1/contracts: what clients were promised.
std::vector<route> contract_routes(backend& b);
/// /api/v1/guarantees: how long projects answer for what was built in them.
std::vector<route> guarantee_routes(backend& b);
/// GET /api/v1/channels.
std::vector<route> channel_routes(backend& b);
/// GET /api/v1/review.
std::vector<route> review_routes(backend& b);
/// /api/v1/notifications: one's own, and how one wants to be told.
std::vector<route> notification_routes(backend& b);
/// /api/v1/outbox: what is owed to the outside.
std::vector<route> outbox_routes(backend& b);
/// /api/v1/wa-bridge/sends: what became of the messages sent; its report; settling what is
/// uncertain.
std::vector<route> wa_bridge_routes(backend& b);
/// /api/v1/wa-bridge/chats; GET, PUT /api/v1/tickets/{uid}/chat.
std::vector<route> wa_chat_routes(backend& b);
/// /api/v1/wa-bridge/triage: messages that wait for a person.
std::vector<route> triage_routes(backend& b);
/// GET /api/v1/tickets/{uid}/conversation, /api/v1/wa-bridge/messages,
/// /api/v1/wa-bridge/chats/{id}/messages.
std::vector<route> conversation_routes(backend& b);
/// /api/v1/wa-bridge/templates.
std::vector<route> wa_template_routes(backend& b);
/// /api/v1/wa-bridge/sessions: those of the bridges, and what can be done to them.
std::vector<route> wa_session_routes(backend& b, std::vector<actors::messenger_bridge> bridges);
/// GET /api/v1/wa-bridge/media/{message_id}: files of messages.
std::vector<route> wa_media_routes(backend& b, attachment_desk& desk);
/// /api/v1/reference/{kind}: POST bulk, GET a page, GET one; GET /api/v1/lookup/drop/{drop}.
std::vector<route> reference_routes(backend& b);
/// GET /api/v1/stats.
std::vector<route> stats_routes(backend& b, const report_desk& desk);
/// GET /api/v1/reports, /api/v1/reports/{name}.
std::vector<route> report_routes(backend& b, report_desk& desk);
/// GET /api/v1/events: server-sent events; GET /api/v1/events/ws: WebSocket.
std::vector<route> event_routes(feed_desk& desk);

/// POST /api/v1/auth/sign-in, sign-out, password; GET /api/v1/auth/me.
std::vector<route> sign_in_routes(people_desk& d);
/// POST /api/v1/auth/totp/enrol, confirm, remove.
std::vector<route> second_factor_routes(people_desk& d);
/// /api/v1/auth/sessions.
std::vector<route> session_routes(people_desk& d);
/// /api/v1/users.
std::vector<route> people_routes(people_desk& d);
/// /api/v1/teams.
std::vector<route> team_routes(people_desk& d);
/// /api/v1/tokens.
std::vector<route> token_routes(people_desk& d);
/// GET /api/v1/audit.
std::vector<route> audit_routes(people_desk& d);

/// The JSON schemas these routes refer to by name.
schema_registry schemas();
/// Those of reference data, part of the above.
schema_registry reference_schemas();
schema_registry ticket_schemas();
schema_registry people_schemas();
schema_registry work_schemas();
schema_registry find_schemas();
schema_registry report_schemas();
schema_registry notification_schemas();
schema_registry sla_schemas();
schema_registry automation_schemas();
schema_registry wa_chat_schemas();
schema_registry sending_schemas();
schema_registry wa_session_schemas();
/// What they look like, by the name of the schema; schemas that bring an example are left out.
example_registry examples();
/// Parts of the above.
example_registry reference_examples();
example_registry ticket_examples();
example_registry people_examples();
example_registry work_examples();
example_registry reading_examples();
example_registry sla_examples();
example_registry automation_examples();
example_registry wa_chat_examples();
example_registry sending_examples();
example_registry wa_session_examples();
/// What each tag of the API is about.
std::map<std::string, std::string> tags();

}  // namespace fibrehub::web::api
