// One's own second factor: a secret for an authenticator app, confirmed by a code of it; recovery
// codes shown once. Setting up and removing ask for the password again.
#include "store/people/second_factor.hpp"
#include "protocols/auth/aead.hpp"
#include "protocols/auth/bytes.hpp"
#include "protocols/auth/encoding.hpp"
#include "protocols/auth/recovery_codes.hpp"
#include "protocols/auth/totp.hpp"
#include "store/people/sign_in.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/people_desk.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
namespace auth = protocols::auth;

constexpr std::string_view issuer = "FibreHub";

std::optional<response> no_key(const people_desk& d, const request_context& ctx) {
  if (!d.secrets_key.empty()) return std::nullopt;
  return failure(ctx, 409, "secrets_key_missing",
                 "this hub has no key to keep second factors with: its operator has to set "
                 "web.secrets_key");
}

/// The credentials of the caller after the body's password was found right.
asio::awaitable<tl::expected<store::credentials, response>> confirmed_by_password(
    people_desk& d, const request_context& ctx) {
  body_reader body(ctx);
  const std::string password = body.required_text("password", 1024);
  if (auto no = body.refusal(ctx)) co_return tl::unexpected(std::move(*no));
  store::find_credentials ask;
  ask.user_id = ctx.caller->who.user_id;
  auto c = co_await d.hub.read(std::move(ask));
  if (!c) co_return tl::unexpected(from_store_error(ctx, c.error()));
  auto wrong = co_await wrong_password(d, ctx, *c, password);
  if (wrong) co_return tl::unexpected(std::move(*wrong));
  co_return std::move(*c);
}

asio::awaitable<response> enrol(people_desk& d, const request_context& ctx) {
  if (auto no = people_only(ctx)) co_return std::move(*no);
  if (auto no = no_key(d, ctx)) co_return std::move(*no);
  auto origin = origin_of_secret(ctx);
  if (!origin) co_return std::move(origin.error());
  auto before = co_await repeated(d, ctx, *origin, true);
  if (before) co_return std::move(*before);
  auto c = co_await confirmed_by_password(d, ctx);
  if (!c) co_return std::move(c.error());
  auto secret = auth::make_totp_secret();
  if (!secret) co_return failure(ctx, 503, "unavailable", "the system gives no random bytes");
  auto sealed = auth::seal(d.secrets_key, *secret, totp_owner(c->user_id));
  if (!sealed)
    co_return from_store_error(
        ctx, {store::errc::internal, std::string(auth::sentence(sealed.error()))});
  store::enrol_totp request{c->user_id, std::move(*sealed)};
  auto done = co_await d.hub.write(std::move(*origin), std::move(request));
  if (!done) co_return from_store_error(ctx, done.error());
  if (done->replayed) co_return already_done(ctx, *done);
  response out = success([&](json_writer& w) {
    w.StartObject();
    text_field(w, "secret", auth::to_base32(*secret));
    text_field(w, "uri", auth::totp_uri(issuer, c->email, *secret));
    w.EndObject();
  });
  auth::wipe(*secret);
  co_return out;
}

asio::awaitable<response> confirm(people_desk& d, const request_context& ctx) {
  if (auto no = people_only(ctx)) co_return std::move(*no);
  if (auto no = no_key(d, ctx)) co_return std::move(*no);
  auto origin = origin_of_secret(ctx);
  if (!origin) co_return std::move(origin.error());
  auto before = co_await repeated(d, ctx, *origin, true);
  if (before) co_return std::move(*before);
  body_reader body(ctx);
  const std::string code = body.required_text("code", 10);
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  store::find_credentials ask;
  ask.user_id = ctx.caller->who.user_id;
  auto c = co_await d.hub.read(std::move(ask));
  if (!c) co_return from_store_error(ctx, c.error());
  if (auto no = too_many_attempts(d, ctx, c->email)) co_return std::move(*no);
  const auto secret = auth::open(d.secrets_key, c->totp_secret, totp_owner(c->user_id));
  if (c->totp_secret.empty() || c->totp_confirmed || !secret)
    co_return failure(ctx, 409, "totp_not_enrolled",
                      "there is no second factor waiting to be confirmed; enrol first");
  const auto step = auth::verify_totp(
      *secret, code, std::chrono::floor<std::chrono::seconds>(origin->at), std::nullopt);
  if (!step) co_return invalid_field(ctx, "code", "is not the code of this moment");
  const auto codes = auth::make_recovery_codes();
  if (!codes) co_return failure(ctx, 503, "unavailable", "the system gives no random bytes");
  store::confirm_totp request{c->user_id, c->totp_secret, *step, {}};
  for (const std::string& recovery : *codes)
    request.recovery_sha256s.push_back(auth::hash_recovery_code(recovery).value_or(""));
  auto done = co_await d.hub.write(std::move(*origin), std::move(request));
  if (!done) co_return from_store_error(ctx, done.error());
  if (done->replayed) co_return already_done(ctx, *done);
  co_return success([&](json_writer& w) {
    w.StartObject();
    w.Key("recovery_codes");
    w.StartArray();
    for (const std::string& recovery : *codes)
      write_string(w, recovery);
    w.EndArray();
    w.EndObject();
  });
}

asio::awaitable<response> remove(people_desk& d, const request_context& ctx) {
  if (auto no = people_only(ctx)) co_return std::move(*no);
  auto origin = origin_of_secret(ctx);
  if (!origin) co_return std::move(origin.error());
  auto before = co_await repeated(d, ctx, *origin, false);
  if (before) co_return std::move(*before);
  auto c = co_await confirmed_by_password(d, ctx);
  if (!c) co_return std::move(c.error());
  auto done = co_await d.hub.write(std::move(*origin), store::remove_totp{c->user_id});
  if (!done) co_return from_store_error(ctx, done.error());
  co_return null_answer(ctx, std::move(done));
}

using action = asio::awaitable<response> (*)(people_desk&, const request_context&);

route make(people_desk& d, const char* what, const char* id, const char* summary, const char* body,
           answer_description answer, action run) {
  route r;
  r.verb = method::post;
  r.path = std::string("/api/v1/auth/totp/") + what;
  r.operation_id = id;
  r.summary = summary;
  r.tag = "sign-in";
  r.auth = signed_in();
  r.body = body_description{body, "application/json", true, ""};
  r.answers = {std::move(answer),
               {409,
                "There is a second factor already, there is none to confirm, this hub has no "
                "web.secrets_key, or a repeated request would be answered a secret",
                ""}};
  r.handle = [&d, run](request_context& ctx) { return run(d, ctx); };
  return r;
}

}  // namespace

std::vector<route> second_factor_routes(people_desk& d) {
  return {make(d, "enrol", "enrolTotp",
               "Get a secret for an authenticator app; it counts once it "
               "is confirmed",
               "PasswordAgain", {200, "The secret, shown this once", "TotpEnrolment"}, enrol),
          make(d, "confirm", "confirmTotp",
               "Confirm the secret with a code of the app; from now on "
               "every sign-in needs one",
               "TotpCode", {200, "Ten recovery codes, shown this once", "RecoveryCodes"}, confirm),
          make(d, "remove", "removeTotp", "Sign in with the password alone again", "PasswordAgain",
               {200, "Removed", R"({"type":"null"})"}, remove)};
}

}  // namespace fibrehub::web::api
