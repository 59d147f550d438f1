// Who may ask: API tokens, sessions of people (as bearer or cookie) and tokens of the identity
// provider, checked against the store through small caches, with failed attempts counted per
// address. Lives on the io thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "protocols/rate_limit.hpp"
#include "store/error.hpp"
#include "store/people/records.hpp"
#include "store/tokens.hpp"
#include "web/identity_provider.hpp"
#include "web/router.hpp"
#include "web/token.hpp"

namespace fibrehub::web {

/// Answers `errc::not_found` for an id that does not exist.
using token_lookup =
    std::function<boost::asio::awaitable<tl::expected<store::token_record, store::error>>(
        std::string id)>;

/// Where people are found; what is empty is not offered.
struct people_source {
  template <class T>
  using found = boost::asio::awaitable<tl::expected<T, store::error>>;

  /// Answers `errc::not_found` for a session that does not exist.
  std::function<found<store::session_record>(std::string public_id)> session;
  /// The person with this subject, or (when none has it) this e-mail address.
  std::function<found<store::person_access>(std::string subject, std::string email)> person;
  /// The session is being used: to be written down, at most once a minute.
  std::function<void(const std::string& public_id)> touch;
  /// Somebody found by e-mail turned out to have this subject.
  std::function<void(std::int64_t user_id, const std::string& subject)> adopt;
  /// Null: tokens of an identity provider are not known here.
  std::shared_ptr<identity_provider> provider;
};

struct auth_options {
  std::chrono::seconds keep_found{30};
  std::chrono::seconds keep_missing{5};
  std::size_t cache_entries = 1024;  // of each kind
  protocols::rate failed_attempts{20, std::chrono::seconds{60}};
  std::size_t watched_addresses = 10'000;
  bool tls = false;  // the server speaks HTTPS: plain cookies are never taken
  std::vector<std::string>
      allowed_origins;  // of pages elsewhere that may open WebSockets by cookie
  std::function<protocols::steady_time()> steady_now = std::chrono::steady_clock::now;
  std::function<domain::instant()> now = [] {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  };
};

/// Remembers values for a while, the oldest go first when it is full.
template <class T>
class expiring_cache {
 public:
  explicit expiring_cache(std::size_t limit) : limit_(std::max<std::size_t>(1, limit)) {}

  const T* find(std::string_view key, protocols::steady_time now) {
    const auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    if (it->second->until <= now) {
      erase(key);
      return nullptr;
    }
    return &it->second->value;
  }
  void put(std::string key, T value, protocols::steady_time until) {
    erase(key);
    if (index_.size() >= limit_) erase(std::string{entries_.front().key});
    entries_.push_back({std::move(key), std::move(value), until});
    index_.emplace(entries_.back().key, std::prev(entries_.end()));
  }
  void erase(std::string_view key) {
    const auto it = index_.find(key);
    if (it == index_.end()) return;
    const auto doomed = it->second;
    index_.erase(it);  // first: its key lives in the entry
    entries_.erase(doomed);
  }
  void clear() {
    index_.clear();
    entries_.clear();
  }
  std::size_t size() const { return index_.size(); }

 private:
  struct entry {
    std::string key;
    T value;
    protocols::steady_time until;
  };
  std::size_t limit_;
  std::list<entry> entries_;  // the oldest first
  std::unordered_map<std::string_view, typename std::list<entry>::iterator> index_;
};

/// What somebody showed, kept for asking again while they stay connected.
struct credential {
  std::string authorization;  // the header, or empty
  std::string cookie;         // all cookies, or empty
  std::string path;
  std::string peer_address;
  bool peer_is_loopback = false;
  bool forwarded = false;
};
credential credential_of(const request_context& ctx);

class authenticator {
 public:
  explicit authenticator(token_lookup lookup, auth_options options = {});
  /// From now on people may sign in, too.
  void know_people(people_source source) { people_ = std::move(source); }

  using verdict = tl::expected<std::shared_ptr<const principal>, response>;

  /// The caller, or the answer to give instead: 401, 403, 429, or 503 when the store cannot say.
  /// `ctx` must carry its path values. Null principal: the route is open to this caller.
  boost::asio::awaitable<verdict> check(const request_context& ctx, const auth_requirement& wanted);

  /// Asks anew for somebody who stays connected: the store itself rather than what is remembered of
  /// it, and without counting as use of their session.
  boost::asio::awaitable<verdict> check_again(const credential& shown,
                                              const auth_requirement& wanted);
  /// The first check of what was not shown in a request's head.
  boost::asio::awaitable<verdict> check_shown(const credential& shown,
                                              const auth_requirement& wanted);
  /// True when the page that sent the request is from this host or one that may.
  bool is_from_known_origin(const request_context& ctx) const;
  /// Calls `f` whenever something known was forgotten, until the handle goes.
  std::shared_ptr<void> on_change(std::function<void()> f);
  domain::instant now() const { return options_.now(); }

  /// Tokens used since it was last asked, and when: each at most once a minute.
  std::vector<std::pair<std::string, domain::instant>> take_used_tokens() {
    return std::exchange(used_tokens_, {});
  }

  /// Takes effect at once instead of after `keep_found`: call it when a token was revoked.
  void forget(std::string_view id);
  /// The same for everything known of people: call it when a person, a team or a session changed.
  void forget_people();

 private:
  struct known_token {
    store::token_record record;
    std::shared_ptr<const principal> caller;
  };
  /// A person as a request sees them.
  struct known_person {
    store::person_access access;
    std::shared_ptr<const principal> caller;
  };
  struct known_session {
    store::session_record record;
    std::shared_ptr<const principal> by_bearer, by_cookie;
  };
  using session_found = tl::expected<std::shared_ptr<known_session>, response>;
  using person_found = tl::expected<std::shared_ptr<const known_person>, response>;
  using known = std::shared_ptr<const known_token>;
  using found = tl::expected<known, response>;

  /// `again`: nothing remembered counts, and the caller was good before.
  boost::asio::awaitable<verdict> check_as(const request_context& ctx,
                                           const auth_requirement& wanted, bool again);
  void tell_watchers();
  void note_use(const std::string& token_id);
  known from_cache(const token_parts& token);
  boost::asio::awaitable<found> from_store(const request_context& ctx, token_parts token);
  verdict judge(const request_context& ctx, const known_token& token, std::string_view secret,
                const auth_requirement& wanted);
  // Of people, in auth_people.cpp.
  boost::asio::awaitable<verdict> check_session(const request_context& ctx,
                                                const auth_requirement& wanted, std::string text,
                                                bool by_cookie, bool again);
  boost::asio::awaitable<session_found> session_from_store(const request_context& ctx,
                                                           std::string id);
  std::optional<response> session_refusal(const request_context& ctx, const known_session& session,
                                          bool by_cookie);
  void note_use(known_session& session);
  boost::asio::awaitable<verdict> check_jwt(const request_context& ctx,
                                            const auth_requirement& wanted, std::string text,
                                            bool again);
  boost::asio::awaitable<person_found> person_from_store(const request_context& ctx,
                                                         std::string subject, std::string email,
                                                         bool again);
  std::optional<response> role_refusal(const request_context& ctx, const domain::principal& who,
                                       const auth_requirement& wanted);
  response refuse(const request_context& ctx, std::string_view code, std::string_view message);
  response failed_attempt(const request_context& ctx, std::string_view code,
                          std::string_view message);
  response slow_down(const request_context& ctx);

  token_lookup lookup_;
  auth_options options_;
  expiring_cache<known> found_;
  expiring_cache<bool> missing_;
  expiring_cache<bool> noted_tokens_;  // their use was written down within the last minute
  std::vector<std::pair<std::string, domain::instant>> used_tokens_;
  people_source people_;
  expiring_cache<std::shared_ptr<known_session>> sessions_;         // by public id
  expiring_cache<std::shared_ptr<const known_person>> by_subject_;  // of the identity provider
  protocols::keyed_rate_limiter failures_;
  // Shared with the handles, which may outlive it.
  std::shared_ptr<std::map<std::uint64_t, std::function<void()>>> watchers_ =
      std::make_shared<std::map<std::uint64_t, std::function<void()>>>();
  std::uint64_t next_watcher_ = 0;
};

}  // namespace fibrehub::web
