// Teams: read by everybody who works with them, managed by managers and admins.
#include <charconv>
#include <limits>

#include "store/people/teams.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/paging.hpp"
#include "web/api/parameters.hpp"
#include "web/api/people_desk.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

using p = domain::permission;

constexpr std::size_t max_members = 500;
constexpr std::size_t max_specialties = 50;

void write_team(json_writer& w, const store::team_view& t) {
  w.StartObject();
  integer_field(w, "id", t.id);
  text_field(w, "name", t.name);
  text_or_null(w, "zone", t.zone);
  write_key(w, "specialties");
  w.StartArray();
  for (const std::string& s : t.specialties)
    write_string(w, s);
  w.EndArray();
  write_key(w, "lead_id");
  if (t.lead_id != 0) {
    w.Int64(t.lead_id);
  } else {
    w.Null();
  }
  write_ids(w, "members", t.members);
  instant_field(w, "archived_at", t.archived_at);
  instant_field(w, "updated_at", t.updated_at);
  w.EndObject();
}

void read_fields(body_reader& body, store::save_team& request) {
  request.name = body.text("name", 200);
  if (request.name && request.name->find_first_not_of(" \t") == std::string::npos)
    body.complain("name", "must not be blank");
  request.zone = body.text("zone", 100);
  if (body.is_null("zone")) request.zone = "";
  request.specialties = body.texts("specialties", max_specialties);
  request.lead_id = body.integer("lead_id", 1, std::numeric_limits<std::int64_t>::max());
  if (body.is_null("lead_id")) request.lead_id = 0;
  request.members = body.integers("members", max_members);
}

asio::awaitable<response> save(people_desk& d, const request_context& ctx,
                               store::save_team request) {
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  auto done = co_await d.hub.write(std::move(*origin), std::move(request));
  d.auth.forget_people();
  if (!done) co_return from_store_error(ctx, done.error());
  std::int64_t id = 0;
  std::from_chars(done->data_json.data(), done->data_json.data() + done->data_json.size(), id);
  auto team = co_await d.hub.read(store::get_team{id});
  if (!team) co_return from_store_error(ctx, team.error());
  response out = success([&](json_writer& w) { write_team(w, *team); }, done->status);
  if (done->replayed) out.headers.emplace_back("Idempotency-Replayed", "true");
  co_return out;
}

asio::awaitable<response> list(people_desk& d, const request_context& ctx) {
  store::list_teams ask;
  ask.archived = ctx.query_boolean("archived").value_or(false);
  ask.limit = ctx.query_integer("limit").value_or(50);
  const auto after = cursor_of(ctx);
  if (!after) co_return after.error();
  ask.after_id = *after;
  const std::int64_t limit = ask.limit;
  auto page = co_await d.hub.read(std::move(ask));
  if (!page) co_return from_store_error(ctx, page.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    w.Key("teams");
    w.StartArray();
    for (const store::team_view& t : page->items)
      write_team(w, t);
    w.EndArray();
    write_pagination(w, limit, page->next_after.value_or(0));
    w.EndObject();
  });
}

asio::awaitable<response> one(people_desk& d, const request_context& ctx) {
  auto team = co_await d.hub.read(store::get_team{path_id(ctx)});
  if (!team) co_return from_store_error(ctx, team.error());
  co_return success([&](json_writer& w) { write_team(w, *team); });
}

asio::awaitable<response> create(people_desk& d, const request_context& ctx) {
  body_reader body(ctx);
  store::save_team request;
  read_fields(body, request);
  if (!body.has("name") || body.is_null("name")) body.complain("name", "is required");
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await save(d, ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> edit(people_desk& d, const request_context& ctx) {
  body_reader body(ctx);
  store::save_team request;
  request.id = path_id(ctx);
  read_fields(body, request);
  request.archived = body.boolean("archived");
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  response out = co_await save(d, ctx, std::move(request));
  co_return out;
}

asio::awaitable<response> archive(people_desk& d, const request_context& ctx) {
  store::save_team request;
  request.id = path_id(ctx);
  request.archived = true;
  response out = co_await save(d, ctx, std::move(request));
  co_return out;
}

using action = asio::awaitable<response> (*)(people_desk&, const request_context&);

route make(people_desk& d, method verb, const char* path, const char* id, const char* summary,
           p needs, const char* body, std::vector<answer_description> answers, action run) {
  route r;
  r.verb = verb;
  r.path = std::string("/api/v1/teams") + path;
  r.operation_id = id;
  r.summary = summary;
  r.tag = "teams";
  r.auth = allowed_to(needs);
  if (*path) r.parameters = {path_id_parameter("The team's id.")};
  if (*body) r.body = body_description{body, "application/json", true, ""};
  r.answers = std::move(answers);
  r.handle = [&d, run](request_context& ctx) { return run(d, ctx); };
  return r;
}

}  // namespace

std::vector<route> team_routes(people_desk& d) {
  const answer_description taken{409, "There is a team of this name already", ""};
  route all = make(d, method::get, "", "listTeams", "Teams, those made first come first",
                   p::read_people, "", {{200, "A page of teams", "TeamPage"}}, list);
  parameter archived;
  archived.name = "archived";
  archived.type = value_type::boolean;
  archived.text = "Those that are archived instead of those that are not.";
  archived.fallback = "false";
  all.parameters = {std::move(archived), page_limit(), page_cursor()};
  std::vector<route> out;
  out.push_back(std::move(all));
  out.push_back(make(d, method::get, "/{id}", "getTeam", "One team", p::read_people, "",
                     {{200, "The team", "Team"}}, one));
  out.push_back(make(d, method::post, "", "createTeam", "Make a team", p::manage_teams, "NewTeam",
                     {{201, "Made", "Team"}, taken}, create));
  out.push_back(make(d, method::patch, "/{id}", "editTeam", "Change a team or its members",
                     p::manage_teams, "TeamEdit", {{200, "The team as it is now", "Team"}, taken},
                     edit));
  out.push_back(make(d, method::delete_, "/{id}", "archiveTeam",
                     "Archive a team; its tickets keep it, its members see them no longer",
                     p::manage_teams, "", {{200, "The team as it is now", "Team"}}, archive));
  return out;
}

}  // namespace fibrehub::web::api
