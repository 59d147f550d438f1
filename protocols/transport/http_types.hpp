// What the outgoing HTTP client takes and gives back, free of any network header, so that plans and
// actors can speak of requests and answers without paying for Asio.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fibrehub::protocols::transport {

/// Why no answer came.
enum class http_errc {
  invalid_request,  // the URL, the method or a header cannot be sent
  resolve_failed,   // the host name has no address
  refused_address,  // every address of the host is one this hub must not call
  connect_failed,   // nobody accepted the connection in time
  tls_failed,       // the certificate is not trusted, or the handshake failed
  timeout,          // the whole exchange took longer than allowed
  reset,            // the peer closed the connection before the answer was complete
  too_large,        // the answer's header or body is over the limit
  malformed,        // the answer is not HTTP
  overloaded,       // too many requests are in flight here; nothing was sent
  stopped,          // the client was shut down
  internal          // a fault of ours
};

std::string_view name_of(http_errc code);

struct http_error {
  http_errc code = http_errc::internal;
  std::string message;     // one sentence, safe to log: names the host, never a header or a body
  bool ambiguous = false;  // the request may have reached the peer and been acted upon
};

using http_headers = std::vector<std::pair<std::string, std::string>>;

struct http_request {
  std::string method = "GET";
  std::string url;  // absolute, http or https
  http_headers headers;
  std::string body;
  bool repeatable = false;  // a POST that only asks: may be sent again on a stale connection
  std::chrono::milliseconds timeout{20'000};  // from the call to the last byte
  std::size_t body_limit_bytes = 0;           // of the answer; 0: the client's
};

struct http_response {
  unsigned status = 0;
  http_headers headers;  // names in lower case, in order, repeated ones kept
  std::string body;
  std::optional<std::chrono::seconds> retry_after;  // 0 to one day

  /// The first value of a header (name in lower case), or empty.
  std::string_view header(std::string_view name) const;
};

/// `Retry-After` as seconds from `now`: digits or an HTTP date, held between 0 and one day.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      std::chrono::sys_seconds now);

}  // namespace fibrehub::protocols::transport
