#include "web/peer_address.hpp"

#include <fmt/format.h>

namespace fibrehub::web {
namespace {

namespace ip = boost::asio::ip;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// An entry of X-Forwarded-For: an address, maybe with a port, IPv6 maybe in brackets.
std::optional<ip::address> parse_hop(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    text = text.substr(1, close - 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  boost::system::error_code ec;
  const auto a = ip::make_address(std::string{text}, ec);
  if (ec) return std::nullopt;
  return plain(a);
}

}  // namespace

ip::address plain(const ip::address& a) {
  if (a.is_v6() && a.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, a.to_v6());
  return a;
}

tl::expected<network_list, std::string> network_list::parse(const std::vector<std::string>& cidrs) {
  network_list out;
  for (const auto& text : cidrs) {
    const bool v6 = text.find(':') != std::string::npos;
    const std::string whole =
        text.find('/') != std::string::npos ? text : text + (v6 ? "/128" : "/32");
    boost::system::error_code ec;
    if (v6) {
      const auto net = ip::make_network_v6(whole, ec);
      if (!ec) out.v6_.push_back(net.canonical());
    } else {
      const auto net = ip::make_network_v4(whole, ec);
      if (!ec) out.v4_.push_back(net.canonical());
    }
    if (ec)
      return tl::unexpected(fmt::format(
          "\"{}\" is no network; write an address such as 10.0.0.1 or a range such as 10.0.0.0/8",
          text));
  }
  return out;
}

bool network_list::contains(const ip::address& a) const {
  const auto p = plain(a);
  if (p.is_v4()) {
    return std::any_of(v4_.begin(), v4_.end(), [&](const ip::network_v4& net) {
      return (p.to_v4().to_uint() & net.netmask().to_uint()) == net.network().to_uint();
    });
  }
  return std::any_of(v6_.begin(), v6_.end(), [&](const ip::network_v6& net) {
    return ip::network_v6{p.to_v6(), net.prefix_length()}.network() == net.network();
  });
}

ip::address client_address(const ip::address& connection, std::string_view x_forwarded_for,
                           const network_list& trusted) {
  ip::address best = plain(connection);
  std::string_view rest = x_forwarded_for;
  while (trusted.contains(best) && !rest.empty()) {
    const auto comma = rest.rfind(',');
    const auto hop = parse_hop(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    if (!hop) break;  // unreadable: the nearest address we know is the answer
    best = *hop;
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
  }
  return best;
}

std::string limit_key(std::string_view address) {
  boost::system::error_code ec;
  const auto a = ip::make_address(std::string{address}, ec);
  if (ec || a.is_v4()) return std::string{address};
  return ip::network_v6{a.to_v6(), 64}.canonical().to_string();
}

}  // namespace fibrehub::web
