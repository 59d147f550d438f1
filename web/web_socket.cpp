#include "web/web_socket.hpp"

#include <algorithm>

namespace fibrehub::web {
namespace {

/// True when the comma-separated header names `token`.
bool names(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t'))
      item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t'))
      item.remove_suffix(1);
    if (same_name(item, token)) return true;
  }
  return false;
}

/// 16 bytes in base64.
bool is_key(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") &&
         std::all_of(key.begin(), key.end() - 2,
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; });
}

}  // namespace

std::optional<response> refuse_upgrade(const request_context& ctx, bool http11) {
  const bool wants = http11 && ctx.verb == method::get &&
                     names(ctx.header("upgrade"), "websocket") &&
                     names(ctx.header("connection"), "upgrade");
  if (!wants || ctx.header("sec-websocket-version") != "13") {
    response out = failure(ctx, 426, "upgrade_required",
                           "this address speaks WebSocket, version 13, over HTTP/1.1");
    out.headers.emplace_back("Upgrade", "websocket");
    out.headers.emplace_back("Sec-WebSocket-Version", "13");
    return out;
  }
  if (!is_key(ctx.header("sec-websocket-key")))
    return failure(ctx, 400, "malformed_request", "Sec-WebSocket-Key must be 16 bytes in base64");
  return std::nullopt;
}

}  // namespace fibrehub::web
