// One request as a handler sees it: decoded, checked, and independent of the HTTP library.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/people.hpp"
#include "domain/time.hpp"

namespace fibrehub::web {

enum class method { get, head, post, put, patch, delete_, options, other };
inline constexpr std::size_t method_count = 8;

std::string_view name_of(method m);
method method_from(std::string_view name);

/// A header as it arrived; both views point into the connection's buffer.
struct header_field {
  std::string_view name;
  std::string_view value;
};

/// Who asks, once the sign-in succeeded.
struct principal {
  std::string token_id;    // of a token
  std::string session_id;  // of a person who signed in: the session's public id
  bool by_cookie = false;  // … and showed a cookie, as browsers do
  std::string name;
  std::vector<std::string> scopes;         // of a token
  domain::principal who;                   // role, teams, company; the address is the request's
  std::optional<domain::instant> ends_at;  // when the token or session ends at the latest
};

class body_sink;

struct request_context {
  method verb = method::get;
  std::string_view target;            // as it arrived, with the query
  std::string_view path;              // as it arrived, without the query
  std::vector<header_field> headers;  // valid until the handler has answered
  std::string body;
  std::shared_ptr<body_sink> sink;  // has the body instead, on routes that spool it
  std::string peer_address;         // the client; through trusted proxies, the one they name
  bool peer_is_loopback = false;    // the connection itself comes from this machine …
  bool forwarded = false;           // … but it may be a proxy's: a forwarding header was there
  std::string request_id;
  std::shared_ptr<const principal> caller;  // null on routes open to everybody

  std::vector<std::pair<std::string, std::string>> path_values;   // decoded
  std::vector<std::pair<std::string, std::string>> query_values;  // decoded, in order, repeated

  /// Value of a header (any case), or empty.
  std::string_view header(std::string_view name) const;
  /// Value of `{name}` in the path, or empty.
  std::string_view path_value(std::string_view name) const;
  /// First value of a query parameter, or nothing.
  std::optional<std::string_view> query(std::string_view name) const;
  /// All values: repeated parameters and comma-separated lists alike.
  std::vector<std::string> query_list(std::string_view name) const;
  /// A whole number; nothing when it is absent (the routing table has already checked its form).
  std::optional<std::int64_t> query_integer(std::string_view name) const;
  std::optional<bool> query_boolean(std::string_view name) const;
};

/// ASCII letters compare without case, as header names do.
bool same_name(std::string_view a, std::string_view b);

}  // namespace fibrehub::web
