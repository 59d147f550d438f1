#include "web/session_token.hpp"

#include <fmt/format.h>

#include "domain/sign_in.hpp"
#include "protocols/auth/bytes.hpp"
#include "protocols/auth/encoding.hpp"

namespace fibrehub::web {
namespace {

namespace auth = protocols::auth;

constexpr std::string_view prefix = "fhs_";
constexpr std::size_t id_bytes = 9;
constexpr std::size_t secret_bytes = 32;

constexpr std::string_view cookie_name(bool plain) {
  return plain ? "fibrehub" : "__Host-fibrehub";
}
constexpr std::string_view csrf_cookie_name(bool plain) {
  return plain ? "fibrehub-csrf" : "__Host-fibrehub-csrf";
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// host:port with the scheme's own port left out.
std::string_view without_default_port(std::string_view host, bool https) {
  const std::string_view port = https ? ":443" : ":80";
  if (host.ends_with(port)) host.remove_suffix(port.size());
  return host;
}

}  // namespace

std::optional<token_parts> parse_session_token(std::string_view text) {
  constexpr std::size_t id_end = prefix.size() + token_id_length;
  if (text.size() != id_end + 1 + token_secret_length || !text.starts_with(prefix) ||
      text[id_end] != '_')
    return std::nullopt;
  const token_parts out{text.substr(prefix.size(), token_id_length), text.substr(id_end + 1)};
  if (!auth::from_base64url(out.id) || !auth::from_base64url(out.secret)) return std::nullopt;
  return out;
}

std::optional<minted_session> mint_session() {
  const auto id = auth::random_bytes(id_bytes);
  const auto secret = auth::random_bytes(secret_bytes);
  const auto csrf = auth::random_bytes(secret_bytes);
  if (!id || !secret || !csrf) return std::nullopt;
  minted_session out;
  out.public_id = auth::to_base64url(*id);
  const std::string text = auth::to_base64url(*secret);
  out.text = fmt::format("{}{}_{}", prefix, out.public_id, text);
  out.sha256 = sha256(text);
  out.csrf = auth::to_base64url(*csrf);
  out.csrf_sha256 = sha256(out.csrf);
  return out;
}

bool needs_plain_cookie(const request_context& ctx, bool server_speaks_tls) {
  return !server_speaks_tls && ctx.peer_is_loopback && !ctx.forwarded;
}

std::string_view session_cookie(const request_context& ctx, bool plain) {
  for (const auto& h : ctx.headers) {
    if (!same_name(h.name, "cookie")) continue;
    std::string_view rest = h.value;
    while (!rest.empty()) {
      const std::string_view pair = trimmed(rest.substr(0, rest.find(';')));
      rest.remove_prefix(std::min(rest.size(), std::min(rest.find(';'), rest.size()) + 1));
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      const std::string_view name = pair.substr(0, equals);
      if (name == cookie_name(false) || (plain && name == cookie_name(true)))
        return pair.substr(equals + 1);
    }
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> session_cookies(std::string_view token,
                                                                 std::string_view csrf,
                                                                 bool plain) {
  // Gone with the browser's window; the server ends the session sooner or later by itself.
  const std::string_view end = token.empty() ? "; Max-Age=0" : "";
  const std::string_view secure = plain ? "" : "; Secure";
  return {{"Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}{}",
                                     cookie_name(plain), token, secure, end)},
          {"Set-Cookie", fmt::format("{}={}; Path=/; SameSite=Lax{}{}", csrf_cookie_name(plain),
                                     csrf, secure, end)}};
}

bool is_same_origin(const request_context& ctx, bool plain) {
  std::string_view origin = ctx.header("origin");
  const bool https = origin.starts_with("https://");
  if (!https && !(plain && origin.starts_with("http://"))) return false;
  origin.remove_prefix(https ? 8 : 7);
  return !origin.empty() && same_name(without_default_port(origin, https),
                                      without_default_port(ctx.header("host"), https));
}

std::optional<std::string_view> csrf_problem(const request_context& ctx,
                                             std::string_view csrf_sha256, bool plain) {
  if (ctx.verb == method::get || ctx.verb == method::head) return std::nullopt;
  if (!is_same_origin(ctx, plain))
    return "a request with a session cookie has to come from a page of this very host";
  const std::string_view shown = ctx.header("x-csrf-token");
  if (shown.empty()) return "a request with a session cookie has to carry X-CSRF-Token";
  if (!same_bytes(sha256(shown), csrf_sha256)) return "X-CSRF-Token is not the one of this session";
  return std::nullopt;
}

}  // namespace fibrehub::web
