#include "web/http_head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>

namespace fibrehub::web {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using beast_view = boost::beast::string_view;

/// Chunk extensions and trailers longer than this are nobody's honest request.
constexpr std::size_t chunk_overhead_bytes = std::size_t{16} * 1024;

std::string_view std_view(beast_view v) {
  return {v.data(), v.size()};
}

/// The parts of Beast's parser interface that no reader here needs.
class quiet_parser : public http::basic_parser<true> {
 protected:
  void on_request_impl(http::verb, beast_view, beast_view, int, error_code&) override {}
  void on_response_impl(int, beast_view, int, error_code&) override {}
  void on_field_impl(http::field, beast_view, beast_view, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
};

/// Collects the head as views instead of copying it into a container.
class head_parser final : public quiet_parser {
 public:
  explicit head_parser(request_head& out) : out_(out) {}

  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  std::string_view length;
  std::string_view coding;
  std::string_view expect;

 private:
  void on_request_impl(http::verb, beast_view verb, beast_view target, int version,
                       error_code&) override {
    out_.verb = method_from(std_view(verb));
    out_.target = std_view(target);
    out_.http11 = version == 11;
  }
  void on_field_impl(http::field f, beast_view name, beast_view value, error_code&) override {
    out_.headers.push_back({std_view(name), std_view(value)});
    switch (f) {
      case http::field::host:
        ++hosts;
        break;
      case http::field::content_length:
        ++lengths;
        length = std_view(value);
        break;
      case http::field::transfer_encoding:
        ++codings;
        coding = std_view(value);
        break;
      case http::field::expect:
        expect = std_view(value);
        break;
      default:
        break;
    }
  }
  request_head& out_;
};

http_failure malformed(std::string message) {
  return {400, "malformed_request", std::move(message), "malformed"};
}

http_failure of_parse_error(const error_code& ec) {
  if (ec == http::error::bad_version)
    return {505, "version_not_supported", "this server speaks HTTP/1.1 and HTTP/1.0", "malformed"};
  return malformed("the request is not valid HTTP: " + ec.message());
}

/// What must hold for every hop to agree where the body ends.
std::optional<http_failure> check_framing(const head_parser& p, request_head& out) {
  if (p.hosts > 1) return malformed("there is more than one Host header");
  if (p.hosts == 0 && out.http11) return malformed("the Host header is missing");
  if (p.lengths > 1) return malformed("there is more than one Content-Length header");
  if (p.codings > 1) return malformed("there is more than one Transfer-Encoding header");
  if (p.codings == 1) {
    if (p.lengths > 0) return malformed("Content-Length and Transfer-Encoding exclude each other");
    if (!out.http11) return malformed("HTTP/1.0 has no Transfer-Encoding");
    if (!same_name(p.coding, "chunked"))
      return malformed("the only Transfer-Encoding understood is chunked");
    out.chunked = true;
  }
  if (p.lengths == 1) {
    const char* last = p.length.data() + p.length.size();
    const auto [end, ec] = std::from_chars(p.length.data(), last, out.content_length);
    if (ec != std::errc{} || end != last)
      return malformed("Content-Length must be one decimal number");
  }
  if (!p.expect.empty() && out.http11) {
    if (!same_name(p.expect, "100-continue"))
      return http_failure{417, "expectation_failed",
                          "the only expectation understood is 100-continue", "malformed"};
    out.expects_continue = out.has_body();
  }
  return std::nullopt;
}

}  // namespace

head_scanner::progress head_scanner::fail(unsigned status, std::string_view code,
                                          std::string message, std::string_view limit) {
  why_ = {status, code, std::move(message), limit};
  return progress::failed;
}

head_scanner::progress head_scanner::end_of_line(std::string_view arrived, std::size_t newline,
                                                 const head_limits& limits) {
  if (newline == line_ || arrived[newline - 1] != '\r')
    return fail(400, "malformed_request", "a line ends without a carriage return");
  const bool empty = newline == line_ + 1;
  const char first = arrived[line_];
  if (lines_ == 0 && empty) {
    // One empty line before a request is tolerated (RFC 9112, 2.2); a flood of them is not.
    if (begin_ != 0)
      return fail(400, "malformed_request", "there is no request after the empty line");
    begin_ = line_ = newline + 1;
    return progress::more;
  }
  if (first == ' ' || first == '\t')
    return fail(400, "malformed_request", "a header line must not begin with a space");
  if (lines_ == 0 && newline - line_ > limits.uri_bytes + 32)
    return fail(414, "uri_too_long",
                fmt::format("the address may be {} bytes long", limits.uri_bytes), "uri");
  line_ = newline + 1;
  if (empty) return progress::complete;
  if (++lines_ > limits.header_count + 1)
    return fail(431, "too_many_headers",
                fmt::format("a request may have {} headers", limits.header_count), "header_count");
  return progress::more;
}

head_scanner::progress head_scanner::incomplete(std::string_view arrived,
                                                const head_limits& limits) {
  // Something else than HTTP (a TLS greeting on the plain port, say) need not be waited for.
  const char first = line_ < arrived.size() ? arrived[line_] : 'G';
  const bool letter = (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z');
  if (lines_ == 0 && !letter && first != '\r')
    return fail(400, "malformed_request", "this is not HTTP; does the client speak TLS here?");
  if (lines_ == 0 && arrived.size() - line_ > limits.uri_bytes + 32)
    return fail(414, "uri_too_long",
                fmt::format("the address may be {} bytes long", limits.uri_bytes), "uri");
  return progress::more;
}

head_scanner::progress head_scanner::scan(std::string_view arrived, const head_limits& limits) {
  while (true) {
    const auto newline = arrived.find('\n', seen_);
    const bool whole = newline != std::string_view::npos;
    const std::size_t reached = whole ? newline + 1 : arrived.size();
    progress now = whole ? progress::more : incomplete(arrived, limits);
    if (whole) now = end_of_line(arrived, newline, limits);
    if (now == progress::failed) return now;
    if (reached - begin_ > limits.header_bytes)
      return fail(431, "headers_too_large",
                  fmt::format("the headers may be {} bytes long", limits.header_bytes),
                  "header_bytes");
    seen_ = reached;
    if (now == progress::complete || !whole) return now;
  }
}

std::optional<http_failure> parse_head(std::string_view block, const head_limits& limits,
                                       request_head& out) {
  out.headers.clear();
  out.chunked = false;
  out.expects_continue = false;
  out.content_length = 0;
  head_parser parser{out};
  parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes + 64));
  parser.body_limit(boost::none);
  error_code ec;
  parser.put(boost::asio::const_buffer{block.data(), block.size()}, ec);
  if (ec && ec != http::error::need_more) return of_parse_error(ec);
  if (!parser.is_header_done()) return malformed("the request is not valid HTTP");
  out.keep_alive = parser.keep_alive();
  if (out.target.size() > limits.uri_bytes)
    return http_failure{414, "uri_too_long",
                        fmt::format("the address may be {} bytes long", limits.uri_bytes), "uri"};
  return check_framing(parser, out);
}

class chunked_decoder::impl final : public quiet_parser {
 public:
  impl() {
    eager(true);
    body_limit(boost::none);
    static constexpr std::string_view head =
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    error_code ec;
    put(boost::asio::const_buffer{head.data(), head.size()}, ec);
  }

  std::string* body = nullptr;
  std::size_t limit = 0;
  bool overflow = false;

 private:
  void on_chunk_header_impl(std::uint64_t size, beast_view, error_code& ec) override {
    if (size <= limit - std::min(limit, body->size())) return;
    overflow = true;
    ec = http::error::body_limit;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view piece, error_code&) override {
    body->append(piece.data(), piece.size());
    return piece.size();
  }
};

chunked_decoder::chunked_decoder() : impl_(std::make_unique<impl>()) {}
chunked_decoder::~chunked_decoder() = default;

chunked_decoder::progress chunked_decoder::decode(std::string_view arrived, std::size_t body_limit,
                                                  std::string& body, std::size_t& used) {
  impl_->body = &body;
  impl_->limit = body_limit;
  used = 0;
  while (!impl_->is_done() && used < arrived.size()) {
    error_code ec;
    const auto n =
        impl_->put(boost::asio::const_buffer{arrived.data() + used, arrived.size() - used}, ec);
    used += n;
    if (impl_->overflow) return progress::too_big;
    if (ec && ec != http::error::need_more) return progress::failed;
    if (ec || n == 0) break;
  }
  if (impl_->is_done()) return progress::complete;
  return arrived.size() - used > chunk_overhead_bytes ? progress::failed : progress::more;
}

}  // namespace fibrehub::web
