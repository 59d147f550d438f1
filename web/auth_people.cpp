// The part of the authenticator that knows people: sessions and the identity provider's tokens.
#include <fmt/format.h>

#include "domain/sign_in.hpp"
#include "web/auth.hpp"
#include "web/peer_address.hpp"
#include "web/session_token.hpp"

namespace fibrehub::web {

namespace asio = boost::asio;

namespace {

/// What somebody with a one-time password may do before choosing their own.
bool is_about_signing_in(const request_context& ctx) {
  return ctx.path.starts_with("/api/v1/auth/");
}

std::shared_ptr<const principal> caller_of(const store::person_access& person,
                                           const std::string& session_id, bool by_cookie,
                                           std::optional<domain::instant> ends_at = {}) {
  auto out = std::make_shared<principal>();
  out->session_id = session_id;
  out->by_cookie = by_cookie;
  out->name = person.who.name;
  out->who = person.who;
  out->ends_at = ends_at;
  return out;
}

/// Keys of the caches that tokens and people share.
std::string session_key(std::string_view id) {
  return fmt::format("session {}", id);
}
std::string subject_key(std::string_view subject) {
  return fmt::format("subject {}", subject);
}

}  // namespace

void authenticator::forget_people() {
  sessions_.clear();
  by_subject_.clear();
  missing_.clear();  // somebody unknown may have been given an account
  tell_watchers();
}

/// 403 when the person's role does not allow it.
std::optional<response> authenticator::role_refusal(const request_context& ctx,
                                                    const domain::principal& who,
                                                    const auth_requirement& wanted) {
  const auto forbidden = [&](std::string_view because) {
    return failure(
        ctx, 403, "forbidden",
        fmt::format("your role ({}) does not allow this{}", domain::name_of(who.as), because));
  };
  if (wanted.needs && !domain::allows(who.as, *wanted.needs)) return forbidden("");
  if (wanted.scope.empty() || who.as == domain::role::admin) return std::nullopt;
  if (wanted.scope == "read" && domain::allows(who.as, domain::permission::read_channels))
    return std::nullopt;
  return forbidden(fmt::format("; it is for API tokens with the scope \"{}\"", wanted.scope));
}

asio::awaitable<authenticator::session_found> authenticator::session_from_store(
    const request_context& ctx, std::string id) {
  const std::string key = session_key(id);
  if (missing_.find(key, options_.steady_now()) != nullptr)
    co_return tl::unexpected(failed_attempt(ctx, "session_unknown", "there is no such session"));
  auto answer = co_await people_.session(id);
  const auto now = options_.steady_now();
  if (!answer) {
    if (answer.error().code != store::errc::not_found)
      co_return tl::unexpected(from_store_error(ctx, answer.error()));
    missing_.put(key, true, now + options_.keep_missing);
    co_return tl::unexpected(failed_attempt(ctx, "session_unknown", "there is no such session"));
  }
  auto fresh = std::make_shared<known_session>();
  fresh->record = std::move(*answer);
  fresh->by_bearer = caller_of(fresh->record.person, id, false, fresh->record.expires_at);
  fresh->by_cookie = caller_of(fresh->record.person, id, true, fresh->record.expires_at);
  sessions_.put(std::move(id), fresh, now + options_.keep_found);
  co_return fresh;
}

/// Why a session whose secret was right does not count any more, or not for this request.
std::optional<response> authenticator::session_refusal(const request_context& ctx,
                                                       const known_session& session,
                                                       bool by_cookie) {
  const store::session_record& r = session.record;
  if (r.revoked) return refuse(ctx, "session_revoked", "this session was ended; sign in again");
  if (r.person.disabled) return refuse(ctx, "account_disabled", "this account is disabled");
  switch (domain::state_of_session(r.last_seen_at, r.expires_at, options_.now())) {
    case domain::session_state::alive:
      break;
    case domain::session_state::idle_too_long:
      return refuse(ctx, "session_expired",
                    "nothing was heard of this session for half an hour; sign in again");
    case domain::session_state::expired:
      return refuse(ctx, "session_expired",
                    "this session is over after twelve hours; sign in again");
  }
  if (by_cookie) {
    const auto why = csrf_problem(ctx, r.csrf_sha256, needs_plain_cookie(ctx, options_.tls));
    if (why) return failure(ctx, 403, "csrf_refused", *why);
  }
  if (r.person.must_change_password && !is_about_signing_in(ctx))
    return failure(ctx, 403, "password_change_required",
                   "you signed in with a one-time password: choose your own before anything else "
                   "(POST /api/v1/auth/password)");
  return std::nullopt;
}

void authenticator::note_use(known_session& session) {
  const domain::instant now = options_.now();
  if (!domain::session_touch_due(session.record.last_seen_at, now)) return;
  session.record.last_seen_at = now;
  if (people_.touch) people_.touch(session.record.public_id);
}

asio::awaitable<authenticator::verdict> authenticator::check_session(const request_context& ctx,
                                                                     const auth_requirement& wanted,
                                                                     std::string text,
                                                                     bool by_cookie, bool again) {
  const auto parts = parse_session_token(text);
  const std::string address = limit_key(ctx.peer_address);
  std::shared_ptr<known_session> session;
  if (parts && !again) {
    const auto* there = sessions_.find(parts->id, options_.steady_now());
    if (there != nullptr) session = *there;
  }
  const bool good = again || (session && same_bytes(sha256(parts->secret), session->record.sha256));
  if (!good && !failures_.allows(address, options_.steady_now()))
    co_return tl::unexpected(slow_down(ctx));
  if (!parts)
    co_return tl::unexpected(
        failed_attempt(ctx, "session_malformed", "this is no session token; sign in again"));
  if (!session) {
    session_found looked = co_await session_from_store(ctx, std::string(parts->id));
    if (!looked) co_return tl::unexpected(std::move(looked.error()));
    session = *looked;
  }
  if (!same_bytes(sha256(parts->secret), session->record.sha256))
    co_return tl::unexpected(
        failed_attempt(ctx, "session_wrong", "the secret part of the session token is wrong"));
  // What is over by now was good once: no guess, so it is not counted.
  if (auto no = session_refusal(ctx, *session, by_cookie)) co_return tl::unexpected(std::move(*no));
  if (auto no = role_refusal(ctx, session->record.person.who, wanted))
    co_return tl::unexpected(std::move(*no));
  if (!again) note_use(*session);
  co_return by_cookie ? session->by_cookie : session->by_bearer;
}

asio::awaitable<authenticator::person_found> authenticator::person_from_store(
    const request_context& ctx, std::string subject, std::string email, bool again) {
  const auto* there = again ? nullptr : by_subject_.find(subject, options_.steady_now());
  if (there != nullptr) co_return *there;
  const std::string key = subject_key(subject);
  const auto nobody = [&] {
    return failure(ctx, 403, "no_account",
                   "the identity provider knows you, but you have no account here: ask an admin of "
                   "this hub to add you");
  };
  if (missing_.find(key, options_.steady_now()) != nullptr) co_return tl::unexpected(nobody());
  auto answer = co_await people_.person(subject, email);
  const auto now = options_.steady_now();
  if (!answer) {
    if (answer.error().code != store::errc::not_found)
      co_return tl::unexpected(from_store_error(ctx, answer.error()));
    missing_.put(key, true, now + options_.keep_missing);
    co_return tl::unexpected(nobody());
  }
  if (!answer->has_subject && people_.adopt) people_.adopt(answer->who.user_id, subject);
  auto fresh = std::make_shared<known_person>();
  fresh->access = std::move(*answer);
  fresh->caller = caller_of(fresh->access, {}, false);
  std::shared_ptr<const known_person> out = std::move(fresh);
  by_subject_.put(std::move(subject), out, now + options_.keep_found);
  co_return out;
}

asio::awaitable<authenticator::verdict> authenticator::check_jwt(const request_context& ctx,
                                                                 const auth_requirement& wanted,
                                                                 std::string text, bool again) {
  const auto now = std::chrono::floor<std::chrono::seconds>(options_.now());
  auto claims = co_await people_.provider->check(std::move(text), now);
  if (!claims) {
    const auto& why = claims.error();
    if (why.unavailable) {
      response later = failure(ctx, 503, "identity_provider_away", why.sentence);
      later.headers.emplace_back("Retry-After", "60");
      co_return tl::unexpected(std::move(later));
    }
    if (why.stale)
      co_return tl::unexpected(refuse(ctx, "jwt_expired", "the token has expired; sign in again"));
    if (!failures_.allows(limit_key(ctx.peer_address), options_.steady_now()))
      co_return tl::unexpected(slow_down(ctx));
    co_return tl::unexpected(
        failed_attempt(ctx, "jwt_refused", "the identity provider's token is not accepted"));
  }
  person_found person = co_await person_from_store(ctx, claims->subject, claims->email, again);
  if (!person) co_return tl::unexpected(std::move(person.error()));
  if ((*person)->access.disabled)
    co_return tl::unexpected(failure(ctx, 403, "account_disabled", "this account is disabled"));
  if (auto no = role_refusal(ctx, (*person)->access.who, wanted))
    co_return tl::unexpected(std::move(*no));
  co_return (*person)->caller;
}

}  // namespace fibrehub::web
