// Where a URL leads, taken apart once and strictly, so that nothing odd reaches the wire.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "protocols/transport/http_types.hpp"

namespace fibrehub::protocols::transport {

struct http_target {
  bool tls = false;
  std::string host;         // name or address, IPv6 without brackets
  std::string port;         // decimal
  std::string host_header;  // host, and the port unless it is the scheme's own
  std::string path;         // with the query, never empty

  /// What connections may be shared by.
  std::string origin() const;
};

/// Accepts absolute http and https URLs without user name; the error is a sentence.
tl::expected<http_target, std::string> parse_http_url(std::string_view url);

/// Checks method and headers: tokens and values that cannot break out of their line, and none of
/// the headers the client writes itself. The error is a sentence.
tl::expected<void, std::string> check_request(const http_request& request);

}  // namespace fibrehub::protocols::transport
