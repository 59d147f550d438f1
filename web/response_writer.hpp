// Turns an answer into the bytes on the wire, head and body in one buffer.
#pragma once

#include <string>
#include <string_view>

#include "web/response.hpp"

namespace fibrehub::web {

struct framing {
  bool http11 = true;
  bool keep_alive = true;
  bool head_only = false;  // HEAD: the head of the answer a GET would get
  bool streamed = false;   // length unknown: chunked, or until the end of the connection
  bool tls = false;        // adds Strict-Transport-Security
  std::string_view date;
  std::string_view request_id;
};

/// Appends the answer to `out`. Security headers are added unless the answer sets them itself.
void write_response(std::string& out, const response& r, const framing& f);

/// Appends one chunk of a streamed answer.
void write_chunk(std::string& out, std::string_view piece);

std::string_view reason_phrase(unsigned status);

}  // namespace fibrehub::web
