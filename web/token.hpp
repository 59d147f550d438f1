// API tokens `fh_<id>_<secret>`: making, taking apart and comparing them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "store/tokens.hpp"

namespace fibrehub::web {

inline constexpr std::size_t token_id_length = 12;      // 9 random bytes in base64url
inline constexpr std::size_t token_secret_length = 43;  // 32 random bytes in base64url

struct token_parts {
  std::string_view id;
  std::string_view secret;
};

/// The halves of a well-formed token; nothing otherwise.
std::optional<token_parts> parse_token(std::string_view text);

struct minted_token {
  std::string text;  // shown to its owner once, kept nowhere
  store::new_token record;
};

/// A new random token. Fails when a scope is unknown or the system has no randomness to give.
tl::expected<minted_token, std::string> mint_token(std::string name,
                                                   std::vector<std::string> scopes,
                                                   std::optional<domain::instant> expires_at = {});

/// 32 bytes.
std::string sha256(std::string_view bytes);
/// Takes the same time wherever the two differ.
bool same_bytes(std::string_view a, std::string_view b);

/// True when one of `scopes` covers `wanted`: itself, `admin` (covers everything) or a prefix
/// `inbound:*`.
bool grants(const std::vector<std::string>& scopes, std::string_view wanted);
/// Why `scope` cannot be given to a token; nothing when it can.
std::optional<std::string> scope_problem(std::string_view scope);

}  // namespace fibrehub::web
