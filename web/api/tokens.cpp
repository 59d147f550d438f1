// API tokens for systems: made, listed and revoked by admins. The secret is shown once.
#include <fmt/format.h>

#include "store/people/api_tokens.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/people_desk.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

void write_scopes(json_writer& w, const std::vector<std::string>& scopes) {
  write_key(w, "scopes");
  w.StartArray();
  for (const std::string& s : scopes)
    write_string(w, s);
  w.EndArray();
}

asio::awaitable<response> list(people_desk& d, const request_context& ctx) {
  auto all = co_await d.hub.read(store::list_api_tokens{});
  if (!all) co_return from_store_error(ctx, all.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    w.Key("tokens");
    w.StartArray();
    for (const store::token_view& t : *all) {
      w.StartObject();
      text_field(w, "id", t.id);
      text_field(w, "name", t.name);
      write_scopes(w, t.scopes);
      instant_field(w, "created_at", t.created_at);
      instant_field(w, "expires_at", t.expires_at);
      instant_field(w, "revoked_at", t.revoked_at);
      instant_field(w, "last_used_at", t.last_used_at);
      w.EndObject();
    }
    w.EndArray();
    w.EndObject();
  });
}

asio::awaitable<response> create(people_desk& d, const request_context& ctx) {
  body_reader body(ctx);
  const std::string name = body.required_text("name", 200);
  const auto scopes = body.texts("scopes", 20);
  if (!scopes && body.problems().empty()) body.complain("scopes", "is required");
  const auto until = body.text("expires_at", 40);
  std::optional<domain::instant> expires_at;
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  if (until) {
    expires_at = domain::parse_rfc3339(*until);
    if (!expires_at || *expires_at <= origin->at)
      body.complain("expires_at", "must be a time in the future, as 2030-01-31T00:00:00Z");
  }
  if (scopes)
    for (const std::string& s : *scopes)
      if (auto why = scope_problem(s)) body.complain("scopes", *why);
  if (scopes && scopes->empty()) body.complain("scopes", "must name at least one scope");
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  auto made = mint_token(name, *scopes, expires_at);
  if (!made) co_return failure(ctx, 503, "unavailable", made.error());
  store::add_api_token request{made->record};
  auto done = co_await d.hub.write(std::move(*origin), std::move(request));
  if (!done) co_return from_store_error(ctx, done.error());
  response out = success(
      [&](json_writer& w) {
        w.StartObject();
        write_key(w, "id");
        w.RawValue(done->data_json.data(), done->data_json.size(), rapidjson::kStringType);
        text_field(w, "name", name);
        write_scopes(w, *scopes);
        instant_field(w, "expires_at", expires_at);
        // A repeated request finds its token, but the secret was shown before.
        text_or_null(w, "token", done->replayed ? std::string_view() : made->text);
        w.EndObject();
      },
      201);
  if (done->replayed) out.headers.emplace_back("Idempotency-Replayed", "true");
  co_return out;
}

asio::awaitable<response> revoke(people_desk& d, const request_context& ctx) {
  store::revoke_api_token request;
  request.id = ctx.path_value("token");
  const std::string id = request.id;
  auto origin = origin_of(ctx);
  if (!origin) co_return std::move(origin.error());
  auto done = co_await d.hub.write(std::move(*origin), std::move(request));
  d.auth.forget(id);
  co_return null_answer(ctx, std::move(done));
}

using action = asio::awaitable<response> (*)(people_desk&, const request_context&);

route make(people_desk& d, method verb, const char* path, const char* id, const char* summary,
           answer_description answer, action run) {
  route r;
  r.verb = verb;
  r.path = path;
  r.operation_id = id;
  r.summary = summary;
  r.tag = "tokens";
  r.auth = allowed_to(domain::permission::manage_tokens);
  r.answers = {std::move(answer)};
  r.handle = [&d, run](request_context& ctx) { return run(d, ctx); };
  return r;
}

}  // namespace

std::vector<route> token_routes(people_desk& d) {
  std::vector<route> out;
  out.push_back(make(d, method::get, "/api/v1/tokens", "listTokens",
                     "API tokens, the newest first; secrets are kept nowhere",
                     {200, "All tokens, revoked ones included", "TokenList"}, list));
  route add = make(d, method::post, "/api/v1/tokens", "createToken", "Make an API token",
                   {201, "Made; the token is shown this once", "NewTokenAnswer"}, create);
  add.body = body_description{"NewToken", "application/json", true, ""};
  out.push_back(std::move(add));
  out.push_back(make(d, method::delete_, "/api/v1/tokens/{token}", "revokeToken",
                     "Make a token useless at once", {200, "Revoked", R"({"type":"null"})"},
                     revoke));
  return out;
}

}  // namespace fibrehub::web::api
