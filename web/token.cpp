#include "web/token.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace fibrehub::web {
namespace {

constexpr std::string_view prefix = "fh_";
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(std::string_view bytes) {
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += alphabet[(bits >> static_cast<unsigned>(held)) & 63U];
    }
  }
  if (held > 0) out += alphabet[(bits << static_cast<unsigned>(6 - held)) & 63U];
  return out;
}

std::optional<std::string> random_text(std::size_t bytes) {
  std::string raw(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1)
    return std::nullopt;
  std::string text = base64url(raw);
  OPENSSL_cleanse(raw.data(), raw.size());
  return text;
}

bool url_safe(std::string_view text) {
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}

}  // namespace

std::optional<token_parts> parse_token(std::string_view text) {
  // By position: the id may contain an underscore itself.
  constexpr std::size_t id_end = prefix.size() + token_id_length;
  if (text.size() != id_end + 1 + token_secret_length || !text.starts_with(prefix) ||
      text[id_end] != '_')
    return std::nullopt;
  const token_parts out{text.substr(prefix.size(), token_id_length), text.substr(id_end + 1)};
  if (!url_safe(out.id) || !url_safe(out.secret)) return std::nullopt;
  return out;
}

tl::expected<minted_token, std::string> mint_token(std::string name,
                                                   std::vector<std::string> scopes,
                                                   std::optional<domain::instant> expires_at) {
  if (scopes.empty())
    return tl::unexpected<std::string>(
        "a token needs a scope: read, write, admin or inbound:<source>");
  for (const auto& s : scopes)
    if (auto why = scope_problem(s)) return tl::unexpected(std::move(*why));
  auto id = random_text(9);
  // As an argument of `token revoke`, one with a dash in front would be taken for an option.
  while (id && id->starts_with('-'))
    id = random_text(9);
  const auto secret = random_text(32);
  if (!id || !secret)
    return tl::unexpected<std::string>("the system gives no random bytes; nothing was made");
  minted_token out;
  out.text = fmt::format("{}{}_{}", prefix, *id, *secret);
  out.record = {*id, std::move(name), sha256(*secret), std::move(scopes), expires_at};
  return out;
}

std::string sha256(std::string_view bytes) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

bool same_bytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool grants(const std::vector<std::string>& scopes, std::string_view wanted) {
  return std::any_of(scopes.begin(), scopes.end(), [&](const std::string& s) {
    return s == wanted || s == "admin" || (s == "inbound:*" && wanted.starts_with("inbound:"));
  });
}

std::optional<std::string> scope_problem(std::string_view scope) {
  if (scope == "read" || scope == "write" || scope == "admin" || scope == "inbound:*")
    return std::nullopt;
  constexpr std::string_view inbound = "inbound:";
  if (scope.starts_with(inbound)) {
    const auto source = scope.substr(inbound.size());
    if (!source.empty() && url_safe(source)) return std::nullopt;
  }
  return fmt::format(
      "there is no scope \"{}\"; known are read, write, admin, inbound:<source>, inbound:*", scope);
}

}  // namespace fibrehub::web
