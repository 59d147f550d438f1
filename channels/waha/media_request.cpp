#include "channels/waha/media_request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "protocols/transport/http_target.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using protocols::transport::http_request;
using protocols::transport::http_target;
using protocols::transport::parse_http_url;

constexpr std::chrono::milliseconds file_timeout = 60s;
// WAHA itself tries for up to 12 s, and waits up to 15 s for a session before.
constexpr std::chrono::milliseconds again_timeout = 90s;
// What the engine says of a message comes with it, and may hold a preview.
constexpr std::size_t again_limit_bytes = std::size_t{5} * 1024 * 1024;

constexpr std::string_view files_path = "/api/files/";

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// A path that a server could read as another one.
bool is_crooked(std::string_view path) {
  const std::string small = lower(path);
  return small.find("..") != std::string::npos || small.find("//") != std::string::npos ||
         small.find('\\') != std::string::npos || small.find("%2e") != std::string::npos ||
         small.find("%2f") != std::string::npos || small.find("%5c") != std::string::npos ||
         small.find("%00") != std::string::npos;
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.") || host == "0.0.0.0";
}

/// WAHA names itself by its base URL, by what the hub calls it, or by its default, this machine.
bool is_bridge(const settings& s, const http_target& target, std::string_view path) {
  if (!path.starts_with("/api/")) return false;
  if (path.starts_with(files_path) || is_this_machine(target.host)) return true;
  const auto own = parse_http_url(s.base_url);
  return own && own->host == target.host;
}

bool is_trusted(const settings& s, const http_target& target) {
  return std::any_of(s.media.hosts.begin(), s.media.hosts.end(), [&](const std::string& host) {
    return host == target.host || host == target.host + ":" + target.port;
  });
}

http_request get(std::string url, const settings& s) {
  http_request r;
  r.url = std::move(url);
  r.timeout = file_timeout;
  r.body_limit_bytes = s.media.max_bytes;
  return r;
}

void add_key(http_request& r, const settings& s) {
  if (!s.sending.api_key.empty()) r.headers.emplace_back("X-Api-Key", s.sending.api_key);
}

media_call never(std::string why) {
  media_call out;
  out.why = std::move(why);
  return out;
}

}  // namespace

media_call file_call(const settings& s, std::string_view url) {
  if (url.empty()) return never("WAHA does not have the file");
  const auto target = parse_http_url(url);
  if (!target) return never("its address cannot be used: " + target.error());
  const std::string_view path = std::string_view(target->path).substr(0, target->path.find('?'));
  media_call out;
  if (is_bridge(s, *target, path)) {
    if (is_crooked(path)) return never("its address leads away from WAHA's files");
    out.place = media_place::bridge;
    out.request = get(s.base_url + std::string(path), s);
    add_key(out.request, s);
    return out;
  }
  out.place = is_trusted(s, *target) ? media_place::trusted : media_place::foreign;
  if (out.place == media_place::foreign && !target->tls)
    return never("its address is neither WAHA's nor https nor one of media_hosts");
  out.request = get(std::string(url), s);
  return out;
}

http_request again_request(const settings& s, const store::taken_media& m) {
  const std::string& id = m.full_id.empty() ? m.stanza : m.full_id;
  // The chat as the message's own id names it: WAHA looks there, whoever it is known as by now.
  std::string chat = m.chat;
  if (const std::size_t from = m.full_id.find('_'); from != std::string::npos)
    if (const std::size_t to = m.full_id.find('_', from + 1); to != std::string::npos)
      chat = m.full_id.substr(from + 1, to - from - 1);
  http_request r;
  r.url = fmt::format("{}/api/{}/chats/{}/messages/{}?downloadMedia=true", s.base_url,
                      percent_encoded(m.session), percent_encoded(chat), percent_encoded(id));
  r.headers = {{"Accept", "application/json"}};
  add_key(r, s);
  r.timeout = again_timeout;
  r.body_limit_bytes = again_limit_bytes;
  return r;
}

}  // namespace fibrehub::channels::waha
