#include "config/checks.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace fibrehub::config {

namespace {

enum class family { none, ipv4, ipv6 };

family family_of(std::string_view text) {
  const std::string address{text};
  in6_addr buffer{};
  if (inet_pton(AF_INET, address.c_str(), &buffer) == 1) return family::ipv4;
  if (inet_pton(AF_INET6, address.c_str(), &buffer) == 1) return family::ipv6;
  return family::none;
}

/// A number of digits only, within 0 to max.
bool is_number_up_to(std::string_view text, int max) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && text.front() != '-' && error == std::errc{} &&
         end == text.data() + text.size() && number <= max;
}

bool is_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    return family_of(host.substr(1, host.size() - 2)) == family::ipv6;
  }
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

std::optional<std::string> check_url(std::string_view text) {
  const auto is_scheme = [&](std::string_view scheme) { return text.starts_with(scheme); };
  if (!is_scheme("http://") && !is_scheme("https://")) {
    return "is not a URL, it must begin with http:// or https://";
  }
  auto rest = text.substr(text.find("://") + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) {
    return "must not contain a user or password, they belong in a secret";
  }
  if (std::any_of(rest.begin(), rest.end(), [](unsigned char c) { return c <= ' ' || c == 127; })) {
    return "is not a URL, it contains a space or a control character";
  }
  if (rest.find('#') != std::string_view::npos) return "must not contain a fragment (#)";
  auto host = authority;
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    const auto port = authority.substr(colon + 1);
    if (!is_number_up_to(port, 65535) || port == "0") {
      return "is not a URL, the port must be 1 to 65535";
    }
    host = authority.substr(0, colon);
  }
  if (!is_host(host)) return "is not a URL, the host is missing or malformed";
  return std::nullopt;
}

std::optional<std::string> check_ip_address(std::string_view text) {
  if (family_of(text) != family::none) return std::nullopt;
  return "is not an IP address, write one like 127.0.0.1, 0.0.0.0 or ::1";
}

std::optional<std::string> check_cidr(std::string_view text) {
  const auto slash = text.find('/');
  const auto address_family = family_of(text.substr(0, slash));
  if (address_family != family::none &&
      (slash == std::string_view::npos ||
       is_number_up_to(text.substr(slash + 1), address_family == family::ipv4 ? 32 : 128))) {
    return std::nullopt;
  }
  return "is not an address range, write one like 10.0.0.0/8 or 2001:db8::/32";
}

std::optional<std::string> check_origin(std::string_view text) {
  const std::string_view scheme = text.starts_with("https://")  ? "https://"
                                  : text.starts_with("http://") ? "http://"
                                                                : "";
  const std::string_view host = text.substr(scheme.size());
  if (!scheme.empty() && !host.empty() && host.find_first_of("/?#@ *") == std::string_view::npos)
    return std::nullopt;
  return "is not an origin, write one like https://desk.example.com or http://localhost:3000";
}

std::optional<std::string> check_time_zone(std::string_view text) {
  const bool has_form =
      !text.empty() && text.front() != '/' && text.back() != '/' &&
      text.find("//") == std::string_view::npos &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
      });
  if (!has_form) return "is not a time zone, write an IANA name like Africa/Johannesburg or UTC";
  const std::filesystem::path zones{"/usr/share/zoneinfo"};
  std::error_code error;
  // Small systems have no zone files at all; then the form has to do.
  if (std::filesystem::exists(zones / "UTC", error) &&
      !std::filesystem::is_regular_file(zones / std::string{text}, error)) {
    return "is not a known time zone, write an IANA name like Africa/Johannesburg or UTC";
  }
  return std::nullopt;
}

}  // namespace fibrehub::config
