#include "web/auth.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/sign_in.hpp"
#include "web/peer_address.hpp"
#include "web/request_limits.hpp"
#include "web/session_token.hpp"

namespace fibrehub::web {
namespace {

/// The token of `Authorization: Bearer …`; nothing for another scheme.
std::optional<std::string_view> bearer_text(std::string_view header) {
  constexpr std::string_view scheme = "bearer ";
  if (header.size() < scheme.size() || !same_name(header.substr(0, scheme.size()), scheme))
    return std::nullopt;
  header.remove_prefix(scheme.size());
  while (!header.empty() && header.front() == ' ')
    header.remove_prefix(1);
  return header;
}

/// "inbound:{source}" with the path's own value.
std::string wanted_scope(const std::string& scope, const request_context& ctx) {
  const auto open = scope.find('{');
  const auto close = scope.find('}', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return scope;
  return fmt::format("{}{}{}", scope.substr(0, open),
                     ctx.path_value(scope.substr(open + 1, close - open - 1)),
                     scope.substr(close + 1));
}

/// The role a token's scopes amount to; nothing for one made for another purpose.
std::optional<domain::role> role_of(const std::vector<std::string>& scopes) {
  const auto has = [&](std::string_view s) {
    return std::find(scopes.begin(), scopes.end(), s) != scopes.end();
  };
  if (has("admin")) return domain::role::admin;
  if (has("write")) return domain::role::manager;
  if (has("read")) return domain::role::viewer;
  return std::nullopt;
}

}  // namespace

authenticator::authenticator(token_lookup lookup, auth_options options)
    : lookup_(std::move(lookup)),
      options_(std::move(options)),
      found_(options_.cache_entries),
      missing_(options_.cache_entries),
      noted_tokens_(options_.cache_entries),
      sessions_(options_.cache_entries),
      by_subject_(options_.cache_entries),
      failures_(options_.failed_attempts, options_.watched_addresses) {}

void authenticator::forget(std::string_view id) {
  found_.erase(id);
  missing_.erase(id);
  tell_watchers();
}

std::shared_ptr<void> authenticator::on_change(std::function<void()> f) {
  const std::uint64_t key = next_watcher_++;
  watchers_->emplace(key, std::move(f));
  const std::weak_ptr list = watchers_;
  return {nullptr, [list, key](std::nullptr_t) {
            if (const auto all = list.lock()) all->erase(key);
          }};
}

void authenticator::tell_watchers() {
  const auto all = *watchers_;  // one may go while it is told
  for (const auto& [key, f] : all)
    f();
}

bool authenticator::is_from_known_origin(const request_context& ctx) const {
  const std::string_view origin = ctx.header("origin");
  const auto& allowed = options_.allowed_origins;
  return is_same_origin(ctx, needs_plain_cookie(ctx, options_.tls)) ||
         std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& o) { return same_name(o, origin); });
}

response authenticator::refuse(const request_context& ctx, std::string_view code,
                               std::string_view message) {
  response out = failure(ctx, 401, code, message);
  out.headers.emplace_back("WWW-Authenticate",
                           code == "token_missing"
                               ? R"(Bearer realm="fibrehub")"
                               : R"(Bearer realm="fibrehub", error="invalid_token")");
  return out;
}

response authenticator::failed_attempt(const request_context& ctx, std::string_view code,
                                       std::string_view message) {
  failures_.take(limit_key(ctx.peer_address), options_.steady_now());
  return refuse(ctx, code, message);
}

response authenticator::slow_down(const request_context& ctx) {
  return too_often(ctx, "too_many_attempts", "too many failed sign-ins from this address",
                   failures_, limit_key(ctx.peer_address), options_.steady_now());
}

void authenticator::note_use(const std::string& token_id) {
  const auto now = options_.steady_now();
  if (noted_tokens_.find(token_id, now) != nullptr) return;
  noted_tokens_.put(token_id, true, now + domain::session_touch_every);
  if (used_tokens_.size() < options_.cache_entries)
    used_tokens_.emplace_back(token_id, options_.now());
}

authenticator::known authenticator::from_cache(const token_parts& token) {
  const known* there = found_.find(token.id, options_.steady_now());
  return there != nullptr ? *there : nullptr;
}

boost::asio::awaitable<authenticator::found> authenticator::from_store(const request_context& ctx,
                                                                       token_parts token) {
  std::string id{token.id};
  if (missing_.find(id, options_.steady_now()) != nullptr)
    co_return tl::unexpected(failed_attempt(ctx, "token_unknown", "there is no such token"));
  auto answer = co_await lookup_(id);
  const auto now = options_.steady_now();
  if (!answer) {
    if (answer.error().code != store::errc::not_found)
      co_return tl::unexpected(from_store_error(ctx, answer.error()));
    missing_.put(std::move(id), true, now + options_.keep_missing);
    co_return tl::unexpected(failed_attempt(ctx, "token_unknown", "there is no such token"));
  }
  auto caller = std::make_shared<principal>();
  caller->token_id = answer->id;
  caller->name = answer->name;
  caller->ends_at = answer->expires_at;
  caller->scopes = answer->scopes;
  caller->who.what = domain::principal::kind::token;
  caller->who.id = "token:" + answer->id;
  caller->who.name = answer->name;
  caller->who.as = role_of(answer->scopes).value_or(domain::role::viewer);
  auto fresh = std::make_shared<known_token>();
  fresh->record = std::move(*answer);
  fresh->caller = std::move(caller);
  known out = std::move(fresh);
  found_.put(std::move(id), out, now + options_.keep_found);
  co_return out;
}

authenticator::verdict authenticator::judge(const request_context& ctx, const known_token& token,
                                            std::string_view secret,
                                            const auth_requirement& wanted) {
  if (!same_bytes(sha256(secret), token.record.sha256))
    return tl::unexpected(
        failed_attempt(ctx, "token_wrong", "the secret part of the token is wrong"));
  if (token.record.revoked)
    return tl::unexpected(failed_attempt(ctx, "token_revoked", "this token was revoked"));
  if (token.record.expires_at && *token.record.expires_at <= options_.now())
    return tl::unexpected(failed_attempt(
        ctx, "token_expired",
        fmt::format("this token expired at {}", domain::to_rfc3339(*token.record.expires_at))));
  const std::string scope = wanted_scope(wanted.scope, ctx);
  if (!scope.empty() && !grants(token.caller->scopes, scope)) {
    response out =
        failure(ctx, 403, "scope_missing", fmt::format("this token lacks the scope \"{}\"", scope));
    out.headers.emplace_back(
        "WWW-Authenticate",
        fmt::format(R"(Bearer realm="fibrehub", error="insufficient_scope", scope="{}")", scope));
    return tl::unexpected(std::move(out));
  }
  if (wanted.needs) {
    const auto role = role_of(token.caller->scopes);
    if (!role || !domain::allows(*role, *wanted.needs))
      return tl::unexpected(failure(
          ctx, 403, "scope_missing",
          fmt::format("this token's scopes ({}) do not allow it; it takes one with read, write or "
                      "admin",
                      fmt::join(token.caller->scopes, " "))));
  }
  return token.caller;
}

credential credential_of(const request_context& ctx) {
  credential out;
  out.authorization = ctx.header("authorization");
  for (const auto& h : ctx.headers)
    if (same_name(h.name, "cookie"))
      out.cookie.append(out.cookie.empty() ? "" : "; ").append(h.value);
  out.path = ctx.path;
  out.peer_address = ctx.peer_address;
  out.peer_is_loopback = ctx.peer_is_loopback;
  out.forwarded = ctx.forwarded;
  return out;
}

namespace {

/// `shown` must outlive it.
request_context request_with(const credential& shown) {
  request_context ctx;
  ctx.path = shown.path;
  if (!shown.authorization.empty()) ctx.headers.push_back({"Authorization", shown.authorization});
  if (!shown.cookie.empty()) ctx.headers.push_back({"Cookie", shown.cookie});
  ctx.peer_address = shown.peer_address;
  ctx.peer_is_loopback = shown.peer_is_loopback;
  ctx.forwarded = shown.forwarded;
  return ctx;
}

}  // namespace

boost::asio::awaitable<authenticator::verdict> authenticator::check_again(
    const credential& shown, const auth_requirement& wanted) {
  const request_context ctx = request_with(shown);
  verdict out = co_await check_as(ctx, wanted, true);
  co_return out;
}

boost::asio::awaitable<authenticator::verdict> authenticator::check_shown(
    const credential& shown, const auth_requirement& wanted) {
  const request_context ctx = request_with(shown);
  verdict out = co_await check_as(ctx, wanted, false);
  co_return out;
}

boost::asio::awaitable<authenticator::verdict> authenticator::check(
    const request_context& ctx, const auth_requirement& wanted) {
  verdict out = co_await check_as(ctx, wanted, false);
  co_return out;
}

boost::asio::awaitable<authenticator::verdict> authenticator::check_as(
    const request_context& ctx, const auth_requirement& wanted, bool again) {
  if (wanted.what == auth_requirement::kind::none) co_return verdict{nullptr};
  // A proxy on this machine would make the whole world local: its header gives it away.
  if (wanted.what == auth_requirement::kind::bearer_unless_loopback && ctx.peer_is_loopback &&
      !ctx.forwarded)
    co_return verdict{nullptr};
  const auto header = ctx.header("authorization");
  if (header.empty() && people_.session) {
    const auto cookie = session_cookie(ctx, needs_plain_cookie(ctx, options_.tls));
    if (!cookie.empty()) {
      verdict out = co_await check_session(ctx, wanted, std::string(cookie), true, again);
      co_return out;
    }
  }
  if (header.empty() && wanted.what == auth_requirement::kind::bearer_if_shown)
    co_return verdict{nullptr};
  if (header.empty())
    co_return tl::unexpected(
        refuse(ctx, "token_missing", "send an API token: Authorization: Bearer fh_…"));
  const auto text = bearer_text(header);
  if (text && people_.session && text->starts_with("fhs_")) {
    verdict out = co_await check_session(ctx, wanted, std::string(*text), false, again);
    co_return out;
  }
  if (text && people_.provider && identity_provider::looks_like_jwt(*text)) {
    verdict out = co_await check_jwt(ctx, wanted, std::string(*text), again);
    co_return out;
  }
  const auto parts = text ? parse_token(*text) : std::nullopt;
  const std::string address = limit_key(ctx.peer_address);

  // A token known to be good works even while its neighbours behind the same address guess.
  known token = parts && !again ? from_cache(*parts) : nullptr;
  const bool good =
      again || (token != nullptr && same_bytes(sha256(parts->secret), token->record.sha256));
  if (!good && !failures_.allows(address, options_.steady_now()))
    co_return tl::unexpected(slow_down(ctx));
  if (!parts)
    co_return tl::unexpected(failed_attempt(
        ctx, "token_malformed",
        "the Authorization header must be: Bearer fh_ followed by the token's id and secret"));
  if (token == nullptr) {
    found looked = co_await from_store(ctx, *parts);
    if (!looked) co_return tl::unexpected(std::move(looked.error()));
    token = *looked;
  }
  verdict out = judge(ctx, *token, parts->secret, wanted);
  if (out && !again) note_use(token->record.id);
  co_return out;
}

}  // namespace fibrehub::web
