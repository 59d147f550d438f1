#include "peers/support.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cctype>
#include <cstdio>
#include <ctime>

namespace fibrehub::peers {

namespace {

constexpr std::string_view hex_upper = "0123456789ABCDEF";

std::string hex_digits(random_source& random, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += hex_upper[random.below(16)];
  return out;
}

int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int n = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    n = n * 10 + (text[i] - '0');
  }
  return n;
}

}  // namespace

std::uint64_t random_source::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31U);
}

std::int64_t random_source::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
}

double random_source::unit() {
  return static_cast<double>(next() >> 11U) * 0x1.0p-53;
}

bool random_source::percent(double percent) {
  return unit() * 100.0 < percent;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string iso_seconds(std::int64_t at_s) {
  const std::time_t t = at_s;
  std::tm tm{};
  gmtime_r(&t, &tm);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", tm.tm_year + 1900, tm.tm_mon + 1,
                     tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

std::string iso_millis(std::int64_t at_ms) {
  std::string text = iso_seconds(at_ms / 1000);
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, at_ms % 1000);
}

std::int64_t parse_iso_s(std::string_view text) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':')
    return -1;
  std::tm tm{};
  tm.tm_year = digits(text, 0, 4) - 1900;
  tm.tm_mon = digits(text, 5, 2) - 1;
  tm.tm_mday = digits(text, 8, 2);
  tm.tm_hour = digits(text, 11, 2);
  tm.tm_min = digits(text, 14, 2);
  tm.tm_sec = digits(text, 17, 2);
  if (tm.tm_year < 0 || tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_hour < 0 || tm.tm_min < 0 ||
      tm.tm_sec < 0) {
    return -1;
  }
  std::int64_t at = timegm(&tm);
  std::size_t zone = 19;
  if (zone < text.size() && text[zone] == '.') {
    ++zone;
    while (zone < text.size() && std::isdigit(static_cast<unsigned char>(text[zone])))
      ++zone;
  }
  if (zone + 6 <= text.size() && (text[zone] == '+' || text[zone] == '-')) {
    const int offset_s = digits(text, zone + 1, 2) * 3600 + digits(text, zone + 4, 2) * 60;
    at += text[zone] == '+' ? -offset_s : offset_s;
  }
  return at;
}

std::string ulid(std::int64_t at_ms, random_source& random) {
  constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string out(26, '0');
  auto time = static_cast<std::uint64_t>(at_ms);
  for (int i = 9; i >= 0; --i) {
    out[static_cast<std::size_t>(i)] = alphabet[time & 31U];
    time >>= 5U;
  }
  for (std::size_t i = 10; i < 26; ++i)
    out[i] = alphabet[random.below(32)];
  return out;
}

std::string web_stanza_id(random_source& random) {
  return "3EB0" + hex_digits(random, 18);
}
std::string phone_stanza_id(random_source& random) {
  return hex_digits(random, 32);
}

std::string hmac_sha512_hex(std::string_view key, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned length = 0;
  HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac.data(), &length);
  std::string out;
  for (unsigned i = 0; i < length; ++i)
    out += fmt::format("{:02x}", mac[i]);
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  auto nibble = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && nibble(text[i + 1]) >= 0 &&
        nibble(text[i + 2]) >= 0) {
      out += static_cast<char>(nibble(text[i + 1]) * 16 + nibble(text[i + 2]));
      i += 2;
    } else if (plus_is_space && text[i] == '+') {
      out += ' ';
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_group(std::string_view chat) {
  return chat.ends_with("@g.us");
}

std::string user_part(std::string_view jid) {
  return std::string(jid.substr(0, jid.find_first_of("@:")));
}

}  // namespace fibrehub::peers
