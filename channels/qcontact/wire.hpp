// QContact's REST v2 on the wire: the requests this channel makes, the session's cookies, and what
// an answer means before its body is read. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/time.hpp"
#include "protocols/transport/http_types.hpp"

namespace fibrehub::channels::qcontact {

using protocols::transport::http_request;
using protocols::transport::http_response;

/// One page of the queue.
struct page_query {
  bool everything = false;  // a reconciliation: the configured statuses, whenever changed
  std::optional<domain::instant> since;  // else: any status, changed at or after this
  std::size_t limit = 50;
  std::size_t offset = 0;

  bool operator==(const page_query&) const = default;
};

/// What a peer's answer says about the session and the request, before its body is read.
enum class verdict {
  fine,          // 2xx that is not a page for people
  unauthorised,  // 401, a redirect, or a login page with 200: the session is gone
  missing,       // 404, 410: no such case
  complaint      // anything else: later
};
verdict judge(const http_response& response);
/// A complaint about what was asked for rather than about now: asking again brings the same.
bool is_refusal(const http_response& response);

/// The cookies of one session; a peer cannot make them grow.
class cookie_jar {
 public:
  void take(const http_response& response);
  void clear() { cookies_.clear(); }
  bool empty() const { return cookies_.empty(); }
  /// The value of a Cookie header.
  std::string header() const;

 private:
  std::map<std::string, std::string> cookies_;
};

class wire {
 public:
  /// `base_url` up to and including /api/v2, with or without a slash at the end.
  wire(std::string base_url, std::chrono::milliseconds timeout);

  http_request login(const std::string& username, const std::string& password) const;
  http_request page(const page_query& query, const std::string& queue,
                    const std::vector<std::string>& statuses, const cookie_jar& session) const;
  /// `id` is one that `is_case_id` accepts.
  http_request one(const std::string& id, const cookie_jar& session) const;

 private:
  http_request request(std::string method, std::string_view path, std::string body) const;

  std::string base_url_;
  std::chrono::milliseconds timeout_;
};

}  // namespace fibrehub::channels::qcontact
