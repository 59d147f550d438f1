#include "protocols/auth/totp.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "protocols/auth/bytes.hpp"
#include "protocols/auth/encoding.hpp"

namespace fibrehub::protocols::auth {
namespace {

constexpr std::size_t sha1_bytes = 20;

std::optional<std::array<unsigned char, sha1_bytes>> hmac_sha1(
    std::string_view key, const std::array<unsigned char, 8>& message) {
  std::array<unsigned char, sha1_bytes> out{};
  unsigned int size = 0;
  const auto* done = HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), message.data(),
                          message.size(), out.data(), &size);
  if (done == nullptr || size != out.size()) return std::nullopt;
  return out;
}

/// RFC 3986: everything but unreserved characters becomes %XX.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text)
    if (unreserved.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

std::string without_colons(std::string_view text) {
  std::string out(text);
  std::erase(out, ':');
  return out;
}

bool is_code(std::string_view text) {
  return text.size() == totp_digits &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> make_totp_secret() {
  return random_bytes(totp_secret_bytes);
}

std::int64_t totp_step(std::chrono::sys_seconds now) {
  return now.time_since_epoch() / totp_period;
}

std::string totp_code(std::string_view secret, std::int64_t step) {
  if (secret.size() < 16 || secret.size() > 64 || step < 0) return {};
  std::array<unsigned char, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i)
    counter[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
  const auto mac = hmac_sha1(secret, counter);
  if (!mac) return {};
  // RFC 4226, 5.3: the last four bits say where the 31 bits of the code begin.
  const std::size_t at = mac->back() & 0x0fU;
  const std::uint32_t bits = (static_cast<std::uint32_t>((*mac)[at] & 0x7fU) << 24U) |
                             (static_cast<std::uint32_t>((*mac)[at + 1]) << 16U) |
                             (static_cast<std::uint32_t>((*mac)[at + 2]) << 8U) | (*mac)[at + 3];
  return fmt::format("{:0{}}", bits % 1'000'000, totp_digits);
}

std::optional<std::int64_t> verify_totp(std::string_view secret, std::string_view code,
                                        std::chrono::sys_seconds now,
                                        std::optional<std::int64_t> last_used_step) {
  if (!is_code(code)) return std::nullopt;
  const std::int64_t middle = totp_step(now);
  // All are compared, and the latest match counts: should two steps share a code, using it uses
  // up both.
  std::optional<std::int64_t> match;
  for (std::int64_t step = middle - totp_window_steps; step <= middle + totp_window_steps; ++step)
    if (same_bytes(totp_code(secret, step), code)) match = step;
  if (match && last_used_step && *match <= *last_used_step) return std::nullopt;
  return match;
}

std::string totp_uri(std::string_view issuer, std::string_view account, std::string_view secret) {
  const std::string by = percent_encoded(without_colons(issuer));
  return fmt::format(
      "otpauth://totp/{0}:{1}?secret={2}&issuer={0}&algorithm=SHA1&digits={3}&period={4}", by,
      percent_encoded(without_colons(account)), to_base32(secret), totp_digits,
      totp_period.count());
}

}  // namespace fibrehub::protocols::auth
