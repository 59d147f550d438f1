#include "web/response_writer.hpp"

#include <fmt/format.h>

#include <charconv>

namespace fibrehub::web {
namespace {

struct fixed_header {
  std::string_view name;
  std::string_view value;
};

constexpr std::array<fixed_header, 4> security_headers{{
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
}};
constexpr fixed_header hsts{"Strict-Transport-Security", "max-age=31536000"};

void append_number(std::string& out, std::uint64_t v) {
  std::array<char, 24> text{};
  const auto [end, ec] = std::to_chars(text.data(), text.data() + text.size(), v);
  out.append(text.data(), ec == std::errc{} ? static_cast<std::size_t>(end - text.data()) : 0);
}

/// A value can never end its line, whatever a handler puts into it.
void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  if (value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos) {
    out += value;
  } else {
    for (const char c : value)
      out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  }
  out += "\r\n";
}

void append_unless_set(std::string& out, const response& r, const fixed_header& h) {
  for (const auto& [name, value] : r.headers)
    if (same_name(name, h.name)) return;
  append_header(out, h.name, h.value);
}

bool may_have_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

void write_response(std::string& out, const response& r, const framing& f) {
  out += "HTTP/1.1 ";
  append_number(out, r.status);
  out += ' ';
  out += reason_phrase(r.status);
  out += "\r\n";
  append_header(out, "Date", f.date);
  if (!r.content_type.empty() && (f.streamed || !r.body.empty() || f.head_only))
    append_header(out, "Content-Type", r.content_type);
  if (f.streamed) {
    if (f.http11 && !f.head_only) out += "Transfer-Encoding: chunked\r\n";
  } else if (may_have_body(r.status)) {
    out += "Content-Length: ";
    append_number(out, r.body.size());
    out += "\r\n";
  }
  if (!f.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!f.http11) {
    out += "Connection: keep-alive\r\n";
  }
  append_header(out, "X-Request-Id", f.request_id);
  for (const auto& h : security_headers)
    append_unless_set(out, r, h);
  if (f.tls) append_unless_set(out, r, hsts);
  for (const auto& [name, value] : r.headers)
    append_header(out, name, value);
  out += "\r\n";
  if (!f.head_only && !f.streamed && may_have_body(r.status)) out += r.body;
}

void write_chunk(std::string& out, std::string_view piece) {
  std::array<char, 20> size{};
  const auto [end, ec] = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16);
  out.append(size.data(), ec == std::errc{} ? static_cast<std::size_t>(end - size.data()) : 0);
  out += "\r\n";
  out += piece;
  out += "\r\n";
}

}  // namespace fibrehub::web
