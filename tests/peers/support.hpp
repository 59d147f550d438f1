// Small things every simulated peer needs: a generator of randomness that gives the same numbers on
// every machine, identifiers, signatures and the wall clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::peers {

/// Same seed, same numbers, on any machine and library (splitmix64).
class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next();
  /// A number in [0, n); n must not be 0.
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  /// A number in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high);
  /// A number in [0, 1).
  double unit();
  /// True in `percent` of 100 calls.
  bool percent(double percent);
  template <class Items>
  const auto& pick(const Items& items) {
    return items[static_cast<std::size_t>(below(std::size(items)))];
  }

 private:
  std::uint64_t state_;
};

std::int64_t now_ms();
/// "2025-12-18T08:15:22Z"; what QContact writes.
std::string iso_seconds(std::int64_t at_s);
/// "2025-12-18T08:15:22.123Z"; what WAHA writes.
std::string iso_millis(std::int64_t at_ms);
/// Seconds since 1970 of an ISO 8601 text (fraction dropped, offset applied), or -1.
std::int64_t parse_iso_s(std::string_view text);

/// 26 characters of Crockford base 32: time, then randomness. Lower case.
std::string ulid(std::int64_t at_ms, random_source& random);
/// `3EB0` and 18 upper-case hex digits, as WhatsApp Web makes them.
std::string web_stanza_id(random_source& random);
/// 32 upper-case hex digits, as phones make them.
std::string phone_stanza_id(random_source& random);

std::string hmac_sha512_hex(std::string_view key, std::string_view body);
std::string base64(std::string_view bytes);

std::string percent_decode(std::string_view text, bool plus_is_space = false);
std::string lower(std::string_view text);
/// Ends in "@g.us".
bool is_group(std::string_view chat);
/// The part before '@' (and before a device suffix ":12").
std::string user_part(std::string_view jid);

}  // namespace fibrehub::peers
