#include "peers/qcontact_server.hpp"

#include <charconv>

#include "peers/json_writer.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

constexpr std::string_view login_page =
    "<!DOCTYPE html><html><head><title>QContact | Sign in</title></head><body>"
    "<form action=\"/api/v2/user/login\" method=\"post\"><input name=\"username\">"
    "<input name=\"password\" type=\"password\"></form></body></html>";
constexpr std::string_view error_page =
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1>"
    "</center><hr><center>nginx</center></body></html>";
constexpr std::string_view cookie_name = "qcontact_session=";

http_reply text_reply(unsigned status, std::string body) {
  http_reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

http_reply error_reply(unsigned status, std::string_view message) {
  json_writer w;
  return text_reply(status, w.object().field("error", message).end_object().text());
}

http_reply html_reply(unsigned status, std::string_view page) {
  http_reply reply = text_reply(status, std::string(page));
  reply.content_type = "text/html; charset=utf-8";
  return reply;
}

}  // namespace

qcontact_server::qcontact_server(boost::asio::io_context& io, const peers_options& options,
                                 fault_set& faults, case_store& cases)
    : io_(io),
      options_(options),
      faults_(faults),
      cases_(cases),
      dice_(faults, options.seed ^ 0x5143U),
      random_(options.seed ^ 0x5143U) {}

std::uint16_t qcontact_server::listen(const std::string& address, std::uint16_t port) {
  http_server_options options;
  options.address = address;
  options.port = port;
  return serve_http(io_, options, [this](http_request r) { return handle(std::move(r)); });
}

boost::asio::awaitable<http_reply> qcontact_server::handle(http_request request) {
  ++counts_.requests;
  http_reply reply;
  if (!fail(reply)) {
    reply = answer(request);
    spoil(reply);
  }
  reply.delay = std::chrono::milliseconds(static_cast<std::int64_t>(faults_.qcontact_slow_ms));
  co_return reply;
}

bool qcontact_server::fail(http_reply& reply) {
  if (faults_.qcontact_error_burst >= 1) {
    faults_.qcontact_error_burst -= 1;
    reply = error_reply(500, "Internal Server Error");
  } else if (dice_(&fault_set::qcontact_error_percent)) {
    reply = error_reply(500, "Internal Server Error");
  } else if (dice_(&fault_set::qcontact_rate_limit_percent)) {
    reply = error_reply(429, "Too Many Requests");
    reply.headers.emplace_back("Retry-After",
                               fmt::format("{:.0f}", faults_.qcontact_retry_after_s));
  } else if (dice_(&fault_set::qcontact_html_percent)) {
    reply = html_reply(200, error_page);
  } else {
    return false;
  }
  ++counts_.faults;
  return true;
}

/// Faults that happen after the work was done: the answer is cut, on the wire or inside.
void qcontact_server::spoil(http_reply& reply) {
  if (dice_(&fault_set::qcontact_truncated_percent) && reply.body.size() > 2) {
    reply.body.resize(reply.body.size() / 2);
    ++counts_.faults;
  }
  if (dice_(&fault_set::qcontact_reset_percent)) {
    reply.reset_after_bytes = static_cast<std::size_t>(faults_.qcontact_reset_after_bytes);
    ++counts_.faults;
  }
}

bool qcontact_server::signed_in(const http_request& request) {
  const std::string_view cookies = request.header("Cookie");
  const auto at = cookies.find(cookie_name);
  if (at == std::string_view::npos) return false;
  auto token = cookies.substr(at + cookie_name.size());
  token = token.substr(0, token.find(';'));
  const auto session = sessions_.find(std::string(token));
  if (session == sessions_.end()) return false;
  if (session->second < now_ms() || dice_(&fault_set::qcontact_expire_percent)) {
    sessions_.erase(session);
    return false;
  }
  return true;
}

http_reply qcontact_server::not_signed_in() const {
  if (faults_.qcontact_login_redirect > 0) {
    http_reply reply = html_reply(302, "<html><body>Redirecting</body></html>");
    reply.headers.emplace_back("Location", "/login");
    return reply;
  }
  if (faults_.qcontact_login_page > 0) return html_reply(200, login_page);
  return error_reply(401, "Not authenticated");
}

http_reply qcontact_server::answer(const http_request& request) {
  const auto& path = request.segments;
  if (request.path == "/login") return html_reply(200, login_page);
  const bool api = path.size() >= 3 && path[0] == "api" && path[1] == "v2";
  if (!api) return error_reply(404, "Not found");
  if (path.size() == 4 && path[2] == "user" && path[3] == "login") return login(request);
  if (!signed_in(request)) {
    ++counts_.unauthorised;
    return not_signed_in();
  }
  if (request.oversize) return error_reply(413, "Request too large");
  if (path[2] == "me" && request.method == "GET") {
    json_writer w;
    w.object().field("id", std::int64_t{21924332416}).field("name", "Velocity Maintenance");
    w.field("email", options_.qcontact_user).key("permissions").array();
    w.value("case.read").value("case.update").end_array();
    return text_reply(200, w.end_object().text());
  }
  if (path.size() >= 4 && path[2] == "entity_types" && path[3] == "Case") {
    return text_reply(200, case_schema_json());
  }
  if (path.size() >= 4 && path[2] == "entities" && path[3] == "Case") return cases(request);
  return error_reply(404, "Not found");
}

http_reply qcontact_server::login(const http_request& request) {
  if (request.method != "POST") return error_reply(405, "Method not allowed");
  const auto body = json::parse(request.body);
  if (!body) return error_reply(400, "Invalid JSON");
  if (json::text(*body, "username") != options_.qcontact_user ||
      json::text(*body, "password") != options_.qcontact_password) {
    ++counts_.failed_logins;
    return error_reply(401, "Invalid username or password");
  }
  ++counts_.logins;
  const std::string token = ulid(now_ms(), random_);
  sessions_[token] = now_ms() + static_cast<std::int64_t>(options_.qcontact_session_s * 1000);
  json_writer w;
  w.object().field("id", std::int64_t{21924332416}).field("email", options_.qcontact_user);
  http_reply reply = text_reply(200, w.end_object().text());
  reply.headers.emplace_back(
      "Set-Cookie", fmt::format("{}{}; Path=/; HttpOnly; SameSite=Lax", cookie_name, token));
  reply.headers.emplace_back("Set-Cookie", "qcontact_locale=en; Path=/");
  return reply;
}

http_reply qcontact_server::cases(const http_request& request) {
  const auto& path = request.segments;
  if (path.size() == 4) {
    if (request.method != "GET") return error_reply(403, "You may not create cases");
    json_writer query;
    query.object();
    query.field("limit", request.query_or("limit", "50"));
    query.field("offset", request.query_or("offset", "0"));
    const auto parsed = json::parse(query.end_object().text());
    return page(*parsed);
  }
  if (path.size() == 5 && path[4] == "filter") {
    if (request.method != "POST") return error_reply(405, "Method not allowed");
    const auto query = json::parse(request.body);
    if (!query || !query->IsObject()) return error_reply(400, "Invalid JSON");
    return page(*query);
  }
  if (path.size() == 5) return one_case(request, path[4]);
  return error_reply(404, "Not found");
}

http_reply qcontact_server::page(const json::value& query) {
  const auto found = cases_.filter(query);
  if (!found) return error_reply(400, found.error());
  ++counts_.pages;
  http_reply reply = text_reply(200, page_json(*found));
  const auto edits = static_cast<int>(faults_.qcontact_edits_per_page);
  if (edits > 0 && page_hook_) page_hook_(edits);
  return reply;
}

http_reply qcontact_server::one_case(const http_request& request, const std::string& id) {
  std::int64_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number);
  maintenance_case* c = cases_.find(number);
  if (c == nullptr) return error_reply(404, "Case not found");
  if (request.method == "GET") return text_reply(200, case_json(*c));
  if (request.method != "PATCH") return error_reply(405, "Method not allowed");
  const auto body = json::parse(request.body);
  if (!body) return error_reply(400, "Invalid JSON");
  const auto patched = cases_.patch(*c, *body, "Velocity Maintenance", now_ms() / 1000);
  if (!patched) return error_reply(422, patched.error());
  ++counts_.patches;
  return text_reply(200, case_json(*c));
}

}  // namespace fibrehub::peers
