// People of the hub: listed for everybody who works with them, managed by admins. Whoever is made
// here gets a one-time password that is shown once.
#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "domain/sign_in.hpp"
#include "protocols/auth/password.hpp"
#include "store/people/second_factor.hpp"
#include "store/people/sign_in.hpp"
#include "store/people/users.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/paging.hpp"
#include "web/api/parameters.hpp"
#include "web/api/people_desk.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
namespace auth = protocols::auth;

using p = domain::permission;

constexpr std::int64_t max_id = std::numeric_limits<std::int64_t>::max();

bool sees_everything(const request_context& ctx) {
  return domain::allows(ctx.caller->who.as, p::manage_people);
}

void read_name(body_reader& body, std::string_view field, std::optional<std::string>& into) {
  into = body.text(field, 200);
  if (into && into->find_first_not_of(" \t") == std::string::npos)
    body.complain(field, "must not be blank");
}

void read_fields(body_reader& body, store::save_user& request) {
  request.email = body.text("email", 254);
  if (request.email && !domain::is_email(*request.email))
    body.complain("email", "must be an e-mail address");
  read_name(body, "name", request.name);
  request.phone = body.text("phone", 40);
  if (body.is_null("phone")) request.phone = "";
  if (const auto role = body.text("role", 40)) {
    request.role = domain::role_from(*role);
    if (!request.role)
      body.complain("role",
                    fmt::format("must be one of {}", fmt::join(domain::role_names(), ", ")));
  }
  request.client_id = body.integer("client_id", 1, max_id);
  if (body.is_null("client_id")) request.client_id = 0;
}

/// A password and its hash; an empty hash when the pool is full.
struct one_time {
  std::string password, hash;
};
asio::awaitable<one_time> make_one_time(people_desk& d) {
  auto made = co_await d.passwords.run([] {
    one_time out;
    out.password = auth::make_one_time_password().value_or("");
    if (auto hash = auth::hash_password(out.password)) out.hash = std::move(*hash);
    return out;
  });
  co_return made ? std::move(*made) : one_time{};
}

std::int64_t id_in(const std::string& json) {
  std::int64_t id = 0;
  std::from_chars(json.data(), json.data() + json.size(), id);
  return id;
}

/// Who it is about after the change, with the one-time password when one was made.
asio::awaitable<response> answer(people_desk& d, const request_context& ctx,
                                 const store::write_outcome& done,
                                 std::optional<std::string> password) {
  d.auth.forget_people();
  if (!done) co_return from_store_error(ctx, done.error());
  auto user = co_await d.hub.read(store::get_user{id_in(done->data_json)});
  if (!user) co_return from_store_error(ctx, user.error());
  response out = success(
      [&](json_writer& w) {
        if (!password) return write_user(w, *user, true);
        w.StartObject();
        w.Key("user");
        write_user(w, *user, true);
        // A repeated request finds its person, but the password was shown before.
        text_or_null(w, "one_time_password", done->replayed ? std::string_view() : *password);
        w.EndObject();
      },
      done->status);
  if (done->replayed) out.headers.emplace_back("Idempotency-Replayed", "true");
  co_return out;
}

asio::awaitable<response> list(people_desk& d, const request_context& ctx) {
  store::list_users ask;
  ask.containing = ctx.query("q").value_or("");
  if (const auto role = ctx.query("role")) ask.role = domain::role_from(*role);
  ask.disabled = ctx.query_boolean("disabled");
  ask.team_id = ctx.query_integer("team").value_or(0);
  ask.limit = ctx.query_integer("limit").value_or(50);
  const auto after = cursor_of(ctx);
  if (!after) co_return after.error();
  ask.after_id = *after;
  const std::int64_t limit = ask.limit;
  auto page = co_await d.hub.read(std::move(ask));
  if (!page) co_return from_store_error(ctx, page.error());
  const bool everything = sees_everything(ctx);
  co_return success([&](json_writer& w) {
    w.StartObject();
    w.Key("users");
    w.StartArray();
    for (const store::user_view& u : page->items)
      write_user(w, u, everything);
    w.EndArray();
    write_pagination(w, limit, page->next_after.value_or(0));
    w.EndObject();
  });
}

asio::awaitable<response> one(people_desk& d, const request_context& ctx) {
  auto user = co_await d.hub.read(store::get_user{path_id(ctx)});
  if (!user) co_return from_store_error(ctx, user.error());
  co_return success([&](json_writer& w) { write_user(w, *user, sees_everything(ctx)); });
}

asio::awaitable<response> create(people_desk& d, const request_context& ctx) {
  body_reader body(ctx);
  store::save_user request;
  read_fields(body, request);
  for (const char* field : {"email", "name", "role"})
    if (!body.has(field) || body.is_null(field)) body.complain(field, "is required");
  const bool with_password = body.boolean("password").value_or(true);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  one_time secret;
  if (with_password) secret = co_await make_one_time(d);
  if (with_password && secret.hash.empty()) co_return passwords_busy(ctx);
  request.password_hash = secret.hash;
  auto done = co_await d.hub.write(std::move(*origin), std::move(request));
  response out = co_await answer(d, ctx, done, secret.password);
  co_return out;
}

asio::awaitable<response> edit(people_desk& d, const request_context& ctx) {
  body_reader body(ctx);
  store::save_user request;
  request.id = path_id(ctx);
  read_fields(body, request);
  request.disabled = body.boolean("disabled");
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  auto done = co_await d.hub.write(std::move(*origin), std::move(request));
  response out = co_await answer(d, ctx, done, std::nullopt);
  co_return out;
}

asio::awaitable<response> reset_password(people_desk& d, const request_context& ctx) {
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  one_time secret = co_await make_one_time(d);
  if (secret.hash.empty()) co_return passwords_busy(ctx);
  store::set_password request{path_id(ctx), secret.hash, true, {}};
  auto done = co_await d.hub.write(std::move(*origin), std::move(request));
  response out = co_await answer(d, ctx, done, secret.password);
  co_return out;
}

asio::awaitable<response> remove_totp(people_desk& d, const request_context& ctx) {
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  auto user = co_await d.hub.read(store::get_user{path_id(ctx)});
  if (!user) co_return from_store_error(ctx, user.error());
  auto done = co_await d.hub.write(std::move(*origin), store::remove_totp{user->id});
  if (done) done->data_json = std::to_string(user->id);
  response out = co_await answer(d, ctx, done, std::nullopt);
  co_return out;
}

using action = asio::awaitable<response> (*)(people_desk&, const request_context&);

route make(people_desk& d, method verb, const char* path, const char* id, const char* summary,
           p needs, std::vector<answer_description> answers, action run) {
  route r;
  r.verb = verb;
  r.path = std::string("/api/v1/users") + path;
  r.operation_id = id;
  r.summary = summary;
  r.tag = "people";
  r.auth = allowed_to(needs);
  if (r.path.find("{id}") != std::string::npos)
    r.parameters = {path_id_parameter("The person's id.")};
  r.answers = std::move(answers);
  r.handle = [&d, run](request_context& ctx) { return run(d, ctx); };
  return r;
}

}  // namespace

std::vector<route> people_routes(people_desk& d) {
  const answer_description conflict{
      409, "The e-mail address is somebody else's, or nobody else is admin", ""};
  route all = make(d, method::get, "", "listUsers", "People, those made first come first",
                   p::read_people, {{200, "A page of people", "PersonPage"}}, list);
  parameter disabled, role = one_of("role", domain::role_names(), "Only of this role.");
  role.list = false;
  disabled.name = "disabled";
  disabled.type = value_type::boolean;
  disabled.text = "Only accounts that are disabled, or only those that are not.";
  all.parameters = {words("q", "Only with this text in name or e-mail address.", 100),
                    std::move(role),
                    std::move(disabled),
                    number("team", 1, max_id, "Only members of this team."),
                    page_limit(),
                    page_cursor()};
  route add =
      make(d, method::post, "", "createUser", "Give somebody an account", p::manage_people,
           {{201, "Made; the one-time password is shown this once", "NewPersonAnswer"}, conflict},
           create);
  add.body = body_description{"NewPerson", "application/json", true, ""};
  route change =
      make(d, method::patch, "/{id}", "editUser", "Change somebody; disabling ends their sessions",
           p::manage_people, {{200, "The person as they are now", "Person"}, conflict}, edit);
  change.body = body_description{"PersonEdit", "application/json", true, ""};
  std::vector<route> out;
  out.push_back(std::move(all));
  out.push_back(make(d, method::get, "/{id}", "getUser", "One person", p::read_people,
                     {{200, "The person", "Person"}}, one));
  out.push_back(std::move(add));
  out.push_back(std::move(change));
  out.push_back(make(d, method::post, "/{id}/one-time-password", "resetPassword",
                     "A new one-time password for somebody; their sessions end", p::manage_people,
                     {{200, "The one-time password, shown this once", "NewPersonAnswer"}},
                     reset_password));
  out.push_back(make(d, method::delete_, "/{id}/totp", "removeUserTotp",
                     "Take away the second factor of somebody who lost it", p::manage_people,
                     {{200, "The person as they are now", "Person"}}, remove_totp));
  return out;
}

}  // namespace fibrehub::web::api
