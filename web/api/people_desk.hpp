// What the routes of people and sign-in share besides the backend: the authenticator whose memory
// has to be wiped after a change, the pool for passwords, the limits. Include it from .cpp files
// only.
#pragma once

#include <string>
#include <vector>

#include "actors/blocking_pool.hpp"
#include "protocols/rate_limit.hpp"
#include "store/people/records.hpp"
#include "web/api/backend.hpp"
#include "web/auth.hpp"
#include "web/parameter.hpp"

namespace fibrehub::web::api {

/// Lives as long as the server; used on the io thread.
struct people_desk {
  backend& hub;
  authenticator& auth;
  actors::blocking_pool& passwords;  // two threads, 32 that wait: 19 MiB and tens of ms each
  std::string secrets_key;  // 32 bytes that seal the secrets of second factors; empty: none
  bool tls = false;         // the server speaks HTTPS itself
  protocols::keyed_rate_limiter accounts{{5, std::chrono::seconds{60}}, 10'000};
  protocols::keyed_rate_limiter addresses{{20, std::chrono::seconds{60}}, 10'000};
};

/// The origin without an Idempotency-Key: of what is noted by the way, or does no harm twice.
store::write_origin origin_without_key(const request_context& ctx);

/// The answer to a request that was carried out before: null again, or, where the first answer was
/// `secret` and is kept nowhere, 409 `already_done` with what there is to tell of it. Nothing when
/// the request is new or has no Idempotency-Key.
boost::asio::awaitable<std::optional<response>> repeated(people_desk& d, const request_context& ctx,
                                                         store::write_origin origin, bool secret);
/// The null of what is done, whether now or by an earlier request.
response null_answer(const request_context& ctx, store::write_outcome done);
response already_done(const request_context& ctx, const store::write_answer& earlier);

/// 403 for API tokens where a person is needed; nothing for people.
std::optional<response> people_only(const request_context& ctx);

/// 429 with Retry-After: all threads for passwords have their queue full.
response passwords_busy(const request_context& ctx);

/// 429 with Retry-After when this account or this address tried too often; else the attempt is
/// counted.
std::optional<response> too_many_attempts(people_desk& d, const request_context& ctx,
                                          const std::string& email);

/// Counts the failure, writes it down.
boost::asio::awaitable<void> note_failure(people_desk& d, const request_context& ctx,
                                          std::int64_t user_id, std::string email, std::string why);

// Requests with texts in them get a name before they are awaited: GCC 12 destroys the parts of an
// unnamed aggregate in a co_await expression twice.

/// Whether the password is this person's, as re-authentication inside a session; the answer to give
/// when it is not.
boost::asio::awaitable<std::optional<response>> wrong_password(people_desk& d,
                                                               const request_context& ctx,
                                                               const store::credentials& c,
                                                               std::string password);

/// What the sealed secret of somebody's second factor is bound to.
std::string totp_owner(std::int64_t user_id);

/// Somebody as the API shows them; `everything` adds what concerns their sign-in.
void write_user(json_writer& w, const store::user_view& u, bool everything);
void write_ids(json_writer& w, std::string_view key, const std::vector<std::int64_t>& ids);

}  // namespace fibrehub::web::api
