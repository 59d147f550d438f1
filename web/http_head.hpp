// Reading requests off the wire without I/O: finds the end of a head, refuses what proxies and
// servers read differently (request smuggling), and takes chunked bodies apart. Beast does the
// grammar; what it lets pass for the sake of old peers is refused here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/request.hpp"

namespace fibrehub::web {

struct head_limits {
  std::size_t header_bytes = std::size_t{16} * 1024;
  std::size_t header_count = 100;
  std::size_t uri_bytes = std::size_t{8} * 1024;
};

/// Why a request is refused before it is understood. `limit` names the figure it is counted under.
struct http_failure {
  unsigned status = 400;
  std::string_view code;
  std::string message;
  std::string_view limit = "malformed";
};

/// Finds the end of the head in what has arrived so far, and notices at once what can never become
/// a good head. Reuse it for one head only.
class head_scanner {
 public:
  enum class progress { more, complete, failed };

  /// `arrived` begins at the same byte every time and only grows.
  progress scan(std::string_view arrived, const head_limits& limits);
  std::size_t begin() const { return begin_; }  // after empty lines before the request
  std::size_t end() const { return line_; }
  const http_failure& why() const { return why_; }

 private:
  progress fail(unsigned status, std::string_view code, std::string message,
                std::string_view limit = "malformed");
  progress end_of_line(std::string_view arrived, std::size_t newline, const head_limits& limits);
  progress incomplete(std::string_view arrived, const head_limits& limits);

  std::size_t begin_ = 0;
  std::size_t line_ = 0;  // where the line being read begins
  std::size_t seen_ = 0;  // searched up to here
  std::size_t lines_ = 0;
  http_failure why_;
};

struct request_head {
  method verb = method::other;
  std::string_view target;
  bool http11 = true;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  std::uint64_t content_length = 0;
  std::vector<header_field> headers;

  bool has_body() const { return chunked || content_length > 0; }
};

/// Parses a complete head (as found by the scanner) into views of `block`.
std::optional<http_failure> parse_head(std::string_view block, const head_limits& limits,
                                       request_head& out);

/// Takes a chunked body apart; trailers are read and dropped.
class chunked_decoder {
 public:
  enum class progress { more, complete, failed, too_big };

  chunked_decoder();
  ~chunked_decoder();
  chunked_decoder(const chunked_decoder&) = delete;
  chunked_decoder& operator=(const chunked_decoder&) = delete;

  /// Appends to `body`; `used` says how many bytes of `arrived` are done with. The rest must be
  /// offered again, followed by more.
  progress decode(std::string_view arrived, std::size_t body_limit, std::string& body,
                  std::size_t& used);

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace fibrehub::web
