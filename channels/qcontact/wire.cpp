#include "channels/qcontact/wire.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace fibrehub::channels::qcontact {
namespace {

constexpr std::size_t most_cookies = 32;
constexpr std::size_t longest_cookie = 4096;

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool is_page_for_people(const http_response& response) {
  if (lower(response.header("content-type")).starts_with("text/html")) return true;
  auto first = response.body.find_first_not_of(" \t\r\n");
  return first != std::string::npos && response.body[first] == '<';
}

/// Begins `{"field":…,"operator":…,"value":`; the caller writes the value and ends the object.
void begin_filter(json_writer& out, std::string_view field, std::string_view op) {
  out.StartObject();
  out.Key("field");
  out.String(field.data(), static_cast<rapidjson::SizeType>(field.size()));
  out.Key("operator");
  out.String(op.data(), static_cast<rapidjson::SizeType>(op.size()));
  out.Key("value");
}

}  // namespace

verdict judge(const http_response& response) {
  if (response.status == 401 || (response.status >= 300 && response.status < 400))
    return verdict::unauthorised;
  if (response.status == 404 || response.status == 410) return verdict::missing;
  if (response.status < 200 || response.status >= 300) return verdict::complaint;
  return is_page_for_people(response) ? verdict::unauthorised : verdict::fine;
}

bool is_refusal(const http_response& response) {
  const unsigned status = response.status;
  if (status < 400 || status >= 500 || response.retry_after) return false;
  return status != 401 && status != 408 && status != 429;
}

void cookie_jar::take(const http_response& response) {
  for (const auto& [name, line] : response.headers) {
    if (name != "set-cookie" || line.size() > longest_cookie) continue;
    auto pair = std::string_view(line).substr(0, line.find(';'));
    auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    std::string key(trimmed(pair.substr(0, equals)));
    std::string_view value = trimmed(pair.substr(equals + 1));
    if (key.empty()) continue;
    if (value.empty() || lower(line).find("max-age=0") != std::string::npos)
      cookies_.erase(key);
    else if (cookies_.size() < most_cookies || cookies_.contains(key))
      cookies_[key] = value;
  }
}

std::string cookie_jar::header() const {
  std::string out;
  for (const auto& [name, value] : cookies_)
    out.append(out.empty() ? "" : "; ").append(name).append("=").append(value);
  return out;
}

wire::wire(std::string base_url, std::chrono::milliseconds timeout)
    : base_url_(std::move(base_url)), timeout_(timeout) {
  while (base_url_.ends_with('/'))
    base_url_.pop_back();
}

http_request wire::request(std::string method, std::string_view path, std::string body) const {
  http_request r;
  r.method = std::move(method);
  r.url = base_url_ + std::string(path);
  r.headers = {{"Accept", "application/json"}};
  if (!body.empty()) r.headers.emplace_back("Content-Type", "application/json");
  r.body = std::move(body);
  r.repeatable = true;  // nothing this channel sends so far changes anything at the peer
  r.timeout = timeout_;
  return r;
}

http_request wire::login(const std::string& username, const std::string& password) const {
  rapidjson::StringBuffer buffer;
  json_writer out(buffer);
  out.StartObject();
  out.Key("username");
  out.String(username);
  out.Key("password");
  out.String(password);
  out.EndObject();
  return request("POST", "/user/login", buffer.GetString());
}

http_request wire::page(const page_query& query, const std::string& queue,
                        const std::vector<std::string>& statuses, const cookie_jar& session) const {
  rapidjson::StringBuffer buffer;
  json_writer out(buffer);
  out.StartObject();
  out.Key("filters");
  out.StartArray();
  begin_filter(out, "queue", "=");
  out.String(queue);
  out.EndObject();
  if (query.everything) {
    begin_filter(out, "status", "in");
    out.StartArray();
    for (const auto& status : statuses)
      out.String(status);
    out.EndArray();
    out.EndObject();
  } else if (query.since) {
    begin_filter(out, "updated_at", ">=");
    // Whole seconds, rounded down: the peer need not understand fractions.
    out.String(domain::to_rfc3339(std::chrono::floor<std::chrono::seconds>(*query.since)));
    out.EndObject();
  }
  out.EndArray();
  out.Key("sort");
  out.StartObject();
  out.Key("field");
  // A reconciliation reads in an order that edits do not change.
  out.String(query.everything ? "created_at" : "updated_at");
  out.Key("order");
  out.String("asc");
  out.EndObject();
  out.Key("limit");
  out.Uint64(query.limit);
  out.Key("offset");
  out.Uint64(query.offset);
  out.EndObject();
  auto r = request("POST", "/entities/Case/filter", buffer.GetString());
  if (!session.empty()) r.headers.emplace_back("Cookie", session.header());
  return r;
}

http_request wire::one(const std::string& id, const cookie_jar& session) const {
  auto r = request("GET", "/entities/Case/" + id, {});
  if (!session.empty()) r.headers.emplace_back("Cookie", session.header());
  return r;
}

}  // namespace fibrehub::channels::qcontact
