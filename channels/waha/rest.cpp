#include "channels/waha/rest.hpp"

#include <fmt/format.h>

#include "store/tickets/json.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using protocols::transport::http_request;

constexpr std::size_t mb = std::size_t{1024} * 1024;
// An error echoes the request; what comes after this is not read.
constexpr std::size_t answer_limit_bytes = mb;
// Five thousand sessions with their configurations are ten megabytes.
constexpr std::size_t list_limit_bytes = 64 * mb;
// Each message may carry a thumbnail of 200 kB, twice.
constexpr std::size_t messages_limit_bytes = 48 * mb;

constexpr auto question_timeout = 20s;
constexpr auto list_timeout = 60s;
// A lifecycle call waits for its turn, then for the session.
constexpr auto lifecycle_timeout = 45s;

std::string encoded(std::string_view text) {
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

http_request request_to(const rest_address& to, const char* method, std::string path) {
  http_request r;
  r.method = method;
  r.url = to.base_url + path;
  r.headers = {{"Accept", "application/json"}};
  if (!to.api_key.empty()) r.headers.emplace_back("X-Api-Key", to.api_key);
  r.timeout = question_timeout;
  r.body_limit_bytes = answer_limit_bytes;
  return r;
}

http_request with_body(http_request r, std::string body) {
  r.headers.emplace_back("Content-Type", "application/json");
  r.body = std::move(body);
  r.timeout = lifecycle_timeout;
  return r;
}

std::int64_t seconds_of(domain::instant t) {
  return domain::to_us(t) / 1'000'000;
}

}  // namespace

http_request version_request(const rest_address& to) {
  return request_to(to, "GET", "/api/server/version");
}

http_request server_status_request(const rest_address& to) {
  return request_to(to, "GET", "/api/server/status");
}

http_request sessions_request(const rest_address& to) {
  http_request r = request_to(to, "GET", "/api/sessions?all=true");
  r.body_limit_bytes = list_limit_bytes;
  r.timeout = list_timeout;
  return r;
}

http_request session_request(const rest_address& to, std::string_view session) {
  return request_to(to, "GET", "/api/sessions/" + encoded(session));
}

http_request me_request(const rest_address& to, std::string_view session) {
  return request_to(to, "GET", fmt::format("/api/sessions/{}/me", encoded(session)));
}

http_request create_request(const rest_address& to, std::string_view session,
                            const std::string& config_json, bool start) {
  return with_body(
      request_to(to, "POST", "/api/sessions"),
      fmt::format(R"({{"name":{},"start":{},"config":{}}})", store::json_string(session), start,
                  config_json.empty() ? "{}" : config_json));
}

http_request configure_request(const rest_address& to, std::string_view session,
                               const std::string& config_json) {
  return with_body(request_to(to, "PUT", "/api/sessions/" + encoded(session)),
                   fmt::format(R"({{"name":{},"config":{}}})", store::json_string(session),
                               config_json.empty() ? "{}" : config_json));
}

http_request remove_request(const rest_address& to, std::string_view session) {
  http_request r = request_to(to, "DELETE", "/api/sessions/" + encoded(session));
  r.timeout = lifecycle_timeout;
  return r;
}

http_request lifecycle_request(const rest_address& to, std::string_view session,
                               std::string_view action) {
  return with_body(
      request_to(to, "POST", fmt::format("/api/sessions/{}/{}", encoded(session), action)), "{}");
}

http_request qr_request(const rest_address& to, std::string_view session, qr_format format) {
  const bool image = format == qr_format::image;
  http_request r = request_to(
      to, "GET",
      fmt::format("/api/{}/auth/qr?format={}", encoded(session), image ? "image" : "raw"));
  if (image) r.headers.front().second = "image/png";
  return r;
}

http_request pairing_code_request(const rest_address& to, std::string_view session,
                                  std::string_view phone_number) {
  return with_body(
      request_to(to, "POST", fmt::format("/api/{}/auth/request-code", encoded(session))),
      fmt::format(R"({{"phoneNumber":{}}})", store::json_string(phone_number)));
}

http_request overview_request(const rest_address& to, std::string_view session, std::size_t limit,
                              std::size_t offset) {
  http_request r = request_to(
      to, "GET",
      fmt::format("/api/{}/chats/overview?limit={}&offset={}", encoded(session), limit, offset));
  r.body_limit_bytes = messages_limit_bytes;
  r.timeout = list_timeout;
  return r;
}

http_request messages_request(const rest_address& to, std::string_view session,
                              std::string_view chat, domain::instant from, std::size_t limit,
                              std::size_t offset) {
  // Left out, downloadMedia is yes, and stalls on every file that is gone.
  http_request r = request_to(
      to, "GET",
      fmt::format("/api/{}/chats/{}/messages?downloadMedia=false&sortBy=timestamp&sortOrder=desc"
                  "&filter.timestamp.gte={}&limit={}&offset={}",
                  encoded(session), encoded(chat), seconds_of(from), limit, offset));
  r.body_limit_bytes = messages_limit_bytes;
  r.timeout = list_timeout;
  return r;
}

}  // namespace fibrehub::channels::waha
