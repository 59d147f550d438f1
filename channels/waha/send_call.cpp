#include "channels/waha/send_call.hpp"

#include <fmt/format.h>

#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;
using protocols::transport::http_request;
using protocols::transport::http_response;

// An error echoes the request it is about; what comes after this is not read.
constexpr std::size_t answer_limit_bytes = std::size_t{1024} * 1024;

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

http_request call_of(const send_settings& s, const char* method, const std::string& path) {
  http_request r;
  r.method = method;
  r.url = s.base_url + path;
  r.headers = {{"Accept", "application/json"}};
  if (!s.api_key.empty()) r.headers.emplace_back("X-Api-Key", s.api_key);
  r.timeout = s.timeout;
  r.body_limit_bytes = answer_limit_bytes;
  return r;
}

http_request call_with(const send_settings& s, const char* method, const std::string& path,
                       std::string body) {
  http_request r = call_of(s, method, path);
  r.headers.emplace_back("Content-Type", "application/json");
  r.body = std::move(body);
  return r;
}

answer_reading read_reply(const http_response& r, const char* method, const std::string& path) {
  answer_reading out;
  notes left_out;
  call_context context{static_cast<int>(r.status), method, path};
  if (r.body.empty()) {
    out.what = read_answer(nullptr, context, left_out);
    return out;
  }
  const auto doc = json::parse(r.body);
  if (doc) {
    out.what = read_answer(&*doc, context, left_out);
  } else if (r.status >= 300) {
    out.what.failed = failure_without_body("not_json", context);
  } else {
    out.broken = fmt::format("WAHA answered {} with something that is not JSON", r.status);
  }
  return out;
}

}  // namespace fibrehub::channels::waha
