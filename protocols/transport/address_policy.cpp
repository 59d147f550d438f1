#include "protocols/transport/address_policy.hpp"

namespace fibrehub::protocols::transport {
namespace {

namespace ip = boost::asio::ip;

struct v4_block {
  std::uint32_t network;
  int bits;
  address_class kind;
};

constexpr std::uint32_t quad(unsigned a, unsigned b, unsigned c, unsigned d) {
  return (a << 24U) | (b << 16U) | (c << 8U) | d;
}

// IANA's special-purpose registry; the first block that matches decides.
constexpr std::array v4_blocks{
    v4_block{quad(255, 255, 255, 255), 32, address_class::never},
    v4_block{quad(0, 0, 0, 0), 8, address_class::never},
    v4_block{quad(127, 0, 0, 0), 8, address_class::private_},
    v4_block{quad(10, 0, 0, 0), 8, address_class::private_},
    v4_block{quad(172, 16, 0, 0), 12, address_class::private_},
    v4_block{quad(192, 168, 0, 0), 16, address_class::private_},
    v4_block{quad(169, 254, 0, 0), 16, address_class::private_},
    v4_block{quad(100, 64, 0, 0), 10, address_class::private_},
    v4_block{quad(192, 0, 0, 0), 24, address_class::never},
    v4_block{quad(192, 0, 2, 0), 24, address_class::never},
    v4_block{quad(198, 18, 0, 0), 15, address_class::never},
    v4_block{quad(198, 51, 100, 0), 24, address_class::never},
    v4_block{quad(203, 0, 113, 0), 24, address_class::never},
    v4_block{quad(224, 0, 0, 0), 4, address_class::never},
    v4_block{quad(240, 0, 0, 0), 4, address_class::never},
};

address_class classify_v4(std::uint32_t address) {
  for (const auto& block : v4_blocks) {
    std::uint32_t mask = ~std::uint32_t{0} << static_cast<unsigned>(32 - block.bits);
    if ((address & mask) == block.network) return block.kind;
  }
  return address_class::global;
}

address_class classify_v6(const ip::address_v6& address) {
  const auto b = address.to_bytes();
  auto embedded = [&](std::size_t at) {
    return classify_v4(quad(b[at], b[at + 1], b[at + 2], b[at + 3]));
  };
  if (address.is_loopback()) return address_class::private_;
  if (address.is_unspecified() || address.is_multicast()) return address_class::never;
  if (address.is_v4_mapped()) return embedded(12);
  if (b[0] == 0x00 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b) {
    bool well_known = std::all_of(b.begin() + 4, b.begin() + 12, [](auto x) { return x == 0; });
    return well_known ? embedded(12) : address_class::private_;
  }
  if (b[0] == 0x20 && b[1] == 0x02) return embedded(2);
  if ((b[0] & 0xfe) == 0xfc) return address_class::private_;                  // unique local
  if (b[0] == 0xfe && (b[1] & 0x80) == 0x80) return address_class::private_;  // link or site local
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8) return address_class::never;
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0)
    return address_class::never;           // Teredo
  bool allocated = (b[0] & 0xe0) == 0x20;  // 2000::/3 is all that is routed
  return allocated ? address_class::global : address_class::never;
}

}  // namespace

address_class classify(const ip::address& address) {
  return address.is_v4() ? classify_v4(address.to_v4().to_uint()) : classify_v6(address.to_v6());
}

}  // namespace fibrehub::protocols::transport
