// Whose address a request comes from, when there may be proxies in between.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace fibrehub::web {

/// Networks such as `10.0.0.0/8`, `fd00::/8` or single addresses.
class network_list {
 public:
  /// The error names the entry that cannot be read.
  static tl::expected<network_list, std::string> parse(const std::vector<std::string>& cidrs);
  bool contains(const boost::asio::ip::address& a) const;
  bool empty() const { return v4_.empty() && v6_.empty(); }

 private:
  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

/// IPv4 addresses that arrive in IPv6 clothes (`::ffff:10.0.0.1`) lose them.
boost::asio::ip::address plain(const boost::asio::ip::address& a);

/// The client's address: the connection's own, unless it belongs to a trusted proxy. Then the
/// entries of X-Forwarded-For are read from the right, skipping trusted proxies; what a stranger
/// wrote further left is never believed.
boost::asio::ip::address client_address(const boost::asio::ip::address& connection,
                                        std::string_view x_forwarded_for,
                                        const network_list& trusted);

/// What rate limits count by: an IPv4 address, or the /64 of an IPv6 address.
std::string limit_key(std::string_view address);

}  // namespace fibrehub::web
