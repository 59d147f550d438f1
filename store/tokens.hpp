// API tokens as the store keeps them: never the secret, only its SHA-256.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/time.hpp"

namespace fibrehub::store {

struct token_record {
  std::string id;      // 12 url-safe characters, the public half of the token
  std::string name;    // what a person called it
  std::string sha256;  // 32 bytes over the secret as it is written in the token
  std::vector<std::string> scopes;
  std::optional<domain::instant> expires_at;
  bool revoked = false;
};

struct new_token {
  std::string id;
  std::string name;
  std::string sha256;
  std::vector<std::string> scopes;
  std::optional<domain::instant> expires_at;
};

}  // namespace fibrehub::store
