// Checks of texts that have a form: each says what is wrong and what is expected, or nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fibrehub::config {

/// http or https, a host, no user or password (those belong in a secret), no fragment.
std::optional<std::string> check_url(std::string_view text);

/// An IPv4 or IPv6 address, not a name.
std::optional<std::string> check_ip_address(std::string_view text);

/// `10.0.0.0/8`, `2001:db8::/32` or a single address.
std::optional<std::string> check_cidr(std::string_view text);

/// `https://desk.example.com`, with a port where it has one; as browsers write it in Origin.
std::optional<std::string> check_origin(std::string_view text);

/// An IANA name such as Africa/Johannesburg; also looked up when the system has the zone files.
std::optional<std::string> check_time_zone(std::string_view text);

}  // namespace fibrehub::config
