// People as the store keeps them: what the API shows of them, and what signing in has to know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/people.hpp"
#include "domain/sign_in.hpp"
#include "domain/time.hpp"

namespace fibrehub::store {

/// One person, for the list of people.
struct user_view {
  std::int64_t id = 0;
  std::string email;
  std::string name;
  std::string phone;
  domain::role role = domain::role::viewer;
  std::int64_t client_id = 0;       // 0: none
  std::vector<std::int64_t> teams;  // member of
  bool has_password = false;
  bool must_change_password = false;
  bool totp = false;  // a confirmed second factor
  std::optional<domain::instant> locked_until, last_sign_in_at, disabled_at;
  domain::instant created_at{}, updated_at{};
};

/// What a request by this person may do.
struct person_access {
  domain::principal who;  // without the address
  std::string email;
  bool disabled = false;
  bool must_change_password = false;
  bool has_subject = false;  // known to the identity provider
};

/// A session and whose it is.
struct session_record {
  std::string public_id;
  std::string sha256;       // 32 bytes over the secret
  std::string csrf_sha256;  // 32 bytes
  domain::instant created_at{}, last_seen_at{}, expires_at{};
  bool revoked = false;
  person_access person;
};

/// What checking a password and a second factor takes.
struct credentials {
  std::int64_t user_id = 0;
  std::string email;
  std::string password_hash;  // empty: none
  bool disabled = false;
  bool must_change_password = false;
  std::optional<domain::instant> password_changed_at;
  domain::sign_in_record record;
  std::string totp_secret;  // sealed; empty: none
  bool totp_confirmed = false;
  std::int64_t totp_last_step = 0;
};

struct session_view {
  std::string public_id;
  std::int64_t user_id = 0;
  domain::instant created_at{}, last_seen_at{}, expires_at{};
  std::string address;
  std::string agent;
};

struct team_view {
  std::int64_t id = 0;
  std::string name;
  std::string zone;
  std::vector<std::string> specialties;
  std::int64_t lead_id = 0;  // 0: none
  std::vector<std::int64_t> members;
  std::optional<domain::instant> archived_at;
  domain::instant updated_at{};
};

struct token_view {
  std::string id;
  std::string name;
  std::vector<std::string> scopes;
  domain::instant created_at{};
  std::optional<domain::instant> expires_at, revoked_at, last_used_at;
};

struct audit_view {
  std::int64_t seq = 0;
  domain::instant at{};
  std::string actor_kind, actor, address, action, subject;
  std::string detail_json;
  std::string hash_hex;
};

}  // namespace fibrehub::store
