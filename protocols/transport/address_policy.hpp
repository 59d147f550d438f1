// Which addresses the hub may call: a host name under a stranger's control must not lead a request
// to this machine, to the internal network or to a cloud's metadata service.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace fibrehub::protocols::transport {

enum class address_class {
  global,    // reachable from anywhere
  private_,  // loopback, private, link-local, carrier-grade NAT: only when the operator allows it
  never      // unspecified, multicast, broadcast, documentation, reserved
};

/// IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4) are judged by that address.
address_class classify(const boost::asio::ip::address& address);

}  // namespace fibrehub::protocols::transport
