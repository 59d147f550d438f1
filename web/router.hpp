// THE table of everything the server answers: it routes requests, checks their parameters, says
// who may ask, and yields the API description. Nothing is served that is not in it.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "web/parameter.hpp"
#include "web/request.hpp"
#include "web/response.hpp"
#include "web/stream.hpp"
#include "web/web_socket.hpp"

namespace fibrehub::web {

/// What a caller must show. `{name}` in a scope stands for that path parameter.
struct auth_requirement {
  enum class kind {
    none,
    bearer,
    bearer_unless_loopback,
    bearer_if_shown  // who shows nothing has no caller yet and signs in later
  };
  kind what = kind::none;
  std::string scope;  // of a token made for one purpose
  std::optional<domain::permission>
      needs;  // of a person's role, or what a token's scopes amount to
};
inline auth_requirement open_to_all() {
  return {};
}
inline auth_requirement bearer(std::string scope) {
  return {auth_requirement::kind::bearer, std::move(scope), {}};
}
/// Anybody whose role allows it.
inline auth_requirement allowed_to(domain::permission needed) {
  return {auth_requirement::kind::bearer, {}, needed};
}
/// Anybody who is signed in.
inline auth_requirement signed_in() {
  return {auth_requirement::kind::bearer, {}, {}};
}

/// Schemas are names of the schema registry, or JSON text when they begin with `{`.
struct body_description {
  std::string schema;
  std::string content_type = "application/json";  // another media type is answered 415
  bool required = true;
  std::string text;
  // Further media types with their schemas; `*/*` takes whatever there is.
  std::vector<std::pair<std::string, std::string>> others = {};
};

struct answer_description {
  unsigned status = 200;
  std::string text;
  std::string schema;  // of `data` when enveloped; empty: no body described
  std::string content_type = "application/json";
  bool enveloped = true;
  // Further media types with their schemas; never enveloped.
  std::vector<std::pair<std::string, std::string>> others = {};
};

/// A place among those who may do something at the same time, or the answer to give instead.
using reservation = tl::expected<std::shared_ptr<void>, response>;

using handler = std::function<boost::asio::awaitable<response>(request_context&)>;
using stream_handler =
    std::function<boost::asio::awaitable<response>(request_context&, stream_writer&)>;

using socket_handler =
    std::function<boost::asio::awaitable<response>(request_context&, web_socket&)>;

struct route {
  method verb = method::get;
  std::string path;                  // "/api/v1/tickets/{uid}"
  std::vector<std::string> aliases;  // other paths that answer the same, with the same parameters
  std::string operation_id;          // unique; the name in metrics and in generated clients
  std::string summary;
  std::string tag;
  std::string description;
  auth_requirement auth;
  std::optional<std::size_t> body_limit_bytes;  // nothing: the server's default
  std::vector<parameter> parameters;            // path parameters not listed are plain text
  bool rate_limited = true;                     // by caller and address
  std::string no_key;      // of what writes: why an Idempotency-Key does nothing; empty: it counts
  bool any_query = false;  // foreign senders add what they like
  std::optional<body_description> body;
  std::vector<answer_description> answers;
  // Asked before the body is read; the place is given back when the handler is done.
  std::function<reservation(const request_context&)> reserve;
  // Makes what takes the body piece by piece instead of `request_context::body`.
  std::function<std::shared_ptr<body_sink>(const request_context&)> spool;
  handler handle;           // one of
  stream_handler stream;    // the three
  socket_handler converse;  // must be
};

struct route_match {
  enum class outcome { found, unknown_path, wrong_method, malformed };
  outcome what = outcome::unknown_path;
  std::size_t index = 0;                                    // of the route, when found
  std::vector<std::pair<std::string, std::string>> values;  // path parameters, decoded
  std::string allow;                                        // "GET, HEAD", for a wrong method
};

class routing_table {
 public:
  /// The error says which route is at fault and why.
  static tl::expected<routing_table, std::string> make(std::vector<route> routes);

  /// `path` as it arrived, without the query. A segment is decoded by itself, so `%2F` never
  /// separates; `.` and `..` are refused; HEAD finds GET routes.
  route_match match(method verb, std::string_view path) const;

  const std::vector<route>& routes() const { return routes_; }

 private:
  struct terminal {
    std::size_t route = 0;
    std::vector<std::string> names;  // of the parameters, in the order of the path
  };
  struct node {
    std::vector<std::pair<std::string, std::size_t>> literals;  // sorted
    std::size_t parameter = 0;                                  // 0: none
    std::array<int, method_count> terminals{-1, -1, -1, -1, -1, -1, -1, -1};
    bool is_end() const;
  };

  std::optional<std::string> add(const std::string& pattern, std::size_t index);
  const node* walk(std::size_t at, const std::vector<std::string>& segments, std::size_t depth,
                   std::vector<std::string_view>& values, method verb, const node*& other) const;

  std::vector<route> routes_;
  std::vector<terminal> terminals_;
  std::vector<node> nodes_{1};
};

/// The names in braces, in order.
std::vector<std::string> pattern_parameters(std::string_view pattern);

}  // namespace fibrehub::web
