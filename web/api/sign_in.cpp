// Signing in and out, and one's own account: who am I, my password. Somebody unknown, a wrong
// password, a locked and a disabled account get the same answer after the same work.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "domain/sign_in.hpp"
#include "protocols/auth/aead.hpp"
#include "protocols/auth/password.hpp"
#include "protocols/auth/recovery_codes.hpp"
#include "protocols/auth/totp.hpp"
#include "store/people/access.hpp"
#include "store/people/sign_in.hpp"
#include "store/people/users.hpp"
#include "web/api/body.hpp"
#include "web/api/json.hpp"
#include "web/api/people_desk.hpp"
#include "web/api/routes.hpp"
#include "web/session_token.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;
namespace auth = protocols::auth;

using checked_password = tl::expected<bool, auth::password_error>;
using made_hash = tl::expected<std::string, auth::password_error>;

constexpr std::size_t max_password_characters = 1024;

struct sign_in_body {
  std::string email, password;
  std::optional<std::string> totp, recovery_code;
};

/// One answer for everything that must not be told apart.
response sign_in_failed(const request_context& ctx) {
  return failure(
      ctx, 401, "sign_in_failed",
      "the e-mail address or the password is wrong, or the account is disabled or locked "
      "for a while after too many failures");
}

asio::awaitable<response> fail(people_desk& d, const request_context& ctx,
                               const store::credentials& c, const sign_in_body& body,
                               std::string why) {
  co_await note_failure(d, ctx, c.user_id, body.email, std::move(why));
  co_return sign_in_failed(ctx);
}

/// What was shown as second factor, to be used up when the session is opened.
struct second_factor {
  std::int64_t totp_step = 0;
  std::string recovery_sha256;
  std::string wrong;  // what was wrong with it: "totp", "recovery_code"
};

tl::expected<second_factor, response> read_second_factor(const people_desk& d,
                                                         const request_context& ctx,
                                                         const store::credentials& c,
                                                         const sign_in_body& body,
                                                         domain::instant now) {
  second_factor out;
  if (!c.totp_confirmed) return out;
  if (body.recovery_code) {
    const auto hash = auth::hash_recovery_code(*body.recovery_code);
    if (hash) {
      out.recovery_sha256 = *hash;
    } else {
      out.wrong = "recovery_code";
    }
    return out;
  }
  if (!body.totp)
    return tl::unexpected(failure(ctx, 401, "totp_required",
                                  "this account has a second factor: send its code as totp, or a "
                                  "recovery_code"));
  const auto secret = auth::open(d.secrets_key, c.totp_secret, totp_owner(c.user_id));
  if (!secret) {
    spdlog::error(
        "the second factor of user {} cannot be opened: {}; web.secrets_key is not the "
        "key it was sealed with",
        c.user_id, auth::sentence(secret.error()));
    return tl::unexpected(failure(ctx, 409, "second_factor_unavailable",
                                  "this hub cannot check codes at the moment; use a recovery code "
                                  "or ask its operator"));
  }
  const auto step = auth::verify_totp(
      *secret, *body.totp, std::chrono::floor<std::chrono::seconds>(now), c.totp_last_step);
  if (step) {
    out.totp_step = *step;
  } else {
    out.wrong = "totp";
  }
  return out;
}

response second_factor_wrong(const request_context& ctx) {
  return failure(ctx, 401, "second_factor_wrong",
                 "the code is wrong, was used before, or the clocks differ by more than half a "
                 "minute");
}

response signed_in(const request_context& ctx, const people_desk& d, const minted_session& session,
                   const store::user_view& user, domain::instant at) {
  response out = success([&](json_writer& w) {
    w.StartObject();
    text_field(w, "session_token", session.text);
    text_field(w, "csrf_token", session.csrf);
    text_field(w, "session_id", session.public_id);
    instant_field(w, "expires_at", at + domain::session_absolute);
    write_key(w, "must_change_password");
    w.Bool(user.must_change_password);
    w.Key("user");
    write_user(w, user, true);
    w.EndObject();
  });
  for (auto& line : session_cookies(session.text, session.csrf, needs_plain_cookie(ctx, d.tls)))
    out.headers.push_back(std::move(line));
  return out;
}

/// The hash made with today's parameters when the stored one is older; empty otherwise.
asio::awaitable<std::string> renewed_hash(people_desk& d, std::string stored,
                                          std::string password) {
  if (!auth::needs_rehash(stored)) co_return std::string();
  auto work = [password = std::move(password)]() -> made_hash {
    return auth::hash_password(password);
  };
  auto made = co_await d.passwords.run(std::move(work));
  co_return made&&* made ? std::move(**made) : std::string();
}

/// The password was right: second factor, session, answer. Nobody is signed in yet, so the
/// Idempotency-Key counts for the account.
asio::awaitable<response> open(people_desk& d, const request_context& ctx,
                               const store::credentials& c, const sign_in_body& body,
                               store::write_origin origin) {
  if (!origin.idempotency_key.empty())
    origin.idempotency_key = fmt::format("sign-in/{}/{}", c.user_id, origin.idempotency_key);
  auto before = co_await repeated(d, ctx, origin, true);
  if (before) co_return std::move(*before);
  auto factor = read_second_factor(d, ctx, c, body, origin.at);
  if (!factor) co_return std::move(factor.error());
  if (!factor->wrong.empty()) {
    co_await note_failure(d, ctx, c.user_id, body.email, factor->wrong);
    co_return second_factor_wrong(ctx);
  }
  const auto session = mint_session();
  if (!session) co_return failure(ctx, 503, "unavailable", "the system gives no random bytes");
  store::open_session request;
  request.user_id = c.user_id;
  request.verified_hash = c.password_hash;
  request.new_hash = co_await renewed_hash(d, c.password_hash, body.password);
  request.public_id = session->public_id;
  request.sha256 = session->sha256;
  request.csrf_sha256 = session->csrf_sha256;
  request.agent = ctx.header("user-agent");
  request.totp_step = factor->totp_step;
  request.recovery_sha256 = factor->recovery_sha256;
  const bool by_code = !request.recovery_sha256.empty();
  auto opened = co_await d.hub.write(origin, std::move(request));
  if (!opened && opened.error().reason == "second_factor_used") {
    co_await note_failure(d, ctx, c.user_id, body.email, by_code ? "recovery_code" : "totp");
    co_return second_factor_wrong(ctx);
  }
  if (!opened && opened.error().code == store::errc::forbidden) co_return sign_in_failed(ctx);
  if (!opened) co_return from_store_error(ctx, opened.error());
  if (opened->replayed) co_return already_done(ctx, *opened);
  auto user = co_await d.hub.read(store::get_user{c.user_id});
  if (!user) co_return from_store_error(ctx, user.error());
  co_return signed_in(ctx, d, *session, *user, origin.at);
}

asio::awaitable<response> sign_in(people_desk& d, const request_context& ctx) {
  body_reader reader(ctx);
  sign_in_body body;
  body.email = reader.required_text("email", 254);
  body.password = reader.required_text("password", max_password_characters);
  body.totp = reader.text("totp", 10);
  body.recovery_code = reader.text("recovery_code", 64);
  if (auto no = reader.refusal(ctx)) co_return std::move(*no);
  if (!ctx.header("origin").empty() && !is_same_origin(ctx, needs_plain_cookie(ctx, d.tls)))
    co_return failure(ctx, 403, "csrf_refused", "pages of other hosts cannot sign anybody in");
  auto origin = origin_of_secret(ctx);
  if (!origin) co_return std::move(origin.error());
  if (auto no = too_many_attempts(d, ctx, body.email)) co_return std::move(*no);

  store::find_credentials ask;
  ask.email = body.email;
  auto found = co_await d.hub.read(std::move(ask));
  if (!found && found.error().code != store::errc::not_found)
    co_return from_store_error(ctx, found.error());
  const store::credentials c = found ? *found : store::credentials{};
  auto check = [hash = c.password_hash, password = body.password]() -> checked_password {
    return hash.empty() ? auth::burn(password) : auth::verify_password(hash, password);
  };
  auto checked = co_await d.passwords.run(std::move(check));
  if (!checked) co_return passwords_busy(ctx);
  if (!*checked && checked->error() == auth::password_error::no_memory)
    co_return passwords_busy(ctx);
  if (!*checked)
    spdlog::error("the password of user {} cannot be checked: {}", c.user_id,
                  auth::sentence(checked->error()));
  const bool right = *checked && **checked;
  std::string why;
  if (domain::is_locked(c.record, origin_without_key(ctx).at)) {
    why = "locked";
  } else if (!right) {
    why = "password";
  } else if (c.disabled) {
    why = "disabled";
  }
  if (!why.empty()) {
    response out = co_await fail(d, ctx, c, body, std::move(why));
    co_return out;
  }
  if (domain::one_time_password_expired(c.must_change_password, c.password_changed_at,
                                        origin_without_key(ctx).at)) {
    co_await note_failure(d, ctx, c.user_id, body.email, "expired");
    co_return failure(ctx, 401, "one_time_password_expired",
                      fmt::format("this one-time password was good for {} hours; ask an admin for "
                                  "a new one",
                                  domain::one_time_password_life.count()));
  }
  response out = co_await open(d, ctx, c, body, std::move(*origin));
  co_return out;
}

asio::awaitable<response> sign_out(people_desk& d, const request_context& ctx) {
  if (ctx.caller->session_id.empty())
    co_return failure(ctx, 403, "no_session", "there is no session to end: tokens are revoked");
  store::revoke_session end{ctx.caller->session_id, ctx.caller->who.user_id, true};
  auto done = co_await d.hub.write(origin_without_key(ctx), std::move(end));
  d.auth.forget_people();
  if (!done && done.error().code != store::errc::not_found)
    co_return from_store_error(ctx, done.error());
  response out = success([](json_writer& w) { w.Null(); });
  for (auto& line : session_cookies({}, {}, needs_plain_cookie(ctx, d.tls)))
    out.headers.push_back(std::move(line));
  co_return out;
}

asio::awaitable<response> me(people_desk& d, const request_context& ctx) {
  const principal& caller = *ctx.caller;
  if (caller.who.user_id == 0)
    co_return success([&](json_writer& w) {
      w.StartObject();
      text_field(w, "kind", "token");
      text_field(w, "name", caller.name);
      text_field(w, "role", domain::name_of(caller.who.as));
      write_key(w, "scopes");
      w.StartArray();
      for (const std::string& s : caller.scopes)
        write_string(w, s);
      w.EndArray();
      w.EndObject();
    });
  auto user = co_await d.hub.read(store::get_user{caller.who.user_id});
  if (!user) co_return from_store_error(ctx, user.error());
  co_return success([&](json_writer& w) {
    w.StartObject();
    text_field(w, "kind", "user");
    text_field(w, "name", caller.name);
    text_field(w, "role", domain::name_of(caller.who.as));
    text_or_null(w, "session_id", caller.session_id);
    write_ids(w, "leads", caller.who.led);
    w.Key("user");
    write_user(w, *user, true);
    w.EndObject();
  });
}

asio::awaitable<response> change_password(people_desk& d, const request_context& ctx) {
  if (auto no = people_only(ctx)) co_return std::move(*no);
  body_reader body(ctx);
  const std::string old_password = body.required_text("old", max_password_characters);
  const std::string new_password = body.required_text("new", max_password_characters);
  if (body.problems().empty()) {
    if (auto fits = auth::check_new_password(new_password); !fits)
      body.complain("new", std::string(auth::sentence(fits.error())));
    else if (new_password == old_password)
      body.complain("new", "must be another one");
  }
  if (auto no = body.refusal(ctx)) co_return std::move(*no);
  auto origin = origin_of_secret(ctx);
  if (!origin) co_return std::move(origin.error());
  auto before = co_await repeated(d, ctx, *origin, false);
  if (before) co_return std::move(*before);
  store::find_credentials ask;
  ask.user_id = ctx.caller->who.user_id;
  auto c = co_await d.hub.read(std::move(ask));
  if (!c) co_return from_store_error(ctx, c.error());
  auto wrong = co_await wrong_password(d, ctx, *c, old_password);
  if (wrong) co_return std::move(*wrong);
  auto work = [new_password]() -> made_hash { return auth::hash_password(new_password); };
  auto hash = co_await d.passwords.run(std::move(work));
  if (!hash || !*hash) co_return passwords_busy(ctx);
  store::set_password set{c->user_id, std::move(**hash), false, ctx.caller->session_id};
  auto done = co_await d.hub.write(std::move(*origin), std::move(set));
  d.auth.forget_people();
  co_return null_answer(ctx, std::move(done));
}

using action = asio::awaitable<response> (*)(people_desk&, const request_context&);

route make(people_desk& d, method verb, const char* path, const char* id, const char* summary,
           const char* body, action run) {
  route r;
  r.verb = verb;
  r.path = std::string("/api/v1/auth/") + path;
  r.operation_id = id;
  r.summary = summary;
  r.tag = "sign-in";
  r.auth = web::signed_in();
  if (*body) r.body = body_description{body, "application/json", true, ""};
  r.handle = [&d, run](request_context& ctx) { return run(d, ctx); };
  return r;
}

}  // namespace

std::vector<route> sign_in_routes(people_desk& d) {
  route in = make(d, method::post, "sign-in", "signIn", "Sign in with e-mail address and password",
                  "SignIn", sign_in);
  in.auth = open_to_all();
  in.description =
      "The session token is good as a bearer token, and comes as a cookie, too. With the cookie, "
      "requests that change something need the header X-CSRF-Token and an Origin of this host. "
      "Five attempts a minute for an account, twenty for an address; ten failures in a row lock "
      "an account for a quarter of an hour.";
  in.answers = {{200, "Signed in", "SignedIn"},
                {401,
                 "Wrong, locked or disabled (sign_in_failed), or the second factor is missing "
                 "(totp_required) or wrong (second_factor_wrong)",
                 ""},
                {403, "Sent by a page of another host", ""},
                {409,
                 "The hub cannot check codes: web.secrets_key is missing or another; or an earlier "
                 "request with this Idempotency-Key has opened its session (already_done)",
                 ""},
                {429, "Too many attempts; Retry-After says when to come back", ""}};
  route out = make(d, method::post, "sign-out", "signOut", "End the session", "", sign_out);
  out.answers = {{200, "Ended", R"({"type":"null"})"}};
  out.no_key = "the session that would show it has ended; a repetition is answered 401";
  route who = make(d, method::get, "me", "getMe", "Who asks, and what their role is", "", me);
  who.answers = {{200, "The person or token", "Me"}};
  route password =
      make(d, method::post, "password", "changePassword",
           "Choose a new password; every other session ends", "PasswordChange", change_password);
  password.answers = {{200, "Changed", R"({"type":"null"})"},
                      {403, "The old password is wrong", ""},
                      {429, "Too many attempts", ""}};
  std::vector<route> all;
  for (route* r : {&in, &out, &who, &password})
    all.push_back(std::move(*r));
  return all;
}

}  // namespace fibrehub::web::api
