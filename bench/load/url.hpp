// Where the load goes: an `http://host:port/path` taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fibrehub::bench {

struct target_url {
  std::string host;
  std::string port = "80";
  std::string path = "/";

  std::string host_header() const { return port == "80" ? host : host + ":" + port; }
};

inline std::optional<target_url> parse_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (text.substr(0, scheme.size()) != scheme) return std::nullopt;
  text.remove_prefix(scheme.size());
  target_url out;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) out.path = std::string(text.substr(slash));
  const auto authority = text.substr(0, slash);
  const std::size_t colon = authority.rfind(':');
  out.host = std::string(authority.substr(0, colon));
  if (colon != std::string_view::npos) out.port = std::string(authority.substr(colon + 1));
  if (out.host.empty() || out.port.empty() ||
      out.port.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return out;
}

}  // namespace fibrehub::bench
