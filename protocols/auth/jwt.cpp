#include "protocols/auth/jwt.hpp"

#include <openssl/rsa.h>

#include <optional>
#include <string>

#include "protocols/auth/encoding.hpp"
#include "protocols/auth/jwt_json.hpp"
#include "protocols/auth/openssl.hpp"

namespace fibrehub::protocols::auth {
namespace {

struct parts {
  std::string_view signed_text;  // header and payload as they were sent, with the dot
  std::string header;
  std::string payload;
  std::string signature;
};

/// RFC 7515, 3.1 and 5.2.
std::optional<parts> take_apart(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  // A third dot is no base64url and fails below.
  auto header = from_base64url(token.substr(0, first));
  auto payload = from_base64url(token.substr(first + 1, second - first - 1));
  auto signature = from_base64url(token.substr(second + 1));
  if (!header || !payload || !signature) return std::nullopt;
  return parts{token.substr(0, second), std::move(*header), std::move(*payload),
               std::move(*signature)};
}

/// Media types have no case, and `application/` may be left out (RFC 7515, 4.1.9).
bool is_known_type(const json::value& header) {
  const json::value* typ = json::find(header, "typ");
  if (typ == nullptr) return true;
  std::string text(json::text(header, "typ"));
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  std::string_view type = text;
  constexpr std::string_view tree = "application/";
  if (type.starts_with(tree)) type.remove_prefix(tree.size());
  return type == "jwt" || type == "at+jwt";
}

bool verifies(evp_pkey_st* key, std::string_view signed_text, std::string_view signature) {
  const openssl::digest_context context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // belongs to the context
  return context &&
         EVP_DigestVerifyInit(context.get(), &options, EVP_sha256(), nullptr, key) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PADDING) == 1 &&
         EVP_DigestVerify(context.get(), openssl::bytes(signature), signature.size(),
                          openssl::bytes(signed_text), signed_text.size()) == 1;
}

}  // namespace

tl::expected<jwt_claims, jwt_error> verify_jwt(std::string_view token, const key_set& keys,
                                               const jwt_policy& policy,
                                               std::chrono::sys_seconds now) {
  if (token.size() > max_jwt_bytes) return tl::unexpected(jwt_error::too_long);
  const auto jwt = take_apart(token);
  if (!jwt) return tl::unexpected(jwt_error::malformed);
  const auto header = parse_plain_object(jwt->header);
  if (header.IsNull()) return tl::unexpected(jwt_error::malformed);

  if (json::text(header, "alg") != "RS256") return tl::unexpected(jwt_error::wrong_algorithm);
  if (json::find(header, "crit") != nullptr) return tl::unexpected(jwt_error::critical_header);
  if (!is_known_type(header)) return tl::unexpected(jwt_error::wrong_type);
  const std::string_view kid = json::text(header, "kid");
  if (kid.empty()) return tl::unexpected(jwt_error::no_key_id);
  evp_pkey_st* const key = keys.find(kid);
  if (key == nullptr) return tl::unexpected(jwt_error::unknown_key);

  const openssl::error_scope errors;
  if (!verifies(key, jwt->signed_text, jwt->signature))
    return tl::unexpected(jwt_error::bad_signature);
  return check_claims(jwt->payload, policy, now);
}

}  // namespace fibrehub::protocols::auth
